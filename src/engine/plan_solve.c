/*
 * plan_solve: greedy starts, then column generation over node patterns, and for a small cluster the
 * exact program over nodes. Tier by tier, each with integer coefficients and the tiers before it
 * fixed: one weighted objective is far slower and proves nothing.
 */
// SPDX-License-Identifier: Apache-2.0
#include "plan_solver.h"

#include "plan_board.h"
#include "plan_lp.h"
#include "plan_part.h"
#include "plan_repack.h"
#include "plan_tier.h"

#include <slicefit/alloc.h>

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Largest exact program that is tried, in columns; most modes for column generation. */
enum { EXACT_COLUMNS_MAX = 1500, COLUMNS_MODES_MAX = 600 };

/* The fewest branch-and-bound nodes for a program, however many columns it has. */
enum { NODES_MIN = 20 };

static int64_t wanted_of(const struct plan_model *model, size_t level)
{
	int64_t sum = 0;

	for (size_t w = 0; w < model->n_workloads; w++) {
		sum += model->demand[w].level == level ? model->wanted[w] : 0;
	}
	return sum;
}

/* The best that can be said before anything was solved. */
static int64_t plain_bound(const struct plan_model *model, size_t tier)
{
	return plan_tier_is_max(model, tier) ? wanted_of(model, model->tier[tier].level) : 0;
}

/* A bound says "no plan that is as good in the tiers before": where the new plan is worse in one of
 * them than the one the bound was made for, it says nothing. */
static void forget_bounds(struct plan_solver *s, const int64_t *value)
{
	bool worse = false;

	for (size_t t = 0; t < s->model->n_tiers; t++) {
		if (worse) {
			s->out->bound[t] = plain_bound(s->model, t);
		}
		worse = worse ||
		        (plan_tier_is_max(s->model, t)
		                 ? plan_enough(s, t, value[t]) < plan_enough(s, t, s->out->value[t])
		                 : value[t] > s->out->value[t]);
	}
}

void plan_is_enough(struct plan_solver *s, size_t tier, int64_t value)
{
	s->enough[tier] = value;
}

int64_t plan_enough(const struct plan_solver *s, size_t tier, int64_t value)
{
	return value < s->enough[tier] ? value : s->enough[tier];
}

/* Is value `a` better than `b`, as far as they count? Among equals more served pods are. */
static bool is_better(const struct plan_solver *s, const int64_t *a, const int64_t *b)
{
	for (size_t t = 0; t < s->model->n_tiers; t++) {
		int64_t x = plan_enough(s, t, a[t]), y = plan_enough(s, t, b[t]);

		if (x != y) {
			return (x > y) == plan_tier_is_max(s->model, t);
		}
	}
	return plan_value_compare(s->model, a, b) < 0;
}

void plan_offer(struct plan_solver *s, struct plan_solution *solution)
{
	plan_solution_value(s->model, solution, s->value);
	if (!s->taken || is_better(s, s->value, s->out->value)) {
		if (s->taken) {
			forget_bounds(s, s->value);
		}
		s->taken++;
		plan_solution_finish(&s->out->solution);
		s->out->solution = *solution;
		memcpy(s->out->value, s->value, s->model->n_tiers * sizeof *s->value);
	} else {
		plan_solution_finish(solution);
	}
}

static void greedy(struct plan_solver *s)
{
	for (int order = 0; order < PLAN_ORDERS; order++) {
		struct plan_solution solution = {0};
		struct plan_board board;

		plan_board_init(&board, s->model);
		plan_board_fill(&board, (enum plan_order)order);
		if (!s->limits->keep_only) {
			plan_board_improve(&board, (enum plan_order)order);
		}
		plan_board_patterns(&board, &solution);
		plan_board_finish(&board);
		plan_offer(s, &solution);
	}
}

struct sf_milp_limits plan_milp_limits(const struct plan_solver *s)
{
	return (struct sf_milp_limits){.solver = s->model->means.solver,
	                               .nodes = s->limits->nodes,
	                               .deadline_ns = s->model->means.deadline_ns,
	                               .integer_objective = true};
}

struct sf_milp_limits plan_milp_limits_for(const struct plan_solver *s, const struct sf_milp *milp,
                                           uint32_t work)
{
	struct sf_milp_limits limits = plan_milp_limits(s);
	uint32_t most = work / (uint32_t)(sf_milp_cols(milp) + 1);

	most = most > NODES_MIN ? most : NODES_MIN;
	limits.nodes = limits.nodes < most ? limits.nodes : most;
	return limits;
}

int64_t plan_tier_bound(const struct plan_model *model, size_t tier, double bound)
{
	/* Simplex is right to about 1e-7 of the values. */
	double slack = 1e-6 + 1e-7 * fabs(bound);

	if (plan_tier_is_max(model, tier)) {
		int64_t most = plain_bound(model, tier);

		return bound < (double)most ? (int64_t)floor(bound + slack) : most;
	}
	return bound > 0 ? (int64_t)ceil(bound - slack) : 0;
}

static bool is_tight(const struct plan_solver *s)
{
	return memcmp(s->out->value, s->out->bound, s->model->n_tiers * sizeof *s->out->value) == 0;
}

