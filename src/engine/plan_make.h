/* plan_make: sf_plan_create with a solver of the caller's. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_PLAN_MAKE_H
#define SF_PLAN_MAKE_H

#include <slicefit/plan.h>

struct sf_solver;

struct sf_plan *plan_make(const struct sf_scenario *scenario, const struct sf_plan_options *options,
                          struct sf_solver *solver, struct sf_error *err);

#endif
