/* state: the cluster that requests are judged against, as an immutable, counted snapshot. */
// SPDX-License-Identifier: Apache-2.0
#include "state.h"

#include <slicefit/alloc.h>
#include <slicefit/cluster.h>

#include <stdlib.h>

static struct sf_snapshot *create_snapshot(struct sf_cluster *cluster)
{
	struct sf_snapshot *snapshot = sf_xcalloc(1, sizeof(*snapshot));
	atomic_init(&snapshot->refs, 1);
	snapshot->cluster = cluster;
	sf_verdict_cache_init(&snapshot->verdicts);
	snapshot->nodes = sf_cluster_nodes(cluster);
	for (uint32_t i = 0; i < sf_cluster_pods(cluster); i++) {
		sf_target_add(&snapshot->target, &sf_cluster_pod(cluster, i)->request, 1, NULL);
	}
	sf_target_close(&snapshot->target);
	for (uint32_t i = 0; i < snapshot->nodes; i++) {
		snapshot->gpus += sf_cluster_node(cluster, i)->n_gpus;
	}
	return snapshot;
}

void sf_state_init(struct sf_state *state, struct sf_cluster *cluster)
{
	pthread_mutex_init(&state->lock, NULL);
	state->now = create_snapshot(cluster);
}

void sf_state_finish(struct sf_state *state)
{
	sf_snapshot_release(state->now);
	pthread_mutex_destroy(&state->lock);
}

struct sf_snapshot *sf_state_acquire(struct sf_state *state)
{
	pthread_mutex_lock(&state->lock);
	struct sf_snapshot *snapshot = state->now;
	atomic_fetch_add(&snapshot->refs, 1);
	pthread_mutex_unlock(&state->lock);
	return snapshot;
}

void sf_snapshot_release(struct sf_snapshot *snapshot)
{
	if (atomic_fetch_sub(&snapshot->refs, 1) == 1) {
		sf_target_finish(&snapshot->target);
		sf_verdict_cache_finish(&snapshot->verdicts);
		sf_cluster_destroy(snapshot->cluster);
		free(snapshot);
	}
}

void sf_state_swap(struct sf_state *state, struct sf_cluster *cluster)
{
	struct sf_snapshot *fresh = create_snapshot(cluster);
	pthread_mutex_lock(&state->lock);
	struct sf_snapshot *old = state->now;
	state->now = fresh;
	pthread_mutex_unlock(&state->lock);
	sf_snapshot_release(old);
}
