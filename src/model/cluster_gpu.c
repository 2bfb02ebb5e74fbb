/* cluster_gpu: what the GPUs of a node offer: checked MIG states, devices, counts. */
// SPDX-License-Identifier: Apache-2.0
#include "cluster_impl.h"

#include <slicefit/error.h>

#include <string.h>

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

	/* While a node takes no pods its GPUs are cut one after the other. */
	if (node->state != SF_NODE_READY || node->strategy != SF_STRATEGY_SINGLE ||
	    node->by_counts || !sf_node_has_mig(node)) {
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
	if (sf_node_is_fractional(node)) {
		return sf_fail(err, SF_EINVAL,
		               "sharing by fractions: excludes MIG, drop one of them");
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

void sf_gpu_clear(struct sf_gpu *gpu)
{
	memset(gpu->device, 0, sizeof(gpu->device));
	for (int i = 0; i < SF_UNITS_MAX; i++) {
		gpu->device[i].resource = SF_RES_NONE;
	}
}

static void derive_devices(const struct sf_cluster *cluster, const struct sf_node *node,
                           struct sf_gpu *gpu)
{
	sf_gpu_clear(gpu);
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
