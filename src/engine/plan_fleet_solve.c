/*
 * plan_fleet_solve: the fleet program, tier by tier. Each tier begins with its relaxation and a dive
 * (nodes are kept one by one as long as that is possible, then the rest is solved with those nodes
 * given); branch and bound with cuts improves on that until bound and value meet as whole numbers, or
 * its limit of nodes. The points are packed onto nodes; the bounds hold for every plan.
 */
// SPDX-License-Identifier: Apache-2.0
#include "plan_fleet.h"

#include "plan_solver.h"
#include "plan_tier.h"
#include "plan_trim.h"

#include <slicefit/alloc.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Columns times nodes of one branch and bound; a quarter of that where column generation follows, which
 * says more about few kinds of nodes. */
enum { FLEET_WORK = 1600000, GIVEN_WORK = 200000 };

/* What a pod is worth in drain cost while a first point is looked for. */
enum { FLEET_POD_WEIGHT = 1000 };

/* So often one more node of each class is drained when those of the dive are too few for whole GPUs. */
enum { DRAIN_MORE = 6 };

struct fleet_run {
	struct plan_solver *s;
	struct plan_fleet *fleet;
	double *x; /* the best point so far; NULL: none yet */
	int64_t *value, *bound;
};

static struct sf_milp_limits limits_of(const struct fleet_run *run, uint32_t work)
{
	struct sf_milp_limits limits = plan_milp_limits_for(run->s, run->fleet->milp, work);

	limits.cuts = true;
	return limits;
}

static uint32_t fleet_work(const struct fleet_run *run)
{
	return run->s->columns ? FLEET_WORK / 4 : FLEET_WORK;
}

static void set_objective(const struct fleet_run *run, size_t tier)
{
	sf_milp_objective(run->fleet->milp, plan_tier_is_max(run->s->model, tier),
	                  run->fleet->tier_row[tier]);
}

/* The tier's value at a point. */
static int64_t value_at(const struct fleet_run *run, size_t tier, const double *x)
{
	return llround(sf_milp_row_value(run->fleet->milp, run->fleet->tier_row[tier], x)) +
	       run->fleet->offset[tier];
}

static bool is_found(const struct sf_milp_result *result)
{
	return result->status == SF_MILP_OPTIMAL || result->status == SF_MILP_FEASIBLE;
}

/* Takes a point that is better in the tier than the one there is. */
static void take(struct fleet_run *run, size_t tier, struct sf_milp_result *result)
{
	bool max = plan_tier_is_max(run->s->model, tier), better = !run->x;

	run->s->out->timed |= result->time_limited;
	if (is_found(result)) {
		int64_t now = value_at(run, tier, result->x);

		better = better || (max ? now > value_at(run, tier, run->x)
		                        : now < value_at(run, tier, run->x));
	}
	if (is_found(result) && better && sf_milp_feasible(run->fleet->milp, result->x)) {
		free(run->x);
		run->x = result->x;
		result->x = NULL;
		plan_balance_point(&run->fleet->balance, run->x);
	}
	sf_milp_result_finish(result);
}

/* The best plan as a point: everything is given but which types of devices the pods of a demand take. */
static void complete(struct fleet_run *run, struct sf_milp_result *result)
{
	struct sf_milp *milp = run->fleet->milp;
	struct sf_milp_limits limits = plan_milp_limits(run->s);
	size_t n = (size_t)sf_milp_cols(milp);
	double *given = plan_fleet_point(run->fleet, &run->s->out->solution);
	double *lo = sf_xcalloc(2 * n + 1, sizeof *lo), *hi = lo + n;

	limits.relax = true;
	for (size_t j = 0; j < n; j++) {
		sf_milp_col_range(milp, (int)j, &lo[j], &hi[j]);
		if (given[j] >= 0) {
			sf_milp_col_bounds(milp, (int)j, given[j], given[j]);
		}
	}
	sf_milp_solve(milp, &limits, NULL, result);
	for (size_t j = 0; j < n; j++) {
		sf_milp_col_bounds(milp, (int)j, lo[j], hi[j]);
	}
	free(given);
	free(lo);
}

/* Takes the best plan where it is better than the point there is. */
static void take_plan(struct fleet_run *run, size_t tier)
{
	struct sf_milp_result result;

	set_objective(run, tier);
	complete(run, &result);
	take(run, tier, &result);
}

/* Does the best plan serve as much as the point? */
static bool serves_as_much(const struct fleet_run *run, const double *x)
{
	bool all = true;

	for (size_t t = 0; all && t < run->s->model->n_tiers; t++) {
		all = !plan_tier_is_max(run->s->model, t) ||
		      run->s->out->value[t] >= value_at(run, t, x);
	}
	return all;
}

/* Large pods first leave least room unused. Where not all find a place so, important ones should; and
 * CPU and memory last longer when those who want much of them are spread. */
