/* apply_run: what the parts of a roll-out in progress share. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_KUBE_APPLY_RUN_H
#define SF_KUBE_APPLY_RUN_H

#include "apply_api.h"
#include "apply_log.h"
#include "apply_see.h"
#include "retry.h"

#include <slicefit/apply.h>
#include <slicefit/kube_lease.h>

#include <pthread.h>
#include <stdatomic.h>

/* A pod that could not be evicted yet. */
struct sf_apply_try {
	char uid[64];
	struct sf_retry retry;
	uint64_t due_ns;
};

struct sf_apply {
	struct sf_apply_options options;
	const struct sf_apply_plan *plan;
	struct sf_apply_api api;
	struct sf_kube_http *waiter;        /* never sends: what sf_apply_stop wakes */
	struct sf_lease *lease;             /* NULL: not needed, or not yet */
	char identity[SF_LEASE_HOLDER_MAX]; /* who holds the Lease then */
	pthread_mutex_t lock;               /* of what the lease's thread says */
	struct sf_error lease_err;          /* its last trouble */
	atomic_bool stopped;
	struct sf_apply_log *log; /* NULL: nothing is written */
	struct sf_apply_past past;
	struct sf_retry pace;    /* of looking again */
	uint64_t heard_ns;       /* when the API server answered last */
	struct sf_error silence; /* what came instead since then */
	size_t n_tries, cap_tries;
	struct sf_apply_try *try;
	uint32_t findings;
};

/* Says it, and notes it in the log with DOING. -1 and err: it could not be noted. */
int sf_apply_tell(struct sf_apply *apply, enum sf_apply_news news, const struct sf_apply_line *line,
                  struct sf_error *err);

/* Waits a while, longer each time until sf_apply_calm, but not beyond until_ns (0: no matter). -1 and
 * err: it is to stop, somebody else has the Lease, or the API server has been silent for too long. */
int sf_apply_pause(struct sf_apply *apply, uint64_t until_ns, struct sf_error *err);
void sf_apply_calm(struct sf_apply *apply);

/* May the next step be taken? -1 and err as above. */
int sf_apply_may_go(struct sf_apply *apply, struct sf_error *err);

/* An answer that will not change: 0; one that may: pauses, 1; it is to stop: -1. */
int sf_apply_heard(struct sf_apply *apply, const struct sf_apply_answer *answer,
                   struct sf_error *err);

/* Looks at a node until there is an answer; `pods`: at its pods, too. */
int sf_apply_look(struct sf_apply *apply, const struct sf_apply_node *node, bool pods,
                  struct sf_apply_seen_node *out, struct sf_error *err);

/* The same, once: what cannot be seen is said in the answer. */
struct sf_apply_answer sf_apply_look_once(struct sf_apply *apply, const struct sf_apply_node *node,
                                          bool pods, struct sf_apply_seen_node *out);

/* Compares the nodes of the waves that were not begun with what the roll-out assumes, and says what
 * is otherwise; asks the API server whether it would take the labels. -1: no answer. */
int sf_apply_check(struct sf_apply *apply, struct sf_error *err);

/* One wave to its end, either way. 0: done, or undone with roll_back. */
int sf_apply_wave(struct sf_apply *apply, size_t wave, struct sf_error *err);

/* One step on one node (apply_act.c). */
struct sf_apply_answer sf_apply_act(struct sf_apply *apply, size_t wave,
                                    const struct sf_apply_do *what,
                                    const struct sf_apply_seen_node *seen);

/* Says what every wave is like, and every node that is between two states (apply_state.c). */
void sf_apply_state(struct sf_apply *apply);

/* The ConfigMaps, the operator's object, and what follows from it (apply_operator.c). */
int sf_apply_objects(struct sf_apply *apply, struct sf_error *err);

#endif
