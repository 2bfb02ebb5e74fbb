/* plan_tier: the steps of the objective as linear forms over node patterns. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_PLAN_TIER_H
#define SF_PLAN_TIER_H

#include "plan_fill.h"

#include <slicefit/plan.h>

/* Fills model->tier: the scenario's order or our own, without steps that are always 0. */
int plan_tiers_build(struct plan_model *model);

/* "served, priority 100", "drain cost", "drain cost + 0.2 GPUs rebuilt", ... */
void plan_tier_name(const struct plan_model *model, size_t tier, char name[SF_PLAN_TIER_NAME_MAX]);

/* Is the kind in the tier? */
static inline bool plan_tier_has(const struct plan_model *model, size_t tier,
                                 enum sf_plan_tier_kind kind)
{
	return model->tier[tier].weight[kind] != 0;
}

/* Served pods are maximised, everything else minimised. */
static inline bool plan_tier_is_max(const struct plan_model *model, size_t tier)
{
	return model->tier[tier].kind == SF_PLAN_UNMET;
}

/* What one pod of the demand adds to the tier. */
int64_t plan_tier_of_pod(const struct plan_model *model, size_t tier, size_t demand);

/* What one GPU in use, and one node, add in a mode of the class. */
int64_t plan_tier_of_gpu(const struct plan_model *model, size_t tier, const struct plan_mode *mode);
int64_t plan_tier_of_node(const struct plan_model *model, size_t tier,
                          const struct plan_mode *mode);

/* What a drained node adds that was in the KEEP mode. */
int64_t plan_tier_of_drain(const struct plan_model *model, size_t tier,
                           const struct plan_mode *mode);

/* What one node of the pattern adds. */
int64_t plan_tier_of_pattern(const struct plan_model *model, size_t tier,
                             const struct plan_pattern *pattern);

#endif
