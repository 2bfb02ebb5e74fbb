/* explain_evict: whose leaving would make room for a request. */
// SPDX-License-Identifier: Apache-2.0
#include "explain_impl.h"

#include <slicefit/alloc.h>
#include <slicefit/arena.h>
#include <slicefit/evict.h>

#include <stdlib.h>

/* The pods of the nodes that are tried, node by node. */
struct residents {
	size_t first[SF_EXPLAIN_TRIALS + 1]; /* by candidate; one more says where the last end */
	struct sf_evict_pod *pod;
};

/* For each node the number of its candidate plus one; 0: it is not tried. */
static uint8_t *number_nodes(const struct sf_evict_search *search)
{
	uint32_t nodes = sf_cluster_nodes(search->cluster);
	uint8_t *number = sf_xcalloc((size_t)nodes + 1, sizeof(*number));
	for (size_t i = 0; i < search->n; i++) {
		number[search->candidate[i].node] = (uint8_t)(i + 1);
	}
	return number;
}

/* A pod on one of the candidates. */
struct resident {
	uint8_t candidate;
	uint32_t pod;
};

static int by_candidate(const void *a, const void *b)
{
	const struct resident *x = a, *y = b;
	if (x->candidate != y->candidate) {
		return x->candidate < y->candidate ? -1 : 1;
	}
	return (x->pod > y->pod) - (x->pod < y->pod);
}

/* One look at each pod, as there are many and they are large. Those that are only promised a place
 * cannot be evicted. */
static struct resident *find_residents(const struct sf_evict_search *search, size_t *n)
{
	uint8_t *number = number_nodes(search);
	uint32_t pods = sf_cluster_pods(search->cluster);
	struct resident *list = NULL;
	size_t cap = 0;
	*n = 0;
	for (uint32_t i = 0; i < pods; i++) {
		const struct sf_pod *pod = sf_cluster_pod(search->cluster, i);
		if (pod->state == SF_POD_PLACED && number[pod->node] > 0) {
			list = sf_xgrow(list, &cap, *n + 1, sizeof(*list));
			list[(*n)++] = (struct resident){(uint8_t)(number[pod->node] - 1), i};
		}
	}
	free(number);
	return list;
}

static void list_residents(const struct sf_evict_search *search, struct residents *out)
{
	size_t n;
	struct resident *list = find_residents(search, &n);
	if (n > 0) {
		qsort(list, n, sizeof(*list), by_candidate);
	}
	out->pod = sf_xcalloc(n + 1, sizeof(*out->pod));
	size_t at = 0;
	for (size_t i = 0; i < search->n; i++) {
		out->first[i] = at;
		for (; at < n && list[at].candidate == i; at++) {
			const struct sf_pod *pod = sf_cluster_pod(search->cluster, list[at].pod);
			out->pod[at] = (struct sf_evict_pod){.pod = list[at].pod,
			                                     .priority = pod->priority};
		}
	}
	out->first[search->n] = at;
	free(list);
}

/* Copies the victims, the most important first. */
static struct sf_mend_pod *copy_victims(const struct sf_eviction *eviction,
                                        const struct sf_evict_pod *pod, struct sf_arena *arena)
{
	struct sf_mend_pod *copy = sf_arena_array(arena, eviction->n + 1, sizeof(*copy));
	for (size_t i = 0; i < eviction->n && copy != NULL; i++) {
		const struct sf_evict_pod *victim = &pod[eviction->victim[i]];
		copy[i] = (struct sf_mend_pod){victim->pod, victim->priority, NULL};
	}
	return copy;
}

/* Takes the node's victims if they are fewer, or as many and less important; -1: no memory. */
static int keep_better(const struct sf_evict_search *search, uint32_t node,
                       const struct sf_eviction *eviction, const struct sf_evict_pod *pod,
                       struct sf_mend *best)
{
	int64_t n = (int64_t)eviction->n;
	bool alike = best->nodes.n > 0 && n == best->need;
	if (!eviction->helps || n == 0 || (best->nodes.n > 0 && n > best->need)) {
		return 0;
	}
	if (!alike || pod[eviction->victim[0]].priority < best->pod[0].priority) {
		uint32_t others = alike ? best->nodes.n : 0;
		*best = (struct sf_mend){
			.kind = best->kind,
			.need = n,
			.nodes = {.n = others,
		                  .n_examples = 1,
		                  .example = {sf_cluster_node(search->cluster, node)->name}},
			.pod = copy_victims(eviction, pod, search->arena),
		};
	}
	best->nodes.n++;
	return best->pod != NULL ? 0 : -1;
}

/* On all candidates, for a pod of this priority. */
static int try_all(const struct sf_evict_search *search, const struct residents *all,
                   int32_t priority, struct sf_mend *best)
{
	struct sf_evictor *evictor = sf_evictor_create();
	struct sf_evict_ask ask = {
		.request = search->request, .priority = priority, .view = search->view};
	int rc = 0;
	for (size_t i = 0; i < search->n && rc == 0; i++) {
		uint32_t node = search->candidate[i].node;
		const struct sf_evict_pod *pod = all->pod + all->first[i];
		struct sf_eviction eviction =
			sf_evict_choose(evictor, search->cluster, node, &ask, pod,
		                        all->first[i + 1] - all->first[i]);
		rc = keep_better(search, node, &eviction, pod, best);
	}
	sf_evictor_destroy(evictor);
	return rc;
}

int sf_explain_evict(const struct sf_evict_search *search, struct sf_mend *lower,
                     struct sf_mend *any)
{
	struct residents all = {0};
	lower->kind = SF_MEND_EVICT;
	any->kind = SF_MEND_EVICT_ANY;
	list_residents(search, &all);
	int rc = try_all(search, &all, search->priority, lower);
	if (rc == 0 && lower->nodes.n == 0) {
		rc = try_all(search, &all, INT32_MAX, any);
	}
	free(all.pod);
	return rc;
}
