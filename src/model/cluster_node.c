/* cluster_node: from the description of a node to its devices and counts. */
// SPDX-License-Identifier: Apache-2.0
#include "cluster_impl.h"

#include <slicefit/arena.h>
#include <slicefit/catalog.h>
#include <slicefit/error.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PODS_DEFAULT = 110 }; /* kubelet's --max-pods */

struct sf_count *sf_node_count_slot(struct sf_node *node, uint16_t resource)
{
	struct sf_count *count;

	for (uint8_t i = 0; i < node->n_counts; i++) {
		if (node->count[i].resource == resource) {
			return &node->count[i];
		}
	}
	if (node->n_counts == SF_NODE_RESOURCES_MAX) {
		return NULL;
	}
	count = &node->count[node->n_counts++];
	memset(count, 0, sizeof(*count));
	count->resource = resource;
	return count;
}

bool sf_node_has_mig(const struct sf_node *node)
{
	for (uint8_t i = 0; i < node->n_gpus; i++) {
		if (node->gpu[i].mig) {
			return true;
		}
	}
	return false;
}

bool sf_node_renames(const struct sf_node *node)
{
	const struct sf_count *count = sf_node_count(node, SF_RES_GPU_SHARED);

	return (node->state & SF_NODE_REMOVED) == 0 && count != NULL && count->total > 0;
}

uint16_t sf_node_replicas_max(const struct sf_node *node, enum sf_sharing_mode mode)
{
	static const char *const old[] = {"kepler", "maxwell", "pascal", "volta"};
	enum { OLD_CLIENTS = 16 }; /* below compute capability 7.5, mps/device.go */

	if (mode != SF_SHARING_MPS) {
		return SF_REPLICAS_MAX;
	}
	for (uint8_t i = 0; i < node->n_gpus; i++) {
		const struct sf_product *product = node->gpu[i].product;

		for (size_t k = 0; k < sizeof(old) / sizeof(old[0]); k++) {
			if (product != NULL && product->arch != NULL &&
			    strcmp(product->arch, old[k]) == 0) {
				return OLD_CLIENTS;
			}
		}
	}
	return SF_MPS_REPLICAS_MAX;
}

int sf_node_check_single(const struct sf_node *node, struct sf_error *err)
{
	const struct sf_gpu *first = &node->gpu[0];

	if (node->strategy != SF_STRATEGY_SINGLE || node->by_counts || !sf_node_has_mig(node)) {
		return 0;
	}
	/* The plugin's texts: internal/rm/device_map.go */
	for (uint8_t i = 0; i < node->n_gpus; i++) {
		const struct sf_gpu *gpu = &node->gpu[i];

		if (!gpu->mig) {
			return sf_fail(
				err, SF_EINVAL,
				"gpu %d: strategy single: all devices on the node must be "
				"configured with the same migEnabled value, use strategy mixed",
				i);
		}
		if (gpu->layout.n == 0) {
			return sf_fail(err, SF_EINVAL,
			               "gpu %d: strategy single: device has no MIG devices "
			               "configured, give it a layout or use strategy mixed",
			               i);
		}
		for (uint8_t k = 0; k < gpu->layout.n; k++) {
			if (gpu->product != first->product ||
			    gpu->layout.instance[k].profile != first->layout.instance[0].profile) {
				return sf_fail(
					err, SF_EINVAL,
					"gpu %d: strategy single: more than one MIG device type "
					"present on node, use strategy mixed",
					i);
			}
		}
	}
	return 0;
}

/* Copies the instances in order of their starts, checking each against those before it. */
static int copy_layout(const struct sf_product *product, const struct sf_mig_layout *from,
                       struct sf_mig_layout *to, struct sf_error *err)
{
	char beside[160];

