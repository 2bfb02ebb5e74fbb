/* remedy: the searches one after the other, what they share, and the order of what they found. */
// SPDX-License-Identifier: Apache-2.0
#include "remedy_impl.h"

#include <slicefit/alloc.h>
#include <slicefit/arena.h>

#include <stdlib.h>
#include <string.h>

static int compare(uint32_t a, uint32_t b)
{
	return (a > b) - (a < b);
}

int sf_disturbance_compare(const struct sf_disturbance *a, const struct sf_disturbance *b)
{
	int by_field[] = {
		compare(a->guarded, b->guarded), compare(a->not_lower, b->not_lower),
		compare(a->stopped, b->stopped), compare(a->moved, b->moved),
		compare(a->asked, b->asked),     compare(a->gpus, b->gpus),
	};
	for (size_t i = 0; i < sizeof(by_field) / sizeof(by_field[0]); i++) {
		if (by_field[i] != 0) {
			return by_field[i];
		}
	}
	return 0;
}

/* Among pods as many as others those that matter less. */
static int32_t highest_priority(const struct sf_remedy *remedy)
{
	int32_t highest = INT32_MIN;
	for (size_t i = 0; i < remedy->n_pods; i++) {
		highest = remedy->pod[i].priority > highest ? remedy->pod[i].priority : highest;
	}
	return highest;
}

static bool is_better(const struct sf_remedy *a, const struct sf_remedy *b)
{
	int order = b->node == NULL ? -1 : sf_disturbance_compare(&a->disturbs, &b->disturbs);
	return order < 0 || (order == 0 && highest_priority(a) < highest_priority(b));
}

/* The same on another node. */
static bool is_alike(const struct sf_remedy *a, const struct sf_remedy *b)
{
	return sf_disturbance_compare(&a->disturbs, &b->disturbs) == 0 &&
	       (a->rule == NULL || strcmp(a->rule, b->rule) == 0);
}

void sf_remedy_offer(struct sf_remedy_search *search, const struct sf_remedy *remedy, int slot)
{
	struct sf_remedy *best = &search->best[remedy->kind][slot];
	const char **counted = &search->counted[remedy->kind][slot];
	if (!is_better(remedy, best)) {
		/* One node after the other is tried, each of them in several ways. */
		if (is_alike(remedy, best) && remedy->node != *counted) {
			best->others++;
			*counted = remedy->node;
		}
		return;
	}
	struct sf_remedy_pod *pod = sf_arena_array(search->arena, remedy->n_pods + 1, sizeof(*pod));
	if (pod == NULL) {
		search->full = true;
		return;
	}
	if (remedy->n_pods > 0) {
		memcpy(pod, remedy->pod, remedy->n_pods * sizeof(*pod));
	}
	*best = *remedy;
	best->pod = pod;
	best->others = 0;
	*counted = best->node;
}

void sf_remedy_at(struct sf_remedy_search *search, uint32_t node, struct sf_remedy *remedy)
{
	const struct sf_pod *pod = sf_cluster_pod(search->cluster, search->question->pod);
	remedy->node = sf_cluster_node(search->cluster, node)->name;
	remedy->n_given = pod->grant.n;
	sf_given_fill(search->cluster, node, &pod->grant, remedy->given);
}

bool sf_remedy_stays(const struct sf_remedy_search *search, uint32_t pod)
{
	const struct sf_remedy_question *question = search->question;
	return question->stays != NULL && question->stays(question->ctx, pod);
}

void sf_remedy_guard(const struct sf_remedy_search *search, struct sf_remedy_pod *pod, size_t n)
{
	const struct sf_remedy_question *question = search->question;
	if (question->guard != NULL) {
		question->guard(question->ctx, pod, n);
	}
}

bool sf_remedy_place(struct sf_remedy_search *search, uint32_t pod, uint32_t node)
{
	enum sf_view view = pod == search->question->pod ? search->question->view : SF_VIEW_AWARE;
	return sf_attempt_place(&search->attempt, pod, node, view);
}

/* Devices asked for, of whatever name: who asks for many is placed first. */
static uint32_t size_of(const struct sf_cluster *cluster, uint32_t pod)
{
	const struct sf_request *request = &sf_cluster_pod(cluster, pod)->request;
	uint32_t n = 0;
	for (uint8_t i = 0; i < request->n; i++) {
		n += request->want[i].count;
	}
	return n;
}

static void sort_by_size(const struct sf_cluster *cluster, struct sf_remedy_pod *pod, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		struct sf_remedy_pod one = pod[i];
		size_t at = i;
		uint32_t size = size_of(cluster, one.pod);
		while (at > 0 && size_of(cluster, pod[at - 1].pod) < size) {
			pod[at] = pod[at - 1];
			at--;
		}
		pod[at] = one;
	}
}

/* The first node with room for a pod that left `from`; SF_NODE_NONE. */
static uint32_t place_again(struct sf_remedy_search *search, uint32_t pod, uint32_t from, bool back)
{
	uint32_t n = sf_cluster_nodes(search->cluster);
	for (uint32_t i = 0; i < n; i++) {
		if (i != from && sf_remedy_place(search, pod, i)) {
			return i;
		}
	}
	return back && sf_remedy_place(search, pod, from) ? from : SF_NODE_NONE;
}

