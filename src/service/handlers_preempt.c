/*
 * handlers_preempt: are the pods that kube-scheduler would evict the right ones?
 *
 * The scheduler counts resource names. Here the node is asked whether the pod finds its GPUs once the
 * victims are gone; where it does not, others go, and where nobody's going helps the node is left
 * out (slicefit/evict.h). There is no way to report an error: an empty answer prevents the preemption.
 */
// SPDX-License-Identifier: Apache-2.0
#include "handlers.h"

#include "holders.h"
#include "judge.h"

#include <slicefit/alloc.h>
#include <slicefit/arena.h>
#include <slicefit/clock.h>
#include <slicefit/error.h>
#include <slicefit/evict.h>
#include <slicefit/extender_preempt.h>
#include <slicefit/hash.h>
#include <slicefit/index.h>
#include <slicefit/log.h>
#include <slicefit/policy.h>

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct call {
	struct sf_call call;
	struct sf_extender_preempt args;
	const struct sf_live *live;
	struct sf_evictor *evictor;
	struct sf_question question;
	struct sf_evict_ask ask;
	size_t outcome[SF_PREEMPT_OUTCOMES];
	/* Of the node at hand: the pods, and their UIDs. */
	size_t n, cap_pod, cap_uid, cap_order;
	struct sf_evict_pod *pod;
	const char **uid;
	uint32_t *order; /* most important first */
	struct sf_index by_uid;
};

static bool has_uid(const void *entries, uint32_t number, const void *key)
{
	return strcmp(((const char *const *)entries)[number], key) == 0;
}

/* Adds a pod to those of the node, unless it is there. */
static void add_pod(struct call *call, const char *uid, const struct sf_evict_pod *pod)
{
	call->pod = sf_xgrow(call->pod, &call->cap_pod, call->n + 1, sizeof(*call->pod));
	call->uid = sf_xgrow(call->uid, &call->cap_uid, call->n + 1, sizeof(*call->uid));
	if (sf_index_put(&call->by_uid, sf_hash(0, uid, strlen(uid)), has_uid, call->uid, uid,
	                 (uint32_t)call->n) == SF_INDEX_NONE) {
		call->uid[call->n] = uid;
		call->pod[call->n++] = *pod;
	}
}

/* The scheduler's victims. Their order tells the most that the priority of an unknown one can be. */
static void add_proposed(struct call *call, const struct sf_live_node *at,
                         const struct sf_extender_candidate *node)
{
	int32_t most = call->ask.priority > INT32_MIN ? call->ask.priority - 1 : INT32_MIN;
	for (size_t i = 0; i < node->n; i++) {
		const struct sf_extender_victim *victim = &node->victim[i];
		const struct sf_live_pod *known = sf_live_find(call->live, victim->uid);
		struct sf_evict_pod pod = {
			.pod = SF_EVICT_UNSEEN,
			.priority = victim->has_priority ? victim->priority : most,
			.start_us = INT64_MAX,
		};
		if (known != NULL) {
			pod = sf_holder_of(known,
			                   known->node != SF_LIVE_NONE &&
			                           sf_live_node_at(call->live, known->node) == at);
		}
		pod.proposed = true;
		most = pod.priority < most ? pod.priority : most;
		add_pod(call, victim->uid, &pod);
	}
}

/* The other pods there that hold GPUs. */
static void add_others(struct call *call, const struct sf_live_node *at)
{
	for (uint32_t i = at->first; i != SF_LIVE_NONE;) {
		const struct sf_live_pod *known = sf_live_pod_at(call->live, i);
		if (known->pod != SF_LIVE_NONE) {
			struct sf_evict_pod pod = sf_holder_of(known, true);
			add_pod(call, known->uid, &pod);
		}
		i = known->behind;
	}
}

/* May it be named? Others take nothing from a budget: those that are being deleted are not counted as
 * disruptions to come, and promises are not in the scheduler's view. */
static bool may_go(const struct call *call, const struct sf_evict_pod *pod,
                   const struct sf_live_pod *known)
{
	return pod->priority < call->ask.priority && !pod->leaving &&
	       (pod->proposed || known->state == SF_LIVE_BOUND);
}

