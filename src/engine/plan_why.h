/* plan_why: what keeps a plan from serving the rest of a workload. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_PLAN_WHY_H
#define SF_PLAN_WHY_H

#include "plan_fill.h"

struct sf_arena;

/* One line, in `arena`; `unserved` > 0 pods of the demand are not in the solution. */
const char *plan_why(const struct plan_model *model, const struct plan_solution *solution,
                     uint32_t demand, uint32_t unserved, struct sf_arena *arena);

#endif
