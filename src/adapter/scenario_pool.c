/* scenario_pool: pools of nodes: products, MIG layouts, sharing. */
// SPDX-License-Identifier: Apache-2.0
#include "scenario_read.h"

#include <slicefit/arena.h>
#include <slicefit/catalog.h>
#include <slicefit/change.h>
#include <slicefit/device_plugin.h>
#include <slicefit/error.h>
#include <slicefit/map.h>
#include <slicefit/mig_parted.h>

#include <string.h>

enum { POOL_NAME_MAX = 200, PODS_LIMIT = 100000 };

static int fail(struct sf_reader *reader, const struct sf_yaml *node, const char *text)
{
	return sf_yaml_fail(node, reader->file, reader->err, "%s", text);
}

/* Node names are made of it, so it is held to what Kubernetes takes for one. */
static int read_name(struct sf_reader *reader, const struct sf_yaml *list,
                     const struct sf_map *given, size_t index, struct sf_pool *pool)
{
	const struct sf_yaml *name = sf_yaml_get(list->child[index], "name");
	pool->name = sf_reader_default_name(reader, list, given, index, "pool");
	if (sf_reader_text(reader, name, POOL_NAME_MAX, &pool->name) != 0) {
		return -1;
	}
	if (strspn(pool->name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                       "0123456789-._") != strlen(pool->name)) {
		return fail(reader, name, "a pool's name has letters, digits, '-', '.' and '_'");
	}
	return 0;
}

static int add_gpus(struct sf_reader *reader, const struct sf_yaml *node,
                    const struct sf_product *product, uint32_t count, struct sf_pool *pool)
{
	if (pool->node.n_gpus + count > SF_GPUS_MAX) {
		return sf_yaml_fail(node, reader->file, reader->err, "more than %d GPUs in a node",
		                    SF_GPUS_MAX);
	}
	for (uint32_t i = 0; i < count; i++) {
		pool->node.gpu[pool->node.n_gpus++].product = product;
	}
	return 0;
}

/* gpus: [{product: X, count: 4}, ...] */
static int read_gpu_list(struct sf_reader *reader, const struct sf_yaml *list, struct sf_pool *pool)
{
	static const char *const known[] = {"product", "count", NULL};
	for (size_t i = 0; i < list->n; i++) {
		const struct sf_yaml *entry = list->child[i];
		const struct sf_yaml *name = sf_yaml_get(entry, "product");
		const struct sf_product *product = NULL;
		uint32_t count = 1;
		if (sf_yaml_check_keys(entry, reader->file, known, reader->err) != 0) {
			return -1;
		}
		if (name == NULL) {
			return fail(reader, entry, "an entry of gpus needs a product");
		}
		if (sf_reader_product(reader, name, &product) != 0 ||
		    sf_reader_uint(reader, sf_yaml_get(entry, "count"), 1, SF_GPUS_MAX, &count) !=
		            0 ||
		    add_gpus(reader, entry, product, count, pool) != 0) {
			return -1;
		}
	}
	return 0;
}

static int read_gpus(struct sf_reader *reader, const struct sf_yaml *node, struct sf_pool *pool)
{
	const struct sf_yaml *gpus = sf_yaml_get(node, "gpus");
	const struct sf_yaml *name = sf_yaml_get(node, "product");
	const struct sf_product *product = NULL;
	uint32_t count = 1;

	if (gpus != NULL && gpus->kind == SF_YAML_SEQUENCE) {
		if (name != NULL) {
			return fail(reader, name,
			            "give the product once: here, or in the list under gpus");
		}
		return read_gpu_list(reader, gpus, pool);
	}
	if (sf_reader_uint(reader, gpus, 0, SF_GPUS_MAX, &count) != 0) {
		return -1;
	}
	if (name == NULL && gpus == NULL && sf_yaml_get(node, "allocatable") != NULL) {
		return 0; /* GPUs of whatever product, only counted */
	}
	if (name == NULL) {
		return count == 0 && gpus != NULL
		               ? 0
		               : fail(reader, node,
		                      "a pool needs a product (or gpus: 0 for nodes without GPUs)");
	}
	if (sf_reader_product(reader, name, &product) != 0) {
		return -1;
	}
	return add_gpus(reader, node, product, count, pool);
}

