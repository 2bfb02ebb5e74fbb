/* policy_fgd_random: any node and any device by lot, as the FGD paper compares with. */
// SPDX-License-Identifier: Apache-2.0
#include "policies.h"
#include "row.h"

#include <slicefit/alloc.h>
#include <slicefit/rng.h>

#include <stdlib.h>

static void *create(const struct sf_cluster *cluster, const struct sf_target *target, uint64_t seed)
{
	(void)cluster;
	(void)target;
	uint64_t *state = sf_xcalloc(1, sizeof(*state));
	*state = seed;
	return state;
}

/* The draw hangs on the seed, the node and how it stands, so that asking twice draws the same. */
static uint8_t draw(uint64_t seed, uint32_t node, uint32_t pods, uint8_t below)
{
	struct sf_rng rng;
	sf_rng_seed(&rng, seed, (uint64_t)pods << 32 | node);
	return (uint8_t)sf_rng_below(&rng, below);
}

/* A pod with one fraction: any device with room. */
static bool choose(void *state, const struct sf_cluster *cluster, uint32_t index,
                   const struct sf_request *request, struct sf_grant *grant)
{
	const struct sf_node *node = sf_cluster_node(cluster, index);
	uint8_t gpu[SF_GPUS_MAX];
	uint8_t n = 0;
	if (!sf_request_is_fraction(request) || grant->n != 1 ||
	    grant->held[0].replicas != request->gpu_milli) {
		return false;
	}
	for (uint8_t g = 0; g < node->n_gpus; g++) {
		if (sf_fraction_room(&node->gpu[g], request->gpu_milli, request->gpu_memory_mib) >
		    0) {
			gpu[n++] = g;
		}
	}
	grant->held[0].gpu = gpu[draw(*(uint64_t *)state, index, node->pods, n)];
	return true;
}

static int64_t judge(void *state, uint32_t node, const struct sf_row *row, const struct sf_ask *ask,
                     uint8_t *gpu)
{
	uint8_t fits[SF_GPUS_MAX];
	uint8_t n = 0;
	if (!ask->fraction || ask->parts != 1) {
		return 0;
	}
	for (uint8_t g = 0; g < row->n_gpus; g++) {
		if (row->free[g] >= ask->each) {
			fits[n++] = g;
		}
	}
	*gpu = fits[draw(*(uint64_t *)state, node, row->pods, n)];
	return 0;
}

const struct sf_policy sf_policy_fgd_random = {
	.name = "fgd-random",
	.help = "of the FGD paper: any node and any GPU with room, by lot",
	.view = SF_VIEW_AWARE,
	.study = true,
	.random_ties = true,
	.create = create,
	.destroy = free,
	.score = sf_score_same,
	.choose = choose,
	.judge = judge,
};
