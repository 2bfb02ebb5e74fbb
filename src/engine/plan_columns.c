/*
 * plan_columns: column generation (Gilmore and Gomory 1961). The master program chooses how many
 * nodes of each class look like which pattern; the pricer finds patterns that would help, exactly,
 * one node at a time. Its size depends on the kinds of nodes and pods, not on how many there are.
 * The relaxation gives a bound for each tier (Lasdon: the master's value plus what the best patterns
 * are still worth); its integer solution over the patterns found gives plans.
 */
// SPDX-License-Identifier: Apache-2.0
#include "plan_price.h"

#include "plan_trim.h"

#include <slicefit/alloc.h>
#include <slicefit/clock.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS_MAX = 120, STEPS_MAX = 200 };

struct master {
	struct plan_solver *s;
	const struct plan_model *model;
	struct sf_milp *milp;
	struct plan_solution pool; /* the patterns; their `nodes` mean nothing */
	size_t cap_cols;
	int *col;      /* per pattern of the pool */
	int *served;   /* column per demand */
	int *cover;    /* row per demand: served <= what the patterns hold */
	int *nodes;    /* row per class */
	int *tier;     /* row per tier */
	double *price; /* per demand, then per class */
	double *over;  /* per class */
};

static size_t tiers(const struct master *m)
{
	return plan_tiers(m->model);
}

static bool same_pattern(const struct master *m, const struct plan_pattern *a,
                         const struct plan_pattern *b)
{
	const struct plan_mode *mode = &m->model->class[a->class].mode[a->mode];

	return a->class == b->class && a->mode == b->mode &&
	       memcmp(a->pods, b->pods, m->model->n_demands * sizeof *a->pods) == 0 &&
	       memcmp(a->roles, b->roles, mode->n_roles * sizeof *a->roles) == 0;
}

/* The pattern's number in the pool; a new one gets a column. */
static size_t add_pattern(struct master *m, const struct plan_pattern *pattern)
{
	struct plan_pattern one = *pattern;
	size_t i = 0;
	int col;

	while (i < m->pool.n && !same_pattern(m, &m->pool.pattern[i], pattern)) {
		i++;
	}
	if (i < m->pool.n) {
		return i;
	}
	one.nodes = 1;
	plan_solution_add(m->model, &m->pool, &one);
	m->col = sf_xgrow(m->col, &m->cap_cols, m->pool.n, sizeof *m->col);
	col = sf_milp_col(m->milp, 0, (double)m->model->class[one.class].n_nodes, true);
	m->col[i] = col;
	sf_milp_put(m->milp, m->nodes[one.class], col, 1);
	for (size_t d = 0; d < m->model->n_demands; d++) {
		if (one.pods[d]) {
			sf_milp_put(m->milp, m->cover[d], col, -(double)one.pods[d]);
		}
	}
	sf_milp_put(m->milp, m->tier[m->model->n_levels], col,
	            (double)plan_pattern_gpus(m->model, &one));
	if (one.mode) {
		sf_milp_put(m->milp, m->tier[m->model->n_levels + 1], col, 1);
	}
	return i;
}

static void add_patterns(struct master *m, const struct plan_solution *from)
{
	for (size_t i = 0; i < from->n; i++) {
		add_pattern(m, &from->pattern[i]);
	}
}

static void init(struct master *m, struct plan_solver *s)
{
	const struct plan_model *model = s->model;

	memset(m, 0, sizeof *m);
	m->s = s;
	m->model = model;
	m->milp = sf_milp_create();
	m->served = sf_xcalloc(model->n_demands + 1, sizeof *m->served);
	m->cover = sf_xcalloc(model->n_demands + 1, sizeof *m->cover);
	m->nodes = sf_xcalloc(model->n_classes + 1, sizeof *m->nodes);
	m->tier = sf_xcalloc(tiers(m), sizeof *m->tier);
	m->price = sf_xcalloc(model->n_demands + model->n_classes + 1, sizeof *m->price);
	m->over = sf_xcalloc(model->n_classes + 1, sizeof *m->over);
	for (size_t t = 0; t < tiers(m); t++) {
		m->tier[t] = sf_milp_row(m->milp, -SF_MILP_INF, SF_MILP_INF);
	}
	for (size_t c = 0; c < model->n_classes; c++) {
		m->nodes[c] = sf_milp_row(m->milp, -SF_MILP_INF, (double)model->class[c].n_nodes);
	}
	for (size_t d = 0; d < model->n_demands; d++) {
		m->cover[d] = sf_milp_row(m->milp, -SF_MILP_INF, 0);
		m->served[d] = sf_milp_col(m->milp, 0, model->demand[d].wanted, false);
		sf_milp_put(m->milp, m->cover[d], m->served[d], 1);
		sf_milp_put(m->milp, m->tier[model->demand[d].level], m->served[d], 1);
	}
}

