/* state: the cluster that requests are judged against, as an immutable, counted snapshot. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_STATE_H
#define SF_STATE_H

#include "verdicts.h"

#include <slicefit/target.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

struct sf_cluster;

/* Nobody changes the cluster any more, so readers need no lock, and verdicts stay right. */
struct sf_snapshot {
	atomic_uint refs;
	struct sf_cluster *cluster;
	struct sf_target target; /* typical pods of those that run */
	struct sf_verdict_cache verdicts;
	uint32_t nodes;
	uint64_t gpus;
};

struct sf_state {
	pthread_mutex_t lock; /* held for a pointer's read or write only */
	struct sf_snapshot *now;
};

/* Takes the cluster over. */
void sf_state_init(struct sf_state *state, struct sf_cluster *cluster);
void sf_state_finish(struct sf_state *state);

/* The present snapshot; release it when the answer is written. */
struct sf_snapshot *sf_state_acquire(struct sf_state *state);
void sf_snapshot_release(struct sf_snapshot *snapshot);

/* Replaces the snapshot; takes the cluster over. */
void sf_state_swap(struct sf_state *state, struct sf_cluster *cluster);

#endif
