/* plan_usage: how many GPUs a plan needs and leaves free, by product, and what they cost. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_PLAN_USAGE_H
#define SF_PLAN_USAGE_H

#include "plan_fill.h"

#include <slicefit/plan.h>

/* Fills what struct sf_plan says of GPUs in use, products and cost, from the solutions and the nodes, which
 * are laid out already. -1 without memory. */
int plan_usage_fill(const struct plan_model *model, const struct plan_solution *before,
                    const struct plan_solution *after, struct sf_plan *plan);

#endif