static int read_labels(struct sf_reader *reader, const struct sf_yaml *node, struct sf_pool *pool)
{
	struct sf_label *label = NULL;
	size_t n = 0;
	int rc = sf_reader_labels(reader, node, &label, &n);
	pool->node.label = label;
	pool->node.n_labels = (uint16_t)n;
	return rc;
}

/* One of two words. */
static int read_choice(struct sf_reader *reader, const struct sf_yaml *node, const char *no,
                       const char *yes, bool *out)
{
	const char *text = node != NULL && node->kind == SF_YAML_SCALAR ? node->text : "";
	if (node == NULL) {
		return 0;
	}
	*out = strcmp(text, yes) == 0;
	if (!*out && strcmp(text, no) != 0) {
		return sf_yaml_fail(node, reader->file, reader->err, "expected %s or %s", no, yes);
	}
	return 0;
}

static int read_strategy(struct sf_reader *reader, const struct sf_yaml *node, struct sf_pool *pool)
{
	const char *text = NULL;
	pool->node.strategy = SF_STRATEGY_MIXED;
	if (node == NULL) {
		return 0;
	}
	if (sf_yaml_str(node, reader->file, &text, reader->err) != 0) {
		return -1;
	}
	int strategy = sf_strategy_parse(text);
	if (strategy < 0) {
		return sf_yaml_fail(node, reader->file, reader->err,
		                    "unknown MIG strategy '%.40s' (none, single, mixed)", text);
	}
	pool->node.strategy = (enum sf_strategy)strategy;
	return 0;
}

/* A listed index that no GPU has is a slip here; mig-parted would pass over it. */
static int check_indices(struct sf_reader *reader, const struct sf_mig_config *config,
                         const struct sf_pool *pool)
{
	for (size_t i = 0; i < config->n; i++) {
		const struct sf_mig_entry *entry = &config->entry[i];
		for (size_t k = 0; k < entry->n_devices; k++) {
			if (pool->node.n_gpus == 0) {
				return sf_yaml_fail(entry->yaml, reader->file, reader->err,
				                    "pool %.40s: device %lld, but its nodes have "
				                    "no GPUs",
				                    pool->name, (long long)entry->device[k]);
			}
			if (entry->device[k] >= pool->node.n_gpus) {
				return sf_yaml_fail(
					entry->yaml, reader->file, reader->err,
					"pool %.40s: device %lld, but its nodes have GPUs 0..%d",
					pool->name, (long long)entry->device[k],
					pool->node.n_gpus - 1);
			}
		}
	}
	return 0;
}

static int read_layout(struct sf_reader *reader, const struct sf_yaml *node, struct sf_pool *pool)
{
	struct sf_mig_config config;
	const struct sf_mig_entry *failed = NULL;
	struct sf_error why = {0};
	if (sf_mig_config_read(node, "config", reader->file, reader->arena, &config, reader->err) !=
	            0 ||
	    check_indices(reader, &config, pool) != 0) {
		return -1;
	}
	if (sf_mig_config_apply(&config, pool->node.gpu, pool->node.n_gpus, &failed, &why) != 0) {
		return sf_yaml_fail(failed->yaml, reader->file, reader->err, "pool %.40s: %s",
		                    pool->name, why.text);
	}
	return 0;
}

