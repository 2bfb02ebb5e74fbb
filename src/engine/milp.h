/* milp: small mixed-integer linear programs over GLPK, with a bound whatever happens. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_MILP_H
#define SF_MILP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sf_milp;
struct sf_solver;

/* Columns and rows are numbered from 0. Use -SF_MILP_INF / SF_MILP_INF for "no bound". */
#define SF_MILP_INF 1e30

struct sf_milp *sf_milp_create(void);
void sf_milp_destroy(struct sf_milp *milp);

/* A new integer (or continuous) column with lo <= x <= hi; returns its number. */
int sf_milp_col(struct sf_milp *milp, double lo, double hi, bool integer);

/* A new empty row with lo <= row <= hi; returns its number. */
int sf_milp_row(struct sf_milp *milp, double lo, double hi);

/* Adds `value` to the coefficient of (row, col). */
void sf_milp_put(struct sf_milp *milp, int row, int col, double value);

/* Replaces the bounds of a row or a column. */
void sf_milp_row_bounds(struct sf_milp *milp, int row, double lo, double hi);
void sf_milp_col_bounds(struct sf_milp *milp, int col, double lo, double hi);

void sf_milp_col_range(const struct sf_milp *milp, int col, double *lo, double *hi);

/* The objective becomes the linear form of `row`. */
void sf_milp_objective(struct sf_milp *milp, bool maximise, int row);

/* The objective becomes sum cost[j] * x[j]; sf_milp_cols() values, copied. Columns that are added
 * later cost nothing. */
void sf_milp_costs(struct sf_milp *milp, bool maximise, const double *cost);

/* The linear form of a row at x. */
double sf_milp_row_value(const struct sf_milp *milp, int row, const double *x);

/* Adds `weight` times the row's coefficients to cost[sf_milp_cols()]. */
void sf_milp_add_row(const struct sf_milp *milp, int row, double weight, double *cost);

int sf_milp_cols(const struct sf_milp *milp);
int sf_milp_rows(const struct sf_milp *milp);

struct sf_milp_limits {
	struct sf_solver *solver; /* that is asked (solver.h) */
	uint64_t deadline_ns;     /* on sf_clock_ns; 0: none. The safety stop */
	uint32_t nodes;           /* branch-and-bound nodes; 0: only the relaxation and the start */
	bool integer_objective; /* every solution has an integer value: stop at ceil/floor(bound) */
	bool relax;             /* solve the LP relaxation only */
	bool cuts;              /* Gomory's cuts, too */
	bool deep;              /* for a solution rather than a bound: depth first */
};

enum sf_milp_status {
	SF_MILP_OPTIMAL,    /* value == bound */
	SF_MILP_FEASIBLE,   /* a solution, and a limit stopped the proof */
	SF_MILP_UNKNOWN,    /* a limit came before any solution; only the bound counts */
	SF_MILP_INFEASIBLE, /* proven */
};

struct sf_milp_result {
	enum sf_milp_status status;
	double value;      /* of the solution */
	double bound;      /* no solution is better */
	double *x;         /* sf_milp_cols() values, owned (free with sf_milp_result_finish) */
	double *dual;      /* sf_milp_rows() values; only with `relax` */
	uint32_t nodes;    /* explored */
	bool node_limited; /* the node limit stopped it */
	bool time_limited; /* the deadline stopped it: the result is not reproducible */
	bool broken; /* the solver broke down (sf_solver_trouble): as if a limit had come at once */
};

/*
 * Solves. `start` (sf_milp_cols() values, may be NULL) is a feasible solution to begin from; it is
 * checked, and a wrong one ignored. Running into a limit is a result, and so is a solver that breaks
 * down: the start, if any, and a bound that is plain.
 */
void sf_milp_solve(const struct sf_milp *milp, const struct sf_milp_limits *limits,
                   const double *start, struct sf_milp_result *out);

/*
 * Makes columns whole by diving: solves the relaxation, moves the fractional column of the list that
 * has least to go to the whole number next to it, and so on; where that leaves no solution, to the one
 * on the other side. out->x is then a solution of the relaxation with all of them whole
 * (status FEASIBLE); INFEASIBLE: none was found; UNKNOWN: the deadline came, or the solver broke
 * down. out->bound is that of the relaxation.
 */
void sf_milp_dive(const struct sf_milp *milp, const struct sf_milp_limits *limits, const int *col,
                  size_t n, struct sf_milp_result *out);

void sf_milp_result_finish(struct sf_milp_result *result);

/* Does x keep every row and bound (and integrality)? */
bool sf_milp_feasible(const struct sf_milp *milp, const double *x);

#endif
