/* misplaced: did a pod get another kind of device than it asked for? */
// SPDX-License-Identifier: Apache-2.0
#include "misplaced.h"

/* Is the device of this held entry shared, and is it a whole GPU? */
static void describe_held(const struct sf_node *node, const struct sf_held *held, bool *shared,
                          bool *whole)
{
	if (held->gpu == SF_GPU_NONE) {
		*shared = held->resource == SF_RES_GPU_SHARED ||
		          sf_node_shared(node, held->resource) != NULL;
		*whole = sf_resource_is_gpu(held->resource);
		return;
	}
	const struct sf_gpu *gpu = &node->gpu[held->gpu];
	*whole = !held->create && sf_node_gpu_is_whole(node, gpu);
	*shared = !held->create && !sf_node_is_fractional(node) &&
	          gpu->device[held->device].replicas > 1;
}

bool sf_misplaced(const struct sf_node *node, const struct sf_request *request,
                  const struct sf_grant *grant)
{
	if (request->sharing == SF_WISH_BY_NAME) {
		return false;
	}
	bool wants_instance = false;
	for (uint8_t i = 0; i < request->n; i++) {
		wants_instance |= !sf_resource_is_gpu(request->want[i].resource);
	}
	for (uint8_t i = 0; i < grant->n; i++) {
		bool shared;
		bool whole;
		describe_held(node, &grant->held[i], &shared, &whole);
		if (shared != (request->sharing == SF_WISH_SHARED) || (!whole && !wants_instance)) {
			return true;
		}
	}
	return false;
}