/* Whose eviction violates a disruption budget? Counted in order of importance, as kube-scheduler does. */
static void mark_violations(struct call *call)
{
	struct sf_budgets *budgets = &call->call.service->state.budgets;
	call->order = sf_xgrow(call->order, &call->cap_order, call->n + 1, sizeof(*call->order));
	sf_evict_order(call->pod, call->n, call->order);
	sf_budgets_begin(budgets);
	for (size_t i = 0; i < call->n; i++) {
		uint32_t place = call->order[i];
		struct sf_evict_pod *pod = &call->pod[place];
		const struct sf_live_pod *known = sf_live_find(call->live, call->uid[place]);
		if (known != NULL && may_go(call, pod, known)) {
			pod->violates =
				sf_budgets_take(budgets, known->space, known->name, known->labels);
		}
	}
}

/* Its labels are not known: it asks for no GPU, or nobody has told of it. */
static bool is_unlabelled(const struct call *call, uint32_t place)
{
	const struct sf_live_pod *known = sf_live_find(call->live, call->uid[place]);
	return known == NULL || !known->gpus;
}

/*
 * How many of the victims violate a budget. Those that the scheduler counted and whose labels are not
 * known can only be told from their number: no more than of these remain can still do so. Without
 * budgets that is all that is known.
 */
static int64_t count_violations(const struct call *call, const struct sf_eviction *eviction,
                                int64_t counted)
{
	bool blind = call->call.service->state.budgets.n == 0;
	int64_t own = 0, rest = counted, kept = 0, proposed = 0, remain = 0;
	for (size_t i = 0; i < call->n; i++) {
		proposed += call->pod[i].proposed;
		rest -= call->pod[i].proposed && call->pod[i].violates;
	}
	for (size_t i = 0; i < eviction->n; i++) {
		uint32_t place = eviction->victim[i];
		const struct sf_evict_pod *pod = &call->pod[place];
		own += pod->violates;
		remain += pod->proposed;
		kept += pod->proposed && (blind || is_unlabelled(call, place));
	}
	if (blind && remain == proposed) {
		return counted;
	}
	rest = rest > 0 ? rest : 0;
	return own + (rest < kept ? rest : kept);
}

/* Writes the victims over those that were proposed. */
static int set_victims(struct call *call, const struct sf_eviction *eviction,
                       struct sf_extender_candidate *node)
{
	struct sf_extender_victim *victim =
		sf_arena_array(call->call.arena, eviction->n + 1, sizeof(*victim));
	if (victim == NULL) {
		return -1;
	}
	for (size_t i = 0; i < eviction->n; i++) {
		uint32_t place = eviction->victim[i];
		victim[i].uid = sf_arena_strdup(call->call.arena, call->uid[place]);
		if (victim[i].uid == NULL) {
			return -1;
		}
	}
	node->violations = count_violations(call, eviction, node->violations);
	node->victim = victim;
	node->n = eviction->n;
	return 0;
}

static enum sf_preempt_outcome refuse(struct sf_extender_candidate *node)
{
	node->n = 0;
	return SF_PREEMPT_REFUSED;
}

/* What its class is denied stays denied, whoever goes. */
static bool is_denied(const struct call *call, const struct sf_node *node)
{
	unsigned servings = sf_serving_of_request(node, &call->question.request);
	return (servings & call->question.serving.deny) != 0;
}

static enum sf_preempt_outcome judge_node(struct call *call, struct sf_cluster *cluster,
                                          struct sf_extender_candidate *node)
{
	const struct sf_live_node *at = sf_live_find_node(call->live, node->name);
	if (at == NULL || at->node == SF_LIVE_NONE ||
	    is_denied(call, sf_cluster_node(cluster, at->node))) {
		return refuse(node);
	}
	call->n = 0;
	sf_index_finish(&call->by_uid);
	add_proposed(call, at, node);
	add_others(call, at);
	mark_violations(call);
	struct sf_eviction eviction =
		sf_evict_choose(call->evictor, cluster, at->node, &call->ask, call->pod, call->n);
	if (!eviction.helps || eviction.n == 0) {
		return refuse(node);
	}
	if (eviction.proposed) {
		return SF_PREEMPT_KEPT;
	}
	return set_victims(call, &eviction, node) == 0 ? SF_PREEMPT_CHANGED : refuse(node);
}

