/* rollout: see rollout.h. */
// SPDX-License-Identifier: Apache-2.0
#include "rollout_state.h"

#include <slicefit/alloc.h>
#include <slicefit/arena.h>
#include <slicefit/error.h>

#include <stdlib.h>

static int compare_nodes(const void *a, const void *b)
{
	const struct sf_rollout_node *x = a, *y = b;

	if (x->wave != y->wave) {
		return x->wave < y->wave ? -1 : 1;
	}
	return x->node < y->node ? -1 : x->node > y->node;
}

/* The nodes with their waves and moves. */
static int fill_nodes(struct sf_rollout *rollout, const struct rollout_state *state,
                      const uint32_t *order, const uint32_t *wave)
{
	rollout->node = sf_arena_array(rollout->arena, rollout->n_nodes + 1, sizeof *rollout->node);
	for (size_t i = 0; rollout->node && i < rollout->n_nodes; i++) {
		struct sf_rollout_node *node = &rollout->node[i];
		size_t first = state->pods.first[order[i]];

		node->node = order[i];
		node->wave = wave[order[i]];
		node->n_moves = state->pods.first[order[i] + 1] - first;
		node->move = sf_arena_array(rollout->arena, node->n_moves + 1, sizeof *node->move);
		for (size_t m = 0; node->move && m < node->n_moves; m++) {
			const struct rollout_pod *pod = &state->pods.pod[first + m];

			node->move[m] = (struct sf_rollout_move){
				.workload = pod->workload, .pod = pod->name, .to = pod->to};
		}
		if (!node->move) {
			return -1;
		}
	}
	if (!rollout->node) {
		return -1;
	}
	qsort(rollout->node, rollout->n_nodes, sizeof *rollout->node, compare_nodes);
	return 0;
}

static int fill(struct sf_rollout *rollout, struct rollout_state *state,
                const struct sf_rollout_options *options)
{
	const struct sf_plan *plan = state->plan;
	uint32_t *order = sf_xcalloc(2 * plan->n_nodes + 1, sizeof *order);
	uint32_t *wave = order + plan->n_nodes;
	int rc;

	for (uint32_t n = 0; n < plan->n_nodes; n++) {
		rollout->n_nodes += sf_rollout_takes(&plan->node[n]);
		if (plan->node[n].bought) {
			order[rollout->n_joining++] = n;
		}
	}
	rollout_order(state, options->trial_limit, order + rollout->n_joining);
	rollout_waves(state, order, rollout, wave);
	rc = fill_nodes(rollout, state, order, wave);
	free(order);
	return rc;
}

struct sf_rollout *sf_rollout_create(const struct sf_scenario *scenario, const struct sf_plan *plan,
                                     const struct sf_rollout_options *options, struct sf_error *err)
{
	struct sf_arena *arena = sf_arena_create(0);
	struct sf_rollout *rollout = sf_arena_alloc(arena, sizeof *rollout);
	struct rollout_state state = {0};
	int rc = -1;

	if (!rollout) {
		sf_arena_destroy(arena);
		sf_fail(err, SF_ENOMEM, "roll-out: no memory");
		return NULL;
	}
	rollout->arena = arena;
	if (rollout_limits(rollout, scenario, plan, options, err) == 0 &&
	    rollout_state_init(&state, scenario, plan, err) == 0) {
		rc = fill(rollout, &state, options)
		             ? sf_fail(err, SF_ENOMEM, "roll-out: no memory")
		             : sf_rollout_play(rollout, scenario, plan, NULL, NULL, err);
		rc = rc ? rc : rollout_after(rollout, scenario, plan, err);
	}
	rollout_state_finish(&state);
	if (rc) {
		sf_rollout_destroy(rollout);
		return NULL;
	}
	return rollout;
}

void sf_rollout_destroy(struct sf_rollout *rollout)
{
	if (rollout) {
		sf_arena_destroy(rollout->arena);
	}
}
