/* plan_buy: nodes that are not there yet: what pools may buy, as pools of their own. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_PLAN_BUY_H
#define SF_PLAN_BUY_H

#include <slicefit/scenario.h>

struct sf_arena;

/*
 * The scenario with one more pool for each that may buy nodes: so many of the same hardware, whole and
 * empty, called POOL-new; their names are those that the
 * pool gives them, else POOL-new-0, ... They come last, so that all nodes keep their numbers. The scenario itself
 * when no pool may buy; NULL without memory.
 */
const struct sf_scenario *plan_buy_extend(const struct sf_scenario *scenario,
                                          struct sf_arena *arena);

#endif
