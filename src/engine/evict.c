/* evict: which pods of a node have to go so that a more important pod finds the right GPUs. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/evict.h>

#include "reprieve.h"

#include <slicefit/alloc.h>

#include <assert.h>
#include <stdlib.h>

struct sf_evictor {
	const struct sf_evict_ask *ask;
	const struct sf_evict_pod *pod; /* of the node, the caller's */
	size_t n;
	size_t cap_order, cap_victim;
	uint32_t *order; /* of the pods, most important first */
	bool *victim;    /* by place in that order */
	uint32_t *out;
	size_t cap_out;
	struct sf_reprieve trial;
};

struct sf_evictor *sf_evictor_create(void)
{
	return sf_xcalloc(1, sizeof(struct sf_evictor));
}

void sf_evictor_destroy(struct sf_evictor *evictor)
{
	if (evictor != NULL) {
		sf_reprieve_finish(&evictor->trial);
		free(evictor->order);
		free(evictor->victim);
		free(evictor->out);
		free(evictor);
	}
}

/* Those that go anyway matter least, then as kube-scheduler has it (MoreImportantPod in util/utils.go).
 * Unseen pods keep the order in which the scheduler named them. */
static int by_importance(const void *a, const void *b, void *ctx)
{
	const struct sf_evict_pod *pod = *(const struct sf_evict_pod *const *)ctx;
	uint32_t i = *(const uint32_t *)a, k = *(const uint32_t *)b;
	const struct sf_evict_pod *x = &pod[i], *y = &pod[k];
	if (x->leaving != y->leaving) {
		return x->leaving ? 1 : -1;
	}
	if (x->priority != y->priority) {
		return x->priority > y->priority ? -1 : 1;
	}
	if (x->start_us != y->start_us) {
		return x->start_us < y->start_us ? -1 : 1;
	}
	if (x->pod != y->pod) {
		return x->pod < y->pod ? -1 : 1;
	}
	return (i > k) - (i < k);
}

void sf_evict_order(const struct sf_evict_pod *pod, size_t n, uint32_t *out)
{
	for (uint32_t i = 0; i < n; i++) {
		out[i] = i;
	}
	if (n > 1) {
		qsort_r(out, n, sizeof(*out), by_importance, &pod);
	}
}

static void set_up(struct sf_evictor *evictor, struct sf_cluster *cluster, uint32_t node,
                   const struct sf_evict_ask *ask, const struct sf_evict_pod *pod, size_t n)
{
	struct sf_reprieve *trial = &evictor->trial;
	trial->cluster = cluster;
	trial->request = ask->request;
	trial->node = node;
	trial->view = ask->view;
	evictor->ask = ask;
	evictor->pod = pod;
	evictor->n = n;
}

static void sort(struct sf_evictor *evictor)
{
	size_t n = evictor->n;
	evictor->order = sf_xgrow(evictor->order, &evictor->cap_order, n, sizeof(*evictor->order));
	evictor->victim =
		sf_xgrow(evictor->victim, &evictor->cap_victim, n, sizeof(*evictor->victim));
	evictor->out = sf_xgrow(evictor->out, &evictor->cap_out, n, sizeof(*evictor->out));
	for (size_t i = 0; i < n; i++) {
		evictor->victim[i] = false;
	}
	sf_evict_order(evictor->pod, n, evictor->order);
}

/* The i-th in order of importance. */
static const struct sf_evict_pod *pod_at(const struct sf_evictor *evictor, size_t i)
{
	return &evictor->pod[evictor->order[i]];
}

static bool is_lower(const struct sf_evictor *evictor, const struct sf_evict_pod *pod)
{
	return pod->priority < evictor->ask->priority;
}

static bool is_held(const struct sf_evictor *evictor, const struct sf_evict_pod *pod)
{
	return pod->pod != SF_EVICT_UNSEEN &&
	       sf_cluster_pod(evictor->trial.cluster, pod->pod)->node == evictor->trial.node;
}

/* Does the request fit without the victims, just as they are? */
static bool makes_room(struct sf_evictor *evictor)
{
	struct sf_reprieve *trial = &evictor->trial;
	trial->n = 0;
	for (size_t i = 0; i < evictor->n; i++) {
		if (evictor->victim[i] && is_held(evictor, pod_at(evictor, i))) {
			sf_reprieve_add(trial, pod_at(evictor, i)->pod)->open = false;
		}
	}
	bool room = sf_reprieve_begin(trial);
	sf_reprieve_end(trial);
	return room;
}

static bool is_proposal(const struct sf_evictor *evictor, size_t i)
{
	const struct sf_evict_pod *pod = pod_at(evictor, i);
	return pod->proposed && is_lower(evictor, pod);
}

/* Also those whom we do not know: they may free CPU and memory. */
static void propose(struct sf_evictor *evictor)
{
	for (size_t i = 0; i < evictor->n; i++) {
		evictor->victim[i] |= is_proposal(evictor, i);
	}
}

/* May we name it ourselves? A reservation is not yet in every scheduler's view of the node. */
static bool may_go(const struct sf_evictor *evictor, const struct sf_evict_pod *pod)
{
	if (!is_held(evictor, pod) || !is_lower(evictor, pod)) {
		return false;
	}
	const struct sf_pod *placed = sf_cluster_pod(evictor->trial.cluster, pod->pod);
	return pod->proposed || (!pod->leaving && placed->state == SF_POD_PLACED);
}

