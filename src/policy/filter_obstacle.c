/* filter_obstacle: free devices that stand in the way of a wish for GPU memory. */
// SPDX-License-Identifier: Apache-2.0
#include "filter_impl.h"

static bool is_wanted(const struct sf_filter_need *need, uint8_t n_needs, uint16_t resource)
{
	for (uint8_t i = 0; i < n_needs; i++) {
		if (need[i].count->resource == resource) {
			return true;
		}
	}
	return false;
}

static bool is_too_small(const struct sf_device *device, const struct sf_request *request)
{
	return device->used < device->replicas &&
	       device->held_mib + sf_request_mib(request, device->memory_mib) > device->memory_mib;
}

size_t sf_filter_obstacles(const struct sf_cluster *cluster, uint32_t node,
                           const struct sf_request *request,
                           struct sf_obstacle obstacle[SF_OBSTACLES_MAX])
{
	const struct sf_filter_case c = {
		.cluster = cluster,
		.node = sf_cluster_node(cluster, node),
		.request = request,
		.view = SF_VIEW_AWARE,
		.wish = request->gpu_memory_mib,
		.has_wish = sf_request_has_wish(request),
	};
	struct sf_filter_need need[SF_WANTS_MAX];
	uint8_t n_needs = 0;
	size_t n = 0;

	if (!c.has_wish || c.node->by_counts || c.node->allocation != SF_ALLOCATION_KNOWN ||
	    !sf_filter_is_static(c.node) || sf_filter_collect(&c, need, &n_needs) != SF_FITS) {
		return 0;
	}
	for (uint8_t g = 0; g < c.node->n_gpus; g++) {
		const struct sf_gpu *gpu = &c.node->gpu[g];
		int device;

		for (uint8_t k = 0; (device = sf_filter_device_at(c.node, gpu, k)) >= 0; k++) {
			if (is_wanted(need, n_needs, gpu->device[device].resource) &&
			    is_too_small(&gpu->device[device], request)) {
				obstacle[n++] = (struct sf_obstacle){g, (uint8_t)device};
			}
		}
	}
	return n;
}
