/*
 * fragment: what of a node's free GPU capacity one request cannot use.
 *
 * For a request that fits on the node, the devices that it cannot use are fragment; for one that
 * does not, all that is free. Devices are whole GPUs, GPU instances, and for dynamic MIG the free
 * slices of a GPU.
 */
// SPDX-License-Identifier: Apache-2.0
#include "fragment.h"

#include "filter_impl.h"

#include <slicefit/target.h>

/* What a request counts on one node, taken from a grant that the filter made for it. */
struct usable {
	uint8_t n;
	uint16_t resource[SF_WANTS_MAX];
	uint8_t n_profiles; /* dynamic MIG: instances that would be created */
	uint8_t profile[SF_WANTS_MAX];
	uint16_t milli; /* fractions: of each GPU wanted */
};

static bool has_resource(const struct usable *usable, uint16_t resource)
{
	for (uint8_t i = 0; i < usable->n; i++) {
		if (usable->resource[i] == resource) {
			return true;
		}
	}
	return false;
}

static struct usable usable_of(const struct sf_node *node, const struct sf_request *request,
                               const struct sf_grant *grant)
{
	struct usable out = {.milli = sf_replicas_per_want(node, request)};
	for (uint8_t i = 0; i < grant->n; i++) {
		const struct sf_held *held = &grant->held[i];
		if (has_resource(&out, held->resource) || out.n == SF_WANTS_MAX) {
			continue;
		}
		out.resource[out.n++] = held->resource;
		if (held->create) {
			out.profile[out.n_profiles++] = held->profile;
		}
	}
	return out;
}

/* Milli-GPUs of one undivided GPU that the class cannot use. */
static int64_t whole_fragment(const struct sf_device *device, const struct usable *usable)
{
	if (device->resource == SF_RES_NONE || device->replicas == 0) {
		return 1000;
	}
	if (device->replicas - device->used >= usable->milli &&
	    has_resource(usable, device->resource)) {
		return 0;
	}
	return 1000 - 1000 * (int64_t)device->used / device->replicas;
}

/* The same for a GPU with fixed instances: slices outside of them serve nobody. */
static int64_t instances_fragment(const struct sf_gpu *gpu, const struct usable *usable)
{
	int64_t free = 1000 * (int64_t)gpu->product->units; /* milli-slices */
	for (uint8_t i = 0; i < gpu->layout.n; i++) {
		const struct sf_mig_instance *instance = &gpu->layout.instance[i];
		const struct sf_device *device = &gpu->device[instance->start];
		int64_t size = 1000 * (int64_t)gpu->product->profile[instance->profile].size;
		if (device->used < device->replicas && has_resource(usable, device->resource)) {
			free -= size;
		} else {
			free -= size * device->used / device->replicas;
		}
	}
	return free / gpu->product->units;
}

/* The same for a GPU that is cut as pods come: all that is free is of use while one wanted profile
 * can still be created. */
static int64_t dynamic_fragment(const struct sf_gpu *gpu, const struct usable *usable)
{
	if (gpu->layout.n == 0 && gpu->device[0].used > 0) {
		return 0;
	}
	for (uint8_t i = 0; i < usable->n_profiles; i++) {
		if (sf_mig_next_start(gpu->product, &gpu->layout, usable->profile[i]) >= 0) {
			return 0;
		}
	}
	if (gpu->layout.n == 0) {
		return whole_fragment(&gpu->device[0], usable);
	}
	int used = __builtin_popcount(sf_mig_units(gpu->product, &gpu->layout));
	return 1000 * (int64_t)(gpu->product->units - used) / gpu->product->units;
}

static int64_t counts_usable(const struct sf_node *node, const struct usable *usable)
{
	int64_t milli = 0;
	for (uint8_t i = 0; i < node->n_counts; i++) {
		const struct sf_count *count = &node->count[i];
		if (count->used < count->total && has_resource(usable, count->resource)) {
			milli += count->milli * (int64_t)(count->total - count->used);
		}
	}
	return milli;
}

/* Free milli-GPUs of a node on which the class fits, but on devices that it cannot use. */
static int64_t fitting_fragment(const struct sf_node *node, int64_t free,
                                const struct usable *usable)
{
	if (node->by_counts) {
		int64_t milli = counts_usable(node, usable);
		return milli < free ? free - milli : 0;
	}
	int64_t fragment = 0;
	for (uint8_t i = 0; i < node->n_gpus; i++) {
		const struct sf_gpu *gpu = &node->gpu[i];
		if (node->dynamic && gpu->mig) {
			fragment += dynamic_fragment(gpu, usable);
		} else if (sf_node_gpu_is_whole(node, gpu)) {
			fragment += whole_fragment(&gpu->device[0], usable);
		} else {
			fragment += instances_fragment(gpu, usable);
		}
	}
	return fragment < free ? fragment : free;
}

enum sf_fit sf_fragment_node(const struct sf_cluster *cluster, const struct sf_node *node,
                             const struct sf_request *request, int64_t *milli)
{
	struct sf_grant grant;
	const enum sf_fit fit = sf_filter_node(cluster, node, request, SF_VIEW_AWARE, &grant);

	if (*milli > 0 && fit == SF_FITS) {
		const struct usable usable = usable_of(node, request, &grant);

		*milli = fitting_fragment(node, *milli, &usable);
	}
	return fit;
}

int64_t sf_fragment_class(const struct sf_cluster *cluster, uint32_t node, int64_t free,
                          const struct sf_request *request)
{
	if (free > 0) {
		sf_fragment_node(cluster, sf_cluster_node(cluster, node), request, &free);
	}
	return free > 0 ? free : 0;
}
