/* plan_layout_after: the scenario with the planned nodes. */
// SPDX-License-Identifier: Apache-2.0
#include "plan_layout_impl.h"

#include "plan_alike.h"

#include <slicefit/arena.h>

#include <stdio.h>
#include <string.h>

static struct sf_sharing sharing_after(const struct sf_node_spec *now,
                                       const struct sf_node_plan *node)
{
	struct sf_sharing sharing = {.n = 1};

	if (node->replicas == 1) {
		return (struct sf_sharing){0};
	}
	if (node->replicas_before > 1) {
		sharing.mode = now->sharing.mode;
		sharing.rename = now->sharing.rename;
		sharing.fail_above_1 = now->sharing.fail_above_1;
	} else {
		/* A name of its own keeps replicas and whole GPUs apart for every scheduler. */
		sharing.mode = SF_SHARING_TIME_SLICING;
		sharing.rename = true;
	}
	snprintf(sharing.resource[0].name, sizeof sharing.resource[0].name, "nvidia.com/gpu");
	sharing.resource[0].replicas = node->replicas;
	return sharing;
}

static bool same_after(const struct sf_node_plan *a, const struct sf_node_plan *b)
{
	if (a->changed != b->changed || a->replicas != b->replicas || a->strategy != b->strategy) {
		return false;
	}
	for (uint8_t g = 0; g < a->n_gpus; g++) {
		if (!plan_same_gpu(&a->after[g], &b->after[g])) {
			return false;
		}
	}
	return true;
}

static void pool_after(struct sf_pool *pool, const struct sf_node_plan *node)
{
	struct sf_node_spec *spec = &pool->node;
	struct sf_node_spec now = *spec;

	if (node->changed) {
		memcpy(spec->gpu, node->after, sizeof spec->gpu);
		spec->strategy = node->strategy;
		spec->sharing = sharing_after(&now, node);
	}
}

/* So many nodes of a pool from this one on are alike afterwards. */
static uint32_t count_alike(const struct sf_node_plan *node, uint32_t most)
{
	uint32_t n = 1;

	while (n < most && same_after(node, node + n) && node->bought == node[n].bought) {
		n++;
	}
	return n;
}

/* Names of nodes that are bought: the model, which has them, does not last. */
static const char *const *keep_names(struct sf_plan *plan, const char *const *name, uint32_t n)
{
	const char **out = sf_arena_array(plan->arena, n, sizeof *out);

	for (uint32_t i = 0; out && i < n; i++) {
		out[i] = sf_arena_strdup(plan->arena, name[i]);
		if (!out[i]) {
			return NULL;
		}
	}
	return out;
}

/* The pool, as one for each run of nodes that are alike afterwards. */
static int split_pool(struct sf_scenario *after, const struct sf_pool *pool,
                      const struct sf_node_plan *node, struct sf_plan *plan)
{
	bool there = node < plan->node + plan->n_nodes;

	/* Of nodes that may be bought those that are come first. */
	for (uint32_t i = 0; i < pool->count && (there || node[i].bought);) {
		struct sf_pool *to = &after->pool[after->n_pools++];

		*to = *pool;
		to->buy_max = 0; /* what was to be bought is there */
		to->price = 0;
		to->buy_name = NULL;
		to->count = count_alike(&node[i], pool->count - i);
		if (pool->node_name) {
			to->node_name = there ? pool->node_name + i
			                      : keep_names(plan, pool->node_name + i, to->count);
		}
		pool_after(to, &node[i]);
		if (to->count < pool->count || node[i].bought) {
			to->name = sf_arena_printf(plan->arena, "%s.%u", pool->name, i);
		}
		if (!to->name || (pool->node_name && !to->node_name)) {
			return -1;
		}
		i += to->count;
	}
	return 0;
}

int plan_layout_after(const struct sf_scenario *scenario, struct sf_plan *plan)
{
	size_t most = plan->n_nodes + plan->n_bought + scenario->n_pools + 1;
	struct sf_scenario *after = sf_arena_alloc(plan->arena, sizeof *after);
	const struct sf_node_plan *node = plan->node;
	int rc;

	if (!after) {
		return -1;
	}
	*after = *scenario;
	after->arena = NULL;
	after->name = sf_arena_printf(plan->arena, "%s, planned", scenario->name);
	after->n_pools = 0;
	after->pool = sf_arena_array(plan->arena, most, sizeof *after->pool);
	rc = after->pool && after->name ? 0 : -1;
	for (size_t p = 0; !rc && p < scenario->n_pools; p++) {
		rc = split_pool(after, &scenario->pool[p], node, plan);
		node += scenario->pool[p].count;
	}
	plan->after = after;
	return rc;
}
