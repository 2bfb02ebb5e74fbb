/* cluster_node: from the description of a node to the node. */
// SPDX-License-Identifier: Apache-2.0
#include "cluster_impl.h"

#include <slicefit/arena.h>
#include <slicefit/catalog.h>
#include <slicefit/error.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PODS_DEFAULT = 110 }; /* kubelet's --max-pods */

static int add_counts_given(struct sf_cluster *cluster, struct sf_node *node,
                            const struct sf_node_spec *spec, struct sf_error *err)
{
	for (uint8_t i = 0; i < spec->n_counts; i++) {
		const int resource =
			sf_resource_intern(cluster->resources, spec->count[i].name, err);

		if (resource < 0) {
			return -1;
		}
		if (sf_node_count(node, (uint16_t)resource) != NULL) {
			return sf_fail(err, SF_EINVAL, "resource %s is given twice, keep one",
			               spec->count[i].name);
		}
		node->count[i].resource = (uint16_t)resource;
		node->count[i].total = spec->count[i].total;
		node->n_counts++;
	}
	return 0;
}

/* Milli-GPUs of an instance: its share of the memory, else, where that is not known, of the compute
 * slices. */
static uint32_t profile_milli(const struct sf_product *product, const struct sf_profile *profile)
{
	if (product->units > 0 && profile->size > 0) {
		return 1000U * profile->size / product->units;
	}
	return product->compute_slices > 0 ? 1000U * profile->g / product->compute_slices : 0;
}

/* Milli-GPUs of one `resource` on a node by counts; 0 when no GPU of the node can tell. */
static uint16_t weigh(const struct sf_cluster *cluster, const struct sf_node *node,
                      const struct sf_count *count)
{
	if (count->total == 0) {
		return 0;
	}
	if (sf_resource_is_gpu(count->resource)) {
		const uint32_t milli = 1000U * node->n_gpus / count->total;

		return (uint16_t)(milli < 1000 ? milli : 1000);
	}
	for (uint8_t i = 0; i < node->n_gpus; i++) {
		const struct sf_product *product = node->gpu[i].product;

		for (int p = 0; product != NULL && p < product->n_profiles; p++) {
			const uint16_t base =
				sf_cluster_profile_resource(cluster, product, p, false);
			const struct sf_shared *shared = sf_node_shared(node, base);

			if ((shared != NULL ? shared->resource : base) == count->resource) {
				return (uint16_t)(profile_milli(product, &product->profile[p]) /
				                  (shared != NULL ? shared->replicas : 1U));
			}
		}
	}
	return 0;
}

static int intern_product(struct sf_cluster *cluster, const struct sf_product *product,
                          struct sf_error *err)
{
	char name[2 * SF_NAME_MAX];
	char part[SF_NAME_MAX];

	if (product->index >= cluster->n_products ||
	    sf_catalog_at(cluster->catalog, product->index) != product) {
		return sf_fail(err, SF_EINVAL, "product %s: not of the cluster's catalog",
		               product->name);
	}
	for (int p = 0; p < product->n_profiles; p++) {
		sf_profile_resource_name(&product->profile[p], part);
		for (int renamed = 0; renamed < 2; renamed++) {
			int number;

			snprintf(name, sizeof(name), "nvidia.com/mig-%s%s", part,
			         renamed ? ".shared" : "");
			number = sf_resource_intern(cluster->resources, name, err);
			if (number < 0) {
				return -1;
			}
			cluster->profile_resource[product->index][p][renamed] = (uint16_t)number;
		}
	}
	return 0;
}

/* Its bit among the products of the cluster. */
static int number_product(struct sf_cluster *cluster, const struct sf_product *product,
                          struct sf_node *node, struct sf_error *err)
{
	uint64_t *mask = &cluster->product_mask[product->index];

	if (*mask == 0 && cluster->n_masks == SF_CLUSTER_PRODUCTS_MAX) {
		return sf_fail(err, SF_ELIMIT,
		               "product %s: more than %d GPU products in one cluster",
		               product->name, SF_CLUSTER_PRODUCTS_MAX);
	}
	if (*mask == 0) {
		*mask = UINT64_C(1) << cluster->n_masks++;
	}
	node->products |= *mask;
	return 0;
}

