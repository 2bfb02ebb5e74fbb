/* handlers_extender: filter and prioritize. */
// SPDX-License-Identifier: Apache-2.0
#include "handlers.h"

#include "scores.h"
#include "verdicts.h"

#include <slicefit/arena.h>
#include <slicefit/clock.h>
#include <slicefit/error.h>
#include <slicefit/extender.h>
#include <slicefit/log.h>
#include <slicefit/policy.h>
#include <slicefit/str.h>

/* Everything about one request that is not its answer. It changes nothing outside itself. */
struct call {
	struct sf_service *service;
	struct sf_arena *arena;
	struct sf_extender_args args;
	struct sf_snapshot *snapshot;
	struct sf_cluster *own; /* the classes of the Nodes in the request; NULL with NodeNames */
	const struct sf_cluster *cluster;
	struct sf_request request;
	const struct sf_verdicts *verdicts; /* of the cluster; NULL when no GPU is asked for */
};

/* Lists of names and verdicts only: objects and texts stay in the body. */
enum { ARENA_MAX = 256 << 20 };

static void close_call(struct call *call)
{
	sf_cluster_destroy(call->own);
	sf_snapshot_release(call->snapshot);
	sf_arena_destroy(call->arena);
}

static int fail_memory(struct sf_error *err)
{
	return sf_fail(err, SF_ENOMEM, "the request does not fit into the memory budget");
}

/* Nodes that describe themselves are judged as they come, names by the snapshot. */
static int judge_nodes(struct call *call, bool scores, struct sf_error *err)
{
	struct sf_judge judge = {
		.policy = call->service->policy,
		.cluster = call->cluster,
		.target = &call->snapshot->target,
	};
	if (call->request.n == 0) {
		return 0; /* nothing here that the scheduler cannot see */
	}
	if (call->own == NULL) {
		call->verdicts = sf_verdict_cache_get(&call->snapshot->verdicts, &judge,
		                                      &call->request, scores, call->arena);
		return call->verdicts != NULL ? 0 : fail_memory(err);
	}
	struct sf_verdicts *verdicts = sf_arena_alloc(call->arena, sizeof(*verdicts));
	call->verdicts = verdicts;
	judge.target = NULL; /* its resources have other numbers here */
	if (verdicts == NULL ||
	    sf_verdicts_fill(&judge, &call->request, scores, call->arena, verdicts) < 0) {
		return fail_memory(err);
	}
	return 0;
}

/* The same, and how long it took. */
static int decide(struct call *call, bool scores, struct sf_error *err)
{
	uint64_t start = sf_clock_ns();
	int rc = judge_nodes(call, scores, err);
	sf_metrics_observe(&call->service->metrics, SF_METRIC_DECISION_DURATION,
	                   scores ? SF_VERB_PRIORITIZE : SF_VERB_FILTER, sf_clock_ns() - start);
	return rc;
}

static int fill_call(struct call *call, const struct sf_http_request *http, bool scores,
                     struct sf_error *err)
{
	if (sf_extender_args_parse(http->body, http->len, call->arena, &call->args, err) < 0) {
		return -1;
	}
	call->cluster = call->snapshot->cluster;
	if (call->args.has_nodes) {
		call->own = sf_cluster_create(call->service->catalog);
		if (sf_extender_args_add_classes(&call->args, call->own, call->arena, err) < 0) {
			return -1;
		}
		call->cluster = call->own;
	}
	sf_kube_pod_request(&call->args.pod, call->cluster, &call->request);
	return decide(call, scores, err);
}

static int open_call(struct sf_service *service, const struct sf_http_request *http, bool scores,
                     struct call *call, struct sf_error *err)
{
	*call = (struct call){
		.service = service,
		.arena = sf_arena_create(ARENA_MAX),
		.snapshot = sf_state_acquire(&service->state),
	};
	if (fill_call(call, http, scores, err) < 0) {
		close_call(call);
		return -1;
	}
	return 0;
}

static void complain(struct sf_service *service, enum sf_verb verb, const struct sf_error *err)
{
	sf_metrics_add(&service->metrics, SF_METRIC_REQUEST_ERRORS, verb, 0, 1);
	sf_log(SF_LOG_WARN, "bad-request", "verb=%s error=\"%s\"", sf_verb_name(verb), err->text);
}

/* Number of the i-th node of the request in the cluster, or SF_NODE_NONE. */
static uint32_t node_of(const struct call *call, size_t i)
{
	const struct sf_extender_node *node = &call->args.node[i];
	return call->own != NULL ? node->class
	                         : sf_cluster_find_node_hashed(call->cluster, node->name,
	                                                       node->name_len, node->hash);
}

/* The reason as a number of the metrics; SF_FITS when the node is feasible. */
static int judge(const struct call *call, size_t i, bool *unresolvable)
{
	uint32_t node = node_of(call, i);
	*unresolvable = node == SF_NODE_NONE;
	if (node == SF_NODE_NONE) {
		return SF_REASON_UNKNOWN;
	}
	if (call->verdicts == NULL) {
		return SF_FITS;
	}
	*unresolvable = call->verdicts->node[node].unresolvable;
	return call->verdicts->node[node].fit;
}

static size_t judge_all(const struct call *call, struct sf_extender_verdict *verdict)
{
	size_t count[SF_REASONS] = {0};
	for (size_t i = 0; i < call->args.n; i++) {
		int reason = judge(call, i, &verdict[i].unresolvable);
		count[reason]++;
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
	size_t feasible = judge_all(call, verdict);
	sf_log(SF_LOG_DEBUG, "filter", "pod=%s/%s nodes=%zu feasible=%zu", call->args.pod.space,
	       call->args.pod.name, call->args.n, feasible);
	answer_filter(call, http, verdict, response);
}

void sf_handle_filter(struct sf_service *service, const struct sf_http_request *request,
                      struct sf_http_response *response)
{
	struct call call;
	struct sf_error err = {0};
	if (open_call(service, request, false, &call, &err) < 0) {
		/* With another status than 200 the scheduler would not show the text. */
		complain(service, SF_VERB_FILTER, &err);
		sf_extender_write_error(err.text, &response->body);
		return;
	}
	filter(&call, request, response);
	close_call(&call);
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
	for (size_t i = 0; i < n && call->verdicts != NULL; i++) {
		uint32_t node = node_of(call, i);
		feasible[i] = node != SF_NODE_NONE && call->verdicts->node[node].fit == SF_FITS;
		raw[i] = feasible[i] ? call->verdicts->score[node] : 0;
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
		complain(service, SF_VERB_PRIORITIZE, &err);
		sf_str_append(&response->body, "[]");
		return;
	}
	prioritize(&call, &response->body);
	close_call(&call);
}
