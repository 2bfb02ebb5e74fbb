/* plan_price: the most valuable pattern of one node at given prices. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_PLAN_PRICE_H
#define SF_PLAN_PRICE_H

#include "plan_solver.h"

struct plan_pricer;

/* Exact programs of one node for every class and mode. */
struct plan_pricer *plan_pricer_create(const struct plan_solver *s);
void plan_pricer_destroy(struct plan_pricer *pricer);

struct plan_prices {
	const double *pod;   /* per demand */
	const double *tier;  /* per tier: what one of its units costs */
	const double *gpu;   /* per class: what a GPU in use costs beside that */
	double *const *node; /* [class][mode]: a pattern must be worth more */
};

/*
 * For every class and mode the most that a pattern is worth beyond its price goes to
 * over[class][mode] (an upper bound, >= 0); patterns worth more than their price are added to `out`
 * (at most one per class and mode), one node each.
 */
void plan_price(struct plan_pricer *pricer, const struct plan_prices *prices, double **over,
                struct plan_solution *out);

/* What was done so far: columns times nodes of the programs. The same on every machine. */
uint64_t plan_pricer_work(const struct plan_pricer *pricer);

#endif