/* Every whole GPU becomes so many milli-GPUs under its own name. */
static int set_fractions(struct sf_node *node, struct sf_error *err)
{
	if (node->by_counts || node->dynamic) {
		return sf_fail(err, SF_EINVAL,
		               "sharing by fractions: excludes %s, drop one of them",
		               node->dynamic ? "dynamic MIG" : "nodes by counts");
	}
	node->shared[0].base = SF_RES_GPU;
	node->shared[0].resource = SF_RES_GPU;
	node->shared[0].replicas = SF_FRACTION_REPLICAS;
	node->n_shared = 1;
	return 0;
}

/* Names that are no GPU resources can never be on a node: skipped, as the plugin does. */
static int set_sharing(struct sf_cluster *cluster, struct sf_node *node,
                       const struct sf_sharing *sharing, struct sf_error *err)
{
	const uint16_t most = sf_node_replicas_max(node, sharing->mode);
	char name[2 * SF_NAME_MAX];

	node->sharing_mode = (uint8_t)sharing->mode;
	node->fail_above_1 = sharing->fail_above_1;
	if (sharing->mode == SF_SHARING_FRACTION) {
		return set_fractions(node, err);
	}
	for (uint8_t i = 0; i < sharing->n; i++) {
		const struct sf_shared_resource *given = &sharing->resource[i];
		const char *prefix = strchr(given->name, '/') != NULL ? "" : "nvidia.com/";
		struct sf_shared *shared = &node->shared[node->n_shared];
		int base;
		int resource;

		snprintf(name, sizeof(name), "%s%s", prefix, given->name);
		base = sf_resource_intern(cluster->resources, name, NULL);
		if (base < 0 || sf_resource_is_renamed(cluster->resources, (uint16_t)base)) {
			continue;
		}
		if (given->replicas > most) {
			return sf_fail(
				err, SF_EINVAL,
				"%s: %s: maximum allowed replicas exceeded: %d > %d, use fewer",
				sf_sharing_mode_name(sharing->mode), name, given->replicas, most);
		}
		snprintf(name, sizeof(name), "%s%s%s", prefix, given->name,
		         sharing->rename ? ".shared" : "");
		resource = sf_resource_intern(cluster->resources, name, err);
		if (resource < 0) {
			return -1;
		}
		shared->base = (uint16_t)base;
		shared->resource = (uint16_t)resource;
		shared->replicas = given->replicas;
		node->n_shared++;
	}
	return 0;
}

static int by_key(const void *a, const void *b)
{
	return strcmp(((const struct sf_label *)a)->key, ((const struct sf_label *)b)->key);
}

static int copy_labels(struct sf_cluster *cluster, struct sf_node *node,
                       const struct sf_node_spec *spec, struct sf_error *err)
{
	struct sf_label *label;

	if (spec->n_labels > SF_LABELS_MAX) {
		return sf_fail(err, SF_ELIMIT, "more than %d labels", SF_LABELS_MAX);
	}
	label = sf_arena_array(cluster->arena, spec->n_labels, sizeof(*label));
	for (uint16_t i = 0; i < spec->n_labels; i++) {
		label[i].key = sf_arena_strdup(cluster->arena, spec->label[i].key);
		label[i].value = sf_arena_strdup(cluster->arena, spec->label[i].value);
	}
	if (spec->n_labels > 1) {
		qsort(label, spec->n_labels, sizeof(*label), by_key);
	}
	node->label = label;
	node->n_labels = spec->n_labels;
	return 0;
}

static int build_gpus(struct sf_cluster *cluster, struct sf_node *node,
                      const struct sf_node_spec *spec, struct sf_error *err)
{
	for (uint8_t i = 0; i < node->n_gpus; i++) {
		struct sf_gpu *gpu = &node->gpu[i];

		if (node->by_counts) {
			gpu->mig = spec->gpu[i].mig;
			sf_gpu_clear(gpu);
		} else if (sf_gpu_set(cluster, node, gpu, spec->gpu[i].mig, &spec->gpu[i].layout,
		                      err) != 0) {
			return sf_wrap(err, "gpu %d", i);
		} else if (sf_gpu_count(node, gpu, err) != 0) {
			return -1;
		}
	}
	return 0;
}

