/* node_kinds: all nodes that a scenario will ever have, as one example of each kind. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_NODE_KINDS_H
#define SF_NODE_KINDS_H

#include <slicefit/filter.h>
#include <slicefit/scenario.h>

struct sf_node_kinds;

/* One kind per pool, and one per repartition as it leaves a node of its pool. NULL and err when
 * there cannot be such a node. */
struct sf_node_kinds *sf_node_kinds_create(const struct sf_scenario *scenario,
                                           struct sf_error *err);
void sf_node_kinds_destroy(struct sf_node_kinds *kinds);

/* Could a pod of the workload (of a gang: all pods at once) be placed if all nodes of some time were
 * empty? For a gang this counts every node that was ever there, in its best layout: it may be too
 * hopeful, but never refuses what can be. */
bool sf_node_kinds_fit(const struct sf_node_kinds *kinds, uint32_t workload, enum sf_view view);

#endif
