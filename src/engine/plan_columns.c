/*
 * plan_columns: column generation (Gilmore and Gomory 1961). The master program chooses how many
 * nodes of each class look like which pattern; the pricer finds patterns that would help, exactly,
 * one node at a time. Its size depends on the kinds of nodes and pods, not on how many there are.
 * The relaxation gives a bound for each tier (Lasdon: the master's value plus what the best patterns
 * are still worth); its integer solution over the patterns found gives plans.
 */
// SPDX-License-Identifier: Apache-2.0
#include "plan_master.h"

#include "plan_board.h"
#include "plan_tier.h"
#include "plan_trim.h"

#include <slicefit/alloc.h>
#include <slicefit/clock.h>

#include <math.h>
#include <stdlib.h>

enum { ROUNDS_MAX = 120, STEPS_MAX = 200 };

/* Work of the pricer in one run. */
enum { COLUMNS_WORK = 2000000 };

/* Branch-and-bound nodes times columns of one choice among patterns. */
enum { CHOOSE_WORK = 200000 };

/* So many times the nodes for what a relaxation leaves to be chosen: most columns are settled. */
enum { REST_NODES = 4 };

struct plan_columns {
	struct plan_solver *s;
	struct plan_master m;
	struct plan_pricer *pricer;
	size_t tier;
	double **over; /* [class][mode]: most that a pattern is worth beyond its price */
	uint64_t work; /* of the pricer: no more than that */
};

/* Is it time to be content with the patterns there are? */
static bool is_spent(const struct plan_columns *c)
{
	return plan_pricer_work(c->pricer) >= c->work;
}

static bool is_proven(const struct plan_columns *c)
{
	return c->s->out->value[c->tier] == c->s->out->bound[c->tier];
}

/* Duals of a minimisation have the other sign: everything is stated as a maximisation. */
static void turn(struct plan_columns *c, struct sf_milp_result *result)
{
	if (!plan_tier_is_max(c->s->model, c->tier)) {
		result->value = -result->value;
		for (int i = 0; i < sf_milp_rows(c->m.milp); i++) {
			result->dual[i] = -result->dual[i];
		}
	}
}

/* False when it has no solution. */
static bool relax(struct plan_columns *c, struct sf_milp_result *result)
{
	struct sf_milp_limits limits = plan_milp_limits(c->s);

	limits.relax = true;
	plan_master_aim(&c->m, c->tier);
	sf_milp_solve(c->m.milp, &limits, NULL, result);
	c->s->out->timed |= result->time_limited;
	if (result->status != SF_MILP_OPTIMAL) {
		return false;
	}
	turn(c, result);
	return true;
}

/* As a bound on the tier's own value. */
static int64_t own_bound(const struct plan_columns *c, double most)
{
	bool max = plan_tier_is_max(c->s->model, c->tier);

	return plan_tier_bound(c->s->model, c->tier, max ? most : -most);
}

/* Adds the patterns that are worth more than they cost at the point; `over` is then right. */
static void price(struct plan_columns *c, const struct sf_milp_result *result)
{
	struct plan_prices prices = plan_master_prices(&c->m, c->tier, result->dual);
	struct plan_solution found = {0};

	plan_price(c->pricer, &prices, c->over, &found);
	plan_master_add(&c->m, &found);
	plan_solution_finish(&found);
}

/* What better patterns could add to the master's value: a class is rebuilt at most as a whole. */
static double still_worth(const struct plan_columns *c)
{
	double sum = 0;

	for (size_t i = 0; i < c->s->model->n_classes; i++) {
		const struct plan_class *class = &c->s->model->class[i];
		double rebuilt = 0;

		for (size_t k = 0; k < plan_master_modes(&c->m, i); k++) {
			if (k < class->n_keep) {
				sum += c->over[i][k] * class->mode[k].n_nodes;
			} else {
				rebuilt = fmax(rebuilt, c->over[i][k]);
			}
		}
		sum += rebuilt * class->n_nodes;
	}
	return sum;
}

/* One round: prices, patterns, bound. Returns whether more rounds may help. */
static bool round_of(struct plan_columns *c)
{
	struct sf_milp_result result;
	size_t before = c->m.pool.n;
	bool more = false;

	if (relax(c, &result)) {
		int64_t bound;

		price(c, &result);
		bound = own_bound(c, result.value + still_worth(c));
		plan_tighten(c->s, c->tier, bound);
		more = c->m.pool.n > before && bound != own_bound(c, result.value);
	}
	sf_milp_result_finish(&result);
	return more;
}

static void generate(struct plan_columns *c)
{
	bool more = true;

	for (int i = 0; more && i < ROUNDS_MAX && !is_proven(c) && !is_spent(c); i++) {
		more = round_of(c);
	}
}

/* Patterns as often as the point says, without pods that nobody wants; then whatever still fits. */
static void take(struct plan_columns *c, const double *x, bool round_down)
{
	const struct plan_model *model = c->s->model;
	struct plan_solution solution = {0}, filled = {0};
	struct plan_board board;

	plan_master_patterns(&c->m, x, round_down, &solution);
	plan_settle(model, &solution);
	plan_trim(model, &solution);
	plan_board_load(&board, model, &solution);
	plan_board_fill(&board, PLAN_LEVEL_LARGE_FIRST);
	if (!c->s->limits->keep_only) {
		plan_board_improve(&board, PLAN_LEVEL_LARGE_FIRST);
	}
	plan_board_bump(&board);
	plan_board_patterns(&board, &filled);
	plan_board_finish(&board);
	plan_solution_finish(&solution);
	plan_offer(c->s, &filled);
}