static void finish(struct master *m)
{
	sf_milp_destroy(m->milp);
	plan_solution_finish(&m->pool);
	free(m->col);
	free(m->served);
	free(m->cover);
	free(m->nodes);
	free(m->tier);
	free(m->price);
	free(m->over);
}

/* The duals of the relaxed master as prices. */
static struct plan_prices prices_of(struct master *m, size_t tier, const double *dual)
{
	size_t gpus = m->model->n_levels, rebuilt = gpus + 1;
	struct plan_prices prices = {.pod = m->price, .node = m->price + m->model->n_demands};

	for (size_t d = 0; d < m->model->n_demands; d++) {
		m->price[d] = fmax(0, dual[m->cover[d]]);
	}
	for (size_t c = 0; c < m->model->n_classes; c++) {
		m->price[m->model->n_demands + c] = fmax(0, dual[m->nodes[c]]);
	}
	/* A minimised tier is the objective itself, or a row fixed from above. */
	prices.gpu = tier == gpus ? 1 : tier > gpus ? fmax(0, dual[m->tier[gpus]]) : 0;
	prices.rebuilt = tier == rebuilt ? 1 : 0;
	return prices;
}

/* Duals of a minimisation have the other sign: everything is stated as a maximisation. */
static void turn(struct master *m, size_t tier, struct sf_milp_result *result)
{
	if (tier >= m->model->n_levels) {
		result->value = -result->value;
		for (int i = 0; i < sf_milp_rows(m->milp); i++) {
			result->dual[i] = -result->dual[i];
		}
	}
}

static int relax(struct master *m, size_t tier, struct sf_milp_result *result, struct sf_error *err)
{
	struct sf_milp_limits limits = plan_milp_limits(m->s);

	limits.relax = true;
	sf_milp_objective(m->milp, tier < m->model->n_levels, m->tier[tier]);
	if (sf_milp_solve(m->milp, &limits, NULL, result, err)) {
		return -1;
	}
	m->s->out->timed |= result->time_limited;
	if (result->status == SF_MILP_OPTIMAL) {
		turn(m, tier, result);
	}
	return 0;
}

/* As a bound on the tier's own value. */
static int64_t own_bound(const struct master *m, size_t tier, double most)
{
	return plan_tier_bound(m->model, tier, tier < m->model->n_levels ? most : -most);
}

/* Adds the patterns that are worth more than they cost at the point; m->over is then right. */
static int price(struct master *m, struct plan_pricer *pricer, size_t tier,
                 const struct sf_milp_result *result, struct sf_error *err)
{
	struct plan_prices prices = prices_of(m, tier, result->dual);
	struct plan_solution found = {0};
	int rc = plan_price(pricer, &prices, m->over, &found, err);

	if (!rc) {
		add_patterns(m, &found);
	}
	plan_solution_finish(&found);
	return rc;
}

/* One round: prices, patterns, bound. Returns 1 when more rounds may help, 0 when not. */
static int round_of(struct master *m, struct plan_pricer *pricer, size_t tier, struct sf_error *err)
{
	struct sf_milp_result result;
	size_t before = m->pool.n;
	int more = 0;

	if (relax(m, tier, &result, err)) {
		return -1;
	}
	if (result.status == SF_MILP_OPTIMAL && price(m, pricer, tier, &result, err)) {
		more = -1;
	} else if (result.status == SF_MILP_OPTIMAL) {
		double most = result.value;
		int64_t bound;

		for (size_t c = 0; c < m->model->n_classes; c++) {
			most += m->over[c] * (double)m->model->class[c].n_nodes;
		}
		bound = own_bound(m, tier, most);
		plan_tighten(m->s, tier, bound);
		more = m->pool.n > before && bound != own_bound(m, tier, result.value);
	}
	sf_milp_result_finish(&result);
	return more;
}

static bool is_proven(const struct master *m, size_t tier)
{
	return m->s->out->value[tier] == m->s->out->bound[tier];
}

static int generate(struct master *m, struct plan_pricer *pricer, size_t tier, struct sf_error *err)
{
	int more = 1;

	for (int i = 0; more > 0 && i < ROUNDS_MAX && !is_proven(m, tier); i++) {
		more = round_of(m, pricer, tier, err);
	}
	return more < 0 ? -1 : 0;
}

/* The best solution as a point of the master. */
static double *point(struct master *m)
{
	const struct plan_solution *best = &m->s->out->solution;
	double *x;

	add_patterns(m, best);
	x = sf_xcalloc((size_t)sf_milp_cols(m->milp) + 1, sizeof *x);
	for (size_t i = 0; i < best->n; i++) {
		const struct plan_pattern *pattern = &best->pattern[i];

		x[m->col[add_pattern(m, pattern)]] += pattern->nodes;
		for (size_t d = 0; d < m->model->n_demands; d++) {
			x[m->served[d]] += (double)pattern->nodes * pattern->pods[d];
		}
	}
	return x;
}

