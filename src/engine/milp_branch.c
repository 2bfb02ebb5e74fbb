/* milp_branch: branch and bound. See milp.h. */
// SPDX-License-Identifier: Apache-2.0
#ifdef SF_WITH_PLAN
#include "milp_glpk.h"
#include "solver_impl.h"

#include <slicefit/alloc.h>
#include <slicefit/clock.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* One solve. */
struct solve {
	struct milp_call call;
	const struct milp_job *job;
	const struct sf_milp *milp;
	const struct sf_milp_limits *limits;
	const double *start;
	struct sf_milp_result *out;
	bool injected;
	double best; /* value of the best solution seen */
	bool have_best;
	double noted; /* the bound of the last note */
};

static bool late(const struct solve *solve)
{
	return solve->limits->deadline_ns && sf_clock_ns() >= solve->limits->deadline_ns;
}

static bool reached(const struct solve *solve, double bound)
{
	return solve->have_best && milp_reached(solve->job, solve->best, bound);
}

static void inject(struct solve *solve, glp_tree *tree)
{
	double *x = sf_xcalloc(solve->milp->n_cols + 1, sizeof *x);

	memcpy(x + 1, solve->start, solve->milp->n_cols * sizeof *x);
	glp_ios_heur_sol(tree, x);
	free(x);
	solve->injected = true;
}

static void note_incumbent(struct solve *solve, glp_prob *lp)
{
	int status = glp_mip_status(lp);

	if (status == GLP_FEAS || status == GLP_OPT) {
		solve->have_best = true;
		solve->best = glp_mip_obj_val(lp);
	}
}

/* `a` and `b` being values of solutions. */
static bool is_better(const struct solve *solve, double a, double b)
{
	return solve->milp->maximise ? a > b : a < b;
}

static void take_found(struct solve *solve, glp_prob *lp)
{
	for (size_t j = 0; j < solve->milp->n_cols; j++) {
		double x = glp_mip_col_val(lp, (int)j + 1);

		solve->out->x[j] = solve->milp->col[j].integer ? round(x) : x;
	}
}

/* What is known so far. */
static void note(struct solve *solve)
{
	struct sf_milp_result known = *solve->out;

	known.bound = milp_tighten(solve->job, known.bound);
	solve->noted = known.bound;
	solver_note(solve->job, &known);
}

/* When there is something new: a better solution, or a bound that is another whole number. */
static void note_news(struct solve *solve, glp_prob *lp, bool found)
{
	struct sf_milp_result *out = solve->out;
	double bound = milp_tighten(solve->job, out->bound);
	bool news = solve->limits->integer_objective && fabs(bound - solve->noted) > 0.5;

	if (found &&
	    (out->status == SF_MILP_UNKNOWN || is_better(solve, glp_mip_obj_val(lp), out->value))) {
		out->status = SF_MILP_FEASIBLE;
		out->value = glp_mip_obj_val(lp);
		take_found(solve, lp);
		news = true;
	}
	if (news) {
		note(solve);
	}
}

static void callback(glp_tree *tree, void *info)
{
	struct solve *solve = info;
	int best = glp_ios_best_node(tree), total = 0;

	if (glp_ios_reason(tree) == GLP_IHEUR && solve->start && !solve->injected) {
		inject(solve, tree);
	}
	note_incumbent(solve, glp_ios_get_prob(tree));
	if (best) {
		double bound = glp_ios_node_bound(tree, best);

		if (fabs(bound) < SF_MILP_INF) {
			solve->out->bound = bound;
		}
	}
	note_news(solve, glp_ios_get_prob(tree), glp_ios_reason(tree) == GLP_IBINGO);
	glp_ios_tree_size(tree, NULL, NULL, &total);
	solve->out->nodes = (uint32_t)total;
	if (reached(solve, solve->out->bound)) {
		glp_ios_terminate(tree);
	} else if ((uint32_t)total > solve->limits->nodes) {
		solve->out->node_limited = true;
		glp_ios_terminate(tree);
	} else if (late(solve)) {
		solve->out->time_limited = true;
		glp_ios_terminate(tree);
	}
}

/* Is the answer of the simplex method one that can be? */
static bool is_plausible(const struct solve *solve, glp_prob *lp, int rc)
{
	return rc == GLP_ETMLIM || (rc == 0 && (glp_get_status(lp) == GLP_OPT || !solve->start));
}

static int run_simplex(struct solve *solve, glp_prob *lp)
{
	glp_smcp parm;
	int rc;

	glp_init_smcp(&parm);
	parm.msg_lev = GLP_MSG_OFF;
	parm.meth = GLP_DUALP;
	parm.tm_lim = milp_time_left(solve->limits->deadline_ns);
	glp_scale_prob(lp, GLP_SF_AUTO);
	rc = glp_simplex(lp, &parm);
	if (!is_plausible(solve, lp, rc)) {
		/* Lost in rounding: from another basis, by the other method. */
		glp_adv_basis(lp, 0);
		parm.meth = GLP_PRIMAL;
		rc = glp_simplex(lp, &parm);
	}
	return rc;
}

