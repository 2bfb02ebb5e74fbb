/*
 * rollout_order: in which order the changed nodes of a plan are rebuilt.
 *
 * Greedy first. A node whose pods all go where the plan wants such pods comes first, then one whose
 * pods all fit somewhere, then the one with the fewest pods that fit nowhere; among equals the node
 * with the fewest pods, less the places that it will have for evicted ones. If pods have to wait in
 * that order, or are not where the plan wants them, all orders and all ways to place the pods are
 * searched, as long as the limit on trials allows. Waves need not be looked at: whatever works in
 * waves works node by node, too.
 */
// SPDX-License-Identifier: Apache-2.0
#include "rollout_state.h"

#include <slicefit/alloc.h>

#include <stdlib.h>
#include <string.h>

enum {
	TRIALS = 20000,     /* of the search, unless told otherwise */
	CANDIDATES = 64,    /* nodes among which the one with the fewest waiting pods is chosen */
	SEARCH_PODS = 1000, /* most pods that are searched: each is a step of the recursion */
};

#define NEVER UINT32_MAX

enum way { BY_PLAN, ANYWHERE, WAYS };

struct ordering {
	struct rollout_state *state;
	uint32_t *order;
	size_t n_order;
	size_t n_left;
	uint32_t *left;       /* nodes that have not had their turn, in the order of `burden` */
	int64_t *burden;      /* per node: its pods, less the places it will have for such pods */
	uint32_t *gain[WAYS]; /* per workload: how often places for it were added */
	/* Per node: the workload that found no place at the last trial, at which gain. */
	uint32_t *failed[WAYS], *failed_gain[WAYS];
	size_t n_waiting;
	size_t *waiting; /* pods of rebuilt nodes that have no place */
	uint64_t limit;
	bool by_plan; /* the search uses only places that the plan has */
};

static size_t pods_on(const struct rollout_state *state, uint32_t node)
{
	return state->pods.first[node + 1] - state->pods.first[node];
}

/* Places for a workload's pods may have come with a rebuilt node. */
static void note_gain(struct ordering *o, uint32_t node)
{
	struct rollout_state *state = o->state;
	struct sf_candidate at;

	for (size_t w = 0; w < state->scenario->n_workloads; w++) {
		o->gain[BY_PLAN][w] += state->plan->node[node].pods[w] > 0;
		o->gain[ANYWHERE][w] +=
			rollout_rules_allow(&state->rules, (uint32_t)w, node) &&
			sf_placer_choose_on(state->placer, node, &state->request[w], &at);
	}
}

/* Tries to find places for all pods of a node; when one has none everything is taken back. */
static bool try_node(struct ordering *o, uint32_t node, enum way way)
{
	struct rollout_state *state = o->state;
	size_t height = state->n_entries;

	for (size_t i = state->pods.first[node]; i < state->pods.first[node + 1]; i++) {
		if (!rollout_seat(state, i, way == ANYWHERE)) {
			uint32_t w = state->pods.pod[i].workload;

			o->failed[way][node] = w;
			o->failed_gain[way][node] = o->gain[way][w];
			rollout_back(state, height);
			return false;
		}
	}
	return true;
}

/* No places for the pod that had none were added since: it would fail again. */
static bool fails_again(const struct ordering *o, uint32_t node, enum way way)
{
	uint32_t w = o->failed[way][node];

	return w != NEVER && o->failed_gain[way][node] == o->gain[way][w];
}

/* How bad it is to rebuild a node now: smaller is better, in this order. */
struct harm {
	uint32_t violations; /* of disruption budgets */
	uint32_t waiting;
	int64_t priorities; /* of those that wait, summed up */
};

static int compare_harm(const struct harm *a, const struct harm *b)
{
	if (a->violations != b->violations) {
		return a->violations < b->violations ? -1 : 1;
	}
	if (a->waiting != b->waiting) {
		return a->waiting < b->waiting ? -1 : 1;
	}
	return a->priorities < b->priorities ? -1 : a->priorities > b->priorities;
}

/* The node's pods take what places there are; the others are counted. */
static struct harm seat_most(struct ordering *o, uint32_t node)
{
	struct rollout_state *state = o->state;
	struct harm harm = {0};
	uint32_t of_workload = 0, last = NEVER;

	for (size_t i = state->pods.first[node]; i < state->pods.first[node + 1]; i++) {
		uint32_t w = state->pods.pod[i].workload;
		const struct sf_workload *workload = &state->scenario->workload[w];

		if (rollout_seat(state, i, true)) {
			continue;
		}
		of_workload = w == last ? of_workload + 1 : 1;
		last = w;
		harm.waiting++;
		harm.priorities += workload->priority;
		harm.violations += workload->has_budget && of_workload > workload->max_unavailable;
	}
	return harm;
}