/* Products first: sharing limits and resource names depend on them. */
static int set_products(struct sf_cluster *cluster, struct sf_node *node,
                        const struct sf_node_spec *spec, struct sf_error *err)
{
	if (spec->n_gpus > SF_GPUS_MAX) {
		return sf_fail(err, SF_ELIMIT, "%d GPUs, at most %d in one node", spec->n_gpus,
		               SF_GPUS_MAX);
	}
	node->gpu = sf_arena_array(cluster->arena, spec->n_gpus, sizeof(*node->gpu));
	node->n_gpus = spec->n_gpus;
	for (uint8_t i = 0; i < spec->n_gpus; i++) {
		const struct sf_product *product = spec->gpu[i].product;

		if (product == NULL && !spec->by_counts) {
			return sf_fail(err, SF_EINVAL,
			               "gpu %d: product unknown, describe the node by its counts",
			               i);
		}
		if (product != NULL && (intern_product(cluster, product, err) != 0 ||
		                        number_product(cluster, product, node, err) != 0)) {
			return -1;
		}
		node->gpu[i].product = product;
	}
	return 0;
}

static bool spec_has_mig(const struct sf_node_spec *spec)
{
	for (uint8_t i = 0; i < spec->n_gpus; i++) {
		if (spec->gpu[i].mig) {
			return true;
		}
	}
	return false;
}

/* What needs nothing but the description. */
static void copy_plain(struct sf_cluster *cluster, struct sf_node *node,
                       const struct sf_node_spec *spec)
{
	node->name = sf_arena_strdup(cluster->names, spec->name);
	node->number = (uint32_t)(node - cluster->node);
	node->pool = spec->pool;
	node->strategy = (uint8_t)(spec->dynamic ? SF_STRATEGY_MIXED : spec->strategy);
	node->dynamic = spec->dynamic;
	node->by_counts = spec->by_counts;
	node->pods_max = spec->pods_max > 0 ? spec->pods_max : PODS_DEFAULT;
	node->cpu_milli = spec->cpu_milli;
	node->memory_mib = spec->memory_mib;
	node->allocation = (uint8_t)spec->allocation;
	node->first_wish = SF_POD_NONE;
}

static int check_plain(const struct sf_node_spec *spec, struct sf_error *err)
{
	if (spec->cpu_milli < 0 || spec->memory_mib < 0) {
		return sf_fail(err, SF_EINVAL, "negative CPU or memory");
	}
	if (spec->dynamic && spec->by_counts) {
		return sf_fail(err, SF_EINVAL, "dynamic MIG needs a known layout, not counts");
	}
	return 0;
}

/* The counts given, and what one of each weighs. */
static int set_counts(struct sf_cluster *cluster, struct sf_node *node,
                      const struct sf_node_spec *spec, struct sf_error *err)
{
	if (add_counts_given(cluster, node, spec, err) != 0) {
		return -1;
	}
	for (uint8_t i = 0; i < node->n_counts; i++) {
		node->count[i].milli = weigh(cluster, node, &node->count[i]);
	}
	return 0;
}

int sf_node_build(struct sf_cluster *cluster, struct sf_node *node, const struct sf_node_spec *spec,
                  struct sf_error *err)
{
	copy_plain(cluster, node, spec);
	if (check_plain(spec, err) != 0 || set_products(cluster, node, spec, err) != 0 ||
	    copy_labels(cluster, node, spec, err) != 0) {
		return -1;
	}
	node->taint = sf_node_taints(cluster, spec->taint, spec->n_taints);
	node->n_taints = spec->n_taints;
	if (sf_sharing_check(&spec->sharing, spec->strategy, spec_has_mig(spec), err) != 0 ||
	    set_sharing(cluster, node, &spec->sharing, err) != 0 ||
	    build_gpus(cluster, node, spec, err) != 0 || sf_node_check_single(node, err) != 0) {
		return -1;
	}
	return spec->by_counts ? set_counts(cluster, node, spec, err) : 0;
}
