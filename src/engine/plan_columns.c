/*
 * plan_columns: column generation (Gilmore and Gomory 1961). The master program chooses how many
 * nodes of each class look like which pattern; the pricer finds patterns that would help, exactly,
 * one node at a time. Its size depends on the kinds of nodes and pods, not on how many there are.
 * The relaxation gives a bound for each tier (Lasdon: the master's value plus what the best patterns
 * are still worth); its integer solution over the patterns found gives plans.
 */
// SPDX-License-Identifier: Apache-2.0
#include "plan_price.h"

#include "plan_board.h"
#include "plan_tier.h"
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
	int *col;       /* per pattern of the pool */
	int *served;    /* column per demand */
	int *cover;     /* row per demand: served <= what the patterns hold */
	int **nodes;    /* [class][mode]: row; rebuilt modes share one */
	int **drained;  /* [class][signature]: column: nodes not in that KEEP mode */
	int *tier;      /* row per tier */
	double *pod;    /* per demand: price */
	double *weight; /* per tier: price */
	double **price; /* [class][mode] */
	double **over;  /* [class][mode] */
};

static size_t modes_of(const struct master *m, size_t c)
{
	const struct plan_class *class = &m->model->class[c];

	return m->s->limits->keep_only ? class->n_keep : class->n_modes;
}

static size_t tiers(const struct master *m)
{
	return m->model->n_tiers;
}

static bool same_pattern(const struct master *m, const struct plan_pattern *a,
                         const struct plan_pattern *b)
{
	const struct plan_mode *mode = &m->model->class[a->class].mode[a->mode];

	return a->class == b->class && a->mode == b->mode &&
	       memcmp(a->pods, b->pods, m->model->n_demands * sizeof *a->pods) == 0 &&
	       memcmp(a->roles, b->roles, mode->n_roles * sizeof *a->roles) == 0;
}

static void put_tiers(struct master *m, int col, const struct plan_pattern *pattern)
{
	const struct plan_mode *mode = &m->model->class[pattern->class].mode[pattern->mode];
	int64_t gpus = plan_pattern_gpus(m->model, pattern);

	for (size_t t = 0; t < tiers(m); t++) {
		int64_t value = plan_tier_of_node(m->model, t, mode) +
		                gpus * plan_tier_of_gpu(m->model, t, mode);

		if (value) {
			sf_milp_put(m->milp, m->tier[t], col, (double)value);
		}
	}
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
	col = sf_milp_col(m->milp, 0, (double)m->model->class[one.class].mode[one.mode].n_nodes,
	                  true);
	m->col[i] = col;
	sf_milp_put(m->milp, m->nodes[one.class][one.mode], col, 1);
	for (size_t d = 0; d < m->model->n_demands; d++) {
		if (one.pods[d]) {
			sf_milp_put(m->milp, m->cover[d], col, -(double)one.pods[d]);
		}
	}
	put_tiers(m, col, &one);
	return i;
}

static void add_patterns(struct master *m, const struct plan_solution *from)
{
	for (size_t i = 0; i < from->n; i++) {
		add_pattern(m, &from->pattern[i]);
	}
}

/* Nodes of a signature are in patterns that keep them, or drained (empty ones: or idle); those are
 * what can be rebuilt. */
