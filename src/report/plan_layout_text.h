/* plan_layout_text: layouts in few words: "2x whole, 1x 1g.10gb*7". */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_PLAN_LAYOUT_TEXT_H
#define SF_PLAN_LAYOUT_TEXT_H

#include <slicefit/plan_reason.h>

struct sf_str;

/* Nodes of one pool that look the same before and after: they are not always neighbours. */
struct sf_plan_group {
	uint32_t pool;
	uint32_t first; /* a node of it: index in plan->node */
	uint32_t n;
	uint32_t *member; /* numbers within the pool */
};

/* All nodes in groups, by pool and first node (malloc'ed; *n of them). With `reason` (of each node; may be
 * NULL) they are what they are for the same reason, too. */
struct sf_plan_group *sf_plan_groups(const struct sf_scenario *scenario, const struct sf_plan *plan,
                                     const struct sf_plan_reason *reason, size_t *n);
void sf_plan_groups_free(struct sf_plan_group *group, size_t n);

/* "a100-0", "a100-[0-3]", "a100-[0-1,3]"; with names of their own "gpu-a, gpu-b, gpu-c and 2 more" */
void sf_plan_group_name(const struct sf_scenario *scenario, const struct sf_plan_group *group,
                        struct sf_str *out);

/* One GPU: "whole", "shared by 4", "3g.40gb 2g.20gb*2", "dynamic". */
void sf_plan_gpu_text(const struct sf_gpu_spec *gpu, uint16_t replicas, bool dynamic,
                      struct sf_str *out);

/* The GPUs of a node, equal ones counted; the product is named when there are several. */
void sf_plan_layout_text(const struct sf_gpu_spec *gpu, uint8_t n, uint16_t replicas, bool dynamic,
                         struct sf_str *out);

#endif
