/* serving: the mode in which a node serves what pods ask for. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/serving.h>

#include <slicefit/node.h>
#include <slicefit/request.h>

const char *const sf_serving_names[SF_SERVINGS + 1] = {
	[SF_SERVING_WHOLE] = "whole",
	[SF_SERVING_MIG] = "mig",
	[SF_SERVING_MPS] = "mps",
	[SF_SERVING_TIME_SLICING] = "time-slicing",
};

/* A node by counts may advertise a renamed resource and say nothing else about sharing. */
static bool is_shared(const struct sf_node *node, uint16_t resource)
{
	for (uint8_t i = 0; i < node->n_shared; i++) {
		if (node->shared[i].resource == resource) {
			return true;
		}
	}
	return resource == SF_RES_GPU_SHARED;
}

/* Strategy single calls the instances of all its GPUs nvidia.com/gpu. */
static bool names_instances(const struct sf_node *node, uint16_t resource)
{
	return !sf_resource_is_gpu(resource) ||
	       (node->strategy == SF_STRATEGY_SINGLE && node->n_gpus > 0 && node->gpu[0].mig);
}

enum sf_serving sf_serving_of_resource(const struct sf_node *node, uint16_t resource)
{
	if (is_shared(node, resource)) {
		return node->sharing_mode == SF_SHARING_MPS ? SF_SERVING_MPS
		                                            : SF_SERVING_TIME_SLICING;
	}
	return names_instances(node, resource) ? SF_SERVING_MIG : SF_SERVING_WHOLE;
}

unsigned sf_serving_of_request(const struct sf_node *node, const struct sf_request *request)
{
	enum sf_serving part =
		sf_request_is_fraction(request) ? SF_SERVING_TIME_SLICING : SF_SERVING_WHOLE;
	unsigned bits = 0;
	for (uint8_t i = 0; i < request->n; i++) {
		bits |= SF_SERVING_BIT(
			sf_node_is_fractional(node)
				? part
				: sf_serving_of_resource(node, request->want[i].resource));
	}
	return bits;
}

/* All milli-GPUs of a GPU together are the whole. */
static enum sf_serving serving_of_fraction(const struct sf_held *held)
{
	return held->replicas == SF_FRACTION_REPLICAS ? SF_SERVING_WHOLE : SF_SERVING_TIME_SLICING;
}

unsigned sf_serving_of_grant(const struct sf_node *node, const struct sf_grant *grant)
{
	unsigned bits = 0;
	for (uint8_t i = 0; i < grant->n; i++) {
		const struct sf_held *held = &grant->held[i];
		bits |= SF_SERVING_BIT(sf_node_is_fractional(node)
		                               ? serving_of_fraction(held)
		                               : sf_serving_of_resource(node, held->resource));
	}
	return bits;
}