static void init_class(struct master *m, size_t c)
{
	const struct plan_class *class = &m->model->class[c];
	int rebuilt = sf_milp_row(m->milp, -SF_MILP_INF, 0);
	int most = class->max_drained < class->n_nodes
	                   ? sf_milp_row(m->milp, -SF_MILP_INF, class->max_drained)
	                   : -1;

	m->nodes[c] = sf_xcalloc(class->n_modes + 1, sizeof *m->nodes[c]);
	m->drained[c] = sf_xcalloc(class->n_keep + 1, sizeof *m->drained[c]);
	m->price[c] = sf_xcalloc(class->n_modes + 1, sizeof *m->price[c]);
	m->over[c] = sf_xcalloc(class->n_modes + 1, sizeof *m->over[c]);
	for (size_t k = 0; k < class->n_modes; k++) {
		const struct plan_mode *mode = &class->mode[k];
		bool stays;
		int col;

		if (k >= class->n_keep) {
			m->nodes[c][k] = rebuilt;
			continue;
		}
		stays = mode->run && modes_of(m, c) == class->n_keep;
		m->nodes[c][k] = sf_milp_row(m->milp, mode->n_nodes, mode->n_nodes);
		col = m->drained[c][k] = sf_milp_col(m->milp, 0, stays ? 0 : mode->n_nodes, true);
		sf_milp_put(m->milp, m->nodes[c][k], col, 1);
		sf_milp_put(m->milp, rebuilt, col, -1);
		if (most >= 0 && mode->run) {
			sf_milp_put(m->milp, most, col, 1);
		}
		for (size_t t = 0; t < tiers(m); t++) {
			int64_t cost = plan_tier_of_drain(m->model, t, mode);

			if (cost) {
				sf_milp_put(m->milp, m->tier[t], col, (double)cost);
			}
		}
	}
}

static void init_demands(struct master *m)
{
	const struct plan_model *model = m->model;
	int *row = sf_xcalloc(model->n_workloads + 1, sizeof *row);

	for (size_t w = 0; w < model->n_workloads; w++) {
		row[w] = sf_milp_row(m->milp, -SF_MILP_INF, model->wanted[w]);
	}
	for (size_t d = 0; d < model->n_demands; d++) {
		m->cover[d] = sf_milp_row(m->milp, -SF_MILP_INF, 0);
		m->served[d] = sf_milp_col(m->milp, 0, model->demand[d].wanted, false);
		sf_milp_put(m->milp, m->cover[d], m->served[d], 1);
		sf_milp_put(m->milp, row[model->demand[d].of], m->served[d], 1);
		for (size_t t = 0; t < tiers(m); t++) {
			int64_t value = plan_tier_of_pod(model, t, d);

			if (value) {
				sf_milp_put(m->milp, m->tier[t], m->served[d], (double)value);
			}
		}
	}
	free(row);
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
	m->drained = sf_xcalloc(model->n_classes + 1, sizeof *m->drained);
	m->price = sf_xcalloc(model->n_classes + 1, sizeof *m->price);
	m->over = sf_xcalloc(model->n_classes + 1, sizeof *m->over);
	m->tier = sf_xcalloc(tiers(m), sizeof *m->tier);
	m->pod = sf_xcalloc(model->n_demands + 1, sizeof *m->pod);
	m->weight = sf_xcalloc(tiers(m), sizeof *m->weight);
	for (size_t t = 0; t < tiers(m); t++) {
		m->tier[t] = sf_milp_row(m->milp, -SF_MILP_INF, SF_MILP_INF);
	}
	for (size_t c = 0; c < model->n_classes; c++) {
		init_class(m, c);
	}
	init_demands(m);
}

static void finish(struct master *m)
{
	sf_milp_destroy(m->milp);
	plan_solution_finish(&m->pool);
	for (size_t c = 0; c < m->model->n_classes; c++) {
		free(m->nodes[c]);
		free(m->drained[c]);
		free(m->price[c]);
		free(m->over[c]);
	}
	free(m->nodes);
	free(m->drained);
	free(m->price);
	free(m->over);
	free(m->col);
	free(m->served);
	free(m->cover);
	free(m->tier);
	free(m->pod);
	free(m->weight);
}

/* The duals of the relaxed master as prices. A minimised tier is the objective itself, or a row
 * fixed from above. */
static struct plan_prices prices_of(struct master *m, size_t tier, const double *dual)
{
	for (size_t d = 0; d < m->model->n_demands; d++) {
		m->pod[d] = fmax(0, dual[m->cover[d]]);
	}
	for (size_t c = 0; c < m->model->n_classes; c++) {
		for (size_t k = 0; k < modes_of(m, c); k++) {
			double price = dual[m->nodes[c][k]];

			m->price[c][k] = k < m->model->class[c].n_keep ? price : fmax(0, price);
		}
	}
	for (size_t t = 0; t < tiers(m); t++) {
		bool minimised = !plan_tier_is_max(m->model, t);

		m->weight[t] = !minimised || t > tier ? 0
		               : t == tier            ? 1
		                                      : fmax(0, dual[m->tier[t]]);
	}
	return (struct plan_prices){.pod = m->pod, .tier = m->weight, .node = m->price};
}

