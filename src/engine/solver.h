/* solver: the process in which programs are solved, so that GLPK can neither end nor stop a plan. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_SOLVER_H
#define SF_SOLVER_H

#include <stdint.h>

struct sf_solver;

struct sf_solver_options {
	uint32_t memory_mib; /* most for one program; 0: 2048 */
	uint32_t grace_ms;   /* so long after its deadline a program is given up; 0: 2000 */

	/* Runs in the process before each program, `call` counting from 0; NULL: nothing. */
	void (*before)(void *ctx, uint64_t call);
	void *ctx;
};

/* `options` may be NULL. The first program starts the process, which ends with the thread that asks. */
struct sf_solver *sf_solver_create(const struct sf_solver_options *options);
void sf_solver_destroy(struct sf_solver *solver);

/* Programs that it was asked to solve. */
uint64_t sf_solver_calls(const struct sf_solver *solver);

/* How it broke down the first time, and how often it did; NULL: it did not. Borrowed, until the next
 * program. */
const char *sf_solver_trouble(const struct sf_solver *solver);

#endif
