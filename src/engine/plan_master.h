/*
 * plan_master: the master program of column generation: how many nodes of each class look like which
 * pattern, of those that are known.
 */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_PLAN_MASTER_H
#define SF_PLAN_MASTER_H

#include "milp.h"
#include "plan_balance.h"
#include "plan_price.h"

struct plan_master {
	const struct plan_solver *s;
	const struct plan_model *model;
	struct sf_milp *milp;
	struct plan_solution pool; /* the patterns; their `nodes` mean nothing */
	size_t cap_cols;
	int *col;      /* per pattern of the pool */
	int *served;   /* column per demand */
	int *cover;    /* row per demand: served <= what the patterns hold */
	int **nodes;   /* [class][mode]: row; rebuilt modes share one */
	int **drained; /* [class][signature]: column: nodes not in that KEEP mode */
	int *tier;     /* row per tier */
	struct plan_balance balance;
	double *pod;    /* per demand: price */
	double *weight; /* per tier: price */
	double *gpu;    /* per class: price of a GPU in use, for the balance */
	double **price; /* [class][mode] */
};

void plan_master_init(struct plan_master *m, const struct plan_solver *s);
void plan_master_finish(struct plan_master *m);

/* Modes of a class that nodes may be in. */
size_t plan_master_modes(const struct plan_master *m, size_t class);

/* Gives columns to those patterns that have none. */
void plan_master_add(struct plan_master *m, const struct plan_solution *from);

/* The tier becomes the objective; no plan is worse in it from now on than `value`. */
void plan_master_aim(struct plan_master *m, size_t tier);
void plan_master_fix(struct plan_master *m, size_t tier, int64_t value);

/* All tiers are free again. */
void plan_master_free(struct plan_master *m);

/* At least so many nodes look like pattern i of the pool. */
void plan_master_at_least(struct plan_master *m, size_t i, double nodes);

/* The duals of the relaxation, stated as a maximisation of the tier, as prices. They are the master's. */
struct plan_prices plan_master_prices(struct plan_master *m, size_t tier, const double *dual);

/* The columns of a solution whose patterns are known (malloc'ed). */
double *plan_master_point(const struct plan_master *m, const struct plan_solution *solution);

/* The patterns of the pool as often as the point says, rounded, or rounded down. */
void plan_master_patterns(const struct plan_master *m, const double *x, bool round_down,
                          struct plan_solution *out);

#endif
