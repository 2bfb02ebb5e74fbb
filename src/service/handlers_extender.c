/* handlers_extender: filter and prioritize. */
// SPDX-License-Identifier: Apache-2.0
#include "handlers.h"

#include "scores.h"

#include <slicefit/arena.h>
#include <slicefit/error.h>
#include <slicefit/extender.h>
#include <slicefit/log.h>
#include <slicefit/policy.h>

/* Everything about one request that is not its answer. It changes nothing outside itself. */
struct call {
	struct sf_service *service;
	struct sf_arena *arena;
	struct sf_extender_args args;
	struct sf_snapshot *snapshot;
	struct sf_cluster *own; /* of the Nodes in the request; NULL with NodeNames */
	const struct sf_cluster *cluster;
	struct sf_request request;
};

/* Lists of names and verdicts only: objects and texts stay in the decoder's document. */
enum { ARENA_MAX = 256 << 20 };

static void close_call(struct call *call)
{
	sf_extender_args_finish(&call->args);
	sf_cluster_destroy(call->own);
	sf_snapshot_release(call->snapshot);
	sf_arena_destroy(call->arena);
}

static int fill_call(struct call *call, const struct sf_http_request *http, struct sf_error *err)
{
	if (sf_extender_args_parse(http->body, http->len, call->arena, &call->args, err) < 0) {
		return -1;
	}
	call->cluster = call->snapshot->cluster;
	if (call->args.has_nodes) {
		call->own = sf_cluster_create(call->service->catalog);
		if (sf_extender_args_add_nodes(&call->args, call->own, err) < 0) {
			return -1;
		}
		call->cluster = call->own;
	}
	sf_kube_pod_request(&call->args.pod, call->cluster, &call->request);
	return 0;
}

static int open_call(struct sf_service *service, const struct sf_http_request *http,
                     struct call *call, struct sf_error *err)
{
	*call = (struct call){
		.service = service,
		.arena = sf_arena_create(ARENA_MAX),
		.snapshot = sf_state_acquire(&service->state),
	};
	if (fill_call(call, http, err) < 0) {
		close_call(call);
		return -1;
	}
	return 0;
}

static void complain(struct sf_service *service, enum sf_verb verb, const struct sf_error *err)
{
	atomic_fetch_add(&service->metrics.errors[verb], 1);
	sf_log(SF_LOG_WARN, "bad-request", "verb=%s error=\"%s\"", sf_verb_name(verb), err->text);
}

/* Number of the i-th node of the request in the cluster, or SF_NODE_NONE. */
static uint32_t node_of(const struct call *call, size_t i)
{
	return call->own != NULL ? (uint32_t)i
	                         : sf_cluster_find_node(call->cluster, call->args.name[i]);
}

/* A refusal that waiting for a pod to leave (or evicting it) cannot mend. */
static bool is_unresolvable(const struct call *call, uint32_t node, enum sf_fit fit)
{
	return sf_fit_unresolvable(fit) || sf_filter_ever(call->cluster, node, &call->request,
	                                                  call->service->policy->view) != SF_FITS;
}

/* The reason as a number of the metrics; SF_FITS when the node is feasible. */
static int judge(const struct call *call, size_t i, bool *unresolvable)
{
	uint32_t node = node_of(call, i);
	*unresolvable = false;
	if (node == SF_NODE_NONE) {
		*unresolvable = true;
		return SF_REASON_UNKNOWN;
	}
	if (call->request.n == 0) {
		return SF_FITS; /* no GPU asked for: nothing here that the scheduler cannot see */
	}
	enum sf_fit fit =
		sf_filter(call->cluster, node, &call->request, call->service->policy->view, NULL);
	*unresolvable = fit != SF_FITS && is_unresolvable(call, node, fit);
	return (int)fit;
}

