/* node_pick: which nodes an event of a scenario is about. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_NODE_PICK_H
#define SF_NODE_PICK_H

#include <slicefit/scenario.h>

/* Zero-initialise. */
struct sf_node_set {
	uint32_t *node;
	size_t n, cap;
};

void sf_node_set_finish(struct sf_node_set *set);

/*
 * The nodes of event number `event` that are in the cluster now and not removed, in their order,
 * each once. Lots are drawn from a stream of the seed that belongs to the event, so that they are
 * the same under every policy.
 */
void sf_node_pick(const struct sf_scenario *scenario, const struct sf_cluster *cluster,
                  uint32_t event, uint64_t seed, struct sf_node_set *out);

#endif
