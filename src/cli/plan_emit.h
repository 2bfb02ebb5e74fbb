/* plan_emit: `slicefit plan --emit DIR`. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_CLI_PLAN_EMIT_H
#define SF_CLI_PLAN_EMIT_H

#include <slicefit/rollout.h>

/* Works the roll-out out and writes everything to `dir`. */
int sf_plan_emit(const struct sf_scenario *scenario, const struct sf_plan *plan,
                 const struct sf_rollout_options *options, const char *dir, struct sf_error *err);

#endif
