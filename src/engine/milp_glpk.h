/* milp_glpk: GLPK behind milp.h: loading a program, and coming back when GLPK breaks down. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_MILP_GLPK_H
#define SF_MILP_GLPK_H

#include "milp_impl.h"

#include <slicefit/str.h>

#include <glpk.h>
#include <setjmp.h>

/*
 * One call of GLPK. It prints errors to stdout and aborts: our hooks keep stdout clean and jump back
 * to `broken`, after which only glp_free_env may be called. Its state is per thread. What a call holds
 * lives here, so that it is released after a jump, too.
 */
struct milp_call {
	const struct sf_milp *milp;
	struct entry *entry; /* merged */
	size_t n_entries;
	double *cost; /* of every column */
	int *ia, *ja;
	double *ar;
	struct sf_str said; /* what GLPK printed, for the error text */
	jmp_buf broken;
};

void milp_call_begin(struct milp_call *call, const struct sf_milp *milp);

/* To be called right after setjmp(call->broken) returned 0. */
void milp_call_hook(struct milp_call *call);

/* After a jump: what happened. */
int milp_call_fail(struct milp_call *call, struct sf_error *err);

/* Frees GLPK's memory of this thread, problems included, and the call's own. */
void milp_call_end(struct milp_call *call);

glp_prob *milp_load(struct milp_call *call);

/* Bounds as GLPK wants them. */
int milp_bound_kind(double lo, double hi);

/* Milliseconds until the deadline; INT_MAX without one. */
int milp_time_left(uint64_t deadline_ns);

#endif
