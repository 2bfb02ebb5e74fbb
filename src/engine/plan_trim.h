/* plan_trim: solutions that hold more pods than are wanted, and those with room left. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_PLAN_TRIM_H
#define SF_PLAN_TRIM_H

#include "plan_fill.h"

/* Takes away pods that nobody wants, and the GPUs that are then not needed. */
void plan_trim(const struct plan_model *model, struct plan_solution *solution);

/* Fills the nodes that the solution leaves empty with what it does not serve. `fill` is as it
 * begins: everything wanted, every node empty. */
void plan_fill_rest(struct plan_fill *fill, struct plan_solution *solution);

#endif
