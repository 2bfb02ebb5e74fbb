/* remedy_move: pods that leave a node so that another finds its devices there, as few as will do. */
// SPDX-License-Identifier: Apache-2.0
#include "remedy_impl.h"

#include <slicefit/alloc.h>
#include <slicefit/evict.h>

#include <stdlib.h>
#include <string.h>

/* A node on which the pod would fit if nobody else were there. */
struct candidate {
	uint32_t node, missing;
};

static int by_missing(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;
	if (x->missing != y->missing) {
		return x->missing < y->missing ? -1 : 1;
	}
	return (x->node > y->node) - (x->node < y->node);
}

/* Devices that are asked for and not free, of names as they are asked for: only for the order. */
static uint32_t count_missing(const struct sf_node *node, const struct sf_request *request)
{
	uint32_t missing = 0;
	for (uint8_t i = 0; i < request->n; i++) {
		const struct sf_count *count = sf_node_count(node, request->want[i].resource);
		uint32_t free = count != NULL ? count->total - count->used : 0;
		missing += request->want[i].count > free ? request->want[i].count - free : 0;
	}
	return missing;
}

static size_t list_candidates(const struct sf_remedy_search *search, struct candidate *out)
{
	uint32_t nodes = sf_cluster_nodes(search->cluster);
	size_t n = 0;
	for (uint32_t i = 0; i < nodes; i++) {
		const struct sf_node *node = sf_cluster_node(search->cluster, i);
		if (node->state == SF_NODE_READY && search->first[i + 1] > search->first[i] &&
		    sf_filter_ever(search->cluster, i, search->request, search->question->view) ==
		            SF_FITS) {
			out[n++] = (struct candidate){i, count_missing(node, search->request)};
		}
	}
	qsort(out, n, sizeof(*out), by_missing);
	return n < SF_REMEDY_NODES ? n : SF_REMEDY_NODES;
}

/* The pods leave; offers what comes of it. False when the pod does not fit then, or a disruption budget
 * does not let them leave. */
static bool try_pods(struct sf_remedy_search *search, uint32_t node, struct sf_remedy_pod *pod,
                     size_t n)
{
	struct sf_remedy remedy = {.n_pods = n, .pod = pod};
	for (size_t i = 0; i < n; i++) {
		sf_attempt_release(&search->attempt, pod[i].pod);
	}
	bool fits = sf_remedy_settle(search, node, false, &remedy);
	if (fits) {
		remedy.kind = remedy.disturbs.stopped > 0 ? SF_REMEDY_FREE : SF_REMEDY_MOVE;
		sf_remedy_offer(search, &remedy, 0);
	}
	sf_attempt_rewind(&search->attempt, 0);
	return fits && remedy.disturbs.guarded == 0;
}

/* Each pod of the node by itself. */
static bool try_singles(struct sf_remedy_search *search, uint32_t node, uint32_t *trials)
{
	bool found = false;
	for (uint32_t i = search->first[node];
	     i < search->first[node + 1] && *trials < SF_REMEDY_TRIALS; i++) {
		struct sf_remedy_pod pod = {.pod = search->pod[i]};
		if (!sf_remedy_stays(search, pod.pod)) {
			found = try_pods(search, node, &pod, 1) || found;
			++*trials;
		}
	}
	return found;
}

/* Has another node room for it as things are? */
static bool can_move(struct sf_remedy_search *search, uint32_t pod, uint32_t from)
{
	const struct sf_request request = sf_cluster_pod(search->cluster, pod)->request;
	uint32_t n = sf_cluster_nodes(search->cluster);
	for (uint32_t i = 0; i < n; i++) {
		if (i != from &&
		    sf_filter(search->cluster, i, &request, SF_VIEW_AWARE, NULL) == SF_FITS) {
			return true;
		}
	}
	return false;
}

/* The least important set of the node's pods that makes room: of all of them, or of those that can go
 * elsewhere. */
static void try_set(struct sf_remedy_search *search, struct sf_evictor *evictor, uint32_t node,
                    bool movable)
{
	size_t most = search->first[node + 1] - search->first[node], n = 0;
	struct sf_evict_pod *pod = sf_xcalloc(most + 1, sizeof(*pod));
	struct sf_remedy_pod *victim = sf_xcalloc(most + 1, sizeof(*victim));
	for (uint32_t i = search->first[node]; i < search->first[node + 1]; i++) {
		uint32_t number = search->pod[i];
		if (!sf_remedy_stays(search, number) &&
		    (!movable || can_move(search, number, node))) {
			victim[n++].pod = number;
		}
	}
	sf_remedy_guard(search, victim, n);
	for (size_t i = 0; i < n; i++) {
		pod[i] = (struct sf_evict_pod){
			.pod = victim[i].pod,
			.priority = sf_cluster_pod(search->cluster, victim[i].pod)->priority,
			.violates = victim[i].budget != NULL,
		};
	}
	struct sf_evict_ask ask = {
		.request = search->request,
		.priority = INT32_MAX,
		.view = search->question->view,
	};
	struct sf_eviction eviction = sf_evict_choose(evictor, search->cluster, node, &ask, pod, n);
	for (size_t i = 0; eviction.helps && i < eviction.n; i++) {
		victim[i] = (struct sf_remedy_pod){.pod = pod[eviction.victim[i]].pod};
	}
	if (eviction.helps && eviction.n > 0) {
		try_pods(search, node, victim, eviction.n);
	}
	free(pod);
	free(victim);
}

void sf_remedy_find_move(struct sf_remedy_search *search)
{
	uint32_t trials = 0;
	struct candidate *candidate =
		sf_xcalloc((size_t)sf_cluster_nodes(search->cluster) + 1, sizeof(*candidate));
	size_t n = list_candidates(search, candidate);
	struct sf_evictor *evictor = sf_evictor_create();
	for (size_t i = 0; i < n; i++) {
		if (!try_singles(search, candidate[i].node, &trials)) {
			try_set(search, evictor, candidate[i].node, true);
			try_set(search, evictor, candidate[i].node, false);
		}
		/* Nothing disturbs less than one pod that goes elsewhere. */
		const struct sf_remedy *best = &search->best[SF_REMEDY_MOVE][0];
		if (best->node != NULL && best->disturbs.moved == 1 &&
		    best->disturbs.guarded == 0) {
			break;
		}
	}
	sf_evictor_destroy(evictor);
	free(candidate);
}
