/* milp_impl: what the files behind milp.h share. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_MILP_IMPL_H
#define SF_MILP_IMPL_H

#include "milp.h"

struct bounds {
	double lo, hi;
	bool integer;
};

struct entry {
	int row, col;
	double value;
	size_t order; /* equal (row, col) are summed in the order they came */
};

struct sf_milp {
	struct bounds *col, *row;
	size_t n_cols, cap_cols, n_rows, cap_rows;
	struct entry *entry;
	size_t n_entries, cap_entries;
	int objective; /* row, or -1 */
	double *cost;  /* the objective when there is no such row */
	size_t n_cost;
	bool maximise;
};

/* What a solver is to do. */
struct milp_job {
	const struct sf_milp *milp;
	struct sf_milp_limits limits;
	const double *start; /* feasible, or NULL */
	bool dive;           /* else branch and bound */
	const int *col;      /* to be made whole by diving */
	size_t n;
	uint32_t memory_mib;
};

/* milp_bound.c: the objective's coefficient of every column; malloc'ed. */
double *milp_make_costs(const struct sf_milp *milp);

double milp_value(const struct sf_milp *milp, const double *cost, const double *x);

/* The best that a solution can have, from a bound on the relaxation. */
double milp_tighten(const struct milp_job *job, double bound);

/* Does no solution beat the value? */
bool milp_reached(const struct milp_job *job, double value, double bound);

/* milp_bound.c: what is known without solving: the start, and a bound from the columns' own. Both x
 * and dual are allocated; status is UNKNOWN where there is no start. */
void milp_begin_result(const struct milp_job *job, struct sf_milp_result *out);

/* In the solver's process, on the result that was begun. */
void milp_branch(const struct milp_job *job, struct sf_milp_result *out);
void milp_dive(const struct milp_job *job, struct sf_milp_result *out);

#endif
