/* plan_repack: a better packing of the pods that share GPUs in a plan. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_PLAN_REPACK_H
#define SF_PLAN_REPACK_H

#include "plan_solver.h"

/*
 * For each packed mode of each class: packs the pods of the best solution on nodes that hold nothing but
 * pods of known sizes anew, GPU by GPU (pack.h), as they are and with those that are not served, gives
 * the GPUs to nodes, and offers the outcome. Column generation chooses whole nodes, of which there are
 * many more kinds; what is lost to that comes back here.
 */
void plan_repack(struct plan_solver *s);

#endif
