/*
 * filter_fraction: nodes whose GPUs are shared by milli-GPUs.
 *
 * A request wants k parts of d milli-GPUs, each on one device; d = 1000 is k whole GPUs. A device
 * with g free has room for floor(g / d) parts. One fraction goes where least is free (best fit), so
 * that whole GPUs stay whole; several parts fill the devices by index, as the GPU share plugin of
 * the Kubernetes scheduler simulator of Weng et al. (USENIX ATC 2023) does.
 */
// SPDX-License-Identifier: Apache-2.0
#include "filter_impl.h"

#include <string.h>

/* Parts that the request wants, or -1 when it wants something else than such GPUs. */
static int64_t parts_wanted(const struct sf_request *request)
{
	int64_t parts = 0;

	for (uint8_t i = 0; i < request->n; i++) {
		if (request->want[i].resource != SF_RES_GPU || request->sharing == SF_WISH_SHARED) {
			return -1;
		}
		parts += request->want[i].count;
	}
	return parts;
}

static int64_t room(const struct sf_node *node, uint16_t each, int32_t wish)
{
	int64_t sum = 0;

	for (uint8_t g = 0; g < node->n_gpus; g++) {
		sum += sf_fraction_room(&node->gpu[g], each, wish);
	}
	return sum;
}

static int64_t free_milli(const struct sf_node *node)
{
	int64_t sum = 0;

	for (uint8_t g = 0; g < node->n_gpus; g++) {
		sum += node->gpu[g].device[0].replicas - node->gpu[g].device[0].used;
	}
	return sum;
}

static void take(struct sf_grant *grant, uint8_t gpu, uint32_t milli)
{
	grant->held[grant->n++] = (struct sf_held){
		.resource = SF_RES_GPU,
		.replicas = (uint16_t)milli,
		.gpu = gpu,
	};
}

/* The device with room for a part that has least free; the lowest index among equals. */
static uint8_t tightest(const struct sf_node *node, uint16_t each, int32_t wish)
{
	uint8_t best = SF_GPUS_MAX;
	uint16_t most_used = 0;

	for (uint8_t g = 0; g < node->n_gpus; g++) {
		const uint16_t used = node->gpu[g].device[0].used;

		if (sf_fraction_room(&node->gpu[g], each, wish) > 0 &&
		    (best == SF_GPUS_MAX || used > most_used)) {
			best = g;
			most_used = used;
		}
	}
	return best;
}

static void choose(const struct sf_filter_case *c, uint16_t each, uint32_t parts,
                   struct sf_grant *grant)
{
	memset(grant, 0, sizeof(*grant));
	if (parts == 1) {
		take(grant, tightest(c->node, each, c->wish), each);
		return;
	}
	for (uint8_t g = 0; parts > 0; g++) {
		const uint32_t here = sf_fraction_room(&c->node->gpu[g], each, c->wish);
		const uint32_t taken = here < parts ? here : parts;

		if (taken > 0) {
			take(grant, g, taken * each);
			parts -= taken;
		}
	}
}

enum sf_fit sf_filter_fraction(const struct sf_filter_case *c, struct sf_grant *grant)
{
	const struct sf_node *node = c->node;
	const uint16_t each = sf_replicas_per_want(node, c->request);
	const int64_t parts = parts_wanted(c->request);
	enum sf_fit fit;

	if (parts < 0 || (parts > 0 && node->n_gpus == 0)) {
		return SF_FIT_NO_RESOURCE;
	}
	if (parts > node->n_gpus * (int64_t)(SF_FRACTION_REPLICAS / each)) {
		return SF_FIT_TOO_MANY;
	}
	if (parts * each > free_milli(node)) {
		return SF_FIT_BUSY;
	}
	fit = sf_filter_room(c);
	if (fit != SF_FITS) {
		return fit;
	}
	if (parts > room(node, each, 0)) {
		return SF_FIT_FRAGMENTED;
	}
	if (parts > room(node, each, c->wish)) {
		return SF_FIT_GPU_MEMORY;
	}
	if (grant != NULL) {
		choose(c, each, (uint32_t)parts, grant);
	}
	return SF_FITS;
}
