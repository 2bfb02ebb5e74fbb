/* milp_dive: makes columns whole one by one. See milp.h. */
// SPDX-License-Identifier: Apache-2.0
#ifdef SF_WITH_PLAN
#include "milp_glpk.h"

#include <slicefit/alloc.h>

#include <math.h>
#include <stdlib.h>

struct dive {
	struct milp_call call;
	const struct sf_milp *milp;
	const struct sf_milp_limits *limits;
	const int *col;
	size_t n;
	struct sf_milp_result *out;
	double *lo, *hi; /* per column of the list */
	glp_prob *lp;
};

static const double whole = 1e-6;

enum answer { SOLVED, NOTHING, LATE };

static enum answer relax(struct dive *dive)
{
	glp_smcp parm;
	int rc;

	glp_init_smcp(&parm);
	parm.msg_lev = GLP_MSG_OFF;
	parm.meth = GLP_DUALP;
	parm.tm_lim = milp_time_left(dive->limits->deadline_ns);
	rc = parm.tm_lim ? glp_simplex(dive->lp, &parm) : GLP_ETMLIM;
	if (rc == GLP_ETMLIM) {
		return LATE;
	}
	return rc == 0 && glp_get_status(dive->lp) == GLP_OPT ? SOLVED : NOTHING;
}

static void set_bounds(struct dive *dive, size_t i)
{
	glp_set_col_bnds(dive->lp, dive->col[i] + 1, milp_bound_kind(dive->lo[i], dive->hi[i]),
	                 dive->lo[i], dive->hi[i]);
}

/* The column with least to go; dive->n when all are whole. */
static size_t pick(const struct dive *dive)
{
	size_t best = dive->n;
	double least = 2;

	for (size_t i = 0; i < dive->n; i++) {
		double x = glp_get_col_prim(dive->lp, dive->col[i] + 1);
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
static enum answer step(struct dive *dive, size_t i)
{
	double x = glp_get_col_prim(dive->lp, dive->col[i] + 1);
	double lo = dive->lo[i], hi = dive->hi[i];
	enum answer answer;

	for (int other = 0; other < 2; other++) {
		dive->lo[i] = lo;
		dive->hi[i] = hi;
		if ((x - floor(x) > 0.5) != other) {
			dive->lo[i] = ceil(x - whole);
		} else {
			dive->hi[i] = floor(x + whole);
		}
		set_bounds(dive, i);
		answer = relax(dive);
		if (answer != NOTHING) {
			return answer;
		}
	}
	return NOTHING;
}

static void take(struct dive *dive)
{
	for (size_t j = 0; j < dive->milp->n_cols; j++) {
		dive->out->x[j] = glp_get_col_prim(dive->lp, (int)j + 1);
	}
	for (size_t i = 0; i < dive->n; i++) {
		dive->out->x[dive->col[i]] = round(dive->out->x[dive->col[i]]);
	}
	dive->out->value = glp_get_obj_val(dive->lp);
	dive->out->status = SF_MILP_FEASIBLE;
}

static void run(struct dive *dive)
{
	enum answer answer;

	dive->lp = milp_load(&dive->call);
	glp_scale_prob(dive->lp, GLP_SF_AUTO);
	answer = relax(dive);
	if (answer == SOLVED) {
		dive->out->bound = glp_get_obj_val(dive->lp);
	}
	while (answer == SOLVED) {
		size_t i = pick(dive);

		if (i == dive->n) {
			take(dive);
			return;
		}
		answer = step(dive, i);
	}
	dive->out->time_limited = answer == LATE;
	dive->out->status = answer == LATE ? SF_MILP_UNKNOWN : SF_MILP_INFEASIBLE;
}

void milp_dive(const struct milp_job *job, struct sf_milp_result *out)
{
	struct dive dive = {.milp = job->milp, .limits = &job->limits, .out = out};

	dive.col = job->col;
	dive.n = job->n;
	dive.lo = sf_xcalloc(2 * dive.n + 1, sizeof *dive.lo);
	dive.hi = dive.lo + dive.n;
	for (size_t i = 0; i < dive.n; i++) {
		dive.lo[i] = job->milp->col[dive.col[i]].lo;
		dive.hi[i] = job->milp->col[dive.col[i]].hi;
	}
	milp_call_begin(&dive.call, job);
	run(&dive);
	milp_call_end(&dive.call);
	free(dive.lo);
}

#else
typedef int milp_dive_is_empty; /* ISO C forbids an empty file */
#endif