/* Every MIG GPU starts empty; instances come and go with the pods. */
static int set_dynamic(struct sf_reader *reader, const struct sf_yaml *node,
                       const struct sf_yaml *config, struct sf_pool *pool)
{
	bool any = false;
	for (uint8_t i = 0; i < pool->node.n_gpus; i++) {
		struct sf_gpu_spec *gpu = &pool->node.gpu[i];
		if (config == NULL) {
			gpu->mig = gpu->product->mig_capable && gpu->product->placeable;
		}
		any = any || gpu->mig;
		if (gpu->layout.n > 0) {
			return fail(reader, config,
			            "a dynamic pool starts without instances: leave config out or "
			            "use mig-devices: {}");
		}
	}
	pool->node.dynamic = true;
	return any ? 0 : fail(reader, node, "mode dynamic, but no GPU of the pool can do MIG");
}

static int read_mig(struct sf_reader *reader, const struct sf_yaml *node, struct sf_pool *pool)
{
	static const char *const known[] = {"strategy", "mode", "config", NULL};
	const struct sf_yaml *config = sf_yaml_get(node, "config");
	bool dynamic = false;

	if (node == NULL) {
		return 0;
	}
	if (sf_yaml_check_keys(node, reader->file, known, reader->err) != 0 ||
	    read_strategy(reader, sf_yaml_get(node, "strategy"), pool) != 0 ||
	    read_choice(reader, sf_yaml_get(node, "mode"), "static", "dynamic", &dynamic) != 0) {
		return -1;
	}
	if (config != NULL && read_layout(reader, config, pool) != 0) {
		return -1;
	}
	return dynamic ? set_dynamic(reader, node, config, pool) : 0;
}

static int read_allow(struct sf_reader *reader, const struct sf_yaml *node, struct sf_pool *pool)
{
	static const char *const known[] = {"mig", "sharing", NULL};
	bool mig = true;
	bool sharing = true;
	if (node == NULL) {
		return 0;
	}
	if (sf_yaml_check_keys(node, reader->file, known, reader->err) != 0 ||
	    sf_reader_bool(reader, sf_yaml_get(node, "mig"), &mig) != 0 ||
	    sf_reader_bool(reader, sf_yaml_get(node, "sharing"), &sharing) != 0) {
		return -1;
	}
	pool->no_mig = !mig;
	pool->no_sharing = !sharing;
	return 0;
}

/* 0 is how the model says "no limit", which nobody means who writes 0. */
static int check_not_zero(struct sf_reader *reader, const struct sf_yaml *node, int64_t value)
{
	return node == NULL || value > 0
	               ? 0
	               : fail(reader, node, "a node has more than 0; leave it out for no limit");
}

static int read_capacity(struct sf_reader *reader, const struct sf_yaml *node, struct sf_pool *pool)
{
	const struct sf_yaml *cpu = sf_yaml_get(node, "cpu");
	const struct sf_yaml *memory = sf_yaml_get(node, "memory");
	if (sf_reader_cpu(reader, cpu, &pool->node.cpu_milli) != 0 ||
	    sf_reader_memory(reader, memory, true, &pool->node.memory_mib) != 0 ||
	    check_not_zero(reader, cpu, pool->node.cpu_milli) != 0) {
		return -1;
	}
	return check_not_zero(reader, memory, pool->node.memory_mib);
}

static int read_sizes(struct sf_reader *reader, const struct sf_yaml *node, struct sf_pool *pool)
{
	const struct sf_yaml *cost = sf_yaml_get(node, "cost_per_gpu_hour");
	pool->count = 1;
	pool->cost_per_gpu_hour = -1;
	if (sf_reader_uint(reader, sf_yaml_get(node, "nodes"), 1, SF_SCENARIO_NODES_MAX,
	                   &pool->count) != 0 ||
	    read_capacity(reader, node, pool) != 0 ||
	    sf_reader_uint(reader, sf_yaml_get(node, "pods"), 1, PODS_LIMIT,
	                   &pool->node.pods_max) != 0) {
		return -1;
	}
	return sf_reader_real(reader, cost, 0, 1e6, &pool->cost_per_gpu_hour);
}

