/* feature: which parts of a replay a scenario uses. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_FEATURE_H
#define SF_FEATURE_H

#include <slicefit/replay.h>

/* Bits of enum sf_replay_feature. */
unsigned sf_feature_find(const struct sf_scenario *scenario);

#endif
