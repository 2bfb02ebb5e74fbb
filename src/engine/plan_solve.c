/*
 * plan_solve: greedy start, then the program over classes (a bound, and how much of what goes where),
 * then its packing onto nodes. Where that falls short of the bound: column generation over node
 * patterns, and for a small cluster the exact program over nodes. Tier by tier, each with integer
 * coefficients and the tiers before it fixed: one weighted objective is far slower and proves nothing.
 */
// SPDX-License-Identifier: Apache-2.0
#include "plan_solver.h"

#include "plan_lp.h"

#include <slicefit/alloc.h>
#include <slicefit/clock.h>
#include <slicefit/error.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Largest exact program that is tried, in columns. */
enum { EXACT_COLUMNS_MAX = 1500 };

/* Nodes times columns of a program that has no such limit, and the fewest nodes for any. */
enum { WORK_MAX = 200000, NODES_MIN = 20 };

static int64_t wanted_of(const struct plan_model *model, size_t level)
{
	int64_t sum = 0;

	for (size_t d = 0; d < model->n_demands; d++) {
		sum += model->demand[d].level == level ? model->demand[d].wanted : 0;
	}
	return sum;
}

/* The best that can be said before anything was solved. */
static int64_t plain_bound(const struct plan_model *model, size_t tier)
{
	return tier < model->n_levels ? wanted_of(model, tier) : 0;
}

/* A bound says "no plan that is as good in the tiers before": where the new plan is worse in one of
 * them than the one the bound was made for, it says nothing. */
static void forget_bounds(struct plan_solver *s, const int64_t *value)
{
	bool worse = false;

	for (size_t t = 0; t < plan_tiers(s->model); t++) {
		bool maximised = t < s->model->n_levels;

		if (worse) {
			s->out->bound[t] = plain_bound(s->model, t);
		}
		worse = worse ||
		        (maximised ? value[t] < s->out->value[t] : value[t] > s->out->value[t]);
	}
}

void plan_offer(struct plan_solver *s, struct plan_solution *solution)
{
	plan_solution_value(s->model, solution, s->value);
	if (plan_value_compare(s->model, s->value, s->out->value) < 0) {
		forget_bounds(s, s->value);
		plan_solution_finish(&s->out->solution);
		s->out->solution = *solution;
		memcpy(s->out->value, s->value, plan_tiers(s->model) * sizeof *s->value);
	} else {
		plan_solution_finish(solution);
	}
}

struct plan_fill plan_fill_begin(const struct plan_solver *s, enum plan_order order, bool even)
{
	const struct plan_model *model = s->model;
	struct plan_fill fill = {
		.model = model, .order = order, .even = even, .keep_only = s->limits->keep_only};

	fill.remaining = sf_xcalloc(model->n_demands + 1, sizeof *fill.remaining);
	fill.nodes = sf_xcalloc(model->n_classes + 1, sizeof *fill.nodes);
	for (size_t d = 0; d < model->n_demands; d++) {
		fill.remaining[d] = model->demand[d].wanted;
	}
	for (size_t c = 0; c < model->n_classes; c++) {
		fill.nodes[c] = (uint32_t)model->class[c].n_nodes;
	}
	return fill;
}

void plan_fill_end(struct plan_fill *fill)
{
	free(fill->remaining);
	free(fill->nodes);
}

static void greedy(struct plan_solver *s)
{
	for (int order = 0; order < PLAN_ORDERS; order++) {
		struct plan_fill fill = plan_fill_begin(s, (enum plan_order)order, false);
		struct plan_solution solution = {0};

		plan_fill_all(&fill, &solution);
		plan_offer(s, &solution);
		plan_fill_end(&fill);
	}
}

struct sf_milp_limits plan_milp_limits(const struct plan_solver *s)
{
	return (struct sf_milp_limits){.nodes = s->limits->nodes,
	                               .deadline_ns = s->limits->deadline_ns,
	                               .integer_objective = true};
}

struct sf_milp_limits plan_milp_limits_for(const struct plan_solver *s, const struct sf_milp *milp)
{
	struct sf_milp_limits limits = plan_milp_limits(s);
	uint32_t most = WORK_MAX / (uint32_t)(sf_milp_cols(milp) + 1);

	most = most > NODES_MIN ? most : NODES_MIN;
	limits.nodes = limits.nodes < most ? limits.nodes : most;
	return limits;
}

