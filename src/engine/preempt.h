/*
 * preempt: the node whose pods a more important pod may push aside at the least cost (victims.h).
 *
 * Other than kube-scheduler, which looks at a tenth of the nodes (at least 100) from a random one
 * on, this looks at all nodes; among equals the one with the lowest number is chosen.
 */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_PREEMPT_H
#define SF_PREEMPT_H

#include "victims.h"

struct sf_preempt;

/* Watches r->cluster; destroy before it. NULL when the cluster takes no more observers. */
struct sf_preempt *sf_preempt_create(struct sf_replay *r);
void sf_preempt_destroy(struct sf_preempt *preempt);

/* The best node for a pod of the workload that fits nowhere as it is, and its victims (until the
 * next call); false when no node would do. */
bool sf_preempt_choose(struct sf_preempt *preempt, uint32_t workload, uint32_t *node,
                       const struct sf_victims **victims);

#endif
