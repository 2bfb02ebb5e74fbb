/*
 * victims: which pods one node would have to lose so that a request fits, and what that costs, by
 * kube-scheduler's rules (reprieve.h; pkg/scheduler/framework/preemption/preemption.go,
 * pickOneNodeForPreemption).
 *
 * Tried are all pods of lower priority. Those come back first whose loss their disruption budget does
 * not allow, then the others, each from the most important (priority, then the earlier start) to the
 * least. Who did not come back is a victim. Members of a gang leave and come back together.
 */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_VICTIMS_H
#define SF_VICTIMS_H

#include "reprieve.h"

struct sf_replay;

/* What the loss of a node's victims costs. */
struct sf_victim_cost {
	bool possible;       /* the others mean nothing if not */
	bool budgeted;       /* depends on a disruption budget */
	uint32_t violations; /* victims that their budget does not allow */
	int32_t highest;     /* priority of the most important victim */
	uint32_t pods;       /* victims, with the members of their gangs on other nodes */
	int64_t priorities;  /* their sum, each raised by 2^31 */
	int64_t start_us;    /* the earliest start of those of the highest priority */
};

/* < 0 when `a` is to be preferred: possible, then fewest violations, the lowest highest priority,
 * the smallest sum of priorities, fewest pods, the latest start. */
int sf_victim_compare(const struct sf_victim_cost *a, const struct sf_victim_cost *b);

/* A search on one node after another. Zero-initialise. */
struct sf_victims {
	size_t n, cap; /* the victims of the latest search on this node, most important first */
	uint32_t *pod;
	uint32_t violations; /* as in its cost */
	size_t n_lower, cap_lower;
	struct sf_victim *lower;  /* all pods of lower priority there, in that order */
	struct sf_reprieve trial; /* its pods are those, too */
};

void sf_victims_finish(struct sf_victims *victims);

/* The pods of lower priority than `workload`'s that must leave `node` for a pod of it to fit, and
 * what that costs. The cluster is the same afterwards; nobody is told of the trial. */
struct sf_victim_cost sf_victims_find(struct sf_victims *victims, struct sf_replay *r,
                                      uint32_t node, uint32_t workload);

/* How many more pods of a workload may lose their place: the most that may be without one, less
 * those that are (in the queue, or not yet back in it). */
int64_t sf_victims_allowed(const struct sf_replay *r, uint32_t workload);

#endif