int64_t plan_tier_bound(const struct plan_model *model, size_t tier, double bound)
{
	/* Simplex is right to about 1e-7 of the values. */
	double slack = 1e-6 + 1e-7 * fabs(bound);

	if (tier < model->n_levels) {
		int64_t most = wanted_of(model, tier);

		return bound < (double)most ? (int64_t)floor(bound + slack) : most;
	}
	return bound > 0 ? (int64_t)ceil(bound - slack) : 0;
}

static bool is_tight(const struct plan_solver *s)
{
	return memcmp(s->out->value, s->out->bound, plan_tiers(s->model) * sizeof *s->out->value) ==
	       0;
}

void plan_tighten(struct plan_solver *s, size_t tier, int64_t bound)
{
	int64_t *old = &s->out->bound[tier], value = s->out->value[tier];

	/* What was found is a witness against any bound that excludes it. */
	if (tier < s->model->n_levels) {
		bound = bound > value ? bound : value;
		*old = bound < *old ? bound : *old;
	} else {
		bound = bound < value ? bound : value;
		*old = bound > *old ? bound : *old;
	}
}

/* What a program says of one tier. */
struct tier_answer {
	double *x;     /* The start if any, then the best point; to be freed */
	int64_t value; /* Of x; left alone when the solver finds no point */
	int64_t bound;
};

/* One tier of a program with the tiers before it fixed. */
static int solve_tier(struct plan_solver *s, struct plan_lp *lp, size_t tier,
                      struct tier_answer *answer, struct sf_error *err)
{
	struct sf_milp_limits limits =
		lp->exact ? plan_milp_limits(s) : plan_milp_limits_for(s, lp->milp);
	struct sf_milp_result result;

	sf_milp_objective(lp->milp, tier < s->model->n_levels, lp->tier_row[tier]);
	if (sf_milp_solve(lp->milp, &limits, answer->x, &result, err)) {
		return -1;
	}
	answer->bound = plan_tier_bound(s->model, tier, result.bound);
	s->out->timed |= result.time_limited;
	if (result.status == SF_MILP_OPTIMAL || result.status == SF_MILP_FEASIBLE) {
		answer->value = llround(result.value);
		free(answer->x);
		answer->x = result.x;
		result.x = NULL;
	}
	sf_milp_result_finish(&result);
	return 0;
}

/* Packs a point of the class program onto nodes: block by block, then whatever is left. */
static void realise(struct plan_solver *s, const struct plan_lp *lp, const double *x,
                    enum plan_order order, bool even)
{
	struct plan_fill fill = plan_fill_begin(s, order, even);
	uint32_t *target = sf_xcalloc(s->model->n_demands + 1, sizeof *target);
	struct plan_solution solution = {0};

	for (size_t g = 0; g < lp->n_groups; g++) {
		const struct plan_group *group = &lp->group[g];

		for (size_t b = 0; b < group->n_blocks; b++) {
			const struct plan_block *block = &group->block[b];

			for (size_t d = 0; d < s->model->n_demands; d++) {
				target[d] = block->pods[d] < 0
				                    ? 0
				                    : (uint32_t)lround(x[block->pods[d]]);
				fill.remaining[d] -= target[d];
			}
			plan_fill_mode(&fill, group->class, block->mode,
			               (uint32_t)lround(x[block->used]), target, &solution);
			for (size_t d = 0; d < s->model->n_demands; d++) {
				fill.remaining[d] += target[d];
			}
		}
	}
	fill.even = false;
	plan_fill_all(&fill, &solution);
	plan_offer(s, &solution);
	plan_fill_end(&fill);
	free(target);
}

static void realise_all(struct plan_solver *s, const struct plan_lp *lp, const double *x)
{
	if (lp->exact) {
		struct plan_solution solution = {0};

		plan_lp_patterns(lp, x, &solution);
		plan_offer(s, &solution);
		return;
	}
	for (int order = 0; order < PLAN_ORDERS; order++) {
		realise(s, lp, x, (enum plan_order)order, false);
		realise(s, lp, x, (enum plan_order)order, true);
	}
}

/* The class program with its own values: gives the first bounds and points to pack. */
static int relax(struct plan_solver *s, struct plan_lp *lp, int64_t *value, int64_t *bound,
                 struct sf_error *err)
{
	struct tier_answer answer = {.x = plan_lp_point(lp, &s->out->solution)};
	int rc = 0;

