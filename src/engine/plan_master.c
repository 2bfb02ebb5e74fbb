/* plan_master: see plan_master.h. */
// SPDX-License-Identifier: Apache-2.0
#include "plan_master.h"

#include "plan_tier.h"

#include <slicefit/alloc.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

size_t plan_master_modes(const struct plan_master *m, size_t c)
{
	const struct plan_class *class = &m->model->class[c];

	return m->s->limits->keep_only ? class->n_keep : class->n_modes;
}

static bool same_pattern(const struct plan_master *m, const struct plan_pattern *a,
                         const struct plan_pattern *b)
{
	const struct plan_mode *mode = &m->model->class[a->class].mode[a->mode];

	return a->class == b->class && a->mode == b->mode &&
	       memcmp(a->pods, b->pods, m->model->n_demands * sizeof *a->pods) == 0 &&
	       memcmp(a->roles, b->roles, mode->n_roles * sizeof *a->roles) == 0;
}

static void put_tier(struct plan_master *m, size_t tier, int col, int64_t value)
{
	if (value) {
		sf_milp_put(m->milp, m->tier[tier], col, (double)value);
	}
}

static void put_tiers(struct plan_master *m, int col, const struct plan_pattern *pattern)
{
	const struct plan_mode *mode = &m->model->class[pattern->class].mode[pattern->mode];
	int64_t gpus = plan_pattern_gpus(m->model, pattern);

	for (size_t t = 0; t < m->model->n_tiers; t++) {
		put_tier(m, t, col,
		         plan_tier_of_node(m->model, t, mode) +
		                 gpus * plan_tier_of_gpu(m->model, t, mode));
	}
	plan_balance_put(&m->balance, pattern->class, col, gpus);
}

/* The pattern's number in the pool; its size when it is not there. */
static size_t find_pattern(const struct plan_master *m, const struct plan_pattern *pattern)
{
	size_t i = 0;

	while (i < m->pool.n && !same_pattern(m, &m->pool.pattern[i], pattern)) {
		i++;
	}
	return i;
}

static void add_pattern(struct plan_master *m, const struct plan_pattern *pattern)
{
	struct plan_pattern one = *pattern;
	int col;

	one.nodes = 1;
	plan_solution_add(m->model, &m->pool, &one);
	m->col = sf_xgrow(m->col, &m->cap_cols, m->pool.n, sizeof *m->col);
	/* Its rows are limit enough. One of its own would take the dual that belongs to them, and
	 * patterns that are known would seem worth more than they cost. */
	col = sf_milp_col(m->milp, 0, SF_MILP_INF, true);
	m->col[m->pool.n - 1] = col;
	sf_milp_put(m->milp, m->nodes[one.class][one.mode], col, 1);
	for (size_t d = 0; d < m->model->n_demands; d++) {
		if (one.pods[d]) {
			sf_milp_put(m->milp, m->cover[d], col, -(double)one.pods[d]);
		}
	}
	put_tiers(m, col, &one);
}

void plan_master_add(struct plan_master *m, const struct plan_solution *from)
{
	for (size_t i = 0; i < from->n; i++) {
		if (find_pattern(m, &from->pattern[i]) == m->pool.n) {
			add_pattern(m, &from->pattern[i]);
		}
	}
}

/* The drained nodes of a signature: a column, and what they cost. */
static int add_drained(struct plan_master *m, size_t c, const struct plan_mode *mode)
{
	bool stays = mode->run && plan_master_modes(m, c) == m->model->class[c].n_keep;
	int col = sf_milp_col(m->milp, 0, stays ? 0 : SF_MILP_INF, true);

	for (size_t t = 0; t < m->model->n_tiers; t++) {
		put_tier(m, t, col, plan_tier_of_drain(m->model, t, mode));
	}
	return col;
}

/* Nodes of a signature are in patterns that keep them, or drained (empty ones: or idle); those are
 * what can be rebuilt. */
static void init_class(struct plan_master *m, size_t c)
{
	const struct plan_class *class = &m->model->class[c];
	int rebuilt = sf_milp_row(m->milp, -SF_MILP_INF, 0);
	int most = class->max_drained < class->n_nodes
	                   ? sf_milp_row(m->milp, -SF_MILP_INF, class->max_drained)
	                   : -1;

	m->nodes[c] = sf_xcalloc(class->n_modes + 1, sizeof *m->nodes[c]);
	m->drained[c] = sf_xcalloc(class->n_keep + 1, sizeof *m->drained[c]);
	m->price[c] = sf_xcalloc(class->n_modes + 1, sizeof *m->price[c]);
	for (size_t k = 0; k < class->n_keep; k++) {
		const struct plan_mode *mode = &class->mode[k];
		int col = add_drained(m, c, mode);

		m->drained[c][k] = col;
		m->nodes[c][k] = sf_milp_row(m->milp, mode->n_nodes, mode->n_nodes);
		sf_milp_put(m->milp, m->nodes[c][k], col, 1);
		sf_milp_put(m->milp, rebuilt, col, -1);
		if (most >= 0 && mode->run) {
			sf_milp_put(m->milp, most, col, 1);
		}
	}
	for (size_t k = class->n_keep; k < class->n_modes; k++) {
		m->nodes[c][k] = rebuilt;
	}
}

