/* rollout_waves: nodes in an order become waves: those that join, then each as early as its pods' new places
 * and the limits on nodes out of service allow. */
// SPDX-License-Identifier: Apache-2.0
#include "rollout_state.h"

#include <slicefit/alloc.h>

#include <stdlib.h>

/* How many nodes each wave has, of one pool and in all. Waves count from 1; there are no more than nodes. */
struct pool_load {
	size_t cap;
	uint32_t *nodes;
};
struct load {
	uint32_t first; /* wave in which nodes may be out of service */
	uint32_t *all;
	bool *closed; /* takes no more */
	struct pool_load *pool;
};

/* The first wave from `first` on after all rebuilt nodes on which pods of this node have found a place. */
static uint32_t earliest(const struct rollout_state *state, uint32_t node, uint32_t first,
                         const uint32_t *wave)
{
	for (size_t i = state->pods.first[node]; i < state->pods.first[node + 1]; i++) {
		uint32_t to = state->pods.pod[i].to;

		/* wave 0: rebuilt later, the pod waits for it anyway */
		if (to != SF_NODE_NONE && to != node && sf_rollout_takes(&state->plan->node[to]) &&
		    wave[to] >= first) {
			first = wave[to] + 1;
		}
	}
	return first;
}

/* Does a pod wait that a disruption budget protects? Such a node has a wave to itself, so that not
 * more pods of its workload wait than have to. */
static bool is_delicate(const struct rollout_state *state, uint32_t node, const uint32_t *wave)
{
	for (size_t i = state->pods.first[node]; i < state->pods.first[node + 1]; i++) {
		const struct rollout_pod *pod = &state->pods.pod[i];
		bool later = pod->to != SF_NODE_NONE &&
		             sf_rollout_takes(&state->plan->node[pod->to]) && wave[pod->to] == 0;

		if (state->scenario->workload[pod->workload].has_budget &&
		    (pod->to == SF_NODE_NONE || later)) {
			return true;
		}
	}
	return false;
}

static bool is_open(const struct load *load, const struct sf_rollout *rollout, size_t p, uint32_t w,
                    bool delicate)
{
	const struct pool_load *pool = &load->pool[p];

	return !load->closed[w] && !(delicate && load->all[w] > 0) &&
	       load->all[w] < rollout->max_unavailable &&
	       (w >= pool->cap || pool->nodes[w] < rollout->pool_max[p]);
}

static void add(struct load *load, size_t p, uint32_t w, bool delicate)
{
	struct pool_load *pool = &load->pool[p];

	pool->nodes = sf_xgrow(pool->nodes, &pool->cap, (size_t)w + 1, sizeof *pool->nodes);
	pool->nodes[w]++;
	load->all[w]++;
	load->closed[w] = delicate;
}

/* The nodes that are rebuilt or emptied, in their order. */
static void assign(const struct rollout_state *state, const uint32_t *order, size_t n,
                   struct load *load, struct sf_rollout *rollout, uint32_t *wave)
{
	for (size_t i = 0; i < n; i++) {
		uint32_t node = order[i], index;
		const struct sf_pool *pool = sf_scenario_pool_of(state->scenario, node, &index);
		size_t p = (size_t)(pool - state->scenario->pool);
		bool delicate = is_delicate(state, node, wave);
		uint32_t w = earliest(state, node, load->first, wave);

		while (!is_open(load, rollout, p, w, delicate)) {
			w++;
		}
		wave[node] = w;
		add(load, p, w, delicate);
		rollout->n_waves = w > rollout->n_waves ? w : rollout->n_waves;
	}
}

void rollout_waves(const struct rollout_state *state, const uint32_t *order,
                   struct sf_rollout *rollout, uint32_t *wave)
{
	struct load load = {
		.all = sf_xcalloc(rollout->n_nodes + 3, sizeof *load.all),
		.closed = sf_xcalloc(rollout->n_nodes + 3, sizeof *load.closed),
		.pool = sf_xcalloc(rollout->n_pools + 1, sizeof *load.pool),
	};
	size_t joining = rollout->n_joining;

	rollout->n_waves = joining > 0;
	for (size_t i = 0; i < joining; i++) {
		wave[order[i]] = 1;
	}
	load.first = rollout->n_waves + 1;
	assign(state, order + joining, rollout->n_nodes - joining, &load, rollout, wave);
	for (size_t p = 0; p < rollout->n_pools; p++) {
		free(load.pool[p].nodes);
	}
	free(load.all);
	free(load.closed);
	free(load.pool);
}