/* Settles what the point has whole, and one node more of the pattern that comes closest to another.
 * False when the point is whole. */
static bool settle(struct plan_columns *c, const double *x)
{
	size_t best = SIZE_MAX;
	double most = 1e-6;

	for (size_t i = 0; i < c->m.pool.n; i++) {
		double value = x[c->m.col[i]], whole = floor(value + 1e-6);

		plan_master_at_least(&c->m, i, whole);
		if (value - whole > most) {
			most = value - whole;
			best = i;
		}
	}
	if (best < SIZE_MAX) {
		plan_master_at_least(&c->m, best, floor(x[c->m.col[best]]) + 1);
	}
	return best < SIZE_MAX;
}

static void release(struct plan_columns *c)
{
	for (size_t i = 0; i < c->m.pool.n; i++) {
		plan_master_at_least(&c->m, i, 0);
	}
}

/* Rounds the relaxation step by step, with new patterns for what is left; each step is also rounded
 * down and filled up, which at any size is as good as a few nodes. */
static void dive(struct plan_columns *c)
{
	bool more = true;

	for (int step = 0; more && step < STEPS_MAX && !is_proven(c); step++) {
		struct sf_milp_result result;
		size_t before = c->m.pool.n;

		more = relax(c, &result);
		if (more) {
			take(c, result.x, true);
			price(c, &result);
			more = c->m.pool.n > before || settle(c, result.x);
		}
		sf_milp_result_finish(&result);
	}
	release(c);
}

/* The best choice among the patterns that are known; `start` may be NULL. */
static void choose(struct plan_columns *c, const double *start)
{
	struct sf_milp_limits limits = plan_milp_limits_for(c->s, c->m.milp, CHOOSE_WORK);
	struct sf_milp_result result;

	if (!start) {
		limits.deep = true; /* any solution is better than none */
		limits.nodes *= REST_NODES;
	}
	plan_master_aim(&c->m, c->tier);
	sf_milp_solve(c->m.milp, &limits, start, &result);
	c->s->out->timed |= result.time_limited;
	if (result.status == SF_MILP_OPTIMAL || result.status == SF_MILP_FEASIBLE) {
		take(c, result.x, false);
	}
	sf_milp_result_finish(&result);
}

/* Among all, beginning with the best plan. */
static void choose_any(struct plan_columns *c)
{
	double *start;

	plan_master_add(&c->m, &c->s->out->solution);
	start = plan_master_point(&c->m, &c->s->out->solution);
	choose(c, start);
	free(start);
}

/* Takes what the relaxation has whole, and chooses the rest. */
static void choose_rest(struct plan_columns *c)
{
	struct sf_milp_result result;

	if (relax(c, &result)) {
		for (size_t i = 0; i < c->m.pool.n; i++) {
			plan_master_at_least(&c->m, i, floor(result.x[c->m.col[i]] + 1e-6));
		}
		choose(c, NULL);
		release(c);
	}
	sf_milp_result_finish(&result);
}

static void solve_tier(struct plan_columns *c)
{
	static void (*const steps[])(struct plan_columns *) = {generate, dive, choose_rest,
	                                                       choose_any};

	plan_master_add(&c->m, &c->s->out->solution);
	for (size_t i = 0; !is_proven(c) && i < sizeof steps / sizeof steps[0]; i++) {
		steps[i](c);
	}
	plan_master_fix(&c->m, c->tier, c->s->out->value[c->tier]);
}

static bool is_late(const struct plan_solver *s)
{
	return sf_clock_ns() >= s->model->means.deadline_ns;
}

struct plan_columns *plan_columns_create(struct plan_solver *s)
{
	const struct plan_model *model = s->model;
	struct plan_columns *c = sf_xcalloc(1, sizeof *c);

	c->s = s;
	c->pricer = plan_pricer_create(s);
	plan_master_init(&c->m, s);
	c->over = sf_xcalloc(model->n_classes + 1, sizeof *c->over);
	for (size_t i = 0; i < model->n_classes; i++) {
		c->over[i] = sf_xcalloc(model->class[i].n_modes + 1, sizeof *c->over[i]);
	}
	return c;
}

void plan_columns_run(struct plan_columns *c)
{
	plan_master_free(&c->m);
	c->work = plan_pricer_work(c->pricer) + COLUMNS_WORK;
	for (c->tier = 0; c->tier < c->s->model->n_tiers && !is_late(c->s); c->tier++) {
		solve_tier(c);
	}
}

void plan_columns_destroy(struct plan_columns *c)
{
	if (!c) {
		return;
	}
	for (size_t i = 0; i < c->s->model->n_classes; i++) {
		free(c->over[i]);
	}
	free(c->over);
	plan_master_finish(&c->m);
	plan_pricer_destroy(c->pricer);
	free(c);
}
