/* plan_solver: what the ways to solve a plan share: the best solution so far, and the bounds. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_PLAN_SOLVER_H
#define SF_PLAN_SOLVER_H

#include "milp.h"
#include "plan_solve.h"

/* Where it is not settled how many pods can be served, one in so many is given up for the sake of the
 * tiers below: to insist on the last ones costs many drained nodes and much time. */
enum { PLAN_GIVES_UP = 200 };

struct plan_solver {
	const struct plan_model *model;
	const struct plan_limits *limits;
	struct plan_outcome *out;
	bool columns;    /* there are few enough kinds of nodes for column generation */
	uint32_t taken;  /* solutions that were the best when they were offered */
	int64_t *value;  /* scratch */
	int64_t *enough; /* per tier: of served pods, more than these are no better */
	uint64_t work;   /* of plan_by_node: nodes of branch and bound, times columns */
};

/* Nothing is known but what is plain. `out` is filled in, and is the caller's. */
void plan_solver_begin(struct plan_solver *s, const struct plan_model *model,
                       const struct plan_limits *limits, struct plan_outcome *out);
void plan_solver_end(struct plan_solver *s);

/* Takes over the solution when it is better than the best; frees it otherwise. */
void plan_offer(struct plan_solver *s, struct plan_solution *solution);

/* No plan that is as good as the best in the tiers before has more (less) than `bound`. */
void plan_tighten(struct plan_solver *s, size_t tier, int64_t bound);

/* From now on plans that serve so many pods in the tier are equally good there. */
void plan_is_enough(struct plan_solver *s, size_t tier, int64_t value);

/* A value of the tier as far as it counts. */
int64_t plan_enough(const struct plan_solver *s, size_t tier, int64_t value);

/* The solver's bound as an integer, never worse than what is plain. */
int64_t plan_tier_bound(const struct plan_model *model, size_t tier, double bound);

struct sf_milp_limits plan_milp_limits(const struct plan_solver *s);

/* The same with at most `work` nodes times columns: with many columns each node takes long and finds little. */
struct sf_milp_limits plan_milp_limits_for(const struct plan_solver *s, const struct sf_milp *milp,
                                           uint32_t work);

/* How far the exact program goes. */
struct plan_node_limits {
	int columns;         /* a program with more is not solved */
	uint32_t work;       /* branch-and-bound nodes times columns, for each tier */
	const bool *settled; /* per tier: nothing is to be gained there; or NULL */
	size_t vital;        /* the tiers from this one on only if something was gained before */
};

/* The exact program, tier by tier: better plans and bounds. False when it has too many columns. */
bool plan_by_node(struct plan_solver *s, const struct plan_node_limits *limits);

/* plan_columns.c: column generation over node patterns: tight bounds, and plans that come close to them.
 * A second run begins with the patterns of the first. */
struct plan_columns;
struct plan_columns *plan_columns_create(struct plan_solver *s);
void plan_columns_run(struct plan_columns *columns);
void plan_columns_destroy(struct plan_columns *columns);

/* plan_fleet_solve.c: the fleet program: bounds and plans for fleets of any size. */
void plan_by_fleet(struct plan_solver *s);

/* Bounds from the relaxation of the fleet program, for a plan that was found by other ways. */
void plan_fleet_bounds(struct plan_solver *s);

#endif
