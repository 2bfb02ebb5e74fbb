/* handlers_extender: filter and prioritize. */
// SPDX-License-Identifier: Apache-2.0
#include "handlers.h"

#include "judge.h"

#include <slicefit/alloc.h>
#include <slicefit/arena.h>
#include <slicefit/clock.h>
#include <slicefit/error.h>
#include <slicefit/log.h>
#include <slicefit/policy.h>
#include <slicefit/serve_config.h>
#include <slicefit/str.h>

static int fail_memory(struct sf_error *err)
{
	return sf_fail(err, SF_ENOMEM, "the request does not fit into the memory budget");
}

void sf_handle_misunderstood(struct sf_service *service, const struct sf_http_request *http,
                             enum sf_verb verb, const struct sf_error *err)
{
	sf_metrics_add(&service->metrics, SF_METRIC_REQUEST_ERRORS, verb, 0, 1);
	sf_log_with(SF_LOG_WARN, "bad-request",
	            SF_LOG_FIELDS({"id", .number = http->id}, {"verb", .text = sf_verb_name(verb)},
	                          {"error", .text = err->text}));
}

/* Judges for a verb, and notes how long that took. */
static struct sf_judged *judge(struct sf_call *call, enum sf_verb verb, bool scores,
                               struct sf_error *err)
{
	uint64_t start = sf_clock_ns();
	struct sf_judged *judged = sf_call_judge(call, call->rules.policy, scores, err);
	sf_metrics_observe(&call->service->metrics, SF_METRIC_DECISION_DURATION, verb,
	                   sf_clock_ns() - start);
	return judged;
}

/* Only the best few fit any more. The others fit, too, and are left out without a word: kube-scheduler
 * reads reasons only where no node is left, and to read so many costs it more than all else here. */
static int narrow(const struct sf_call *call, struct sf_judged *judged, struct sf_error *err)
{
	size_t n = call->args.n, k = call->config->narrow;
	uint32_t *best = sf_arena_array(call->arena, k, sizeof(*best));
	bool *keep = sf_arena_array(call->arena, n + 1, sizeof(*keep));
	if (best == NULL || keep == NULL) {
		return fail_memory(err);
	}
	size_t found = sf_scores_best(judged, n, k, best);
	for (size_t i = 0; i < found; i++) {
		keep[best[i]] = true;
	}
	for (size_t i = 0; i < n; i++) {
		if (judged[i].reason == SF_FITS && !keep[i]) {
			judged[i].reason = SF_REASON_NARROW;
		}
	}
	return 0;
}

static bool is_as_good(const struct sf_judged *a, const struct sf_judged *b)
{
	return a->reason == SF_FITS && a->level == b->level && a->score == b->score;
}

static const char *name_of(const struct sf_call *call, uint32_t i)
{
	const struct sf_extender_node *node = &call->args.node[i];
	const char *name = sf_arena_strndup(call->arena, node->name, node->name_len);
	return name != NULL ? name : "";
}

static void log_shadow(const struct sf_call *call, const struct sf_policy *policy, uint32_t mine,
                       uint32_t others)
{
	sf_log_with(SF_LOG_INFO, "shadow",
	            SF_LOG_FIELDS({"namespace", .text = call->args.pod.space},
	                          {"pod", .text = call->args.pod.name},
	                          {"class", .text = call->rules.class},
	                          {"policy", .text = call->rules.policy->name},
	                          {"node", .text = name_of(call, mine)},
	                          {"shadow", .text = policy->name},
	                          {"shadow_node", .text = name_of(call, others)}));
}

/* What another policy would have done: told and counted, never answered. Both may find several nodes
 * equally good; they agree when they have one in common. */
static int shadow(struct sf_call *call, const struct sf_judged *judged, struct sf_error *err)
{
	const struct sf_policy *policy = sf_policy_find(call->config->shadow);
	const struct sf_judged *other = sf_call_judge(call, policy, true, err);
	uint32_t mine, others;
	bool same = false;
	if (other == NULL) {
		return -1;
	}
	if (sf_scores_best(judged, call->args.n, 1, &mine) == 0 ||
	    sf_scores_best(other, call->args.n, 1, &others) == 0) {
		return 0;
	}
	for (size_t i = 0; i < call->args.n && !same; i++) {
		same = is_as_good(&judged[i], &judged[mine]) &&
		       is_as_good(&other[i], &other[others]);
	}
	sf_metrics_add(&call->service->metrics, SF_METRIC_SHADOW, same ? 1 : 0, 0, 1);
	if (!same) {
		log_shadow(call, policy, mine, others);
	}
	return 0;
}

