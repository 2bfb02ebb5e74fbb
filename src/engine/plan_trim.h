/* plan_trim: solutions that hold more pods than are wanted, and those with room left. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_PLAN_TRIM_H
#define SF_PLAN_TRIM_H

#include "plan_fill.h"

/* Takes away pods that nobody wants, and the GPUs that are then not needed. */
void plan_trim(const struct plan_model *model, struct plan_solution *solution);

/* Nodes that are in no pattern and need not be rebuilt are kept with the pods that run there; those
 * may then be more than are wanted. */
void plan_settle(const struct plan_model *model, struct plan_solution *solution);

#endif
