/* solver_impl: how milp asks a solver. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_SOLVER_IMPL_H
#define SF_SOLVER_IMPL_H

#include "milp_impl.h"
#include "solver.h"

/* Has the job done in the process, on the result that was begun; where that fails the result stays as
 * it is, `broken`, and what happened is noted. */
void solver_ask(struct sf_solver *solver, const struct milp_job *job, struct sf_milp_result *out);

#endif
