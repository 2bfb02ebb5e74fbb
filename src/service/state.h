/* state: the live cluster and its verdicts behind one lock. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_STATE_H
#define SF_STATE_H

#include "budgets.h"
#include "holders.h"
#include "live.h"
#include "recent.h"
#include "recorder.h"

#include <slicefit/kube_wish.h>
#include <slicefit/serve_config.h>
#include <slicefit/target.h>
#include <slicefit/verdicts.h>

#include <pthread.h>

/* Take the lock to look or to change; hold it for memory only: no I/O, no parsing, no writing. */
struct sf_state {
	pthread_mutex_t lock;
	struct sf_live *live;
	struct sf_verdict_cache *verdicts;
	struct sf_evictor *evictor; /* tells it where eviction helps ... */
	struct sf_holders holders;  /* of the node at hand */
	struct sf_budgets budgets;  /* empty as long as they are not known */
	struct sf_recent recent;
	struct sf_kube_wish_rules wishes; /* how pods are read; does not change */
	struct sf_recorder *recorder;     /* NULL: nothing is recorded; borrowed */
	struct sf_serve_config
		*recorded;       /* the configuration that the record knows; held, or NULL */
	struct sf_target target; /* typical pods of those that run */
	uint32_t target_pods;    /* running when it was made */
	uint64_t target_version; /* of live then */
};

/* Takes `live` over. */
void sf_state_init(struct sf_state *state, struct sf_live *live);
void sf_state_finish(struct sf_state *state);

/* Replaces the cluster; takes it over. `start` is the line of the record that says so; NULL: nothing is
 * recorded. */
void sf_state_swap(struct sf_state *state, struct sf_live *live,
                   const struct sf_record_line *start);

void sf_state_lock(struct sf_state *state);
/* Also looks whether the typical pods are still typical, and whether there is much left of nodes that are gone:
 * both hang on what changed, not on what was asked, so that a record gives the same answers again. */
void sf_state_unlock(struct sf_state *state);

/* With the lock held: a decision by this configuration gets its place in the record. */
void sf_state_record(struct sf_state *state, struct sf_serve_config *config,
                     struct sf_record_slot *slot);

/* With the lock held: gives back the promises that are over; see sf_live_expire. */
void sf_state_expire(struct sf_state *state, uint64_t heard_ns);

/* With the lock held: what the nodes say, with typical pods that are not far behind. Valid until the
 * lock is given back. */
struct sf_verdicts sf_state_judge(struct sf_state *state, const struct sf_question *question,
                                  bool scores);

#endif
