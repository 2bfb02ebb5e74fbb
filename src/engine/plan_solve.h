/* plan_solve: the best node patterns for a model, with a bound for every tier. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_PLAN_SOLVE_H
#define SF_PLAN_SOLVE_H

#include "plan_fill.h"

struct plan_limits {
	bool keep_only; /* nothing is rebuilt or drained: only pods are placed */
	uint32_t nodes; /* branch-and-bound nodes per solve */
};

struct plan_outcome {
	struct plan_solution solution;
	int64_t *value; /* per tier of the model */
	int64_t *bound; /* no plan that is as good in the tiers before is better in this one */
	bool limited;   /* a limit stopped a proof that mattered */
	bool timed;     /* it was the clock */
};

/* `start` (may be NULL) is a solution to be at least as good as. */
void plan_solve(const struct plan_model *model, const struct plan_limits *limits,
                const struct plan_solution *start, struct plan_outcome *out);
void plan_outcome_finish(struct plan_outcome *outcome);

#endif
