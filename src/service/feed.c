/* feed: what the API server tells of nodes, pods and budgets, brought into the state (and the record). */
// SPDX-License-Identifier: Apache-2.0
#include "feed.h"

#include "recorder.h"
#include "state.h"

#include <slicefit/arena.h>
#include <slicefit/error.h>
#include <slicefit/kube_node.h>
#include <slicefit/kube_pod.h>
#include <slicefit/kube_traits.h>
#include <slicefit/pdb.h>

enum { LABELS_BYTES_MAX = 1 << 20 };

static void record_object(struct sf_state *state, enum sf_record_kind kind, enum sf_trim trim,
                          const char *text, size_t len)
{
	struct sf_record_line line = {.kind = kind, .arg = text, .arg_len = len};
	sf_recorder_add(state->recorder, trim, &line);
}

static void record_name(struct sf_state *state, enum sf_record_kind kind, const char *name)
{
	struct sf_record_line line = {.kind = kind, .name = name};
	sf_recorder_add(state->recorder, SF_TRIM_NOTHING, &line);
}

void sf_feed_node_gone(struct sf_state *state, const char *name)
{
	sf_state_lock(state);
	record_name(state, SF_RECORD_NODE_GONE, name);
	sf_live_node_gone(state->live, name);
	sf_state_unlock(state);
}

void sf_feed_pod_gone(struct sf_state *state, const char *uid)
{
	sf_state_lock(state);
	record_name(state, SF_RECORD_POD_GONE, uid);
	sf_live_pod_gone(state->live, uid);
	sf_state_unlock(state);
}

/* A node that is like before (most events are heartbeats) changes nothing and leaves no line. */
int sf_feed_node(struct sf_state *state, const struct sf_catalog *catalog, const char *name,
                 const char *text, size_t len, struct sf_error *err)
{
	struct sf_kube_node node;
	struct sf_error why = {0};
	struct sf_arena *arena = sf_arena_create(0);
	int rc = sf_kube_node_read(text, len, catalog, arena, &node, err);
	if (rc < 0) {
		sf_feed_node_gone(state, name);
	} else {
		sf_state_lock(state);
		if (sf_live_node(state->live, &node, &why) || why.code != 0) {
			record_object(state, SF_RECORD_NODE, SF_TRIM_NODE, text, len);
		}
		sf_state_unlock(state);
	}
	sf_arena_destroy(arena);
	if (why.code != 0) {
		*err = why;
		rc = -1;
	}
	return rc;
}

/* The labels of a pod that asks for GPUs; others are not kept. */
static char *labels_of(const struct sf_kube_pod *pod, const char *text, size_t len)
{
	struct sf_kube_traits traits;
	struct sf_arena *arena = sf_arena_create(LABELS_BYTES_MAX);
	bool known = pod->n > 0 && sf_kube_traits_read(text, len, arena, &traits) == 0;
	char *labels = known ? sf_kube_traits_pack(&traits) : NULL;
	sf_arena_destroy(arena);
	return labels;
}

int sf_feed_pod(struct sf_state *state, const char *uid, const char *text, size_t len,
                struct sf_error *err)
{
	struct sf_kube_pod pod;
	if (sf_kube_pod_read(text, len, &pod, err) < 0) {
		sf_feed_pod_gone(state, uid);
		return -1;
	}
	sf_kube_wish_apply(&pod, &state->wishes);
	char *labels = labels_of(&pod, text, len);
	sf_state_lock(state);
	record_object(state, SF_RECORD_POD, SF_TRIM_POD, text, len);
	int rc = sf_live_pod(state->live, &pod, err);
	sf_live_set_labels(state->live, pod.uid, labels);
	sf_state_unlock(state);
	return rc;
}

void sf_feed_budget_gone(struct sf_state *state, const char *uid)
{
	sf_state_lock(state);
	record_name(state, SF_RECORD_BUDGET_GONE, uid);
	sf_budgets_gone(&state->budgets, uid);
	sf_state_unlock(state);
}

int sf_feed_budget(struct sf_state *state, const char *uid, const char *text, size_t len,
                   struct sf_error *err)
{
	struct sf_pdb *pdb = sf_pdb_read(text, len, err);
	if (pdb == NULL) {
		sf_feed_budget_gone(state, uid);
		return -1;
	}
	sf_state_lock(state);
	record_object(state, SF_RECORD_BUDGET, SF_TRIM_BUDGET, text, len);
	sf_budgets_set(&state->budgets, pdb);
	sf_state_unlock(state);
	return 0;
}
