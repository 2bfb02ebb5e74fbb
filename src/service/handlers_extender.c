/* handlers_extender: filter and prioritize. */
// SPDX-License-Identifier: Apache-2.0
#include "handlers.h"

#include "scores.h"

#include <slicefit/arena.h>
#include <slicefit/clock.h>
#include <slicefit/error.h>
#include <slicefit/extender.h>
#include <slicefit/log.h>
#include <slicefit/map.h>
#include <slicefit/policy.h>
#include <slicefit/str.h>

/* What one node of the request is told. */
struct judged {
	int reason; /* SF_FITS, a reason of enum sf_fit, or SF_REASON_UNKNOWN */
	bool unresolvable;
	int64_t score; /* of a feasible node, when asked for */
};

/* Everything about one request that is not its answer. It changes nothing outside itself. */
struct call {
	struct sf_service *service;
	struct sf_arena *arena;
	struct sf_extender_args args;
	struct judged *judged; /* args.n */
	bool scores;
};

/* Lists of names and verdicts only: objects and texts stay in the body. */
enum { ARENA_MAX = 256 << 20 };

static int fail_memory(struct sf_error *err)
{
	return sf_fail(err, SF_ENOMEM, "the request does not fit into the memory budget");
}

/* Without a GPU asked for there is nothing here that the scheduler cannot see. */
static struct judged take(const struct sf_verdicts *verdicts, const struct sf_question *question,
                          uint32_t node)
{
	if (question->request.n == 0) {
		return (struct judged){.reason = SF_FITS};
	}
	const struct sf_verdict *verdict = &verdicts->node[node];
	bool fits = verdict->fit == SF_FITS;
	return (struct judged){
		.reason = verdict->fit,
		.unresolvable = verdict->unresolvable,
		.score = fits && verdicts->score != NULL ? verdicts->score[node] : 0,
	};
}

/* Looked up together. */
enum { BLOCK = 32 };

/* Numbers of n of the request's nodes. */
static void find_nodes(const struct sf_cluster *cluster, const struct sf_extender_node *sent,
                       size_t n, uint32_t *node)
{
	struct sf_map_key name[BLOCK];
	for (size_t i = 0; i < n; i++) {
		name[i] = (struct sf_map_key){sent[i].name, sent[i].hash, sent[i].name_len};
	}
	sf_cluster_find_nodes(cluster, name, n, node);
}

/* By the state, which knows what runs on a node. Returns how many nodes it does not know. */
static size_t judge_known(struct call *call)
{
	struct sf_state *state = &call->service->state;
	struct sf_question question = {.policy = call->service->policy};
	struct sf_verdicts verdicts = {0};
	size_t unknown = 0;
	sf_state_lock(state);
	if (call->service->watch != NULL) {
		sf_recent_add(&state->recent, &call->args.pod);
		sf_live_expire(state->live, sf_watch_heard_ns(call->service->watch));
	}
	const struct sf_cluster *cluster = sf_live_cluster(state->live);
	sf_kube_pod_request(&call->args.pod, cluster, &question.request);
	if (question.request.n > 0) {
		verdicts = sf_state_judge(state, &question, call->scores);
	}
	uint32_t node[BLOCK];
	for (size_t i = 0; i < call->args.n; i++) {
		if (i % BLOCK == 0) {
			size_t rest = call->args.n - i;
			find_nodes(cluster, &call->args.node[i], rest < BLOCK ? rest : BLOCK, node);
		}
		bool known = node[i % BLOCK] != SF_NODE_NONE;
		call->judged[i] =
			known ? take(&verdicts, &question, node[i % BLOCK])
			      : (struct judged){.reason = SF_REASON_UNKNOWN, .unresolvable = true};
		unknown += !known;
	}
	sf_state_unlock(state);
	return unknown;
}

/* Nodes that the state does not know describe themselves: judged as if nothing ran there. */
static int judge_strangers(struct call *call, struct sf_cluster *own, struct sf_error *err)
{
	struct sf_question question = {.policy = call->service->policy};
	struct sf_verdicts verdicts = {0};
	if (sf_extender_args_add_classes(&call->args, own, call->arena, err) < 0) {
		return -1;
	}
	sf_kube_pod_request(&call->args.pod, own, &question.request);
	if (question.request.n > 0 &&
	    sf_verdicts_fill(own, &question, call->scores, call->arena, &verdicts) < 0) {
		return fail_memory(err);
	}
	for (size_t i = 0; i < call->args.n; i++) {
		if (call->judged[i].reason == SF_REASON_UNKNOWN) {
			call->judged[i] = take(&verdicts, &question, call->args.node[i].class);
		}
	}
	return 0;
}

static int judge(struct call *call, struct sf_error *err)
{
	if (judge_known(call) == 0 || !call->args.has_nodes) {
		return 0;
	}
	struct sf_cluster *own = sf_cluster_create(call->service->catalog);
	int rc = judge_strangers(call, own, err);
	sf_cluster_destroy(own);
	return rc;
}