/* Branch and bound; the relaxation has been solved. */
static void run_branch(struct solve *solve, glp_prob *lp)
{
	glp_iocp parm;
	int rc;

	glp_init_iocp(&parm);
	parm.msg_lev = GLP_MSG_OFF;
	parm.br_tech = GLP_BR_DTH;
	parm.bt_tech = solve->limits->deep ? GLP_BT_DFS : GLP_BT_BLB;
	parm.mir_cuts = GLP_ON;
	parm.gmi_cuts = solve->limits->cuts ? GLP_ON : GLP_OFF;
	parm.tm_lim = milp_time_left(solve->limits->deadline_ns);
	parm.cb_func = callback;
	parm.cb_info = solve;
	rc = glp_intopt(lp, &parm);
	note_incumbent(solve, lp);
	if (rc == GLP_ETMLIM) {
		solve->out->time_limited = true;
	} else if (rc == 0 && glp_mip_status(lp) == GLP_OPT) {
		solve->out->bound = solve->best;
	} else if (rc == 0 && glp_mip_status(lp) == GLP_NOFEAS) {
		solve->out->status = SF_MILP_INFEASIBLE;
	}
}

static double start_value(const struct solve *solve)
{
	return milp_value(solve->milp, solve->call.cost, solve->start);
}

/* Keeps the better of what GLPK found and the start. */
static void take_solution(struct solve *solve, glp_prob *lp)
{
	struct sf_milp_result *out = solve->out;
	int status = glp_mip_status(lp);
	bool found = status == GLP_FEAS || status == GLP_OPT;
	double begun = solve->start ? start_value(solve) : 0;

	if (solve->start && (!found || is_better(solve, begun, glp_mip_obj_val(lp)))) {
		memcpy(out->x, solve->start, solve->milp->n_cols * sizeof *out->x);
		solve->best = begun;
		solve->have_best = true;
	} else if (found) {
		solve->best = glp_mip_obj_val(lp);
		solve->have_best = true;
		take_found(solve, lp);
	}
}

static void take_relaxation(struct solve *solve, glp_prob *lp)
{
	struct sf_milp_result *out = solve->out;

	for (size_t j = 0; j < solve->milp->n_cols; j++) {
		out->x[j] = glp_get_col_prim(lp, (int)j + 1);
	}
	for (size_t i = 0; i < solve->milp->n_rows; i++) {
		out->dual[i] = glp_get_row_dual(lp, (int)i + 1);
	}
	out->value = out->bound;
	out->status = SF_MILP_OPTIMAL;
}

static void finish_solution(struct solve *solve)
{
	struct sf_milp_result *out = solve->out;

	out->bound = milp_tighten(solve->job, out->bound);
	if (solve->have_best) {
		out->value = solve->limits->integer_objective ? round(solve->best) : solve->best;
		out->status = reached(solve, out->bound) ? SF_MILP_OPTIMAL : SF_MILP_FEASIBLE;
		if (out->status == SF_MILP_OPTIMAL) {
			out->bound = out->value;
			out->node_limited = out->time_limited = false;
		}
	}
}

static void run(struct solve *solve)
{
	struct sf_milp_result *out = solve->out;
	glp_prob *lp = milp_load(&solve->call);
	int rc = run_simplex(solve, lp);

	out->time_limited = rc == GLP_ETMLIM;
	if (rc == 0 && glp_get_status(lp) == GLP_OPT) {
		out->bound = glp_get_obj_val(lp);
		if (solve->limits->relax) {
			take_relaxation(solve, lp);
			return;
		}
		if (solve->start) {
			solve->best = start_value(solve);
			solve->have_best = true;
		}
		if (!reached(solve, out->bound)) {
			note(solve);
			run_branch(solve, lp);
		}
	} else if (!out->time_limited &&
	           (glp_get_status(lp) == GLP_NOFEAS || glp_get_dual_stat(lp) == GLP_NOFEAS)) {
		out->status = SF_MILP_INFEASIBLE;
	}
	take_solution(solve, lp);
	finish_solution(solve);
}

void milp_branch(const struct milp_job *job, struct sf_milp_result *out)
{
	struct solve solve = {.job = job, .milp = job->milp, .limits = &job->limits, .out = out};

	solve.start = job->start;
	milp_call_begin(&solve.call, job);
	run(&solve);
	milp_call_end(&solve.call);
}

#else
#include "milp_impl.h"

#include <slicefit/child.h>

/* No plan comes here: sf_plan_create refuses to begin. */
void milp_branch(const struct milp_job *job, struct sf_milp_result *out)
{
	(void)job;
	(void)out;
	sf_child_give_up("not in this build (SF_PLAN=OFF)");
}

void milp_dive(const struct milp_job *job, struct sf_milp_result *out)
{
	milp_branch(job, out);
}
#endif
