/*
 * plan_balance: how unevenly the pools are used. GPUs in use beyond 50 % of a pool's count, those beyond
 * 60 % once more, and so on up to 90 %: the fuller a pool is the more one GPU more of it counts, so that the
 * sum over the pools is least when load is spread by their sizes. A sum of hinges, so linear in a program
 * that has one column for each.
 */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_PLAN_BALANCE_H
#define SF_PLAN_BALANCE_H

#include "milp.h"
#include "plan_fill.h"

enum { PLAN_BALANCE_STEPS = 5 };

/* What a program has for it; n 0, and nothing to do, when no tier balances. */
struct plan_balance {
	const struct plan_model *model;
	struct sf_milp *milp;
	size_t n; /* pools */
	int (*row)
		[PLAN_BALANCE_STEPS]; /* GPUs in use - beyond <= room; -1: the pool is not counted */
	int (*col)[PLAN_BALANCE_STEPS]; /* GPUs beyond */
};

/* Does some tier balance? */
bool plan_balance_is_asked(const struct sf_scenario *scenario);

/* Rows without GPUs so far, and their part in the tiers. */
void plan_balance_init(struct plan_balance *balance, const struct plan_model *model,
                       struct sf_milp *milp, const int *tier_row);
void plan_balance_finish(struct plan_balance *balance);

/* One of this column is so many GPUs in use of the class. */
void plan_balance_put(struct plan_balance *balance, uint32_t class, int col, int64_t gpus);

/* Sets its columns to what the others of the point make of them. */
void plan_balance_point(const struct plan_balance *balance, double *x);

/* What one more GPU in use of the class costs, by the duals of a maximisation. */
double plan_balance_price(const struct plan_balance *balance, uint32_t class, const double *dual);

/* GPUs beyond, over all pools and steps. */
int64_t plan_balance_value(const struct plan_model *model, const struct plan_solution *solution);

#endif
