/* milp_branch: branch and bound. See milp.h. */
// SPDX-License-Identifier: Apache-2.0
#ifdef SF_WITH_PLAN
#include "milp_glpk.h"
#include "solver_impl.h"

#include <slicefit/clock.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* One solve. */
struct solve {
	struct milp_lp *lp;
	const struct milp_job *job;
	struct sf_milp_result *out;
	double begun; /* value of the start */
	double best;  /* value of the best solution seen */
	bool have_best;
	double noted; /* the bound of the last note */
};

static bool late(const struct solve *solve)
{
	uint64_t deadline = solve->job->limits.deadline_ns;

	return deadline && sf_clock_ns() >= deadline;
}

static bool reached(const struct solve *solve, double bound)
{
	return solve->have_best && milp_reached(solve->job, solve->best, bound);
}

static void have(struct solve *solve, double value)
{
	solve->have_best = true;
	solve->best = value;
}

/* `a` and `b` being values of solutions. */
static bool is_better(const struct solve *solve, double a, double b)
{
	return solve->job->milp->maximise ? a > b : a < b;
}

static void take_found(struct solve *solve)
{
	const struct sf_milp *milp = solve->job->milp;

	for (size_t j = 0; j < milp->n_cols; j++) {
		double x = milp_lp_found_x(solve->lp, (int)j);

		solve->out->x[j] = milp->col[j].integer ? round(x) : x;
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
static void note_news(struct solve *solve, bool found)
{
	struct sf_milp_result *out = solve->out;
	double bound = milp_tighten(solve->job, out->bound);
	bool news = solve->job->limits.integer_objective && fabs(bound - solve->noted) > 0.5;

	if (found &&
	    (out->status == SF_MILP_UNKNOWN || is_better(solve, solve->best, out->value))) {
		out->status = SF_MILP_FEASIBLE;
		out->value = solve->best;
		take_found(solve);
		news = true;
	}
	if (news) {
		note(solve);
	}
}

/* Is it to go on? */
static bool look(void *info, const struct milp_tree *tree)
{
	struct solve *solve = info;
	struct sf_milp_result *out = solve->out;
	double value;

	if (milp_lp_found(solve->lp, &value)) {
		have(solve, value);
	}
	if (fabs(tree->bound) < SF_MILP_INF) {
		out->bound = tree->bound;
	}
	note_news(solve, tree->found);
	out->nodes = tree->nodes;
	if (reached(solve, out->bound)) {
		return false;
	}
	out->node_limited = tree->nodes > solve->job->limits.nodes;
	out->time_limited = !out->node_limited && late(solve);
	return !out->node_limited && !out->time_limited;
}

/* Branch and bound; the relaxation has been solved. */
static void run_branch(struct solve *solve)
{
	const struct milp_search search = {.start = solve->job->start,
	                                   .cuts = solve->job->limits.cuts,
	                                   .deep = solve->job->limits.deep,
	                                   .look = look,
	                                   .info = solve};
	enum milp_answer answer = milp_lp_search(solve->lp, &search);
	double value;

	if (milp_lp_found(solve->lp, &value)) {
		have(solve, value);
	}
	if (answer == MILP_LATE) {
		solve->out->time_limited = true;
	} else if (answer == MILP_SOLVED) {
		solve->out->bound = solve->best;
	} else if (answer == MILP_NO_SOLUTION) {
		solve->out->status = SF_MILP_INFEASIBLE;
	}
}

/* Keeps the better of what was found and the start. */
static void take_solution(struct solve *solve)
{
	const double *start = solve->job->start;
	double value;
	bool found = milp_lp_found(solve->lp, &value);

	if (start && (!found || is_better(solve, solve->begun, value))) {
		memcpy(solve->out->x, start, solve->job->milp->n_cols * sizeof *start);
		have(solve, solve->begun);
	} else if (found) {
		have(solve, value);
		take_found(solve);
	}
}

static void take_relaxation(struct solve *solve)
{
	struct sf_milp_result *out = solve->out;

	for (size_t j = 0; j < solve->job->milp->n_cols; j++) {
		out->x[j] = milp_lp_x(solve->lp, (int)j);
	}
	for (size_t i = 0; i < solve->job->milp->n_rows; i++) {
		out->dual[i] = milp_lp_dual(solve->lp, (int)i);
	}
	out->value = out->bound;
	out->status = SF_MILP_OPTIMAL;
}

static void finish_solution(struct solve *solve)
{
	struct sf_milp_result *out = solve->out;

	out->bound = milp_tighten(solve->job, out->bound);
	if (solve->have_best) {
		bool whole = solve->job->limits.integer_objective;

		out->value = whole ? round(solve->best) : solve->best;
		out->status = reached(solve, out->bound) ? SF_MILP_OPTIMAL : SF_MILP_FEASIBLE;
		if (out->status == SF_MILP_OPTIMAL) {
			out->bound = out->value;
			out->node_limited = out->time_limited = false;
		}
	}
}

/* A program that has a start has a solution: what says otherwise was lost in rounding. */
static enum milp_answer relax(struct solve *solve)
{
	enum milp_answer answer = milp_lp_relax(solve->lp);
	bool lost = answer == MILP_NO_ANSWER || (answer == MILP_NO_SOLUTION && solve->job->start);

	return lost ? milp_lp_relax_anew(solve->lp) : answer;
}

static void run(struct solve *solve)
{
	struct sf_milp_result *out = solve->out;
	enum milp_answer answer = relax(solve);

	if (answer == MILP_SOLVED) {
		out->bound = milp_lp_value(solve->lp);
		if (solve->job->limits.relax) {
			take_relaxation(solve);
			return;
		}
		if (solve->job->start) {
			have(solve, solve->begun);
		}
		if (!reached(solve, out->bound)) {
			note(solve);
			run_branch(solve);
		}
	} else if (answer == MILP_NO_SOLUTION) {
		out->status = SF_MILP_INFEASIBLE;
	}
	out->time_limited |= answer == MILP_LATE;
	take_solution(solve);
	finish_solution(solve);
}

static double start_value(const struct milp_job *job)
{
	double *cost = milp_make_costs(job->milp);
	double value = milp_value(job->milp, cost, job->start);

	free(cost);
	return value;
}

void milp_branch(const struct milp_job *job, struct sf_milp_result *out)
{
	struct solve solve = {.lp = milp_lp_create(job), .job = job, .out = out};

	solve.begun = job->start ? start_value(job) : 0;
	run(&solve);
	milp_lp_destroy(solve.lp);
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
