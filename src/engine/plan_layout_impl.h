/* plan_layout_impl: what the files behind plan_layout.h share. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_PLAN_LAYOUT_IMPL_H
#define SF_PLAN_LAYOUT_IMPL_H

#include "plan_layout.h"

#include <slicefit/plan.h>

/* plan_layout_node.c: the node of the KEEP mode `today` as it is. */
void plan_layout_start(const struct plan_mode *today, struct sf_node_plan *node);

/* The node of the KEEP mode `today` rebuilt as the pattern says, as little changed as can be. */
void plan_layout_rebuild(const struct plan_class *class, const struct plan_mode *today,
                         const struct plan_pattern *pattern, struct sf_node_plan *node);

/* plan_layout_after.c: fills plan->after, the scenario with the planned nodes, which keep their order
 * and numbers; -1 without memory. */
int plan_layout_after(const struct sf_scenario *scenario, struct sf_plan *plan);

#endif
