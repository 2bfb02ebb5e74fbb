/* arrivals: the pods of a scenario with their times, the same for every policy. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_ARRIVALS_H
#define SF_ARRIVALS_H

#include <slicefit/scenario.h>

/* Most pods of one replay. */
enum { SF_REPLAY_PODS_MAX = 20000000 };

enum { SF_DURATION_NONE = -1 };

struct sf_arrival {
	int64_t time_us;
	int64_t duration_us; /* SF_DURATION_NONE: stays */
	uint32_t workload;
};

/*
 * All pods ordered by time, then workload, then number within the workload (malloc'ed; *n of them);
 * those of a trace come after the others, in its order. Before them all, at time 0, are the pods that
 * run already, by workload and then by node.
 * Each workload draws arrivals and durations from streams of its own, so that a change of one
 * workload does not move the others. The members of a gang have one arrival and one duration and
 * stand side by side. NULL and err when there are too many.
 */
struct sf_arrival *sf_arrivals_create(const struct sf_scenario *scenario, uint64_t seed,
                                      uint32_t *n, struct sf_error *err);

#endif
