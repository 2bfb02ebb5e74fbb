/* milp_bound: what can be said of a program without solving it. */
// SPDX-License-Identifier: Apache-2.0
#include "milp_impl.h"

#include <slicefit/alloc.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

double *milp_make_costs(const struct sf_milp *milp)
{
	double *cost = sf_xcalloc(milp->n_cols + 1, sizeof *cost);

	for (size_t i = 0; milp->objective >= 0 && i < milp->n_entries; i++) {
		if (milp->entry[i].row == milp->objective) {
			cost[milp->entry[i].col] += milp->entry[i].value;
		}
	}
	for (size_t j = 0; milp->objective < 0 && j < milp->n_cost; j++) {
		cost[j] = milp->cost[j];
	}
	return cost;
}

double milp_value(const struct sf_milp *milp, const double *cost, const double *x)
{
	double sum = 0;

	for (size_t j = 0; j < milp->n_cols; j++) {
		sum += cost[j] * x[j];
	}
	return sum;
}

double milp_tighten(const struct milp_job *job, double bound)
{
	if (!job->limits.integer_objective) {
		return bound;
	}
	return job->milp->maximise ? floor(bound + 1e-6) : ceil(bound - 1e-6);
}

bool milp_reached(const struct milp_job *job, double value, double bound)
{
	double limit = milp_tighten(job, bound);

	return job->milp->maximise ? value >= limit - 1e-6 : value <= limit + 1e-6;
}

/* The objective's largest (smallest) value over the columns' own bounds. */
static double box_bound(const struct sf_milp *milp, const double *cost)
{
	double sum = 0;

	for (size_t j = 0; j < milp->n_cols; j++) {
		const struct bounds *b = &milp->col[j];

		if (cost[j] > 0 || cost[j] < 0) {
			sum += cost[j] * ((cost[j] > 0) == milp->maximise ? b->hi : b->lo);
		}
	}
	return fmax(-SF_MILP_INF, fmin(SF_MILP_INF, sum));
}

void milp_begin_result(const struct milp_job *job, struct sf_milp_result *out)
{
	const struct sf_milp *milp = job->milp;
	double *cost = milp_make_costs(milp);

	memset(out, 0, sizeof *out);
	out->x = sf_xcalloc(milp->n_cols + 1, sizeof *out->x);
	out->dual = sf_xcalloc(milp->n_rows + 1, sizeof *out->dual);
	out->status = SF_MILP_UNKNOWN;
	out->bound = milp_tighten(job, box_bound(milp, cost));
	if (job->start) {
		double value = milp_value(milp, cost, job->start);
		bool best = milp_reached(job, value, out->bound);

		memcpy(out->x, job->start, milp->n_cols * sizeof *out->x);
		out->value = job->limits.integer_objective ? round(value) : value;
		out->status = best ? SF_MILP_OPTIMAL : SF_MILP_FEASIBLE;
		out->bound = best ? out->value : out->bound;
	}
	free(cost);
}
