/* state: the live cluster and its verdicts behind one lock. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_STATE_H
#define SF_STATE_H

#include "holders.h"
#include "live.h"
#include "recent.h"

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
	struct sf_recent recent;
	struct sf_target target; /* typical pods of those that run */
	uint32_t target_pods;    /* running when it was made */
	uint64_t target_version; /* of live then */
};

/* Takes `live` over. */
void sf_state_init(struct sf_state *state, struct sf_live *live);
void sf_state_finish(struct sf_state *state);

/* Replaces the cluster; takes it over. */
void sf_state_swap(struct sf_state *state, struct sf_live *live);

void sf_state_lock(struct sf_state *state);
void sf_state_unlock(struct sf_state *state);

/* With the lock held: what the nodes say, with typical pods that are not far behind. Valid until the
 * lock is given back. */
struct sf_verdicts sf_state_judge(struct sf_state *state, const struct sf_question *question,
                                  bool scores);

#endif
