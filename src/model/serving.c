/* serving: the mode in which a node serves what pods ask for. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/serving.h>

#include <slicefit/node.h>
#include <slicefit/request.h>

#include <string.h>

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

static enum sf_serving replica_serving(const struct sf_node *node)
{
	return node->sharing_mode == SF_SHARING_MPS ? SF_SERVING_MPS : SF_SERVING_TIME_SLICING;
}

enum sf_serving sf_serving_of_resource(const struct sf_node *node, uint16_t resource)
{
	if (is_shared(node, resource)) {
		return replica_serving(node);
	}
	return names_instances(node, resource) ? SF_SERVING_MIG : SF_SERVING_WHOLE;
}

static enum sf_serving serving_of_want(const struct sf_node *node, const struct sf_request *request,
                                       uint16_t resource)
{
	if (sf_request_is_fraction(request)) {
		return SF_SERVING_TIME_SLICING;
	}
	if (sf_node_is_fractional(node)) {
		return SF_SERVING_WHOLE;
	}
	return request->sharing == SF_WISH_SHARED ? replica_serving(node)
	                                          : sf_serving_of_resource(node, resource);
}

unsigned sf_serving_of_request(const struct sf_node *node, const struct sf_request *request)
{
	unsigned bits = 0;
	for (uint8_t i = 0; i < request->n; i++) {
		bits |= SF_SERVING_BIT(serving_of_want(node, request, request->want[i].resource));
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

uint8_t sf_serving_level(const struct sf_serving_rules *rules, unsigned servings)
{
	uint8_t least = UINT8_MAX;
	for (unsigned mode = 0; mode < SF_SERVINGS; mode++) {
		if ((servings & SF_SERVING_BIT(mode)) != 0 && rules->level[mode] < least) {
			least = rules->level[mode];
		}
	}
	return servings != 0 ? least : 0;
}

bool sf_serving_rules_same(const struct sf_serving_rules *a, const struct sf_serving_rules *b)
{
	return a->deny == b->deny && memcmp(a->level, b->level, sizeof(a->level)) == 0;
}
