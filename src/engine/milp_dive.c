/* milp_dive: makes columns whole one by one. See milp.h. */
// SPDX-License-Identifier: Apache-2.0
#ifdef SF_WITH_PLAN
#include "milp_glpk.h"

#include <slicefit/alloc.h>

#include <math.h>
#include <stdlib.h>

struct dive {
	const struct milp_job *job;
	struct sf_milp_result *out;
	double *lo, *hi; /* per column of the list */
	struct milp_lp *lp;
};

static const double whole = 1e-6;

/* The column with least to go; job->n when all are whole. */
static size_t pick(const struct dive *dive)
{
	size_t best = dive->job->n;
	double least = 2;

	for (size_t i = 0; i < dive->job->n; i++) {
		double x = milp_lp_x(dive->lp, dive->job->col[i]);
		double below = x - floor(x + whole);
		double way = fmin(below, 1 - below);

		if (below > whole && way < least) {
			least = way;
			best = i;
		}
	}
	return best;
}

/* One step with its fallback. */
static enum milp_answer step(struct dive *dive, size_t i)
{
	double x = milp_lp_x(dive->lp, dive->job->col[i]);
	double lo = dive->lo[i], hi = dive->hi[i];
	enum milp_answer answer = MILP_NO_SOLUTION;

	for (int other = 0; other < 2; other++) {
		dive->lo[i] = lo;
		dive->hi[i] = hi;
		if ((x - floor(x) > 0.5) != other) {
			dive->lo[i] = ceil(x - whole);
		} else {
			dive->hi[i] = floor(x + whole);
		}
		milp_lp_bounds(dive->lp, dive->job->col[i], dive->lo[i], dive->hi[i]);
		answer = milp_lp_relax(dive->lp);
		if (answer == MILP_SOLVED || answer == MILP_LATE) {
			break;
		}
	}
	return answer;
}

static void take(struct dive *dive)
{
	double *x = dive->out->x;

	for (size_t j = 0; j < dive->job->milp->n_cols; j++) {
		x[j] = milp_lp_x(dive->lp, (int)j);
	}
	for (size_t i = 0; i < dive->job->n; i++) {
		x[dive->job->col[i]] = round(x[dive->job->col[i]]);
	}
	dive->out->value = milp_lp_value(dive->lp);
	dive->out->status = SF_MILP_FEASIBLE;
}

static void run(struct dive *dive)
{
	enum milp_answer answer = milp_lp_relax(dive->lp);

	if (answer == MILP_SOLVED) {
		dive->out->bound = milp_lp_value(dive->lp);
	}
	while (answer == MILP_SOLVED) {
		size_t i = pick(dive);

		if (i == dive->job->n) {
			take(dive);
			return;
		}
		answer = step(dive, i);
	}
	dive->out->time_limited = answer == MILP_LATE;
	dive->out->status = answer == MILP_LATE ? SF_MILP_UNKNOWN : SF_MILP_INFEASIBLE;
}

void milp_dive(const struct milp_job *job, struct sf_milp_result *out)
{
	struct dive dive = {.job = job, .out = out};

	dive.lo = sf_xcalloc(2 * job->n + 1, sizeof *dive.lo);
	dive.hi = dive.lo + job->n;
	for (size_t i = 0; i < job->n; i++) {
		dive.lo[i] = job->milp->col[job->col[i]].lo;
		dive.hi[i] = job->milp->col[job->col[i]].hi;
	}
	dive.lp = milp_lp_create(job);
	run(&dive);
	milp_lp_destroy(dive.lp);
	free(dive.lo);
}

#else
typedef int milp_dive_is_empty; /* ISO C forbids an empty file */
#endif
