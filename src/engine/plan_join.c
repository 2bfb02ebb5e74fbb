/* plan_join: a plan with the nodes that it buys, as if they were there. */
// SPDX-License-Identifier: Apache-2.0
#include "plan_buy.h"

#include <slicefit/arena.h>
#include <slicefit/error.h>
#include <slicefit/plan.h>

#include <string.h>

/* The nodes of the plan that are there or bought, one behind the other. */
static int join_nodes(const struct sf_plan *plan, struct sf_arena *arena, struct sf_plan *out)
{
	out->node = sf_arena_array(arena, plan->n_nodes + plan->n_bought + 1, sizeof *out->node);
	if (!out->node) {
		return -1;
	}
	memcpy(out->node, plan->node, plan->n_nodes * sizeof *out->node);
	for (size_t i = plan->n_nodes; i < plan->n_nodes + plan->n_bought; i++) {
		if (plan->node[i].bought) {
			out->node[out->n_nodes] = plan->node[i];
			out->node[out->n_nodes].node = (uint32_t)out->n_nodes;
			out->n_nodes++;
		}
	}
	out->n_bought = 0;
	return 0;
}

/* Of the nodes that pools may buy only those that the plan does: they come first in their pool. */
static void trim_pools(const struct sf_plan *plan, size_t n_own, struct sf_scenario *out)
{
	const struct sf_node_plan *node = plan->node + plan->n_nodes;
	size_t n = n_own;

	for (size_t p = n_own; p < out->n_pools; p++) {
		struct sf_pool pool = out->pool[p];
		uint32_t bought = 0;

		for (uint32_t i = 0; i < pool.count; i++, node++) {
			bought += node->bought;
		}
		pool.count = bought;
		if (bought) {
			out->pool[n++] = pool;
		}
	}
	out->n_pools = n;
}

int sf_plan_join(const struct sf_scenario *scenario, const struct sf_plan *plan,
                 struct sf_arena *arena, struct sf_plan_joined *out, struct sf_error *err)
{
	const struct sf_scenario *extended =
		plan->n_bought ? plan_buy_extend(scenario, arena) : scenario;

	if (extended) {
		*out = (struct sf_plan_joined){*extended, *plan};
	}
	if (!extended || (plan->n_bought && join_nodes(plan, arena, &out->plan))) {
		return sf_fail(err, SF_ENOMEM, "plan: no memory for the nodes that it buys");
	}
	if (plan->n_bought) {
		trim_pools(plan, scenario->n_pools, &out->scenario);
	}
	return 0;
}
