/* solver_impl: how milp asks a solver. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_SOLVER_IMPL_H
#define SF_SOLVER_IMPL_H

#include "milp_impl.h"
#include "solver.h"

/* Has the job done in the process, on the result that was begun; where that fails the result is what
 * was noted last, else stays as it is, `broken`, and what happened is kept. */
void solver_ask(struct sf_solver *solver, const struct milp_job *job, struct sf_milp_result *out);

/* In the process: the result so far counts if none follows. */
void solver_note(const struct milp_job *job, const struct sf_milp_result *result);

#endif