static void filter(struct call *call, struct sf_str *out)
{
	size_t feasible = 0;
	struct sf_extender_verdict *verdict =
		sf_arena_array(call->arena, call->args.n + 1, sizeof(*verdict));
	if (verdict == NULL) {
		sf_extender_write_error("the request does not fit into the memory budget", out);
		return;
	}
	for (size_t i = 0; i < call->args.n; i++) {
		int reason = judge(call, i, &verdict[i].unresolvable);
		if (reason == SF_FITS) {
			feasible++;
			continue;
		}
		verdict[i].reason = sf_metrics_reason(reason);
		atomic_fetch_add(&call->service->metrics.refused[reason], 1);
	}
	sf_log(SF_LOG_DEBUG, "filter", "pod=%s/%s nodes=%zu feasible=%zu", call->args.pod.space,
	       call->args.pod.name, call->args.n, feasible);
	sf_extender_write_filter(&call->args, verdict, out);
}

void sf_handle_filter(struct sf_service *service, const struct sf_http_request *request,
                      struct sf_http_response *response)
{
	struct call call;
	struct sf_error err = {0};
	if (open_call(service, request, &call, &err) < 0) {
		/* With another status than 200 the scheduler would not show the text. */
		complain(service, SF_VERB_FILTER, &err);
		sf_extender_write_error(err.text, &response->body);
		return;
	}
	filter(&call, &response->body);
	close_call(&call);
}

/* The same pod gets the same draws (FNV-1a of its uid), whatever came before. */
static uint64_t seed_of(const struct sf_kube_pod *pod)
{
	uint64_t hash = 0xcbf29ce484222325u;
	for (const char *c = pod->uid; *c != '\0'; c++) {
		hash = (hash ^ (unsigned char)*c) * 0x100000001b3u;
	}
	return hash;
}

/* The policy's score of every feasible node. Ties are left to the scheduler, which draws lots. */
static void score_all(const struct call *call, void *state, int64_t *raw, bool *feasible)
{
	const struct sf_policy *policy = call->service->policy;
	for (size_t i = 0; i < call->args.n; i++) {
		struct sf_grant grant;
		uint32_t node = node_of(call, i);
		feasible[i] = call->request.n > 0 && node != SF_NODE_NONE &&
		              sf_filter(call->cluster, node, &call->request, policy->view,
		                        &grant) == SF_FITS;
		if (!feasible[i]) {
			continue;
		}
		if (policy->choose != NULL) {
			policy->choose(state, call->cluster, node, &call->request, &grant);
		}
		raw[i] = policy->score(state, call->cluster, node, &call->request, &grant);
	}
}

/* The typical pods are in the numbers of the snapshot; they say nothing of other clusters. */
static void *create_policy(const struct call *call, const struct sf_policy *policy)
{
	const struct sf_target *target = call->own == NULL ? &call->snapshot->target : NULL;
	return policy->create != NULL
	               ? policy->create(call->cluster, target, seed_of(&call->args.pod))
	               : NULL;
}

static void prioritize(struct call *call, struct sf_str *out)
{
	const struct sf_policy *policy = call->service->policy;
	size_t n = call->args.n;
	int64_t *raw = sf_arena_array(call->arena, n + 1, sizeof(*raw));
	bool *feasible = sf_arena_array(call->arena, n + 1, sizeof(*feasible));
	int *score = sf_arena_array(call->arena, n + 1, sizeof(*score));
	if (raw == NULL || feasible == NULL || score == NULL) {
		sf_str_append(out, "[]");
		return;
	}
	void *state = create_policy(call, policy);
	score_all(call, state, raw, feasible);
	if (policy->destroy != NULL) {
		policy->destroy(state);
	}
	sf_scores_normalise(raw, feasible, n, score);
	sf_extender_write_scores(&call->args, score, out);
}

void sf_handle_prioritize(struct sf_service *service, const struct sf_http_request *request,
                          struct sf_http_response *response)
{
	struct call call;
	struct sf_error err = {0};
	if (open_call(service, request, &call, &err) < 0) {
		/* The scheduler ignores any failure here silently; an empty list says the same
		 * without tearing down the connection. */
		complain(service, SF_VERB_PRIORITIZE, &err);
		sf_str_append(&response->body, "[]");
		return;
	}
	prioritize(&call, &response->body);
	close_call(&call);
}