	if (from->n > 0 && !product->placeable) {
		return sf_fail(err, SF_EINVAL,
		               "%s: placements are not known, describe the node by its counts",
		               product->name);
	}
	if (from->n > SF_INSTANCES_MAX) {
		return sf_fail(err, SF_ELIMIT, "layout: more than %d instances", SF_INSTANCES_MAX);
	}
	for (uint8_t i = 0; i < from->n; i++) {
		const struct sf_mig_instance *instance = &from->instance[i];

		if (instance->profile >= product->n_profiles) {
			return sf_fail(err, SF_EINVAL, "layout: %s has no profile number %d",
			               product->name, instance->profile);
		}
		if (!sf_mig_fits(product, to, instance->profile, instance->start)) {
			sf_mig_format(product, to, beside, sizeof(beside));
			return sf_fail(err, SF_EINVAL,
			               "layout: %s: %s@%d cannot exist beside '%s', see slicefit "
			               "catalog %s",
			               product->name, product->profile[instance->profile].name,
			               instance->start, beside, product->name);
		}
		sf_mig_add(to, instance->profile, instance->start);
	}
	return 0;
}

static int check_mode(const struct sf_node *node, const struct sf_product *product, bool mig,
                      const struct sf_mig_layout *layout, struct sf_error *err)
{
	if (!mig) {
		return layout->n == 0 ? 0
		                      : sf_fail(err, SF_EINVAL,
		                                "%s: instances need MIG mode, switch it on",
		                                product->name);
	}
	if (!product->mig_capable) {
		return sf_fail(err, SF_EINVAL, "%s: cannot set MIG on non MIG-capable GPU",
		               product->name);
	}
	if (node->sharing_mode == SF_SHARING_MPS) {
		return sf_fail(err, SF_EINVAL,
		               "mps: sharing using MPS is not supported for MIG devices, use "
		               "time-slicing");
	}
	if (!node->dynamic) {
		return 0;
	}
	if (layout->n > 0) {
		return sf_fail(err, SF_EINVAL,
		               "dynamic MIG: starts without instances, drop the layout");
	}
	if (!product->placeable) {
		return sf_fail(
			err, SF_EINVAL,
			"dynamic MIG: placements of %s are not known, use static MIG by counts",
			product->name);
	}
	return node->n_shared == 0
	               ? 0
	               : sf_fail(err, SF_EINVAL, "dynamic MIG: excludes sharing, drop the sharing");
}

static void set_device(const struct sf_node *node, struct sf_device *device, uint16_t base,
                       int32_t memory_mib)
{
	const struct sf_shared *shared = sf_node_shared(node, base);

	device->resource = shared != NULL ? shared->resource : base;
	device->replicas = shared != NULL ? shared->replicas : 1;
	device->memory_mib = memory_mib;
}

static void clear_device(struct sf_device *device)
{
	memset(device, 0, sizeof(*device));
	device->resource = SF_RES_NONE;
}

static void derive_devices(const struct sf_cluster *cluster, const struct sf_node *node,
                           struct sf_gpu *gpu)
{
	for (int i = 0; i < SF_UNITS_MAX; i++) {
		clear_device(&gpu->device[i]);
	}
	if (node->by_counts) {
		return;
	}
	if (sf_node_gpu_is_whole(node, gpu)) {
		set_device(node, &gpu->device[0], SF_RES_GPU, gpu->product->memory_mib);
		return;
	}
	for (uint8_t i = 0; i < gpu->layout.n; i++) {
		const struct sf_mig_instance *instance = &gpu->layout.instance[i];
		struct sf_device *device = &gpu->device[instance->start];
		const uint16_t base =
			node->strategy == SF_STRATEGY_SINGLE
				? (uint16_t)SF_RES_GPU
				: sf_cluster_profile_resource(cluster, gpu->product,
		                                              instance->profile, false);

		set_device(node, device, base, gpu->product->profile[instance->profile].memory_mib);
		device->profile = instance->profile;
	}
}