/* Victims of our own, by the rules of reprieve. */
static bool search(struct sf_evictor *evictor)
{
	struct sf_reprieve *trial = &evictor->trial;
	trial->n = 0;
	for (size_t i = 0; i < evictor->n; i++) {
		const struct sf_evict_pod *pod = pod_at(evictor, i);
		if (may_go(evictor, pod)) {
			sf_reprieve_add(trial, pod->pod)->violates = pod->violates;
		}
	}
	bool found = sf_reprieve_begin(trial) && sf_reprieve_run(trial);
	sf_reprieve_end(trial);
	for (size_t i = 0, k = 0; i < evictor->n; i++) {
		const struct sf_evict_pod *pod = pod_at(evictor, i);
		bool tried = k < trial->n && trial->pod[k].pod == pod->pod;
		evictor->victim[i] =
			tried ? !trial->pod[k].stays
			      : pod->proposed && !is_held(evictor, pod) && is_lower(evictor, pod);
		k += tried;
	}
	return found;
}

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* The proposed ones free enough CPU and memory, says the scheduler. Do ours, too? */
static bool frees_enough(const struct sf_evictor *evictor)
{
	int64_t cpu = 0, memory = 0, proposed_cpu = 0, proposed_memory = 0;
	for (size_t i = 0; i < evictor->n; i++) {
		const struct sf_evict_pod *pod = pod_at(evictor, i);
		cpu += evictor->victim[i] ? pod->cpu_milli : 0;
		memory += evictor->victim[i] ? pod->memory_mib : 0;
		proposed_cpu += is_proposal(evictor, i) ? pod->cpu_milli : 0;
		proposed_memory += is_proposal(evictor, i) ? pod->memory_mib : 0;
	}
	return cpu >= least(proposed_cpu, evictor->ask->cpu_milli) &&
	       memory >= least(proposed_memory, evictor->ask->memory_mib);
}

/* Ours and the proposed ones, unless so many free devices do harm (a wish for GPU memory). */
static void add_proposed(struct sf_evictor *evictor)
{
	bool *own = sf_xcalloc(evictor->n + 1, sizeof(*own));
	for (size_t i = 0; i < evictor->n; i++) {
		own[i] = evictor->victim[i];
	}
	propose(evictor);
	bool room = makes_room(evictor);
	for (size_t i = 0; i < evictor->n && !room; i++) {
		evictor->victim[i] = own[i];
	}
	free(own);
}

static struct sf_eviction tell(struct sf_evictor *evictor, bool helps)
{
	struct sf_eviction eviction = {
		.helps = helps,
		.proposed = true,
		.victim = evictor->out,
	};
	for (size_t i = 0; i < evictor->n; i++) {
		eviction.proposed &= evictor->victim[i] == pod_at(evictor, i)->proposed;
		if (evictor->victim[i]) {
			evictor->out[eviction.n++] = evictor->order[i];
		}
	}
	return eviction;
}

struct sf_eviction sf_evict_choose(struct sf_evictor *evictor, struct sf_cluster *cluster,
                                   uint32_t node, const struct sf_evict_ask *ask,
                                   const struct sf_evict_pod *pod, size_t n)
{
	set_up(evictor, cluster, node, ask, pod, n);
	sort(evictor);
	propose(evictor);
	if (ask->request->n == 0 || makes_room(evictor)) {
		return tell(evictor, true);
	}
	if (!search(evictor)) {
		return tell(evictor, false);
	}
	if (!frees_enough(evictor)) {
		add_proposed(evictor);
	}
	return tell(evictor, true);
}

/* The next priority that pods have, above this one; INT64_MAX when there is none. */
static int64_t next_priority(const struct sf_evictor *evictor, int64_t above)
{
	int64_t next = INT64_MAX;
	for (size_t i = 0; i < evictor->n; i++) {
		int64_t own = evictor->pod[i].priority;
		if (own > above && is_held(evictor, &evictor->pod[i])) {
			next = least(next, own);
		}
	}
	return next;
}

/* Is there room when those of this priority leave, too? */
static bool room_without(struct sf_evictor *evictor, int64_t priority)
{
	for (size_t i = 0; i < evictor->n; i++) {
		const struct sf_evict_pod *pod = &evictor->pod[i];
		if (pod->priority == priority && is_held(evictor, pod)) {
			sf_reprieve_add(&evictor->trial, pod->pod);
		}
	}
	return sf_reprieve_more(&evictor->trial);
}

int64_t sf_evict_above(struct sf_evictor *evictor, struct sf_cluster *cluster, uint32_t node,
                       const struct sf_evict_ask *ask, const struct sf_evict_pod *pod, size_t n)
{
	int64_t priority = INT64_MIN;
	set_up(evictor, cluster, node, ask, pod, n);
	evictor->trial.n = 0;
	bool room = sf_reprieve_begin(&evictor->trial);
	while (!room && priority != INT64_MAX) {
		priority = next_priority(evictor, priority);
		room = priority != INT64_MAX && room_without(evictor, priority);
	}
	sf_reprieve_end(&evictor->trial);
	return priority;
}
