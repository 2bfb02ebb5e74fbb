/* pack_master: the program that chooses how many GPUs get which of the patterns known. */
// SPDX-License-Identifier: Apache-2.0
#include "pack_impl.h"

#include "milp.h"

#include <slicefit/alloc.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Columns: patterns in the order of the pool, then per type the pods without a place. Rows: types,
 * then classes. */
static struct sf_milp *build(const struct packing *p, bool integer)
{
	const struct pack_problem *problem = &p->problem;
	const size_t n_cols = p->pool.n + problem->n_types;
	struct sf_milp *milp = sf_milp_create();
	double *cost = sf_xcalloc(n_cols + 1, sizeof *cost);

	for (size_t t = 0; t < problem->n_types; t++) {
		sf_milp_row(milp, p->type[t].count, SF_MILP_INF);
	}
	for (size_t c = 0; c < problem->n_classes; c++) {
		sf_milp_row(milp, -SF_MILP_INF, p->class[c].gpus);
	}
	for (size_t i = 0; i < p->pool.n; i++) {
		const struct pack_bin *bin = &p->pool.bin[i];
		int col = sf_milp_col(milp, 0, p->class[bin->class].gpus, integer);

		cost[i] = problem->class[bin->class].in_use ? 0 : 1;
		sf_milp_put(milp, (int)(problem->n_types + bin->class), col, 1);
		for (size_t t = 0; t < problem->n_types; t++) {
			if (bin->pods[t]) {
				sf_milp_put(milp, (int)t, col, bin->pods[t]);
			}
		}
	}
	for (size_t t = 0; t < problem->n_types; t++) {
		int col = sf_milp_col(milp, 0, p->type[t].count, false);

		cost[p->pool.n + t] = p->penalty;
		sf_milp_put(milp, (int)t, col, 1);
	}
	sf_milp_costs(milp, false, cost);
	free(cost);
	return milp;
}

static void take_x(struct packing *p, const double *x)
{
	p->x = sf_xresize(p->x, (p->pool.n + 1) * sizeof *p->x);
	memcpy(p->x, x, p->pool.n * sizeof *p->x);
	p->n_x = p->pool.n;
}

bool pack_master_relax(struct packing *p, double *value)
{
	const struct pack_problem *problem = &p->problem;
	struct sf_milp_limits limits = {
		.solver = p->limits->solver, .deadline_ns = p->limits->deadline_ns, .relax = true};
	struct sf_milp *milp = build(p, false);
	struct sf_milp_result result;
	bool found;

	sf_milp_solve(milp, &limits, NULL, &result);
	sf_milp_destroy(milp);
	p->time_limited |= result.time_limited;
	*value = result.value;
	found = result.status == SF_MILP_OPTIMAL;
	for (size_t t = 0; found && t < problem->n_types; t++) {
		p->price[t] = fmax(0, result.dual[t]);
	}
	for (size_t c = 0; found && c < problem->n_classes; c++) {
		p->rent[c] = fmax(0, -result.dual[problem->n_types + c]);
	}
	if (found) {
		take_x(p, result.x);
	}
	sf_milp_result_finish(&result);
	return found;
}

/* The best packing as a point of the program. */
static double *point_of(const struct packing *p)
{
	const struct pack_problem *problem = &p->problem;
	double *x = sf_xcalloc(p->pool.n + problem->n_types + 1, sizeof *x);
	double *out = x + p->pool.n;

	for (size_t t = 0; t < problem->n_types; t++) {
		out[t] = p->type[t].count;
	}
	for (size_t i = 0; i < p->best.n; i++) {
		const struct pack_bin *bin = &p->best.bin[i];
		size_t at = 0;

		while (at < p->pool.n && (p->pool.bin[at].class != bin->class ||
		                          memcmp(p->pool.bin[at].pods, bin->pods,
		                                 problem->n_types * sizeof *bin->pods) != 0)) {
			at++;
		}
		x[at] += bin->gpus;
		for (size_t t = 0; t < problem->n_types; t++) {
			out[t] = fmax(0, out[t] - (double)bin->pods[t] * bin->gpus);
		}
	}
	return x;
}

bool pack_master_solve(struct packing *p)
{
	struct sf_milp_limits limits = {.solver = p->limits->solver,
	                                .nodes = p->limits->nodes,
	                                .deadline_ns = p->limits->deadline_ns,
	                                .integer_objective = true};
	struct sf_milp *milp = build(p, true);
	double *x = point_of(p);
	struct sf_milp_result result;
	bool found;

	sf_milp_solve(milp, &limits, x, &result);
	free(x);
	sf_milp_destroy(milp);
	p->time_limited |= result.time_limited;
	found = result.status == SF_MILP_OPTIMAL || result.status == SF_MILP_FEASIBLE;
	if (found) {
		take_x(p, result.x);
	}
	sf_milp_result_finish(&result);
	return found;
}