/* Patterns as often as the point says, without pods that nobody wants; then whatever still fits. */
static void take(struct master *m, const double *x, bool round_down)
{
	struct plan_solution solution = {0};
	struct plan_fill fill;

	for (size_t i = 0; i < m->pool.n; i++) {
		struct plan_pattern pattern = m->pool.pattern[i];
		double nodes = x[m->col[i]];

		pattern.nodes = (uint32_t)(round_down ? floor(nodes + 1e-6) : floor(nodes + 0.5));
		plan_solution_add(m->model, &solution, &pattern);
	}
	plan_trim(m->model, &solution);
	fill = plan_fill_begin(m->s, PLAN_LEVEL_LARGE_FIRST, false);
	plan_fill_rest(&fill, &solution);
	plan_fill_end(&fill);
	plan_offer(m->s, &solution);
}

static int choose(struct master *m, size_t tier, struct sf_error *err)
{
	struct sf_milp_limits limits = plan_milp_limits_for(m->s, m->milp);
	struct sf_milp_result result;
	double *start = point(m);
	int rc;

	sf_milp_objective(m->milp, tier < m->model->n_levels, m->tier[tier]);
	rc = sf_milp_solve(m->milp, &limits, start, &result, err);
	if (!rc) {
		m->s->out->timed |= result.time_limited;
		if (result.status == SF_MILP_OPTIMAL || result.status == SF_MILP_FEASIBLE) {
			take(m, result.x, false);
		}
		sf_milp_result_finish(&result);
	}
	free(start);
	return rc;
}

/* At least so many nodes look like pattern i of the pool. */
static void at_least(struct master *m, size_t i, double nodes)
{
	const struct plan_class *class = &m->model->class[m->pool.pattern[i].class];

	sf_milp_col_bounds(m->milp, m->col[i], nodes, (double)class->n_nodes);
}

/* Settles what the point has whole, and one node more of the pattern that comes closest to another.
 * False when the point is whole. */
static bool settle(struct master *m, const double *x)
{
	size_t best = SIZE_MAX;
	double most = 1e-6;

	for (size_t i = 0; i < m->pool.n; i++) {
		double value = x[m->col[i]], whole = floor(value + 1e-6);

		at_least(m, i, whole);
		if (value - whole > most) {
			most = value - whole;
			best = i;
		}
	}
	if (best < SIZE_MAX) {
		at_least(m, best, floor(x[m->col[best]]) + 1);
	}
	return best < SIZE_MAX;
}

/* Rounds the relaxation step by step, with new patterns for what is left; each step is also rounded
 * down and filled up, which at any size is as good as a few nodes. */
static int dive(struct master *m, struct plan_pricer *pricer, size_t tier, struct sf_error *err)
{
	bool more = true;
	int rc = 0;

	for (int step = 0; !rc && more && step < STEPS_MAX && !is_proven(m, tier); step++) {
		struct sf_milp_result result;
		size_t before = m->pool.n;

		rc = relax(m, tier, &result, err);
		more = !rc && result.status == SF_MILP_OPTIMAL;
		if (more) {
			take(m, result.x, true);
			rc = price(m, pricer, tier, &result, err);
			more = !rc && (m->pool.n > before || settle(m, result.x));
		}
		sf_milp_result_finish(&result);
	}
	for (size_t i = 0; i < m->pool.n; i++) {
		at_least(m, i, 0);
	}
	return rc;
}

static void fix(struct master *m, size_t tier)
{
	double value = (double)m->s->out->value[tier];

	if (tier < m->model->n_levels) {
		sf_milp_row_bounds(m->milp, m->tier[tier], value, SF_MILP_INF);
	} else {
		sf_milp_row_bounds(m->milp, m->tier[tier], -SF_MILP_INF, value);
	}
}

static bool is_late(const struct plan_solver *s)
{
	return sf_clock_ns() >= s->limits->deadline_ns;
}

int plan_by_columns(struct plan_solver *s, struct sf_error *err)
{
	struct plan_pricer *pricer = plan_pricer_create(s);
	struct master m;
	int rc = 0;

	init(&m, s);
	for (size_t t = 0; !rc && t < tiers(&m) && !is_late(s); t++) {
		add_patterns(&m, &s->out->solution);
		if (!is_proven(&m, t)) {
			rc = generate(&m, pricer, t, err);
		}
		if (!rc && !is_proven(&m, t)) {
			rc = dive(&m, pricer, t, err);
		}
		if (!rc && !is_proven(&m, t)) {
			rc = choose(&m, t, err);
		}
		fix(&m, t);
	}
	finish(&m);
	plan_pricer_destroy(pricer);
	return rc;
}