/* Which nodes fit, by the selection that is configured. */
static struct sf_judged *choose(struct sf_call *call, struct sf_error *err)
{
	/* Without GPUs, or a state to go by, no node is better than another. */
	bool blind = call->open || call->args.pod.n == 0;
	bool narrows = call->config->selection == SF_SELECTION_NARROW && !blind;
	bool shadows = call->config->shadow != NULL && !blind;
	struct sf_judged *judged = judge(call, SF_VERB_FILTER, narrows || shadows, err);
	if (judged == NULL || (shadows && shadow(call, judged, err) < 0) ||
	    (narrows && narrow(call, judged, err) < 0)) {
		return NULL;
	}
	return judged;
}

static size_t tell_all(const struct sf_call *call, const struct sf_judged *judged,
                       struct sf_extender_verdict *verdict)
{
	size_t count[SF_REASONS] = {0};
	for (size_t i = 0; i < call->args.n; i++) {
		int reason = judged[i].reason;
		count[reason]++;
		verdict[i].unresolvable = judged[i].unresolvable;
		verdict[i].reason = reason != SF_FITS ? sf_metrics_reason(reason) : NULL;
		verdict[i].unnamed = reason == SF_REASON_NARROW;
	}
	for (int reason = SF_FITS + 1; reason < SF_REASONS; reason++) {
		sf_metrics_add(&call->service->metrics, SF_METRIC_DENIALS, (unsigned)reason, 0,
		               count[reason]);
	}
	return count[SF_FITS];
}

/* Node objects are sent from the buffer that they came in. */
static void answer_filter(struct sf_call *call, const struct sf_http_request *http,
                          const struct sf_extender_verdict *verdict,
                          struct sf_http_response *response)
{
	if (!call->args.has_nodes) {
		sf_extender_write_filter(&call->args, verdict, &response->body);
		return;
	}
	response->piece = sf_xcalloc(SF_EXTENDER_PIECES_MAX, sizeof(*response->piece));
	response->n_pieces = sf_extender_write_filter_pieces(&call->args, verdict, http->body,
	                                                     &response->body, response->piece);
}

static int filter(struct sf_call *call, const struct sf_http_request *http,
                  struct sf_http_response *response, struct sf_error *err)
{
	struct sf_extender_verdict *verdict =
		sf_arena_array(call->arena, call->args.n + 1, sizeof(*verdict));
	struct sf_judged *judged = choose(call, err);
	if (judged == NULL || verdict == NULL) {
		return judged == NULL ? -1 : fail_memory(err);
	}
	size_t feasible = tell_all(call, judged, verdict);
	sf_log_with(SF_LOG_DEBUG, "filter",
	            SF_LOG_FIELDS(
			    {"id", .number = http->id}, {"namespace", .text = call->args.pod.space},
			    {"pod", .text = call->args.pod.name},
			    {"class", .text = call->rules.class}, {"nodes", .number = call->args.n},
			    {"feasible", .number = feasible}));
	answer_filter(call, http, verdict, response);
	return 0;
}

void sf_handle_filter(struct sf_service *service, const struct sf_http_request *request,
                      struct sf_http_response *response)
{
	struct sf_call call;
	struct sf_error err = {0};
	if (sf_call_open(service, request, SF_VERB_FILTER, &call, &err) < 0 ||
	    filter(&call, request, response, &err) < 0) {
		/* With another status than 200 the scheduler would not show the text. */
		sf_handle_misunderstood(service, request, SF_VERB_FILTER, &err);
		sf_extender_write_error(err.text, &response->body);
	}
	sf_call_close(&call, response);
}

/* Ties are left to the scheduler, which draws lots. */
static int prioritize(struct sf_call *call, struct sf_str *out, struct sf_error *err)
{
	size_t n = call->args.n;
	struct sf_judged *judged = judge(call, SF_VERB_PRIORITIZE, true, err);
	uint32_t *order = sf_arena_array(call->arena, n + 1, sizeof(*order));
	int *score = sf_arena_array(call->arena, n + 1, sizeof(*score));
	if (judged == NULL || order == NULL || score == NULL) {
		return judged == NULL ? -1 : fail_memory(err);
	}
	if (call->config->selection == SF_SELECTION_DECISIVE) {
		sf_scores_rank(judged, n, order, score);
	} else {
		sf_scores_spread(judged, n, score);
	}
	sf_extender_write_scores(&call->args, score, out);
	return 0;
}

void sf_handle_prioritize(struct sf_service *service, const struct sf_http_request *request,
                          struct sf_http_response *response)
{
	struct sf_call call;
	struct sf_error err = {0};
	if (sf_call_open(service, request, SF_VERB_PRIORITIZE, &call, &err) < 0 ||
	    prioritize(&call, &response->body, &err) < 0) {
		/* The scheduler ignores any failure here silently; an empty list says the same
		 * without tearing down the connection. */
		sf_handle_misunderstood(service, request, SF_VERB_PRIORITIZE, &err);
		sf_str_append(&response->body, "[]");
	}
	sf_call_close(&call, response);
}
