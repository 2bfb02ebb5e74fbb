/* plan_alike: which nodes are the same to the planner. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_PLAN_ALIKE_H
#define SF_PLAN_ALIKE_H

#include <slicefit/node.h>
#include <slicefit/scenario.h>

/* Are two GPUs of one product and cut alike? */
bool plan_same_gpu(const struct sf_gpu_spec *a, const struct sf_gpu_spec *b);

/* Do two nodes of the same products look the same today? */
bool plan_same_looks(const struct sf_node_spec *a, const struct sf_node_spec *b);

/* Are nodes of the pools the same hardware under the same constraints, so that whatever one can be
 * turned into, so can the other? Who may run there is another matter. */
bool plan_same_class(const struct sf_pool *a, const struct sf_pool *b);

#endif