static int fill_call(struct call *call, const struct sf_http_request *http, struct sf_error *err)
{
	if (sf_extender_args_parse(http->body, http->len, call->arena, &call->args, err) < 0) {
		return -1;
	}
	call->judged = sf_arena_array(call->arena, call->args.n + 1, sizeof(*call->judged));
	if (call->judged == NULL) {
		return fail_memory(err);
	}
	uint64_t start = sf_clock_ns();
	int rc = judge(call, err);
	sf_metrics_observe(&call->service->metrics, SF_METRIC_DECISION_DURATION,
	                   call->scores ? SF_VERB_PRIORITIZE : SF_VERB_FILTER,
	                   sf_clock_ns() - start);
	return rc;
}
static int open_call(struct sf_service *service, const struct sf_http_request *http, bool scores,
                     struct call *call, struct sf_error *err)
{
	*call = (struct call){
		.service = service,
		.arena = sf_arena_create(ARENA_MAX),
		.scores = scores,
	};
	if (fill_call(call, http, err) < 0) {
		sf_arena_destroy(call->arena);
		return -1;
	}
	return 0;
}

void sf_handle_misunderstood(struct sf_service *service, const struct sf_http_request *http,
                             enum sf_verb verb, const struct sf_error *err)
{
	sf_metrics_add(&service->metrics, SF_METRIC_REQUEST_ERRORS, verb, 0, 1);
	sf_log_with(SF_LOG_WARN, "bad-request",
	            SF_LOG_FIELDS({"id", .number = http->id}, {"verb", .text = sf_verb_name(verb)},
	                          {"error", .text = err->text}));
}

static size_t tell_all(const struct call *call, struct sf_extender_verdict *verdict)
{
	size_t count[SF_REASONS] = {0};
	for (size_t i = 0; i < call->args.n; i++) {
		int reason = call->judged[i].reason;
		count[reason]++;
		verdict[i].unresolvable = call->judged[i].unresolvable;
		verdict[i].reason = reason != SF_FITS ? sf_metrics_reason(reason) : NULL;
	}
	for (int reason = SF_FITS + 1; reason < SF_REASONS; reason++) {
		sf_metrics_add(&call->service->metrics, SF_METRIC_DENIALS, (unsigned)reason, 0,
		               count[reason]);
	}
	return count[SF_FITS];
}

/* Node objects go back in the buffer that they came in. */
static void answer_filter(struct call *call, const struct sf_http_request *http,
                          const struct sf_extender_verdict *verdict,
                          struct sf_http_response *response)
{
	if (call->args.has_nodes) {
		response->over =
			sf_extender_write_filter_over(&call->args, verdict, http->body, http->cap);
	}
	if (response->over == 0) {
		sf_extender_write_filter(&call->args, verdict, &response->body);
	}
}

static void filter(struct call *call, const struct sf_http_request *http,
                   struct sf_http_response *response)
{
	struct sf_extender_verdict *verdict =
		sf_arena_array(call->arena, call->args.n + 1, sizeof(*verdict));
	if (verdict == NULL) {
		sf_extender_write_error("the request does not fit into the memory budget",
		                        &response->body);
		return;
	}
	size_t feasible = tell_all(call, verdict);
	sf_log_with(SF_LOG_DEBUG, "filter",
	            SF_LOG_FIELDS(
			    {"id", .number = http->id}, {"namespace", .text = call->args.pod.space},
			    {"pod", .text = call->args.pod.name}, {"nodes", .number = call->args.n},
			    {"feasible", .number = feasible}));
	answer_filter(call, http, verdict, response);
}

void sf_handle_filter(struct sf_service *service, const struct sf_http_request *request,
                      struct sf_http_response *response)
{
	struct call call;
	struct sf_error err = {0};
	if (open_call(service, request, false, &call, &err) < 0) {
		/* With another status than 200 the scheduler would not show the text. */
		sf_handle_misunderstood(service, request, SF_VERB_FILTER, &err);
		sf_extender_write_error(err.text, &response->body);
		return;
	}
	filter(&call, request, response);
	sf_arena_destroy(call.arena);
}

/* Ties are left to the scheduler, which draws lots. */
static void prioritize(struct call *call, struct sf_str *out)
{
	size_t n = call->args.n;
	int64_t *raw = sf_arena_array(call->arena, n + 1, sizeof(*raw));
	bool *feasible = sf_arena_array(call->arena, n + 1, sizeof(*feasible));
	int *score = sf_arena_array(call->arena, n + 1, sizeof(*score));
	if (raw == NULL || feasible == NULL || score == NULL) {
		sf_str_append(out, "[]");
		return;
	}
	for (size_t i = 0; i < n; i++) {
		feasible[i] = call->judged[i].reason == SF_FITS;
		raw[i] = call->judged[i].score;
	}
	sf_scores_normalise(raw, feasible, n, score);
	sf_extender_write_scores(&call->args, score, out);
}

void sf_handle_prioritize(struct sf_service *service, const struct sf_http_request *request,
                          struct sf_http_response *response)
{
	struct call call;
	struct sf_error err = {0};
	if (open_call(service, request, true, &call, &err) < 0) {
		/* The scheduler ignores any failure here silently; an empty list says the same
		 * without tearing down the connection. */
		sf_handle_misunderstood(service, request, SF_VERB_PRIORITIZE, &err);
		sf_str_append(&response->body, "[]");
		return;
	}
	prioritize(&call, &response->body);
	sf_arena_destroy(call.arena);
}