int sf_gpu_set(const struct sf_cluster *cluster, const struct sf_node *node, struct sf_gpu *gpu,
               bool mig, const struct sf_mig_layout *layout, struct sf_error *err)
{
	struct sf_mig_layout sorted = {0};

	if (check_mode(node, gpu->product, mig, layout, err) != 0 ||
	    copy_layout(gpu->product, layout, &sorted, err) != 0) {
		return -1;
	}
	gpu->mig = mig;
	gpu->layout = sorted;
	derive_devices(cluster, node, gpu);
	return 0;
}

int sf_gpu_count(struct sf_node *node, const struct sf_gpu *gpu, struct sf_error *err)
{
	for (int i = 0; i < SF_UNITS_MAX; i++) {
		const struct sf_device *device = &gpu->device[i];
		struct sf_count *count;

		if (device->resource == SF_RES_NONE) {
			continue;
		}
		count = sf_node_count_slot(node, device->resource);
		if (count == NULL) {
			return sf_fail(err, SF_ELIMIT, "node %.64s: more than %d resource names",
			               node->name, SF_NODE_RESOURCES_MAX);
		}
		count->total += device->replicas;
	}
	return 0;
}

void sf_gpu_uncount(struct sf_node *node, const struct sf_gpu *gpu)
{
	for (int i = 0; i < SF_UNITS_MAX; i++) {
		const struct sf_device *device = &gpu->device[i];

		if (device->resource != SF_RES_NONE) {
			sf_node_count_slot(node, device->resource)->total -= device->replicas;
		}
	}
}

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

			if ((shared != NULL ? shared->resource : base) == count->resource &&
			    product->units > 0) {
				return (uint16_t)(1000 * product->profile[p].size / product->units /
				                  (shared != NULL ? shared->replicas : 1));
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

/* Names that are no GPU resources can never be on a node: skipped, as the plugin does. */
static int set_sharing(struct sf_cluster *cluster, struct sf_node *node,
                       const struct sf_sharing *sharing, struct sf_error *err)
{
	const uint16_t most = sf_node_replicas_max(node, sharing->mode);
	char name[2 * SF_NAME_MAX];

	node->sharing_mode = (uint8_t)sharing->mode;
	node->fail_above_1 = sharing->fail_above_1;
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
			derive_devices(cluster, node, gpu);
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
		if (product != NULL && intern_product(cluster, product, err) != 0) {
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

int sf_node_build(struct sf_cluster *cluster, struct sf_node *node, const struct sf_node_spec *spec,
                  struct sf_error *err)
{
	node->name = sf_arena_strdup(cluster->arena, spec->name);
	node->pool = spec->pool;
	node->strategy = (uint8_t)(spec->dynamic ? SF_STRATEGY_MIXED : spec->strategy);
	node->dynamic = spec->dynamic;
	node->by_counts = spec->by_counts;
	node->pods_max = spec->pods_max > 0 ? spec->pods_max : PODS_DEFAULT;
	node->cpu_milli = spec->cpu_milli;
	node->memory_mib = spec->memory_mib;
	if (spec->cpu_milli < 0 || spec->memory_mib < 0) {
		return sf_fail(err, SF_EINVAL, "negative CPU or memory");
	}
	if (spec->dynamic && spec->by_counts) {
		return sf_fail(err, SF_EINVAL, "dynamic MIG needs a known layout, not counts");
	}
	if (set_products(cluster, node, spec, err) != 0 ||
	    copy_labels(cluster, node, spec, err) != 0) {
		return -1;
	}
	if (sf_sharing_check(&spec->sharing, spec->strategy, spec_has_mig(spec), err) != 0 ||
	    set_sharing(cluster, node, &spec->sharing, err) != 0) {
		return -1;
	}
	if (build_gpus(cluster, node, spec, err) != 0 || sf_node_check_single(node, err) != 0) {
		return -1;
	}
	if (!spec->by_counts) {
		return 0;
	}
	if (add_counts_given(cluster, node, spec, err) != 0) {
		return -1;
	}
	for (uint8_t i = 0; i < node->n_counts; i++) {
		node->count[i].milli = weigh(cluster, node, &node->count[i]);
	}
	return 0;
}