/* The place in `left` of the node that hurts least. */
static size_t least_harm(struct ordering *o)
{
	size_t height = o->state->n_entries;
	struct harm least = {0};
	size_t best = 0;

	for (size_t i = 0; i < o->n_left && i < CANDIDATES; i++) {
		struct harm harm = seat_most(o, o->left[i]);

		rollout_back(o->state, height);
		if (i == 0 || compare_harm(&harm, &least) < 0) {
			least = harm;
			best = i;
		}
	}
	return best;
}

static size_t choose(struct ordering *o)
{
	for (int way = BY_PLAN; way < WAYS; way++) {
		for (size_t i = 0; i < o->n_left; i++) {
			if (!fails_again(o, o->left[i], (enum way)way) &&
			    try_node(o, o->left[i], (enum way)way)) {
				return i;
			}
		}
	}
	size_t i = least_harm(o);
	seat_most(o, o->left[i]);
	return i;
}

/* Pods that wait, the most important first, take places that have come. */
static void seat_waiting(struct ordering *o)
{
	size_t n = 0;

	for (size_t i = 0; i < o->n_waiting; i++) {
		if (!rollout_seat(o->state, o->waiting[i], false) &&
		    !rollout_seat(o->state, o->waiting[i], true)) {
			o->waiting[n++] = o->waiting[i];
		}
	}
	o->n_waiting = n;
}

static void add_waiting(struct ordering *o, uint32_t node)
{
	const struct rollout_state *state = o->state;

	for (size_t i = state->pods.first[node]; i < state->pods.first[node + 1]; i++) {
		const struct rollout_pod *pod = &state->pods.pod[i];
		int32_t priority = state->scenario->workload[pod->workload].priority;
		size_t at = o->n_waiting;

		if (pod->to != SF_NODE_NONE) {
			continue;
		}
		for (; at > 0; at--) {
			uint32_t other = state->pods.pod[o->waiting[at - 1]].workload;

			if (state->scenario->workload[other].priority >= priority) {
				break;
			}
			o->waiting[at] = o->waiting[at - 1];
		}
		o->waiting[at] = i;
		o->n_waiting++;
	}
}

/* Returns how many pods had to wait. */
static uint32_t greedy(struct ordering *o)
{
	uint32_t waited = 0;

	while (o->n_left > 0) {
		size_t i = choose(o);
		uint32_t node = o->left[i];
		size_t before = o->n_waiting;

		memmove(&o->left[i], &o->left[i + 1], (o->n_left - i - 1) * sizeof *o->left);
		o->n_left--;
		o->order[o->n_order++] = node;
		add_waiting(o, node);
		waited += (uint32_t)(o->n_waiting - before);
		rollout_rebuild(o->state, node);
		note_gain(o, node);
		seat_waiting(o);
	}
	return waited;
}

static bool search(struct ordering *o);

/* Finds places for the pods of `node` from `pod` on in every way, then goes on with the other nodes. */
static bool search_pods(struct ordering *o, uint32_t node, size_t pod)
{
	struct rollout_state *state = o->state;
	const struct rollout_pod *pods = state->pods.pod;
	size_t height = state->n_entries;
	uint32_t first = 0;

	if (pod == state->pods.first[node + 1]) {
		o->order[o->n_order++] = node;
		rollout_rebuild(state, node);
		if (search(o)) {
			return true;
		}
		rollout_back(state, height);
		o->n_order--;
		return false;
	}
	/* Pods of a workload are alike: only ascending nodes for those of one node. */
	if (pod > state->pods.first[node] && pods[pod].workload == pods[pod - 1].workload) {
		first = pods[pod - 1].to;
	}
	for (uint32_t n = first; n < state->plan->n_nodes && state->trials < o->limit; n++) {
		if (state->done[n] && (!o->by_plan || rollout_is_planned(state, pod, n)) &&
		    rollout_put(state, pod, n)) {
			if (search_pods(o, node, pod + 1)) {
				return true;
			}
			rollout_back(state, height);
		}
	}
	return false;
}

/* Rebuilds the nodes that are left in every order; true, and the order, when one needs no waiting. A
 * node without pods goes at once: that can only help. */
