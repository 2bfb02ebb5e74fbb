/* view: copies of parts of the live cluster. */
// SPDX-License-Identifier: Apache-2.0
#include "view.h"

#include <slicefit/alloc.h>
#include <slicefit/arena.h>
#include <slicefit/kube_pod.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Entries looked at under one lock: a fraction of a millisecond. */
enum { AT_ONCE = 2048 };

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Copies the names of the next nodes; returns how many, or -1. */
static int list_names(const struct sf_live *live, uint32_t first, struct sf_arena *arena,
                      const char **out)
{
	uint32_t end = sf_live_nodes_end(live);
	int n = 0;
	for (uint32_t i = first; i < end && i < first + AT_ONCE; i++) {
		const struct sf_live_node *node = sf_live_node_at(live, i);
		if (node == NULL || node->node == SF_LIVE_NONE) {
			continue;
		}
		out[n] = sf_arena_strdup(arena, node->name);
		if (out[n++] == NULL) {
			return -1;
		}
	}
	return n;
}

const char **sf_view_node_names(struct sf_state *state, struct sf_arena *arena, size_t *n)
{
	const char **list = NULL;
	size_t cap = 0, count = 0;
	bool more = true;
	for (uint32_t first = 0; more; first += AT_ONCE) {
		list = sf_xgrow(list, &cap, count + AT_ONCE, sizeof(*list));
		sf_state_lock(state);
		int got = list_names(state->live, first, arena, list + count);
		more = got >= 0 && first + AT_ONCE < sf_live_nodes_end(state->live);
		sf_state_unlock(state);
		if (got < 0) {
			free(list);
			return NULL;
		}
		count += (size_t)got;
	}
	const char **names = sf_arena_array(arena, count + 1, sizeof(*names));
	if (names != NULL && count > 0) {
		memcpy(names, list, count * sizeof(*names));
		qsort(names, count, sizeof(*names), by_name);
	}
	free(list);
	*n = count;
	return names;
}

void sf_view_subject(const struct sf_live *live, const struct sf_live_pod *pod,
                     struct sf_explain_subject *out)
{
	const struct sf_resources *names = sf_cluster_resources(sf_live_cluster(live));
	*out = (struct sf_explain_subject){
		.priority = pod->priority,
		.gpu_memory_mib = pod->request.gpu_memory_mib,
		.gpu_memory_milli = pod->request.gpu_memory_milli,
		.n = pod->request.n,
	};
	for (uint8_t i = 0; i < pod->request.n; i++) {
		const struct sf_want *want = &pod->request.want[i];
		const char *name = pod->unresolved != NULL
		                           ? pod->unresolved->want[i].name
		                           : sf_resource_name(names, want->resource);
		snprintf(out->want[i].name, sizeof(out->want[i].name), "%s", name);
		out->want[i].count = want->count;
	}
}

static bool copy_pod(const struct sf_live *live, const struct sf_live_pod *pod,
                     struct sf_arena *arena, struct sf_view_pod *out)
{
	const struct sf_cluster *cluster = sf_live_cluster(live);
	bool placed = pod->pod != SF_LIVE_NONE;
	*out = (struct sf_view_pod){
		.uid = sf_arena_strdup(arena, pod->uid),
		.space = sf_arena_strdup(arena, pod->space),
		.name = sf_arena_strdup(arena, pod->name),
		.state = pod->state,
		.priority = pod->priority,
		.until_ns = pod->until_ns,
		.request = pod->request,
		.cpu_milli = pod->cpu_milli,
		.memory_mib = pod->memory_mib,
		.unplaced = pod->state == SF_LIVE_BOUND && !placed,
	};
	sf_view_subject(live, pod, &out->subject);
	if (placed) {
		const struct sf_pod *real = sf_cluster_pod(cluster, pod->pod);
		struct sf_given given[SF_GRANTS_MAX];
		out->n = real->grant.n;
		out->given = sf_arena_array(arena, (size_t)out->n + 1, sizeof(*out->given));
		sf_given_fill(cluster, real->node, &real->grant, given);
		if (out->given != NULL) {
			memcpy(out->given, given, out->n * sizeof(*given));
		}
	}
	return out->uid != NULL && out->space != NULL && out->name != NULL &&
	       (!placed || out->given != NULL);
}

