/* milp_glpk: GLPK, in the solver's process: a program is loaded, relaxed, searched. No other file knows it. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_MILP_GLPK_H
#define SF_MILP_GLPK_H

#include "milp_impl.h"

/* A program as GLPK has it. There is one at a time. */
struct milp_lp;

/* Loads the program of the job, which must outlive it. What GLPK aborts on, here and below, gives the call
 * up with what GLPK said (sf_child_give_up). */
struct milp_lp *milp_lp_create(const struct milp_job *job);

/* Frees all memory of GLPK's. */
void milp_lp_destroy(struct milp_lp *lp);

/* Other bounds of a column. */
void milp_lp_bounds(struct milp_lp *lp, int col, double lo, double hi);

enum milp_answer {
	MILP_SOLVED,
	MILP_NO_SOLUTION, /* says the solver */
	MILP_NO_ANSWER,   /* lost in rounding, or ended from outside */
	MILP_LATE,
};

/* The relaxation, by the dual simplex method from the basis that the last answer left. */
enum milp_answer milp_lp_relax(struct milp_lp *lp);

/* The same from another basis and by the primal method: where the first answer was lost in rounding. */
enum milp_answer milp_lp_relax_anew(struct milp_lp *lp);

/* Of the relaxation, when it is solved. */
double milp_lp_value(const struct milp_lp *lp);
double milp_lp_x(const struct milp_lp *lp, int col);
double milp_lp_dual(const struct milp_lp *lp, int row);

/* How far branch and bound is. */
struct milp_tree {
	double bound;   /* no solution is better; beyond +-SF_MILP_INF: none is known yet */
	uint32_t nodes; /* explored */
	bool found;     /* a solution has just been found */
};

struct milp_search {
	const double *start; /* a solution to begin with, or NULL */
	bool cuts;           /* Gomory's cuts, too */
	bool deep;           /* depth first, instead of best bound first */
	bool (*look)(void *info, const struct milp_tree *tree); /* false ends the search */
	void *info;
};

/* Branch and bound; the relaxation is solved. */
enum milp_answer milp_lp_search(struct milp_lp *lp, const struct milp_search *search);

/* The best solution that the search has found so far; false when there is none. */
bool milp_lp_found(const struct milp_lp *lp, double *value);
double milp_lp_found_x(const struct milp_lp *lp, int col);

#endif