static void realise(struct fleet_run *run, const double *x)
{
	static const struct fleet_way way[] = {{PLAN_LARGE_FIRST, false},
	                                       {PLAN_LEVEL_LARGE_FIRST, false},
	                                       {PLAN_LARGE_FIRST, true},
	                                       {PLAN_LEVEL_LARGE_FIRST, true}};
	bool done = false;

	for (size_t i = 0; !done && i < sizeof way / sizeof way[0]; i++) {
		struct plan_solution solution = {0};

		plan_fleet_realise(run->fleet, x, &way[i], &solution);
		plan_settle(run->s->model, &solution);
		plan_trim(run->s->model, &solution);
		plan_offer(run->s, &solution);
		done = serves_as_much(run, x);
	}
}

/* With these nodes drained the pods that are served today may not all be: serves as many as they
 * can, has the rest placed node by node, and takes that. */
static void solve_loosely(struct fleet_run *run, size_t tier, const double *drained)
{
	struct sf_milp_limits limits = limits_of(run, GIVEN_WORK);
	struct sf_milp_result result = {0};
	bool found = false;

	plan_fleet_hold(run->fleet, drained);
	for (size_t t = tier; !found && t-- > 0;) {
		if (!plan_tier_is_max(run->s->model, t)) {
			continue;
		}
		sf_milp_result_finish(&result);
		plan_fleet_free(run->fleet, t);
		set_objective(run, t);
		sf_milp_solve(run->fleet->milp, &limits, NULL, &result);
		found = is_found(&result);
	}
	plan_fleet_hold(run->fleet, NULL);
	for (size_t t = 0; t < tier; t++) {
		plan_fleet_fix(run->fleet, t, plan_enough(run->s, t, run->value[t]));
	}
	if (found) {
		realise(run, result.x);
	}
	sf_milp_result_finish(&result);
	take_plan(run, tier);
}

/* Solves with the drained nodes given, for the next tier's sake. False when no point was found. */
static bool solve_given(struct fleet_run *run, size_t tier, const double *drained)
{
	struct plan_fleet *fleet = run->fleet;
	struct sf_milp_limits limits = limits_of(run, GIVEN_WORK);
	struct sf_milp_result result;
	bool last = tier + 1 == run->s->model->n_tiers || plan_tier_is_max(run->s->model, tier);
	bool found;

	plan_fleet_hold(fleet, drained);
	set_objective(run, last ? tier : tier + 1);
	sf_milp_solve(fleet->milp, &limits, NULL, &result);
	if (!is_found(&result)) {
		size_t n;
		int *col = plan_fleet_columns(fleet, true, &n);

		sf_milp_result_finish(&result);
		sf_milp_dive(fleet->milp, &limits, col, n, &result);
		free(col);
	}
	plan_fleet_hold(fleet, NULL);
	found = is_found(&result);
	take(run, tier, &result);
	return found;
}

/* Served pods come first by far, but among equals those that drain less. */
static void set_dive_objective(const struct fleet_run *run, size_t tier)
{
	const struct plan_model *model = run->s->model;
	struct sf_milp *milp = run->fleet->milp;
	double *cost;

	if (!plan_tier_is_max(model, tier)) {
		set_objective(run, tier);
		return;
	}
	cost = sf_xcalloc((size_t)sf_milp_cols(milp) + 1, sizeof *cost);
	sf_milp_add_row(milp, run->fleet->tier_row[tier], FLEET_POD_WEIGHT, cost);
	for (size_t t = tier + 1; t < model->n_tiers; t++) {
		if (plan_tier_has(model, t, SF_PLAN_DRAIN)) {
			sf_milp_add_row(milp, run->fleet->tier_row[t], -1, cost);
		}
	}
	sf_milp_costs(milp, true, cost);
	free(cost);
}

/* A point to begin with. */
static void dive(struct fleet_run *run, size_t tier)
{
	struct sf_milp_limits limits = limits_of(run, fleet_work(run));
	struct sf_milp_result result;
	size_t n;
	int *col = plan_fleet_columns(run->fleet, false, &n);

	set_dive_objective(run, tier);
	sf_milp_dive(run->fleet->milp, &limits, col, n, &result);
	free(col);
	if (is_found(&result)) {
		bool found = solve_given(run, tier, result.x);

		for (int more = 0; !found && more < DRAIN_MORE; more++) {
			plan_fleet_drain_more(run->fleet, result.x);
			found = solve_given(run, tier, result.x);
		}
		if (!found) {
			solve_loosely(run, tier, result.x);
		}
	}
	run->s->out->timed |= result.time_limited;
	sf_milp_result_finish(&result);
}

