/*
 * explain_mend: the smallest changes that would make a request fit.
 *
 * What is missing on a node is found by asking the filter again, about a node or a request that is a
 * little different: so it cannot say anything else than the filter. Of each kind of change the
 * smallest is kept, with the nodes on which it would do.
 */
// SPDX-License-Identifier: Apache-2.0
#include "explain_impl.h"

#include <slicefit/alloc.h>
#include <slicefit/arena.h>

#include <stdlib.h>
#include <string.h>

/* Everything that the search knows. */
struct search {
	struct sf_cluster *cluster;
	const struct sf_explain_question *question;
	const struct sf_request *request;
	enum sf_view view;
	struct sf_mend best[SF_MENDS][SF_WANTS_MAX]; /* nodes.n == 0: none */
};

/* One node where `need - have` is missing; those where more is missing than elsewhere do not count. */
static void note(struct search *search, const struct sf_mend *mend, uint8_t want, const char *node)
{
	struct sf_mend *best = &search->best[mend->kind][want];
	int64_t gap = mend->need - mend->have, least = best->need - best->have;
	if (best->nodes.n == 0 || gap < least) {
		*best = *mend;
	}
	if (best->need == mend->need && best->have == mend->have) {
		sf_explain_nodes_add(&best->nodes, node);
	}
}

static void note_gap(struct search *search, enum sf_mend_kind kind, int64_t need, int64_t have,
                     const char *node)
{
	note(search, &(struct sf_mend){.kind = kind, .need = need, .have = have}, 0, node);
}

/* How the filter is asked: about now, or about a node on which nothing runs. */
typedef enum sf_fit ask_filter(const struct search *search, uint32_t node,
                               const struct sf_request *request);

static enum sf_fit ask_now(const struct search *search, uint32_t node,
                           const struct sf_request *request)
{
	return sf_filter(search->cluster, node, request, search->view, NULL);
}

static enum sf_fit ask_ever(const struct search *search, uint32_t node,
                            const struct sf_request *request)
{
	return sf_filter_ever(search->cluster, node, request, search->view);
}

/* How many of one want the node gives, when nothing else is asked for. */
static uint16_t most_of(const struct search *search, ask_filter *ask, uint32_t node, uint8_t want)
{
	struct sf_request request = *search->request;
	uint16_t low = 0, high = search->request->want[want].count;
	request.n = 1;
	request.cpu_milli = 0;
	request.memory_mib = 0;
	request.want[0] = search->request->want[want];
	while (low < high) {
		uint16_t middle = (uint16_t)(high - (high - low) / 2);
		request.want[0].count = middle;
		if (ask(search, node, &request) == SF_FITS) {
			low = middle;
		} else {
			high = (uint16_t)(middle - 1);
		}
	}
	return low;
}

/* Returns how many devices are missing in all. */
static uint32_t note_counts(struct search *search, enum sf_mend_kind kind, ask_filter *ask,
                            uint32_t node)
{
	const struct sf_resources *names = sf_cluster_resources(search->cluster);
	const char *name = sf_cluster_node(search->cluster, node)->name;
	uint32_t missing = 0;
	for (uint8_t i = 0; i < search->request->n; i++) {
		const struct sf_want *want = &search->request->want[i];
		struct sf_mend mend = {
			.kind = kind,
			.resource = sf_resource_name(names, want->resource),
			.need = want->count,
			.have = most_of(search, ask, node, i),
		};
		missing += (uint32_t)(mend.need - mend.have);
		if (mend.have < mend.need && (kind == SF_MEND_FREE || mend.have > 0)) {
			note(search, &mend, i, name);
		}
	}
	return missing;
}

/* Would the node meet a wish for so much GPU memory, in the unit of the one that was made? */
static bool meets_wish(const struct search *search, uint32_t node, bool share, int32_t wish)
{
	struct sf_request request = *search->request;
	if (share) {
		request.gpu_memory_milli = (uint16_t)wish;
	} else {
		request.gpu_memory_mib = wish;
	}
	return ask_now(search, node, &request) == SF_FITS;
}

/* The largest wish for GPU memory that the node would meet. */
static void note_gpu_memory(struct search *search, uint32_t node)
{
	bool share = search->request->gpu_memory_mib == 0;
	int32_t wish = share ? search->request->gpu_memory_milli : search->request->gpu_memory_mib;
	int32_t low = 0, high = wish;
	while (low < high) {
		int32_t middle = high - (high - low) / 2;
		if (meets_wish(search, node, share, middle)) {
			low = middle;
		} else {
			high = middle - 1;
		}
	}
	if (low > 0) {
		note_gap(search, share ? SF_MEND_GPU_SHARE : SF_MEND_GPU_MEMORY, wish, low,
		         sf_cluster_node(search->cluster, node)->name);
	}
}