void plan_tighten(struct plan_solver *s, size_t tier, int64_t bound)
{
	int64_t *old = &s->out->bound[tier], value = s->out->value[tier];

	if (s->model->partial) {
		return;
	}
	/* What was found is a witness against any bound that excludes it. */
	if (plan_tier_is_max(s->model, tier)) {
		bound = bound > value ? bound : value;
		*old = bound < *old ? bound : *old;
	} else {
		bound = bound < value ? bound : value;
		*old = bound > *old ? bound : *old;
	}
}

/* One tier of a program with the tiers before it fixed. *x, malloc'ed, is the start and becomes the best
 * point. Returns the bound. */
static int64_t solve_tier(struct plan_solver *s, struct plan_lp *lp, size_t tier,
                          const struct sf_milp_limits *limits, double **x)
{
	struct sf_milp_result result;
	int64_t bound;

	sf_milp_objective(lp->milp, plan_tier_is_max(s->model, tier), lp->tier_row[tier]);
	sf_milp_solve(lp->milp, limits, *x, &result);
	bound = plan_tier_bound(s->model, tier, result.bound);
	s->work += (uint64_t)sf_milp_cols(lp->milp) * (result.nodes + 1);
	s->out->timed |= result.time_limited;
	if (result.status == SF_MILP_OPTIMAL || result.status == SF_MILP_FEASIBLE) {
		free(*x);
		*x = result.x;
		result.x = NULL;
	}
	sf_milp_result_finish(&result);
	return bound;
}

/* Solves a tier, and takes over what comes of it. */
static void improve_tier(struct plan_solver *s, struct plan_lp *lp, size_t tier,
                         const struct sf_milp_limits *limits)
{
	struct plan_solution solution = {0};
	double *x = plan_lp_point(lp, &s->out->solution);
	int64_t bound = solve_tier(s, lp, tier, limits, &x);

	plan_lp_patterns(lp, x, &solution);
	plan_offer(s, &solution);
	plan_tighten(s, tier, bound);
	free(x);
}

bool plan_by_node(struct plan_solver *s, const struct plan_node_limits *within)
{
	struct plan_lp *lp = plan_lp_create(s->model, s->limits->keep_only);
	struct sf_milp_limits limits = plan_milp_limits_for(s, lp->milp, within->work);
	uint32_t taken = s->taken;
	bool small = sf_milp_cols(lp->milp) <= within->columns;

	for (size_t t = 0; small && t < s->model->n_tiers; t++) {
		if (t >= within->vital && s->taken == taken) {
			break;
		}
		if (!within->settled || !within->settled[t]) {
			improve_tier(s, lp, t, &limits);
		}
		plan_lp_fix(lp, t, s->out->value[t]);
	}
	plan_lp_destroy(lp);
	return small;
}

static void search(struct plan_solver *s)
{
	const struct plan_node_limits all = {INT_MAX, UINT32_MAX, NULL, s->model->n_tiers};
	struct plan_columns *columns = NULL;
	uint32_t taken = 0;

	greedy(s);
	if (!is_tight(s)) {
		plan_by_fleet(s);
	}
	if (s->columns && !is_tight(s)) {
		columns = plan_columns_create(s);
		plan_columns_run(columns);
		taken = s->taken;
	}
	if (!is_tight(s)) {
		plan_repack(s);
	}
	if (!is_tight(s) && plan_lp_size(s->model, s->limits->keep_only) <= EXACT_COLUMNS_MAX) {
		plan_by_node(s, &all);
	}
	if (columns && s->taken > taken && !is_tight(s)) {
		plan_columns_run(columns); /* the later tiers of what was found */
	}
	plan_columns_destroy(columns);
	taken = s->taken;
	plan_by_parts(s);
	if (s->taken > taken) {
		plan_fleet_bounds(s);
	}
}

void plan_solver_begin(struct plan_solver *s, const struct plan_model *model,
                       const struct plan_limits *limits, struct plan_outcome *out)
{
	*s = (struct plan_solver){.model = model,
	                          .limits = limits,
	                          .out = out,
	                          .columns = model->n_modes <= COLUMNS_MODES_MAX};
	memset(out, 0, sizeof *out);
	out->value = sf_xcalloc(model->n_tiers, sizeof *out->value);
	out->bound = sf_xcalloc(model->n_tiers, sizeof *out->bound);
	s->value = sf_xcalloc(model->n_tiers, sizeof *s->value);
	s->enough = sf_xcalloc(model->n_tiers, sizeof *s->enough);
	for (size_t t = 0; t < model->n_tiers; t++) {
		s->enough[t] = INT64_MAX;
		out->bound[t] = plain_bound(model, t);
	}
}

void plan_solver_end(struct plan_solver *s)
{
	free(s->value);
	free(s->enough);
}

void plan_solve(const struct plan_model *model, const struct plan_limits *limits,
                const struct plan_solution *start, struct plan_outcome *out)
{
	struct plan_solver s;

	plan_solver_begin(&s, model, limits, out);
	if (start) {
		struct plan_solution copy = {0};

		plan_solution_copy(model, &copy, start);
		plan_offer(&s, &copy);
	}
	search(&s);
	out->limited = !is_tight(&s);
	plan_solver_end(&s);
}

void plan_outcome_finish(struct plan_outcome *outcome)
{
	plan_solution_finish(&outcome->solution);
	free(outcome->value);
	free(outcome->bound);
	memset(outcome, 0, sizeof *outcome);
}
