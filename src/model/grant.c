/* grant: one held entry at a time: is it free, take it, give it back. */
// SPDX-License-Identifier: Apache-2.0
#include "cluster_impl.h"

#include <slicefit/error.h>

#include <string.h>

static int check_count(const struct sf_cluster *cluster, const struct sf_node *node,
                       const struct sf_held *held, struct sf_error *err)
{
	const struct sf_count *count = sf_node_count(node, held->resource);
	const char *name = sf_resource_name(cluster->resources, held->resource);

	if (held->gpu != SF_GPU_NONE || held->create != 0) {
		return sf_fail(err, SF_EINVAL,
		               "node %.64s: known by counts only, the grant must name no GPU",
		               node->name);
	}
	if (count == NULL || count->total - count->used < held->replicas) {
		return sf_fail(err, SF_EUNMET,
		               "node %.64s: %s: %u of %u in use, %d more do not fit", node->name,
		               name, count != NULL ? count->used : 0,
		               count != NULL ? count->total : 0, held->replicas);
	}
	return 0;
}

static int check_create(const struct sf_cluster *cluster, const struct sf_node *node,
                        const struct sf_held *held, struct sf_error *err)
{
	const struct sf_gpu *gpu = &node->gpu[held->gpu];
	const struct sf_product *product = gpu->product;

	if (held->create != 1 || !node->dynamic || !gpu->mig) {
		return sf_fail(err, SF_EINVAL, "node %.64s, gpu %d: instances are not created here",
		               node->name, held->gpu);
	}
	if (held->profile >= product->n_profiles || held->replicas != 1 ||
	    held->resource != sf_cluster_profile_resource(cluster, product, held->profile, false)) {
		return sf_fail(err, SF_EINVAL,
		               "node %.64s, gpu %d: no such profile, or not by its resource name",
		               node->name, held->gpu);
	}
	if ((gpu->layout.n == 0 && gpu->device[0].used > 0) ||
	    !sf_mig_fits(product, &gpu->layout, held->profile, held->device)) {
		return sf_fail(err, SF_EUNMET, "node %.64s, gpu %d: no room for %s at %d",
		               node->name, held->gpu, product->profile[held->profile].name,
		               held->device);
	}
	return 0;
}

int sf_held_check(const struct sf_cluster *cluster, const struct sf_node *node,
                  const struct sf_held *held, struct sf_error *err)
{
	const struct sf_device *device;

	if (held->replicas == 0) {
		return sf_fail(err, SF_EINVAL, "node %.64s: a grant of no replicas", node->name);
	}
	if (node->by_counts) {
		return check_count(cluster, node, held, err);
	}
	if (held->gpu >= node->n_gpus || held->device >= SF_UNITS_MAX) {
		return sf_fail(err, SF_EINVAL, "node %.64s: no gpu %d with device %d", node->name,
		               held->gpu, held->device);
	}
	if (held->create != 0) {
		return check_create(cluster, node, held, err);
	}
	device = &node->gpu[held->gpu].device[held->device];
	if (device->resource == SF_RES_NONE || device->resource != held->resource) {
		return sf_fail(err, SF_EINVAL, "node %.64s, gpu %d: device %d is no %s", node->name,
		               held->gpu, held->device,
		               sf_resource_name(cluster->resources, held->resource));
	}
	if (device->replicas - device->used < held->replicas) {
		return sf_fail(err, SF_EUNMET,
		               "node %.64s, gpu %d: device %d: %d of %d in use, %d more do not fit",
		               node->name, held->gpu, held->device, device->used, device->replicas,
		               held->replicas);
	}
	return 0;
}

/* A dynamic GPU is one whole device as long as it has no instance. */
static void add_instance(struct sf_node *node, const struct sf_held *held)
{
	struct sf_gpu *gpu = &node->gpu[held->gpu];
	struct sf_device *device = &gpu->device[held->device];

	if (gpu->layout.n == 0) {
		sf_gpu_uncount(node, gpu);
		memset(&gpu->device[0], 0, sizeof(gpu->device[0]));
		gpu->device[0].resource = SF_RES_NONE;
	}
	sf_mig_add(&gpu->layout, held->profile, held->device);
	device->profile = held->profile;
	device->resource = held->resource;
	device->replicas = 1;
	device->memory_mib = gpu->product->profile[held->profile].memory_mib;
}