/* The longest row of memory units that is not in use. */
static unsigned longest_run(const struct sf_gpu *gpu)
{
	unsigned used = sf_mig_units(gpu->product, &gpu->layout);
	unsigned run = 0, longest = 0;
	if (gpu->layout.n == 0 && gpu->device[0].used > 0) {
		return 0;
	}
	for (unsigned unit = 0; unit < gpu->product->units; unit++) {
		run = (used >> unit & 1) != 0 ? 0 : run + 1;
		longest = run > longest ? run : longest;
	}
	return longest;
}

/* Memory units that the want takes of this GPU; 0: it cannot be served there. */
static unsigned units_of(const struct search *search, const struct sf_gpu *gpu, uint16_t resource)
{
	const struct sf_product *product = gpu->product;
	if (resource == SF_RES_GPU) {
		return product->units;
	}
	for (int i = 0; i < product->n_profiles; i++) {
		if (sf_cluster_profile_resource(search->cluster, product, i, false) == resource) {
			return product->profile[i].size;
		}
	}
	return 0;
}

/* No instance of this want fits anywhere on the node: how near is the best of its GPUs? */
static void note_run(struct search *search, const struct sf_node *node, uint8_t want)
{
	uint16_t resource = search->request->want[want].resource;
	struct sf_mend mend = {
		.kind = SF_MEND_RUN,
		.resource = sf_resource_name(sf_cluster_resources(search->cluster), resource),
	};
	for (uint8_t g = 0; g < node->n_gpus; g++) {
		const struct sf_gpu *gpu = &node->gpu[g];
		unsigned need = gpu->mig ? units_of(search, gpu, resource) : 0;
		unsigned have = need > 0 ? longest_run(gpu) : 0;
		if (need > 0 && (mend.need == 0 || have > mend.have)) {
			mend.need = need;
			mend.have = have;
		}
	}
	if (mend.need > 0) {
		note(search, &mend, want, node->name);
	}
}

static void note_part(struct search *search, const struct sf_node *node)
{
	int64_t most = 0;
	for (uint8_t g = 0; g < node->n_gpus; g++) {
		const struct sf_device *device = &node->gpu[g].device[0];
		int64_t free = device->replicas - device->used;
		most = free > most ? free : most;
	}
	note_gap(search, SF_MEND_PART, sf_replicas_per_want(node, search->request), most,
	         node->name);
}

static void note_ready(struct search *search, const struct sf_node *node)
{
	struct sf_node ready = *node;
	ready.state = SF_NODE_READY;
	if (sf_filter_node(search->cluster, &ready, search->request, search->view, NULL) ==
	    SF_FITS) {
		note_gap(search, SF_MEND_READY, 1, 0, node->name);
	}
}

static void note_fragmented(struct search *search, uint32_t number)
{
	const struct sf_node *node = sf_cluster_node(search->cluster, number);
	note_counts(search, SF_MEND_FREE, ask_now, number);
	for (uint8_t i = 0; i < search->request->n; i++) {
		if (most_of(search, ask_now, number, i) > 0) {
			continue;
		}
		if (sf_node_is_fractional(node)) {
			note_part(search, node);
		} else {
			note_run(search, node, i);
		}
	}
}

/* Do the rules deny the modes in which the node would serve it? */
static bool is_denied(const struct search *search, const struct sf_node *node)
{
	uint8_t deny = search->question->question->serving.deny;
	return (deny & sf_serving_of_request(node, search->request)) != 0;
}