static void init_demands(struct plan_master *m)
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
		for (size_t t = 0; t < model->n_tiers; t++) {
			put_tier(m, t, m->served[d], plan_tier_of_pod(model, t, d));
		}
	}
	free(row);
}

void plan_master_init(struct plan_master *m, const struct plan_solver *s)
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
	m->tier = sf_xcalloc(model->n_tiers, sizeof *m->tier);
	m->pod = sf_xcalloc(model->n_demands + 1, sizeof *m->pod);
	m->weight = sf_xcalloc(model->n_tiers, sizeof *m->weight);
	m->gpu = sf_xcalloc(model->n_classes + 1, sizeof *m->gpu);
	for (size_t t = 0; t < model->n_tiers; t++) {
		m->tier[t] = sf_milp_row(m->milp, -SF_MILP_INF, SF_MILP_INF);
	}
	for (size_t c = 0; c < model->n_classes; c++) {
		init_class(m, c);
	}
	init_demands(m);
	plan_balance_init(&m->balance, model, m->milp, m->tier);
}

void plan_master_finish(struct plan_master *m)
{
	sf_milp_destroy(m->milp);
	plan_solution_finish(&m->pool);
	for (size_t c = 0; c < m->model->n_classes; c++) {
		free(m->nodes[c]);
		free(m->drained[c]);
		free(m->price[c]);
	}
	free(m->nodes);
	free(m->drained);
	free(m->price);
	free(m->col);
	free(m->served);
	free(m->cover);
	free(m->tier);
	free(m->pod);
	free(m->weight);
	free(m->gpu);
	plan_balance_finish(&m->balance);
}

void plan_master_aim(struct plan_master *m, size_t tier)
{
	sf_milp_objective(m->milp, plan_tier_is_max(m->model, tier), m->tier[tier]);
}

void plan_master_fix(struct plan_master *m, size_t tier, int64_t value)
{
	bool max = plan_tier_is_max(m->model, tier);

	sf_milp_row_bounds(m->milp, m->tier[tier], max ? (double)value : -SF_MILP_INF,
	                   max ? SF_MILP_INF : (double)value);
}

void plan_master_free(struct plan_master *m)
{
	for (size_t t = 0; t < m->model->n_tiers; t++) {
		sf_milp_row_bounds(m->milp, m->tier[t], -SF_MILP_INF, SF_MILP_INF);
	}
}

void plan_master_at_least(struct plan_master *m, size_t i, double nodes)
{
	sf_milp_col_bounds(m->milp, m->col[i], nodes, SF_MILP_INF);
}

struct plan_prices plan_master_prices(struct plan_master *m, size_t tier, const double *dual)
{
	for (size_t d = 0; d < m->model->n_demands; d++) {
		m->pod[d] = fmax(0, dual[m->cover[d]]);
	}
	for (uint32_t c = 0; c < m->model->n_classes; c++) {
		m->gpu[c] = plan_balance_price(&m->balance, c, dual);
		for (size_t k = 0; k < plan_master_modes(m, c); k++) {
			double price = dual[m->nodes[c][k]];

			m->price[c][k] = k < m->model->class[c].n_keep ? price : fmax(0, price);
		}
	}
	/* A minimised tier is the objective itself, or a row fixed from above. */
	for (size_t t = 0; t < m->model->n_tiers; t++) {
		bool minimised = !plan_tier_is_max(m->model, t);

		m->weight[t] = !minimised || t > tier ? 0
		               : t == tier            ? 1
		                                      : fmax(0, dual[m->tier[t]]);
	}
	return (struct plan_prices){
		.pod = m->pod, .tier = m->weight, .gpu = m->gpu, .node = m->price};
}

/* Nodes that are in no pattern. */
static void put_drained(const struct plan_master *m, const struct plan_solution *best, double *x)
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

double *plan_master_point(const struct plan_master *m, const struct plan_solution *solution)
{
	double *x = sf_xcalloc((size_t)sf_milp_cols(m->milp) + 1, sizeof *x);

	for (size_t i = 0; i < solution->n; i++) {
		const struct plan_pattern *pattern = &solution->pattern[i];

		x[m->col[find_pattern(m, pattern)]] += pattern->nodes;
		for (size_t d = 0; d < m->model->n_demands; d++) {
			x[m->served[d]] += (double)pattern->nodes * pattern->pods[d];
		}
	}
	put_drained(m, solution, x);
	plan_balance_point(&m->balance, x);
	return x;
}

void plan_master_patterns(const struct plan_master *m, const double *x, bool round_down,
                          struct plan_solution *out)
{
	for (size_t i = 0; i < m->pool.n; i++) {
		struct plan_pattern pattern = m->pool.pattern[i];
		double nodes = x[m->col[i]];

		pattern.nodes = (uint32_t)(round_down ? floor(nodes + 1e-6) : floor(nodes + 0.5));
		plan_solution_add(m->model, out, &pattern);
	}
}
