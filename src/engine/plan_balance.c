/* plan_balance: see plan_balance.h. */
// SPDX-License-Identifier: Apache-2.0
#include "plan_balance.h"

#include "plan_tier.h"

#include <slicefit/alloc.h>

#include <math.h>
#include <stdlib.h>

bool plan_balance_is_asked(const struct sf_scenario *scenario)
{
	for (size_t t = 0; t < scenario->plan.n_tiers; t++) {
		for (size_t i = 0; i < scenario->plan.tier[t].n; i++) {
			if (scenario->plan.tier[t].kind[i] == SF_PLAN_BALANCE) {
				return true;
			}
		}
	}
	return false;
}

/* GPUs of a pool that may be in use before step k counts them. */
static int64_t room_of(const struct sf_pool *pool, int k)
{
	return (int64_t)pool->count * pool->node.n_gpus * (PLAN_BALANCE_STEPS + k) / 10;
}

/* Nodes that are there, and whose GPUs are known. */
static bool is_counted(const struct plan_model *model, size_t pool)
{
	const struct sf_pool *of = &model->scenario->pool[pool];

	return pool < model->n_own_pools && of->node.n_gpus > 0 && !of->node.by_counts;
}

/* With a tier that balances every class is of one pool. */
static size_t pool_of(const struct plan_model *model, uint32_t class)
{
	return (size_t)(model->class[class].pool - model->scenario->pool);
}

static void add_step(struct plan_balance *b, const int *tier_row, size_t pool, int k)
{
	const struct plan_model *model = b->model;
	int row = sf_milp_row(b->milp, -SF_MILP_INF,
	                      (double)room_of(&model->scenario->pool[pool], k));
	int col = sf_milp_col(b->milp, 0, SF_MILP_INF, false);

	sf_milp_put(b->milp, row, col, -1);
	for (size_t t = 0; t < model->n_tiers; t++) {
		int64_t weight = model->tier[t].weight[SF_PLAN_BALANCE];

		if (weight) {
			sf_milp_put(b->milp, tier_row[t], col, (double)weight);
		}
	}
	b->row[pool][k] = row;
	b->col[pool][k] = col;
}

void plan_balance_init(struct plan_balance *b, const struct plan_model *model, struct sf_milp *milp,
                       const int *tier_row)
{
	*b = (struct plan_balance){.model = model, .milp = milp};
	if (!plan_balance_is_asked(model->scenario)) {
		return;
	}
	b->n = model->scenario->n_pools;
	b->row = sf_xcalloc(b->n + 1, sizeof *b->row);
	b->col = sf_xcalloc(b->n + 1, sizeof *b->col);
	for (size_t p = 0; p < b->n; p++) {
		for (int k = 0; k < PLAN_BALANCE_STEPS; k++) {
			b->row[p][k] = b->col[p][k] = -1;
			if (is_counted(model, p)) {
				add_step(b, tier_row, p, k);
			}
		}
	}
}

void plan_balance_finish(struct plan_balance *b)
{
	free(b->row);
	free(b->col);
}

void plan_balance_put(struct plan_balance *b, uint32_t class, int col, int64_t gpus)
{
	size_t pool = b->n ? pool_of(b->model, class) : 0;

	for (int k = 0; b->n && gpus && k < PLAN_BALANCE_STEPS; k++) {
		if (b->row[pool][k] >= 0) {
			sf_milp_put(b->milp, b->row[pool][k], col, (double)gpus);
		}
	}
}

void plan_balance_point(const struct plan_balance *b, double *x)
{
	for (size_t p = 0; p < b->n; p++) {
		for (int k = 0; k < PLAN_BALANCE_STEPS && b->row[p][k] >= 0; k++) {
			double room = (double)room_of(&b->model->scenario->pool[p], k);

			x[b->col[p][k]] = 0;
			x[b->col[p][k]] =
				fmax(0, sf_milp_row_value(b->milp, b->row[p][k], x) - room);
		}
	}
}

double plan_balance_price(const struct plan_balance *b, uint32_t class, const double *dual)
{
	size_t pool = b->n ? pool_of(b->model, class) : 0;
	double sum = 0;

	for (int k = 0; b->n && k < PLAN_BALANCE_STEPS && b->row[pool][k] >= 0; k++) {
		sum += fmax(0, dual[b->row[pool][k]]);
	}
	return sum;
}

int64_t plan_balance_value(const struct plan_model *model, const struct plan_solution *solution)
{
	int64_t *used = sf_xcalloc(model->scenario->n_pools + 1, sizeof *used), sum = 0;

	for (size_t i = 0; i < solution->n; i++) {
		const struct plan_pattern *pattern = &solution->pattern[i];

		used[pool_of(model, pattern->class)] +=
			pattern->nodes * plan_pattern_gpus(model, pattern);
	}
	for (size_t p = 0; p < model->scenario->n_pools; p++) {
		for (int k = 0; is_counted(model, p) && k < PLAN_BALANCE_STEPS; k++) {
			int64_t beyond = used[p] - room_of(&model->scenario->pool[p], k);

			sum += beyond > 0 ? beyond : 0;
		}
	}
	free(used);
	return sum;
}