/* What is missing on one node; returns how much of it, in devices where these are counted. */
static uint32_t look_at(struct search *search, uint32_t number)
{
	const struct sf_node *node = sf_cluster_node(search->cluster, number);
	const struct sf_request *request = search->request;
	enum sf_fit fit = (enum sf_fit)search->question->verdicts->node[number].fit;
	if (fit != SF_FIT_MODE && is_denied(search, node)) {
		return 1; /* it could never go there */
	}
	switch (fit) {
	case SF_FIT_NOT_READY:
		note_ready(search, node);
		break;
	case SF_FIT_MODE:
		if (ask_now(search, number, request) == SF_FITS) {
			note_gap(search, SF_MEND_MODE, 1, 0, node->name);
		}
		break;
	case SF_FIT_TOO_MANY:
	case SF_FIT_SHARED_LIMIT:
		note_counts(search, SF_MEND_ASK_LESS, ask_ever, number);
		break;
	case SF_FIT_BUSY:
		return note_counts(search, SF_MEND_FREE, ask_now, number);
	case SF_FIT_FRAGMENTED:
		note_fragmented(search, number);
		break;
	case SF_FIT_GPU_MEMORY:
		note_gpu_memory(search, number);
		break;
	case SF_FIT_CPU:
		note_gap(search, SF_MEND_CPU, request->cpu_milli,
		         node->cpu_milli - node->cpu_used_milli, node->name);
		break;
	case SF_FIT_MEMORY:
		note_gap(search, SF_MEND_HOST_MEMORY, request->memory_mib,
		         node->memory_mib - node->memory_used_mib, node->name);
		break;
	case SF_FIT_PODS:
		note_gap(search, SF_MEND_PODS, (int64_t)node->pods + 1, node->pods_max, node->name);
		break;
	default:
		break; /* nothing here that a small change would mend */
	}
	return 1;
}

/* Nodes where somebody's leaving may help, those first where least is missing. */
static int by_missing(const void *a, const void *b)
{
	const struct sf_evict_candidate *x = a, *y = b;
	if (x->missing != y->missing) {
		return x->missing < y->missing ? -1 : 1;
	}
	return (x->node > y->node) - (x->node < y->node);
}

static void look_at_all(struct search *search, struct sf_evict_search *evict)
{
	const struct sf_verdicts *verdicts = search->question->verdicts;
	uint32_t n = sf_cluster_nodes(search->cluster);
	struct sf_evict_candidate *candidate = sf_xcalloc((size_t)n + 1, sizeof(*candidate));
	for (uint32_t i = 0; i < n; i++) {
		if ((sf_cluster_node(search->cluster, i)->state & SF_NODE_REMOVED) != 0 ||
		    (search->question->excluded != NULL && search->question->excluded[i] != NULL)) {
			continue;
		}
		uint32_t missing = look_at(search, i);
		if (!sf_verdict_unresolvable(&verdicts->node[i], INT32_MAX)) {
			candidate[evict->n++] = (struct sf_evict_candidate){missing, i};
		}
	}
	qsort(candidate, evict->n, sizeof(*candidate), by_missing);
	evict->n = evict->n < SF_EXPLAIN_TRIALS ? evict->n : SF_EXPLAIN_TRIALS;
	memcpy(evict->candidate, candidate, evict->n * sizeof(*candidate));
	free(candidate);
}

static int keep_mend(const struct sf_mend *mend, struct sf_arena *arena, struct sf_explanation *out)
{
	struct sf_mend *copy = &out->mend[out->n_mends++];
	*copy = *mend;
	if (mend->resource != NULL) {
		copy->resource = sf_arena_strdup(arena, mend->resource);
		if (copy->resource == NULL) {
			return -1;
		}
	}
	return sf_explain_nodes_keep(&copy->nodes, arena);
}

int sf_explain_mends(struct sf_cluster *cluster, const struct sf_explain_question *question,
                     struct sf_arena *arena, struct sf_explanation *out)
{
	struct search search = {
		.cluster = cluster,
		.question = question,
		.request = &question->question->request,
		.view = question->question->policy->view,
	};
	struct sf_evict_search evict = {
		.cluster = cluster,
		.request = search.request,
		.view = search.view,
		.priority = question->priority,
		.arena = arena,
	};
	look_at_all(&search, &evict);
	out->mend = sf_arena_array(arena, (size_t)SF_MENDS * SF_WANTS_MAX, sizeof(*out->mend));
	if (out->mend == NULL || sf_explain_evict(&evict, &search.best[SF_MEND_EVICT][0],
	                                          &search.best[SF_MEND_EVICT_ANY][0]) < 0) {
		return -1;
	}
	for (uint8_t i = 0; question->name != NULL && i < search.request->n; i++) {
		sf_explain_nearest(cluster, question, i, &search.best[SF_MEND_NAME][i]);
	}
	for (int kind = 0; kind < SF_MENDS; kind++) {
		for (int want = 0; want < SF_WANTS_MAX; want++) {
			const struct sf_mend *best = &search.best[kind][want];
			if (best->nodes.n > 0 && keep_mend(best, arena, out) < 0) {
				return -1;
			}
		}
	}
	return 0;
}