/* Is there a node for it already, promised or for good? The scheduler does not know yet: it may be
 * bound while the call that binds it is given up. */
static bool is_settled(const struct sf_live *live, const struct sf_kube_pod *pod)
{
	const struct sf_live_pod *known = sf_live_find(live, pod->uid);
	return known != NULL && known->state != SF_LIVE_PENDING;
}

/* Nothing is changed for good, but the trials need the lock. */
static void judge(struct call *call)
{
	struct sf_state *state = &call->call.service->state;
	const struct sf_kube_pod *pod = &call->args.pod;
	sf_state_lock(state);
	sf_state_record(state, call->call.config, call->call.slot);
	struct sf_cluster *cluster = sf_live_cluster(state->live);
	call->live = state->live;
	bool settled = is_settled(state->live, pod);
	sf_kube_pod_request(pod, cluster, &call->question.request);
	call->ask = (struct sf_evict_ask){
		.request = &call->question.request,
		.priority = pod->priority,
		.cpu_milli = pod->cpu_milli,
		.memory_mib = pod->memory_mib,
		.view = call->question.policy->view,
	};
	for (size_t i = 0; i < call->args.n; i++) {
		struct sf_extender_candidate *node = &call->args.node[i];
		call->outcome[settled ? refuse(node) : judge_node(call, cluster, node)]++;
	}
	sf_state_unlock(state);
}

static void tell(const struct call *call, const struct sf_http_request *http)
{
	const size_t *outcome = call->outcome;
	char priority[16]; /* may be negative */
	for (unsigned i = 0; i < SF_PREEMPT_OUTCOMES; i++) {
		sf_metrics_add(&call->call.service->metrics, SF_METRIC_PREEMPT_NODES, i, 0,
		               outcome[i]);
	}
	snprintf(priority, sizeof(priority), "%d", call->args.pod.priority);
	sf_log_with(SF_LOG_INFO, "preempt",
	            SF_LOG_FIELDS({"id", .number = http->id},
	                          {"namespace", .text = call->args.pod.space},
	                          {"pod", .text = call->args.pod.name},
	                          {"priority", .text = priority}, {"nodes", .number = call->args.n},
	                          {"kept", .number = outcome[SF_PREEMPT_KEPT]},
	                          {"changed", .number = outcome[SF_PREEMPT_CHANGED]},
	                          {"refused", .number = outcome[SF_PREEMPT_REFUSED]}));
}

/* Reads the request and finds the rules for its pod. */
static int open_call(struct call *call, const struct sf_http_request *http, struct sf_error *err)
{
	struct sf_call *own = &call->call;
	if (sf_extender_preempt_parse(http->body, http->len, own->arena, &call->args, err) < 0) {
		return -1;
	}
	own->args.pod = call->args.pod;
	own->args.pod_text = call->args.pod_text;
	own->args.pod_len = call->args.pod_len;
	if (sf_call_prepare(own, err) < 0) {
		return -1;
	}
	call->args.pod = own->args.pod; /* with its wishes worked out */
	call->question.policy = own->rules.policy;
	call->question.serving = own->rules.serving;
	return 0;
}

static void preempt(struct call *call, const struct sf_http_request *http)
{
	uint64_t start = sf_clock_ns();
	call->evictor = sf_evictor_create();
	judge(call);
	sf_metrics_observe(&call->call.service->metrics, SF_METRIC_DECISION_DURATION,
	                   SF_VERB_PREEMPT, sf_clock_ns() - start);
	tell(call, http);
	sf_evictor_destroy(call->evictor);
	sf_index_finish(&call->by_uid);
	free(call->pod);
	free(call->uid);
	free(call->order);
}

void sf_handle_preempt(struct sf_service *service, const struct sf_http_request *request,
                       struct sf_http_response *response)
{
	struct call call = {0};
	struct sf_error err = {0};
	sf_call_start(service, request, SF_VERB_PREEMPT, &call.call);
	if (open_call(&call, request, &err) < 0) {
		sf_handle_misunderstood(service, request, SF_VERB_PREEMPT, &err);
		call.args.n = 0;
	} else if (!call.call.open) { /* else the scheduler's victims are as good as any */
		preempt(&call, request);
	}
	sf_extender_write_preempt(call.args.node, call.args.n, &response->body);
	sf_call_close(&call.call, response);
}
