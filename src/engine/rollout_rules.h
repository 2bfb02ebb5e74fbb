/* rollout_rules: where evicted pods may run: taints, selectors and affinity, and who keeps apart on a
 * node. How pods spread is left to the scheduler. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_ROLLOUT_RULES_H
#define SF_ROLLOUT_RULES_H

#include <slicefit/scenario.h>

struct rollout_rules {
	const struct sf_scenario *scenario;
	bool *anywhere;   /* per workload: no rule and no taint concerns it */
	size_t n;         /* workloads that keep apart from some other, or from themselves */
	uint32_t *number; /* per workload: its number among these, or UINT32_MAX */
	bool *clash;      /* n * n: they share no node */
	uint32_t *pods;   /* per node and number: pods on it */
};

void rollout_rules_init(struct rollout_rules *rules, const struct sf_scenario *scenario,
                        size_t n_nodes);
void rollout_rules_finish(struct rollout_rules *rules);

/* May a pod of the workload be placed on the node, with the pods that are there? */
bool rollout_rules_allow(const struct rollout_rules *rules, uint32_t workload, uint32_t node);

/* So many more of its pods are on the node (-1: one fewer). */
void rollout_rules_count(struct rollout_rules *rules, uint32_t workload, uint32_t node, int pods);

#endif