static void remove_instance(struct sf_node *node, const struct sf_held *held)
{
	struct sf_gpu *gpu = &node->gpu[held->gpu];
	struct sf_device *device = &gpu->device[held->device];
	struct sf_device *whole = &gpu->device[0];

	sf_mig_remove(&gpu->layout, held->device);
	memset(device, 0, sizeof(*device));
	device->resource = SF_RES_NONE;
	if (gpu->layout.n == 0) {
		whole->resource = SF_RES_GPU;
		whole->replicas = 1;
		whole->memory_mib = gpu->product->memory_mib;
		sf_gpu_count(node, gpu, NULL); /* the entry exists since the node was built */
	}
}

/* GPU memory that the pod holds on the device: its wish for each replica, or each GPU wanted. */
static int32_t held_mib(const struct sf_node *node, const struct sf_request *request,
                        const struct sf_held *held)
{
	const struct sf_device *device = &node->gpu[held->gpu].device[held->device];

	if (sf_node_is_fractional(node)) {
		return request->gpu_memory_mib *
		       (held->replicas / sf_replicas_per_want(node, request));
	}
	return sf_request_mib(request, device->memory_mib) * held->replicas;
}

/* What is in use where the grant is: of its GPU, or of a node by counts. */
static int64_t used_there(const struct sf_node *node, const struct sf_held *held)
{
	return held->gpu == SF_GPU_NONE ? sf_node_count_used(node)
	                                : sf_gpu_count_used(node, &node->gpu[held->gpu]);
}

static void take(struct sf_node *node, const struct sf_request *request, const struct sf_held *held)
{
	struct sf_device *device;

	if (held->create == 0) {
		struct sf_count *count = sf_node_count_slot(node, held->resource);

		if (count != NULL) {
			count->used += held->replicas;
		}
	} else {
		add_instance(node, held);
	}
	if (held->gpu == SF_GPU_NONE) {
		return;
	}
	device = &node->gpu[held->gpu].device[held->device];
	device->used = (uint16_t)(device->used + held->replicas);
	device->held_mib += held_mib(node, request, held);
}

void sf_held_take(struct sf_node *node, const struct sf_request *request,
                  const struct sf_held *held)
{
	const int64_t before = used_there(node, held);

	take(node, request, held);
	node->used_milli += used_there(node, held) - before;
}

void sf_node_copy(const struct sf_node *node, struct sf_node_copy *out)
{
	out->node = *node;
	if (node->n_gpus > 0) {
		memcpy(out->gpu, node->gpu, node->n_gpus * sizeof(*node->gpu));
	}
	out->node.gpu = out->gpu;
}

void sf_node_copy_take(struct sf_node_copy *copy, const struct sf_request *request,
                       const struct sf_grant *grant)
{
	for (uint8_t i = 0; i < grant->n; i++) {
		sf_held_take(&copy->node, request, &grant->held[i]);
	}
	copy->node.pods++;
	copy->node.cpu_used_milli += request->cpu_milli;
	copy->node.memory_used_mib += request->memory_mib;
}

static void give(struct sf_node *node, const struct sf_request *request, const struct sf_held *held)
{
	struct sf_device *device;

	if (held->create != 0) {
		remove_instance(node, held);
		return;
	}
	sf_node_count_slot(node, held->resource)->used -= held->replicas;
	if (held->gpu == SF_GPU_NONE) {
		return;
	}
	device = &node->gpu[held->gpu].device[held->device];
	device->used = (uint16_t)(device->used - held->replicas);
	device->held_mib -= held_mib(node, request, held);
}

void sf_held_give(struct sf_node *node, const struct sf_request *request,
                  const struct sf_held *held)
{
	const int64_t before = used_there(node, held);

	give(node, request, held);
	node->used_milli += used_there(node, held) - before;
}