static bool copy_pods(const struct sf_live *live, uint32_t first, struct sf_arena *arena,
                      struct sf_view_node *out)
{
	size_t n = 0;
	for (uint32_t i = first; i != SF_LIVE_NONE; i = sf_live_pod_at(live, i)->behind) {
		n += sf_live_pod_at(live, i)->gpus;
	}
	out->pod = sf_arena_array(arena, n + 1, sizeof(*out->pod));
	if (out->pod == NULL) {
		return false;
	}
	for (uint32_t i = first; i != SF_LIVE_NONE; i = sf_live_pod_at(live, i)->behind) {
		const struct sf_live_pod *pod = sf_live_pod_at(live, i);
		if (pod->gpus && !copy_pod(live, pod, arena, &out->pod[out->n++])) {
			return false;
		}
	}
	return true;
}

static bool copy_resources(const struct sf_live *live, struct sf_arena *arena,
                           struct sf_view_node *out)
{
	const struct sf_resources *names = sf_cluster_resources(sf_live_cluster(live));
	uint16_t n = sf_resource_count(names);
	out->resource = sf_arena_array(arena, (size_t)n + 1, sizeof(*out->resource));
	for (uint16_t i = 0; i < n && out->resource != NULL; i++) {
		out->resource[i] = sf_arena_strdup(arena, sf_resource_name(names, i));
		if (out->resource[i] == NULL) {
			return false;
		}
	}
	return out->resource != NULL;
}

bool sf_view_node(const struct sf_live *live, const char *name, struct sf_arena *arena,
                  struct sf_view_node *out)
{
	const struct sf_live_node *node = sf_live_find_node(live, name);
	if (node == NULL || node->node == SF_LIVE_NONE) {
		return false;
	}
	*out = (struct sf_view_node){
		.cpu_used_milli = node->cpu_used_milli,
		.memory_used_mib = node->memory_used_mib,
	};
	sf_node_copy(sf_cluster_node(sf_live_cluster(live), node->node), &out->copy);
	out->copy.node.gpu = NULL; /* the copy may be copied: its GPUs are in copy.gpu */
	if (copy_resources(live, arena, out) && copy_pods(live, node->first, arena, out)) {
		out->name = sf_arena_strdup(arena, name);
	}
	return true;
}

static int by_names(const void *a, const void *b)
{
	const struct sf_view_pod *x = a, *y = b;
	int order = strcmp(x->space, y->space);
	order = order != 0 ? order : strcmp(x->name, y->name);
	return order != 0 ? order : strcmp(x->uid, y->uid);
}

/* The pending ones of the next pods; -1: the arena is full. */
static int list_pending(const struct sf_live *live, uint32_t first, struct sf_arena *arena,
                        struct sf_view_pod *out)
{
	uint32_t end = sf_live_pods_end(live);
	int n = 0;
	for (uint32_t i = first; i < end && i < first + AT_ONCE; i++) {
		const struct sf_live_pod *pod = sf_live_pod_at(live, i);
		if (pod != NULL && pod->gpus && pod->node == SF_LIVE_NONE &&
		    !copy_pod(live, pod, arena, &out[n++])) {
			return -1;
		}
	}
	return n;
}

struct sf_view_pod *sf_view_pending(struct sf_state *state, struct sf_arena *arena, size_t *n)
{
	struct sf_view_pod *list = NULL;
	size_t cap = 0, count = 0;
	bool more = true;
	for (uint32_t first = 0; more; first += AT_ONCE) {
		list = sf_xgrow(list, &cap, count + AT_ONCE, sizeof(*list));
		sf_state_lock(state);
		int got = list_pending(state->live, first, arena, list + count);
		more = got >= 0 && first + AT_ONCE < sf_live_pods_end(state->live);
		sf_state_unlock(state);
		if (got < 0) {
			free(list);
			return NULL;
		}
		count += (size_t)got;
	}
	struct sf_view_pod *pods = sf_arena_array(arena, count + 1, sizeof(*pods));
	if (pods != NULL && count > 0) {
		memcpy(pods, list, count * sizeof(*pods));
		qsort(pods, count, sizeof(*pods), by_names);
	}
	free(list);
	*n = count;
	return pods;
}
