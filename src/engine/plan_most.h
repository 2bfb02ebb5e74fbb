/* plan_most: how many devices and pods a node has room for at most. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_PLAN_MOST_H
#define SF_PLAN_MOST_H

#include "plan_model.h"

/* Devices of a role that serve the want. */
uint32_t plan_role_supply(const struct plan_class *class, const struct plan_mode *mode,
                          const struct plan_role *role, const struct plan_demand *demand,
                          const struct plan_want *want);

/* An upper bound on the devices for the want on one node in the mode. */
uint64_t plan_most_supply(const struct plan_class *class, const struct plan_mode *mode,
                          const struct plan_demand *demand, const struct plan_want *want);

/* No more pods of the demand than this fit on one node in the mode, whose roles are known. */
uint32_t plan_most_pods(const struct plan_model *model, const struct plan_class *class,
                        const struct plan_mode *mode, const struct plan_demand *demand);

#endif