/* The model judges the whole node: one of them is built and thrown away. */
static int check_node(struct sf_reader *reader, const struct sf_yaml *node,
                      const struct sf_pool *pool)
{
	struct sf_cluster *cluster = sf_cluster_create(reader->catalog);
	struct sf_node_spec spec = pool->node;
	struct sf_error why = {0};
	spec.name = sf_arena_printf(reader->arena, "%s-0", pool->name);
	int rc = sf_cluster_add_node(cluster, &spec, &why);
	sf_cluster_destroy(cluster);
	return rc == 0 ? 0
	               : sf_yaml_fail(node, reader->file, reader->err, "pool %.40s: %s", pool->name,
	                              why.text);
}

static int read_pool(struct sf_reader *reader, const struct sf_yaml *list,
                     const struct sf_map *given, size_t index, struct sf_pool *pool)
{
	const struct sf_yaml *node = list->child[index];
	static const char *const known[] = {
		"name",  "nodes",  "product",           "gpus", "cpu",         "memory",
		"pods",  "labels", "cost_per_gpu_hour", "mig",  "sharing",     "allow",
		"names", "taints", "cordoned",          "plan", "allocatable", NULL};
	static const struct sf_reader_slip slips[] = {
		{"count", "did you mean 'nodes'?"},
		{"replicas", "did you mean 'nodes'?"},
		{"gpu", "the model is 'product', the number per node 'gpus'"},
		{NULL, NULL},
	};
	const struct sf_yaml *sharing = sf_yaml_get(node, "sharing");

	pool->line = node->line;
	if (sf_reader_check_keys(reader, node, known, slips) != 0 ||
	    read_name(reader, list, given, index, pool) != 0 ||
	    read_sizes(reader, node, pool) != 0 || read_gpus(reader, node, pool) != 0 ||
	    sf_reader_pool_nodes(reader, node, pool) != 0 ||
	    read_labels(reader, sf_yaml_get(node, "labels"), pool) != 0 ||
	    read_mig(reader, sf_yaml_get(node, "mig"), pool) != 0 ||
	    read_allow(reader, sf_yaml_get(node, "allow"), pool) != 0 ||
	    sf_reader_pool_plan(reader, sf_yaml_get(node, "plan"), pool) != 0) {
		return -1;
	}
	if (sharing != NULL && sf_sharing_read(sharing, reader->file, SF_DIALECT_SCENARIO,
	                                       &pool->node.sharing, reader->err) != 0) {
		return -1;
	}
	if (sf_reader_counts(reader, node, pool) != 0) {
		return -1;
	}
	return check_node(reader, node, pool);
}

int sf_reader_pools(struct sf_reader *reader, const struct sf_yaml *list)
{
	struct sf_scenario *scenario = reader->scenario;
	struct sf_map given = {0};
	uint64_t nodes = 0;
	uint32_t first;
	int rc = 0;

	scenario->pool = sf_reader_array(reader, list->n, sizeof(*scenario->pool));
	if (scenario->pool == NULL) {
		return -1;
	}
	sf_reader_given_names(list, &given);
	for (size_t i = 0; i < list->n && rc == 0; i++) {
		struct sf_pool *pool = &scenario->pool[i];
		rc = read_pool(reader, list, &given, i, pool);
		nodes += rc == 0 ? pool->count : 0;
		if (rc == 0 && nodes > SF_SCENARIO_NODES_MAX) {
			rc = sf_reader_fail_limit(reader, list->child[i], "nodes",
			                          SF_SCENARIO_NODES_MAX);
		} else if (rc == 0 && sf_map_get(&given, pool->name, &first) && first < i) {
			rc = sf_yaml_fail(list->child[i], reader->file, reader->err,
			                  "pool %.40s is already given in line %u", pool->name,
			                  scenario->pool[first].line);
		}
	}
	sf_map_finish(&given);
	scenario->n_pools = list->n;
	return rc;
}
