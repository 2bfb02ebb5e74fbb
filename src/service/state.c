/* state: the live cluster and its verdicts behind one lock. */
// SPDX-License-Identifier: Apache-2.0
#include "state.h"

#include <slicefit/cluster.h>
#include <slicefit/str.h>

#include <assert.h>

/* The typical pods are gathered anew after so many changes, and one in eight of the pods. */
enum { TARGET_CHANGES = 64, TARGET_SHARE = 8 };

static void set_target(struct sf_state *state)
{
	const struct sf_cluster *cluster = sf_live_cluster(state->live);
	struct sf_target old = state->target;
	state->target = (struct sf_target){0};
	state->target_version = sf_live_version(state->live);
	state->target_pods = 0;
	for (uint32_t i = 0; i < sf_cluster_pods(cluster); i++) {
		const struct sf_pod *pod = sf_cluster_pod(cluster, i);
		if (pod->state == SF_POD_PLACED || pod->state == SF_POD_RESERVED) {
			sf_target_add(&state->target, &pod->request, 1, NULL);
			state->target_pods++;
		}
	}
	sf_target_close(&state->target);
	sf_verdict_cache_set_target(state->verdicts, &state->target);
	sf_target_finish(&old);
}

/* Nodes without pods in the way need no trial: nobody can be evicted. */
static int64_t above(void *ctx, uint32_t node, const struct sf_question *question)
{
	struct sf_state *state = ctx;
	struct sf_evict_ask ask = {
		.request = &question->request,
		.view = question->policy->view,
	};
	sf_holders_list(state->live, node, &state->holders);
	if (state->holders.n == 0) {
		return SF_EVICT_NEVER;
	}
	return sf_evict_above(state->evictor, sf_live_cluster(state->live), node, &ask,
	                      state->holders.pod, state->holders.n);
}

/* Asks the nodes of the cluster, of which nothing was known before. */
static void watch_cluster(struct sf_state *state)
{
	state->verdicts = sf_verdict_cache_create(sf_live_cluster(state->live));
	assert(state->verdicts != NULL);
	sf_verdict_cache_set_above(state->verdicts, above, state);
	set_target(state);
}

/* Takes the cluster over. */
static void set_live(struct sf_state *state, struct sf_live *live)
{
	state->live = live;
	watch_cluster(state);
}

void sf_state_init(struct sf_state *state, struct sf_live *live)
{
	pthread_mutex_init(&state->lock, NULL);
	state->target = (struct sf_target){0};
	state->recent = (struct sf_recent){0};
	state->evictor = sf_evictor_create();
	state->holders = (struct sf_holders){0};
	state->budgets = (struct sf_budgets){0};
	state->recorder = NULL;
	state->recorded = NULL;
	set_live(state, live);
}

void sf_state_finish(struct sf_state *state)
{
	sf_verdict_cache_destroy(state->verdicts);
	sf_evictor_destroy(state->evictor);
	sf_holders_finish(&state->holders);
	sf_budgets_finish(&state->budgets);
	sf_target_finish(&state->target);
	sf_recent_finish(&state->recent);
	sf_serve_config_release(state->recorded);
	sf_live_destroy(state->live);
	pthread_mutex_destroy(&state->lock);
}

void sf_state_swap(struct sf_state *state, struct sf_live *live, const struct sf_record_line *start)
{
	sf_state_lock(state);
	if (start != NULL) {
		sf_recorder_add(state->recorder, SF_TRIM_NOTHING, start);
		sf_serve_config_release(state->recorded);
		state->recorded = NULL;
	}
	struct sf_live *old = state->live;
	sf_verdict_cache_destroy(state->verdicts);
	set_live(state, live);
	sf_state_unlock(state);
	sf_live_destroy(old);
}

void sf_state_lock(struct sf_state *state)
{
	pthread_mutex_lock(&state->lock);
}

void sf_state_unlock(struct sf_state *state)
{
	if (sf_live_is_loose(state->live)) {
		sf_verdict_cache_destroy(state->verdicts);
		sf_live_gather(state->live);
		watch_cluster(state);
	}
	uint64_t changes = sf_live_version(state->live) - state->target_version;
	if (changes >= TARGET_CHANGES && changes >= state->target_pods / TARGET_SHARE) {
		set_target(state);
	}
	pthread_mutex_unlock(&state->lock);
}

void sf_state_record(struct sf_state *state, struct sf_serve_config *config,
                     struct sf_record_slot *slot)
{
	struct sf_str text = {0};
	if (slot != NULL && config != state->recorded &&
	    sf_serve_config_write(config, &text, NULL) == 0) {
		struct sf_record_line line = {.kind = SF_RECORD_CONFIG, .name = text.text};
		sf_recorder_add(state->recorder, SF_TRIM_NOTHING, &line);
		sf_serve_config_release(state->recorded);
		state->recorded = sf_serve_config_hold(config);
	}
	sf_recorder_queue(slot);
	sf_str_finish(&text);
}

void sf_state_expire(struct sf_state *state, uint64_t heard_ns)
{
	struct sf_record_line line = {.kind = SF_RECORD_EXPIRE, .number = heard_ns};
	if (sf_live_expire(state->live, heard_ns) > 0) {
		sf_recorder_add(state->recorder, SF_TRIM_NOTHING, &line);
	}
}

struct sf_verdicts sf_state_judge(struct sf_state *state, const struct sf_question *question,
                                  bool scores)
{
	return sf_verdict_cache_get(state->verdicts, question, scores);
}