static bool search(struct ordering *o)
{
	struct rollout_state *state = o->state;

	if (o->n_order == o->n_left) {
		return true;
	}
	for (size_t i = 0; i < o->n_left && state->trials < o->limit; i++) {
		uint32_t node = o->left[i];

		if (state->done[node]) {
			continue;
		}
		if (search_pods(o, node, state->pods.first[node])) {
			return true;
		}
		if (pods_on(state, node) == 0) {
			return false;
		}
	}
	return false;
}

static void weigh(struct ordering *o)
{
	const struct rollout_state *state = o->state;
	size_t workloads = state->scenario->n_workloads;
	uint32_t *evicted = sf_xcalloc(workloads + 1, sizeof *evicted);

	for (size_t i = 0; i < state->pods.n; i++) {
		evicted[state->pods.pod[i].workload]++;
	}
	for (uint32_t n = 0; n < state->plan->n_nodes; n++) {
		o->burden[n] = (int64_t)pods_on(state, n);
		for (size_t w = 0; w < workloads; w++) {
			uint32_t planned = state->plan->node[n].pods[w];

			o->burden[n] -= planned < evicted[w] ? planned : evicted[w];
		}
	}
	free(evicted);
}

static int compare_nodes(const void *a, const void *b, void *ctx)
{
	const struct ordering *o = ctx;
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	size_t p = pods_on(o->state, x), q = pods_on(o->state, y);

	if ((p == 0) != (q == 0)) {
		return p == 0 ? -1 : 1;
	}
	if (o->burden[x] != o->burden[y]) {
		return o->burden[x] < o->burden[y] ? -1 : 1;
	}
	if (p != q) {
		return p < q ? -1 : 1;
	}
	return x < y ? -1 : x > y;
}

static void list_left(struct ordering *o)
{
	o->n_left = 0;
	for (uint32_t n = 0; n < o->state->plan->n_nodes; n++) {
		if (sf_rollout_interrupts(&o->state->plan->node[n])) {
			o->left[o->n_left++] = n;
		}
	}
	qsort_r(o->left, o->n_left, sizeof *o->left, compare_nodes, o);
}

static void start(struct ordering *o)
{
	size_t nodes = o->state->plan->n_nodes + 1;

	o->left = sf_xcalloc(nodes, sizeof *o->left);
	o->burden = sf_xcalloc(nodes, sizeof *o->burden);
	o->waiting = sf_xcalloc(o->state->pods.n + 1, sizeof *o->waiting);
	for (int way = BY_PLAN; way < WAYS; way++) {
		o->gain[way] =
			sf_xcalloc(o->state->scenario->n_workloads + 1, sizeof *o->gain[way]);
		o->failed[way] = sf_xcalloc(nodes, sizeof *o->failed[way]);
		o->failed_gain[way] = sf_xcalloc(nodes, sizeof *o->failed_gain[way]);
		memset(o->failed[way], 0xff, nodes * sizeof *o->failed[way]);
	}
	weigh(o);
	list_left(o);
}

static void finish(struct ordering *o)
{
	for (int way = BY_PLAN; way < WAYS; way++) {
		free(o->gain[way]);
		free(o->failed[way]);
		free(o->failed_gain[way]);
	}
	free(o->left);
	free(o->burden);
	free(o->waiting);
}

/* The greedy order again: the search has taken everything back. */
static void repeat(struct ordering *o)
{
	finish(o);
	o->n_order = 0;
	o->n_waiting = 0;
	start(o);
	greedy(o);
}

/* Pods that are not where the plan wants such pods. */
static bool any_astray(const struct rollout_state *state)
{
	for (size_t i = 0; i < state->pods.n; i++) {
		if (state->pods.pod[i].to != SF_NODE_NONE && !state->pods.pod[i].planned) {
			return true;
		}
	}
	return false;
}

/* The search, from the beginning. Without success it leaves nothing in place. */
static bool search_all(struct ordering *o, bool by_plan, uint64_t limit)
{
	rollout_back(o->state, 0);
	list_left(o);
	o->n_order = 0;
	o->by_plan = by_plan;
	o->limit = o->state->trials + limit;
	return search(o);
}

void rollout_order(struct rollout_state *state, uint64_t trial_limit, uint32_t *order)
{
	struct ordering o = {.state = state, .order = order};
	uint64_t limit = trial_limit ? trial_limit : TRIALS;
	bool waited;

	start(&o);
	waited = greedy(&o) > 0;
	if ((waited || any_astray(state)) && state->pods.n <= SEARCH_PODS &&
	    !search_all(&o, true, limit) && !(waited && search_all(&o, false, limit))) {
		repeat(&o);
	}
	finish(&o);
}
