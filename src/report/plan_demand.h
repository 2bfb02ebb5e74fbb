/* plan_demand: the demand that a plan was made for, in words and as JSON. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_PLAN_DEMAND_H
#define SF_PLAN_DEMAND_H

#include <slicefit/demand.h>

struct sf_json;
struct sf_str;

/* "Demand: 44 pods at once, ..." */
void plan_demand_text(const struct sf_demand *demand, uint32_t wanted, struct sf_str *out);

/* demand_basis and what goes with it. */
void plan_demand_json(const struct sf_demand *demand, struct sf_json *json);

#endif