/* Duals of a minimisation have the other sign: everything is stated as a maximisation. */
static void turn(struct master *m, size_t tier, struct sf_milp_result *result)
{
	if (!plan_tier_is_max(m->model, tier)) {
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
	sf_milp_objective(m->milp, plan_tier_is_max(m->model, tier), m->tier[tier]);
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
	return plan_tier_bound(m->model, tier, plan_tier_is_max(m->model, tier) ? most : -most);
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

/* What better patterns could add to the master's value: a class is rebuilt at most as a whole. */
static double still_worth(const struct master *m)
{
	double sum = 0;

	for (size_t c = 0; c < m->model->n_classes; c++) {
		const struct plan_class *class = &m->model->class[c];
		double rebuilt = 0;

		for (size_t k = 0; k < modes_of(m, c); k++) {
			if (k < class->n_keep) {
				sum += m->over[c][k] * class->mode[k].n_nodes;
			} else {
				rebuilt = fmax(rebuilt, m->over[c][k]);
			}
		}
		sum += rebuilt * class->n_nodes;
	}
	return sum;
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
		int64_t bound = own_bound(m, tier, result.value + still_worth(m));

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

/* Nodes that are in no pattern. */
static void put_drained(const struct master *m, const struct plan_solution *best, double *x)
{
	for (uint32_t c = 0; c < m->model->n_classes; c++) {
		const struct plan_class *class = &m->model->class[c];
		uint32_t *nodes = sf_xcalloc(class->n_modes + 1, sizeof *nodes);

		plan_solution_nodes(class, c, best, nodes);
		for (size_t k = 0; k < class->n_keep; k++) {
			x[m->drained[c][k]] = class->mode[k].n_nodes - nodes[k];
		}
		free(nodes);
	}
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
	put_drained(m, best, x);
	return x;
}

/* Patterns as often as the point says, without pods that nobody wants; then whatever still fits. */
static void take(struct master *m, const double *x, bool round_down)
{
	struct plan_solution solution = {0}, filled = {0};
	struct plan_board board;

	for (size_t i = 0; i < m->pool.n; i++) {
		struct plan_pattern pattern = m->pool.pattern[i];
		double nodes = x[m->col[i]];

		pattern.nodes = (uint32_t)(round_down ? floor(nodes + 1e-6) : floor(nodes + 0.5));
		plan_solution_add(m->model, &solution, &pattern);
	}
	plan_settle(m->model, &solution);
	plan_trim(m->model, &solution);
	plan_board_load(&board, m->model, &solution);
	plan_board_fill(&board, PLAN_LEVEL_LARGE_FIRST);
	if (!m->s->limits->keep_only) {
		plan_board_improve(&board, PLAN_LEVEL_LARGE_FIRST);
	}
	plan_board_patterns(&board, &filled);
	plan_board_finish(&board);
	plan_solution_finish(&solution);
	plan_offer(m->s, &filled);
}

static int choose(struct master *m, size_t tier, struct sf_error *err)
{
	struct sf_milp_limits limits = plan_milp_limits_for(m->s, m->milp);
	struct sf_milp_result result;
	double *start = point(m);
	int rc;

	sf_milp_objective(m->milp, plan_tier_is_max(m->model, tier), m->tier[tier]);
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
	const struct plan_pattern *pattern = &m->pool.pattern[i];
	const struct plan_mode *mode = &m->model->class[pattern->class].mode[pattern->mode];

	sf_milp_col_bounds(m->milp, m->col[i], nodes, mode->n_nodes);
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

	if (plan_tier_is_max(m->model, tier)) {
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
