/* scenario_repartition: the new MIG layout that an event of a scenario gives to nodes. */
// SPDX-License-Identifier: Apache-2.0
#include "scenario_read.h"

#include <slicefit/change.h>
#include <slicefit/error.h>
#include <slicefit/mig_parted.h>

/* Which GPUs does the configuration set? Those that come out alike whatever they were. */
static int apply_config(const struct sf_mig_config *config, struct sf_node_event *out,
                        uint8_t n_gpus, const struct sf_mig_entry **failed, struct sf_error *why)
{
	struct sf_gpu_spec other[SF_GPUS_MAX];
	for (uint8_t g = 0; g < n_gpus; g++) {
		other[g] = out->gpu[g];
		out->gpu[g].mig = false;
		other[g].mig = true;
	}
	if (sf_mig_config_apply(config, out->gpu, n_gpus, failed, why) != 0 ||
	    sf_mig_config_apply(config, other, n_gpus, failed, why) != 0) {
		return -1;
	}
	for (uint8_t g = 0; g < n_gpus; g++) {
		out->gpus |= out->gpu[g].mig == other[g].mig ? 1U << g : 0;
	}
	return 0;
}

/* The model judges a node as it would be; GPUs that are not set stay as the pool has them. */
static int check_after(struct sf_reader *reader, const struct sf_yaml *node,
                       const struct sf_pool *pool, const struct sf_node_event *event)
{
	struct sf_cluster *cluster = sf_cluster_create(reader->catalog);
	struct sf_node_spec spec = pool->node;
	struct sf_error why = {0};
	bool any = false;
	for (uint8_t g = 0; g < spec.n_gpus; g++) {
		if (event->gpus >> g & 1) {
			spec.gpu[g] = event->gpu[g];
			any = any || event->gpu[g].mig;
		}
	}
	spec.name = pool->name;
	int rc = sf_cluster_add_node(cluster, &spec, &why);
	sf_cluster_destroy(cluster);
	if (rc == 0 && any && spec.strategy == SF_STRATEGY_NONE) {
		sf_fail(&why, SF_EINVAL,
		        "its MIG strategy is none, so instances would not be seen; give the pool "
		        "mig: {strategy: mixed}");
		rc = -1;
	}
	return rc == 0 ? 0
	               : sf_yaml_fail(node, reader->file, reader->err, "pool %.40s: %s", pool->name,
	                              why.text);
}

static int check_indices(struct sf_reader *reader, const struct sf_mig_config *config,
                         const struct sf_pool *pool)
{
	for (size_t i = 0; i < config->n; i++) {
		const struct sf_mig_entry *entry = &config->entry[i];
		for (size_t k = 0; k < entry->n_devices; k++) {
			if (entry->device[k] >= pool->node.n_gpus) {
				return sf_yaml_fail(
					entry->yaml, reader->file, reader->err,
					"pool %.40s: device %lld, but its nodes have %d "
					"GPUs, counted from 0",
					pool->name, (long long)entry->device[k], pool->node.n_gpus);
			}
		}
	}
	return 0;
}

static int read_config(struct sf_reader *reader, const struct sf_yaml *node,
                       struct sf_node_event *out)
{
	const struct sf_pool *pool = &reader->scenario->pool[out->pick[0].pool];
	const struct sf_mig_entry *failed = NULL;
	struct sf_mig_config config;
	struct sf_error why = {0};
	out->gpu = sf_reader_array(reader, (size_t)pool->node.n_gpus + 1, sizeof(*out->gpu));
	if (out->gpu == NULL || sf_mig_config_read(node, "config", reader->file, reader->arena,
	                                           &config, reader->err) != 0) {
		return -1;
	}
	for (uint8_t g = 0; g < pool->node.n_gpus; g++) {
		out->gpu[g].product = pool->node.gpu[g].product;
	}
	if (check_indices(reader, &config, pool) != 0) {
		return -1;
	}
	if (apply_config(&config, out, pool->node.n_gpus, &failed, &why) != 0) {
		return sf_yaml_fail(failed->yaml, reader->file, reader->err, "pool %.40s: %s",
		                    pool->name, why.text);
	}
	if (out->gpus == 0) {
		return sf_yaml_fail(node, reader->file, reader->err,
		                    "pool %.40s: no GPU matches this config", pool->name);
	}
	return check_after(reader, node, pool, out);
}

static int check_one_pool(struct sf_reader *reader, const struct sf_yaml *node,
                          const struct sf_node_event *event)
{
	const struct sf_pool *pool = &reader->scenario->pool[event->pick[0].pool];
	for (size_t i = 1; i < event->n_picks; i++) {
		if (event->pick[i].pool != event->pick[0].pool) {
			return sf_yaml_fail(node, reader->file, reader->err,
			                    "the nodes are of several pools, write one event for "
			                    "each");
		}
	}
	return !pool->node.dynamic
	               ? 0
	               : sf_yaml_fail(node, reader->file, reader->err,
	                              "pool %.40s is dynamic: its instances come and go with "
	                              "the pods",
	                              pool->name);
}

int sf_reader_repartition(struct sf_reader *reader, const struct sf_yaml *nodes,
                          const struct sf_yaml *config, struct sf_node_event *out)
{
	return check_one_pool(reader, nodes, out) != 0 ? -1 : read_config(reader, config, out);
}
