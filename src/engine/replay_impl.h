/*
 * replay_impl: what the files of the replay share: its state, and the steps in the life of a pod.
 *
 *   replay.c      the event loop
 *   replay_pod.c  arrive, place, depart, evict, give up
 *   replay_try.c  the waiting pods are tried
 *   replay_running.c pods that run already
 *   gang.c        all members of a gang are, or none
 *   replay_node.c what happens to nodes
 *   replay_series.c rows over time
 *   replay_pace.c how fast pods run that share a device
 *   quota.c       who may wait for a place
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
#include "replay_node.h"
#include "replay_pace.h"
#include "replay_series.h"
#include "residents.h"
#include "waits.h"

enum sf_replay_state {
	SF_REPLAY_COMING,
	SF_REPLAY_HELD,    /* by the quota of its namespace, see quota.h */
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
	uint32_t cluster_pod; /* while HELD, WAITING or PLACED */
	int64_t until_us; /* PLACED: departs; WAITING, HELD: gives up. An event of another time is out
	                         of date, see sf_replay_is_due */
	int64_t start_us; /* PLACED: since when */
	int64_t done_us;  /* of its duration, kept from earlier runs */
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
	struct sf_preempt *preempt;   /* NULL: nobody preempts */
	struct sf_quota *quota;       /* NULL: no limits */
	struct sf_gang_trial *trial;  /* NULL: no gangs; as the next two */
	uint32_t *leader;             /* per pod, the first of its gang */
	uint32_t *displaced;          /* per workload, pods that the trial has taken off */
	uint64_t eased;               /* sf_cluster_rules_eased when the queue was tried last */
	uint32_t n_ending;            /* placed pods that will depart */
	struct sf_timeline *timeline; /* NULL: nothing happens to nodes */
	struct sf_pace *pace;         /* per pod; NULL: nobody slows another down */
	struct sf_stretch stretch;    /* with pace: of the pods that departed */
	int64_t series_next_us;       /* of the next row, with a step */
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

/* The pods that wait, run and lose their places together: first..end - 1. A pod outside of gangs is
 * alone. */
struct sf_replay_gang {
	uint32_t first, end;
};

static inline struct sf_replay_gang sf_replay_gang(const struct sf_replay *r, uint32_t pod)
{
	uint32_t size = r->leader ? sf_replay_workload(r, pod)->gang : 0;
	uint32_t first = size > 0 ? r->leader[pod] : pod;
	return (struct sf_replay_gang){first, first + (size > 0 ? size : 1)};
}

/* A place that a pod lost. */
struct sf_replay_loss {
	uint32_t pod;
	uint32_t node;
	int64_t milli; /* GPU capacity that it held */
};

/* Is this event about the pod as it is now? A departure is not once its pod was evicted, a deadline
 * not once its pod was placed. Events that are not due are no events: time does not stop at them. */
bool sf_replay_is_due(const struct sf_replay *r, const struct sf_event *event);

/* Before the first event: the pods that run already are where they run, and cordoned nodes are closed.
 * Needs all that the replay uses. */
int sf_replay_begin_running(struct sf_replay *r, struct sf_error *err);

/* The pod comes, and waits or (its request fits on no node even if it were empty) is rejected. A
 * gang waits once all of it is there. */
void sf_replay_arrive(struct sf_replay *r, uint32_t pod);

/* A waiting pod outside of gangs gets the place, which is free. */
int sf_replay_place(struct sf_replay *r, uint32_t pod, const struct sf_candidate *place,
                    struct sf_error *err);

/* A placed pod has done its work. */
int sf_replay_depart(struct sf_replay *r, uint32_t pod, struct sf_error *err);

/* A placed pod loses its place, and with it all of its gang; they wait again, in their old turn.
 * Work that no checkpoint kept is lost and counted under `cause`. The caller sees to it that the
 * queue is tried afterwards. Who goes through the residents of a node starts again from the first,
 * since several may have left. */
int sf_replay_evict(struct sf_replay *r, uint32_t pod, enum sf_evict_cause cause,
                    struct sf_error *err);

/* A waiting or held pod, and with it its gang, gives up. */
void sf_replay_expire(struct sf_replay *r, uint32_t pod);

/*
 * Parts of these steps, for who has changed the cluster already (a trial that went well):
 *   settle  the books of a pod that was placed; it is out of the queue
 *   start   the same for a pod that has not waited
 *   lose    the books of a pod that was released
 *   wait    the pod, which stands for those of its gang that wait, goes into the queue
 */
void sf_replay_settle(struct sf_replay *r, uint32_t pod, const struct sf_candidate *place);
void sf_replay_start(struct sf_replay *r, uint32_t pod, const struct sf_candidate *place);
void sf_replay_lose(struct sf_replay *r, const struct sf_replay_loss *loss,
                    enum sf_evict_cause cause);
void sf_replay_wait(struct sf_replay *r, uint32_t pod);

/* The policy's place for a pod of the workload; counts the decision. */
bool sf_replay_choose(struct sf_replay *r, uint32_t workload, struct sf_candidate *best);

/* Tries the waiting pods in the queue's order; those that find no place may preempt. */
int sf_replay_try(struct sf_replay *r, struct sf_error *err);

#endif
