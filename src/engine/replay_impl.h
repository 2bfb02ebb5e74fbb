/*
 * replay_impl: what the files of the replay share: its state, and the steps in the life of a pod.
 *
 *   replay.c      the event loop
 *   replay_pod.c  arrive, place, depart, evict, give up
 *   replay_try.c  the waiting pods are tried
 *
 * Only these steps change a pod's state, its counts and its place in the queue, so that whoever
 * moves pods (departures, preemption, nodes that fail) leaves the same books behind.
 */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_REPLAY_IMPL_H
#define SF_REPLAY_IMPL_H

#include <slicefit/replay.h>
#include <slicefit/target.h>

#include "arrivals.h"
#include "events.h"
#include "metrics.h"
#include "queue.h"
#include "residents.h"
#include "waits.h"

enum sf_replay_state {
	SF_REPLAY_COMING,
	SF_REPLAY_WAITING, /* in the queue */
	SF_REPLAY_PLACED,
	SF_REPLAY_GONE,
	SF_REPLAY_REJECTED,
};

/* Does a workload's request fit on some empty node? */
enum sf_replay_ever { SF_EVER_UNKNOWN, SF_EVER_YES, SF_EVER_NO };

struct sf_replay_pod {
	uint8_t state; /* enum sf_replay_state */
	bool was_placed;
	bool misplaced;       /* where it is now; as the next */
	bool unchecked;       /* its GPU memory was not looked at */
	uint32_t cluster_pod; /* while WAITING or PLACED */
	int64_t until_us;     /* PLACED: departs; WAITING: gives up. An event of another time is out
	                         of date, see sf_replay_is_due */
	int64_t start_us;     /* PLACED: since when */
	int64_t done_us;      /* of its duration, kept from earlier runs */
};

struct sf_replay {
	const struct sf_scenario *scenario;
	const struct sf_policy *policy;
	struct sf_cluster *cluster;
	struct sf_target target; /* typical pods of the workloads */
	struct sf_placer *placer;
	struct sf_metrics *metrics;
	struct sf_queue *queue;
	struct sf_events events; /* all but arrivals */
	uint32_t n_pods;
	uint32_t n_arrived;
	struct sf_arrival *arrival; /* per pod, by time */
	struct sf_replay_pod *pod;
	struct sf_request *request; /* per workload, as the next two */
	enum sf_replay_ever *ever;
	struct sf_waits *waits;
	struct sf_waits all_waits;
	bool has_residents; /* is the next kept? */
	struct sf_residents residents;
	struct sf_preempt *preempt; /* NULL: nobody preempts */
	int64_t now_us;
	int64_t horizon_us;                  /* SF_TIME_MAX: none */
	const struct sf_replay_watch *watch; /* may be NULL */
	struct sf_replay_result out;
};

/* A replay before its first event; -1 and err when it cannot be. Close it in any case. */
int sf_replay_open(struct sf_replay *r, const struct sf_scenario *scenario,
                   const struct sf_policy *policy, uint64_t seed, struct sf_error *err);
void sf_replay_close(struct sf_replay *r);

/* The next moment: all events of it up to the tries of the queue, or one that comes after these. 1;
 * 0 when there is none up to the horizon; -1 and err. */
int sf_replay_step(struct sf_replay *r, struct sf_error *err);

/* The workload of a pod. */
static inline const struct sf_workload *sf_replay_workload(const struct sf_replay *r, uint32_t pod)
{
	return &r->scenario->workload[r->arrival[pod].workload];
}

/* The gang's first pod, which stands for it; a pod outside of gangs stands for itself. */
static inline uint32_t sf_replay_leader(const struct sf_replay *r, uint32_t pod)
{
	(void)r;
	return pod;
}

/* Pods of its gang; 1 outside of gangs. */
static inline uint32_t sf_replay_gang_size(const struct sf_replay *r, uint32_t pod)
{
	(void)r;
	(void)pod;
	return 1;
}

/* Is this event about the pod as it is now? A departure is not once its pod was evicted, a deadline
 * not once its pod was placed. Events that are not due are no events: time does not stop at them. */
bool sf_replay_is_due(const struct sf_replay *r, const struct sf_event *event);

/* The pod comes, and waits or (its request fits on no node even if it were empty) is rejected. */
void sf_replay_arrive(struct sf_replay *r, uint32_t pod);

/* A waiting pod gets the place, which is free. */
int sf_replay_place(struct sf_replay *r, uint32_t pod, const struct sf_candidate *place,
                    struct sf_error *err);

/* A placed pod has done its work. */
int sf_replay_depart(struct sf_replay *r, uint32_t pod, struct sf_error *err);

/* A placed pod loses its place and waits again, in its old turn; work that no checkpoint kept is
 * lost and counted under `cause`. The caller sees to it that the queue is tried afterwards. */
int sf_replay_evict(struct sf_replay *r, uint32_t pod, enum sf_evict_cause cause,
                    struct sf_error *err);

/* A waiting pod gives up. */
void sf_replay_expire(struct sf_replay *r, uint32_t pod);

/* Tries the waiting pods in the queue's order; those that find no place may preempt. */
int sf_replay_try(struct sf_replay *r, struct sf_error *err);

#endif