bool sf_remedy_settle(struct sf_remedy_search *search, uint32_t node, bool back,
                      struct sf_remedy *remedy)
{
	if (!sf_remedy_place(search, search->question->pod, node)) {
		return false;
	}
	sf_remedy_at(search, node, remedy);
	sort_by_size(search->cluster, remedy->pod, remedy->n_pods);
	sf_remedy_guard(search, remedy->pod, remedy->n_pods);
	for (size_t i = 0; i < remedy->n_pods; i++) {
		struct sf_remedy_pod *pod = &remedy->pod[i];
		uint32_t to = place_again(search, pod->pod, node, back);
		pod->priority = sf_cluster_pod(search->cluster, pod->pod)->priority;
		pod->from = remedy->node;
		pod->to = to != SF_NODE_NONE ? sf_cluster_node(search->cluster, to)->name : NULL;
		remedy->disturbs.guarded += pod->budget != NULL;
		remedy->disturbs.moved += to != SF_NODE_NONE;
		remedy->disturbs.stopped += to == SF_NODE_NONE;
		remedy->disturbs.not_lower +=
			to == SF_NODE_NONE && pod->priority >= search->priority;
	}
	return true;
}

static bool runs(const struct sf_pod *pod)
{
	return pod->state == SF_POD_PLACED;
}

/* Counts, then places in one array. */
static void list_pods(struct sf_remedy_search *search)
{
	uint32_t nodes = sf_cluster_nodes(search->cluster);
	uint32_t pods = sf_cluster_pods(search->cluster);
	search->first = sf_xcalloc((size_t)nodes + 2, sizeof(*search->first));
	search->pod = sf_xcalloc((size_t)pods + 1, sizeof(*search->pod));
	for (uint32_t i = 0; i < pods; i++) {
		const struct sf_pod *pod = sf_cluster_pod(search->cluster, i);
		if (runs(pod)) {
			search->first[pod->node + 2]++;
		}
	}
	for (uint32_t i = 0; i < nodes; i++) {
		search->first[i + 2] += search->first[i + 1];
	}
	for (uint32_t i = 0; i < pods; i++) {
		const struct sf_pod *pod = sf_cluster_pod(search->cluster, i);
		if (runs(pod)) {
			search->pod[search->first[pod->node + 1]++] = i;
		}
	}
}

static int by_disturbance(const void *a, const void *b)
{
	const struct sf_remedy *x = a, *y = b;
	int order = sf_disturbance_compare(&x->disturbs, &y->disturbs);
	if (order == 0) {
		order = (x->kind > y->kind) - (x->kind < y->kind);
	}
	return order != 0 ? order : (x->less > y->less) - (x->less < y->less);
}

/* Names are the cluster's until here. */
static int keep_texts(struct sf_remedy *remedy, struct sf_arena *arena)
{
	const char **text[] = {
		&remedy->node,   &remedy->resource, &remedy->instead, &remedy->sharing,
		&remedy->layout, &remedy->rule,     &remedy->command,
	};
	bool kept = true;
	for (size_t i = 0; i < sizeof(text) / sizeof(text[0]); i++) {
		if (*text[i] != NULL) {
			*text[i] = sf_arena_strdup(arena, *text[i]);
			kept = kept && *text[i] != NULL;
		}
	}
	for (size_t i = 0; i < remedy->n_pods; i++) {
		struct sf_remedy_pod *pod = &remedy->pod[i];
		pod->from = sf_arena_strdup(arena, pod->from);
		pod->to = pod->to != NULL ? sf_arena_strdup(arena, pod->to) : NULL;
		kept = kept && pod->from != NULL;
	}
	return kept ? 0 : -1;
}

/* Those that were found, in order. */
static int collect(struct sf_remedy_search *search, struct sf_remedies *out)
{
	out->n = 0;
	out->remedy = sf_arena_array(search->arena, (size_t)SF_REMEDIES * SF_REMEDY_SLOTS,
	                             sizeof(*out->remedy));
	if (out->remedy == NULL) {
		return -1;
	}
	for (int kind = 0; kind < SF_REMEDIES; kind++) {
		for (int slot = 0; slot < SF_REMEDY_SLOTS; slot++) {
			const struct sf_remedy *best = &search->best[kind][slot];
			if (best->node == NULL) {
				continue;
			}
			out->remedy[out->n] = *best;
			if (keep_texts(&out->remedy[out->n++], search->arena) < 0) {
				return -1;
			}
		}
	}
	qsort(out->remedy, out->n, sizeof(*out->remedy), by_disturbance);
	return 0;
}

int sf_remedies_find(struct sf_cluster *cluster, const struct sf_remedy_question *question,
                     struct sf_arena *arena, struct sf_remedies *out)
{
	struct sf_remedy_search *search = sf_xcalloc(1, sizeof(*search));
	const struct sf_request request = sf_cluster_pod(cluster, question->pod)->request;
	search->cluster = cluster;
	search->question = question;
	search->request = &request;
	search->priority = sf_cluster_pod(cluster, question->pod)->priority;
	search->arena = arena;
	search->attempt.cluster = cluster;
	sf_cluster_set_quiet(cluster, true);
	list_pods(search);
	sf_remedy_find_ready(search);
	sf_remedy_find_rule(search);
	sf_remedy_find_ask(search);
	sf_remedy_find_replicas(search);
	sf_remedy_find_layout(search);
	sf_remedy_find_move(search);
	sf_cluster_set_quiet(cluster, false);
	int rc = search->full ? -1 : collect(search, out);
	sf_attempt_finish(&search->attempt);
	free(search->first);
	free(search->pod);
	free(search);
	return rc;
}