	for (size_t t = 0; t < plan_tiers(s->model); t++) {
		answer.value = s->out->value[t];
		rc = solve_tier(s, lp, t, &answer, err);
		if (rc) {
			break;
		}
		value[t] = answer.value;
		bound[t] = answer.bound;
		plan_lp_fix(lp, t, value[t]);
		if (t + 1 >= s->model->n_levels) {
			realise_all(s, lp, answer.x);
		}
	}
	free(answer.x);
	return rc;
}

/* Bounds for the tiers after the first one in which the plan falls short of the class program. */
static int rebound(struct plan_solver *s, struct plan_lp *lp, const int64_t *value,
                   const int64_t *bound, struct sf_error *err)
{
	size_t n = plan_tiers(s->model);
	bool same = true;
	int rc = 0;

	for (size_t t = 0; t < n; t++) {
		plan_lp_free(lp, t);
	}
	for (size_t t = 0; !rc && t < n; t++) {
		struct tier_answer answer = {.bound = bound[t]};

		if (!same) {
			answer.x = plan_lp_point(lp, &s->out->solution);
			rc = solve_tier(s, lp, t, &answer, err);
		}
		free(answer.x);
		if (!rc) {
			plan_tighten(s, t, answer.bound);
		}
		same = same && value[t] == s->out->value[t];
		plan_lp_fix(lp, t, s->out->value[t]);
	}
	return rc;
}

static int by_class(struct plan_solver *s, struct sf_error *err)
{
	struct plan_lp *lp = plan_lp_create(s->model, false, s->limits->keep_only);
	int64_t *value = sf_xcalloc(2 * plan_tiers(s->model), sizeof *value);
	int64_t *bound = value + plan_tiers(s->model);
	int rc = relax(s, lp, value, bound, err);

	if (!rc) {
		rc = rebound(s, lp, value, bound, err);
	}
	free(value);
	plan_lp_destroy(lp);
	return rc;
}

/* The exact program: better plans and bounds, tier by tier. */
static int by_node(struct plan_solver *s, struct sf_error *err)
{
	struct plan_lp *lp = plan_lp_create(s->model, true, s->limits->keep_only);
	int rc = 0;

	for (size_t t = 0; !rc && t < plan_tiers(s->model); t++) {
		struct plan_solution solution = {0};
		struct tier_answer answer = {.x = plan_lp_point(lp, &s->out->solution)};

		rc = solve_tier(s, lp, t, &answer, err);
		if (!rc) {
			plan_lp_patterns(lp, answer.x, &solution);
			plan_offer(s, &solution);
			plan_tighten(s, t, answer.bound);
			plan_lp_fix(lp, t, s->out->value[t]);
		}
		free(answer.x);
	}
	plan_lp_destroy(lp);
	return rc;
}

int plan_solve(const struct plan_model *model, const struct plan_limits *limits,
               const struct plan_solution *start, struct plan_outcome *out, struct sf_error *err)
{
	size_t n = plan_tiers(model);
	struct plan_solver s = {.model = model, .limits = limits, .out = out};
	int rc;

	memset(out, 0, sizeof *out);
	out->value = sf_xcalloc(n, sizeof *out->value);
	out->bound = sf_xcalloc(n, sizeof *out->bound);
	s.value = sf_xcalloc(n, sizeof *s.value);
	for (size_t t = 0; t < n; t++) {
		out->bound[t] = plain_bound(model, t);
	}
	if (start) {
		struct plan_solution copy = {0};

		plan_solution_copy(model, &copy, start);
		plan_offer(&s, &copy);
	}
	greedy(&s);
	rc = plan_by_columns(&s, err);
	if (!rc && !is_tight(&s)) {
		rc = by_class(&s, err);
	}
	if (!rc && !is_tight(&s) && plan_lp_size(model, limits->keep_only) <= EXACT_COLUMNS_MAX) {
		rc = by_node(&s, err);
	}
	if (!rc && !is_tight(&s)) {
		rc = plan_by_columns(&s, err); /* the later tiers of what was found */
	}
	out->limited = !is_tight(&s);
	free(s.value);
	if (rc) {
		plan_outcome_finish(out);
	}
	return rc;
}

void plan_outcome_finish(struct plan_outcome *outcome)
{
	plan_solution_finish(&outcome->solution);
	free(outcome->value);
	free(outcome->bound);
	memset(outcome, 0, sizeof *outcome);
}
