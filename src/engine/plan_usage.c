/* plan_usage: see plan_usage.h. */
// SPDX-License-Identifier: Apache-2.0
#include "plan_usage.h"

#include <slicefit/arena.h>

static struct sf_plan_product *find(struct sf_plan *plan, const struct sf_product *product)
{
	struct sf_plan_product *at = plan->product;

	while (at < plan->product + plan->n_products && at->product != product) {
		at++;
	}
	if (at == plan->product + plan->n_products) {
		plan->n_products++;
		at->product = product;
	}
	return at;
}

/* The GPUs of `nodes` nodes of the pool. */
static void count_pool(struct sf_plan *plan, const struct sf_pool *pool, uint32_t nodes,
                       bool bought)
{
	for (uint8_t g = 0; !pool->node.by_counts && g < pool->node.n_gpus; g++) {
		struct sf_plan_product *product = find(plan, pool->node.gpu[g].product);

		product->total += bought ? 0 : nodes;
		product->bought += bought ? nodes : 0;
	}
}

static void add_cost(double *sum, double cost_per_gpu, uint32_t gpus)
{
	if (cost_per_gpu >= 0) {
		*sum = (*sum < 0 ? 0 : *sum) + cost_per_gpu * gpus;
	}
}

/* Pool by pool; those behind the scenario's own are what may be bought. */
static void count_nodes(const struct plan_model *model, struct sf_plan *plan)
{
	const struct sf_node_plan *node = plan->node;

	plan->cost_per_hour_before = plan->cost_per_hour = plan->cost_per_hour_free = -1;
	for (size_t p = 0; p < model->scenario->n_pools; p++) {
		const struct sf_pool *pool = &model->scenario->pool[p];
		bool own = p < model->n_own_pools;

		for (uint32_t i = 0; i < pool->count; i++, node++) {
			uint32_t free = node->n_gpus - node->gpus_used;

			if (!own && !node->bought) {
				continue;
			}
			count_pool(plan, pool, 1, !own);
			add_cost(&plan->cost_per_hour_before, pool->cost_per_gpu_hour,
			         own ? node->n_gpus : 0);
			add_cost(&plan->cost_per_hour, pool->cost_per_gpu_hour, node->n_gpus);
			add_cost(&plan->cost_per_hour_free, pool->cost_per_gpu_hour,
			         pool->node.by_counts ? 0 : free);
		}
	}
}

static void count_used(const struct plan_model *model, const struct plan_solution *solution,
                       struct sf_plan *plan, bool before)
{
	for (size_t i = 0; i < solution->n; i++) {
		const struct plan_pattern *pattern = &solution->pattern[i];
		const struct plan_class *class = &model->class[pattern->class];
		const struct plan_mode *mode = &class->mode[pattern->mode];

		for (size_t r = 0; r < mode->n_roles; r++) {
			const struct plan_role *role = &mode->role[r];
			uint32_t n = role->free_of_gpu ? 0 : pattern->nodes * pattern->roles[r];
			struct sf_plan_product *product =
				n ? find(plan, class->product[role->product]) : NULL;

			if (product) {
				product->used_before += before ? n : 0;
				product->used += before ? 0 : n;
			}
		}
	}
}

int plan_usage_fill(const struct plan_model *model, const struct plan_solution *before,
                    const struct plan_solution *after, struct sf_plan *plan)
{
	size_t most = 0;

	for (size_t p = 0; p < model->scenario->n_pools; p++) {
		most += model->scenario->pool[p].node.n_gpus;
	}
	plan->product = sf_arena_array(plan->arena, most + 1, sizeof *plan->product);
	if (!plan->product) {
		return -1;
	}
	count_nodes(model, plan);
	count_used(model, before, plan, true);
	count_used(model, after, plan, false);
	for (size_t i = 0; i < plan->n_products; i++) {
		plan->gpus_used_before += plan->product[i].used_before;
		plan->gpus_used += plan->product[i].used;
	}
	return 0;
}
