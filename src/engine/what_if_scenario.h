/* what_if_scenario: a scenario with another number of nodes or pods, for planning. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_WHAT_IF_SCENARIO_H
#define SF_WHAT_IF_SCENARIO_H

#include <slicefit/demand.h>
#include <slicefit/scenario.h>

/* The demand as workloads that ask for all of it at once, without times and events, each scaled by
 * 1 + percent / 100. Everything that the functions below change is a copy in `arena`. -1: no memory. */
int what_if_scenario(const struct sf_scenario *from, const struct sf_demand *demand,
                     uint32_t percent, struct sf_arena *arena, struct sf_scenario *out);

/* Takes node `index` of the pool away; its pods no longer run. -1: no memory. */
int what_if_remove(struct sf_scenario *scenario, size_t pool, uint32_t index,
                   struct sf_arena *arena);

/* One more node at the end of the pool. -1: no memory. */
int what_if_add(struct sf_scenario *scenario, size_t pool, struct sf_arena *arena);

/* Number of the pool's first node. */
uint32_t what_if_first(const struct sf_scenario *scenario, size_t pool);

#endif
