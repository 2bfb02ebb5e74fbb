/* milp_glpk: GLPK behind milp.h, in the solver's process: loading a program, and what GLPK says. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_MILP_GLPK_H
#define SF_MILP_GLPK_H

#include "milp_impl.h"

#include <glpk.h>

/*
 * One call of GLPK. It prints to stdout, and aborts on its own errors: our hooks keep what it said, and
 * give the call up with that (sf_child_give_up).
 */
struct milp_call {
	const struct sf_milp *milp;
	struct entry *entry; /* merged */
	size_t n_entries;
	double *cost; /* of every column */
	int *ia, *ja;
	double *ar;
	char said[160]; /* the first line that GLPK printed, as far as it fits */
};

void milp_call_begin(struct milp_call *call, const struct milp_job *job);

/* Frees all memory of GLPK's, problems included, and the call's own. */
void milp_call_end(struct milp_call *call);

glp_prob *milp_load(struct milp_call *call);

/* Bounds as GLPK wants them. */
int milp_bound_kind(double lo, double hi);

/* Milliseconds until the deadline; INT_MAX without one. */
int milp_time_left(uint64_t deadline_ns);

#endif