/* Is a point to be looked for that is better than the one of the tiers before? */
static bool needs_dive(const struct fleet_run *run, size_t tier)
{
	const struct plan_solver *s = run->s;

	return !run->x || plan_tier_has(s->model, tier, SF_PLAN_DRAIN) ||
	       (plan_tier_is_max(s->model, tier) &&
	        value_at(run, tier, run->x) < plan_tier_bound(s->model, tier, SF_MILP_INF));
}

/* Some pods cannot be served: of what remains, so much need not be looked for. */
static void set_enough(struct fleet_run *run, size_t tier)
{
	int64_t unmet;

	if (!plan_tier_is_max(run->s->model, tier)) {
		return;
	}
	unmet = plan_tier_bound(run->s->model, tier, SF_MILP_INF) - run->bound[tier];
	if (unmet >= PLAN_GIVES_UP) {
		plan_is_enough(run->s, tier, run->bound[tier] - unmet / PLAN_GIVES_UP);
	}
}

static void solve_tier(struct fleet_run *run, size_t tier)
{
	bool tie_break = run->s->model->tier[tier].kind == SF_PLAN_GPUS;
	struct sf_milp_limits limits = limits_of(run, tie_break ? 0 : fleet_work(run));
	struct sf_milp_result result;

	take_plan(run, tier);
	if (needs_dive(run, tier)) {
		dive(run, tier);
	}
	set_objective(run, tier);
	sf_milp_solve(run->fleet->milp, &limits, run->x, &result);
	run->bound[tier] = plan_tier_bound(run->s->model, tier,
	                                   result.bound + (double)run->fleet->offset[tier]);
	set_enough(run, tier);
	if (run->x && value_at(run, tier, run->x) >= plan_enough(run->s, tier, INT64_MAX)) {
		sf_milp_result_finish(&result); /* what is gained costs too much */
	} else {
		take(run, tier, &result);
	}
	if (run->x) {
		run->value[tier] = value_at(run, tier, run->x);
		plan_fleet_fix(run->fleet, tier, plan_enough(run->s, tier, run->value[tier]));
	}
}

/* What the relaxation says of a tier, with those before it fixed. */
static int64_t relaxed_bound(const struct fleet_run *run, size_t tier)
{
	struct sf_milp_limits limits = plan_milp_limits(run->s);
	struct sf_milp_result result;
	int64_t bound = run->s->out->bound[tier];

	limits.relax = true;
	set_objective(run, tier);
	sf_milp_solve(run->fleet->milp, &limits, NULL, &result);
	if (result.status == SF_MILP_OPTIMAL) {
		bound = plan_tier_bound(run->s->model, tier,
		                        result.bound + (double)run->fleet->offset[tier]);
	}
	sf_milp_result_finish(&result);
	return bound;
}

static void fix_at_best(const struct fleet_run *run, size_t tier)
{
	plan_fleet_fix(run->fleet, tier, plan_enough(run->s, tier, run->s->out->value[tier]));
}

/* The bounds hold for plans that are as good as the points in the tiers before. Where the plan is
 * not, the relaxation says what is still true. */
static void rebound(struct fleet_run *run, size_t tiers)
{
	bool same = true;

	for (size_t t = 0; t < tiers; t++) {
		plan_fleet_free(run->fleet, t);
	}
	for (size_t t = 0; t < tiers; t++) {
		plan_tighten(run->s, t, same ? run->bound[t] : relaxed_bound(run, t));
		same = same && plan_enough(run->s, t, run->value[t]) ==
		                       plan_enough(run->s, t, run->s->out->value[t]);
		fix_at_best(run, t);
	}
}

void plan_fleet_bounds(struct plan_solver *s)
{
	struct fleet_run run = {.s = s, .fleet = plan_fleet_create(s->model, s->limits->keep_only)};

	for (size_t t = 0; !run.fleet->overflow && t < s->model->n_tiers; t++) {
		plan_tighten(s, t, relaxed_bound(&run, t));
		fix_at_best(&run, t);
	}
	plan_fleet_destroy(run.fleet);
}

void plan_by_fleet(struct plan_solver *s)
{
	size_t n = s->model->n_tiers;
	struct fleet_run run = {.s = s};

	run.fleet = plan_fleet_create(s->model, s->limits->keep_only);
	run.value = sf_xcalloc(n, sizeof *run.value);
	run.bound = sf_xcalloc(n, sizeof *run.bound);
	for (size_t t = 0; !run.fleet->overflow && t < n; t++) {
		solve_tier(&run, t);
		if (!run.x) {
			plan_tighten(s, t, run.bound[t]);
			break;
		}
		if (t + 1 == n || plan_tier_has(s->model, t, SF_PLAN_DRAIN)) {
			realise(&run, run.x);
		}
	}
	if (run.x) {
		rebound(&run, n);
	}
	plan_fleet_destroy(run.fleet);
	free(run.x);
	free(run.value);
	free(run.bound);
}
