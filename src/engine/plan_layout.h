/* plan_layout: from node patterns to the layout of every node. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_PLAN_LAYOUT_H
#define SF_PLAN_LAYOUT_H

#include "plan_fill.h"

#include <slicefit/plan.h>

/* Fills plan->node, plan->after and the counts of changes. */
int plan_layout_build(const struct plan_model *model, const struct plan_solution *solution,
                      struct sf_plan *plan, struct sf_error *err);

#endif
