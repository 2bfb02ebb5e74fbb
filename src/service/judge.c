/* judge: one request of the scheduler: what it asks, by which rules, and what each node is told. */
// SPDX-License-Identifier: Apache-2.0
#include "judge.h"

#include "handlers.h"

#include <slicefit/arena.h>
#include <slicefit/clock.h>
#include <slicefit/error.h>
#include <slicefit/kube_traits.h>
#include <slicefit/map.h>
#include <slicefit/policy.h>

/* Lists of names and verdicts only: objects and texts stay in the body. */
enum { ARENA_MAX = 256 << 20 };

static int fail_memory(struct sf_error *err)
{
	return sf_fail(err, SF_ENOMEM, "the request does not fit into the memory budget");
}

/* One policy's look at all nodes. */
struct look {
	struct sf_call *call;
	struct sf_question question;
	bool scores;
	struct sf_judged *judged;
};

/* Without a GPU asked for there is nothing here that the scheduler cannot see. */
static struct sf_judged take(const struct look *look, const struct sf_verdicts *verdicts,
                             uint32_t node)
{
	if (look->question.request.n == 0) {
		return (struct sf_judged){.reason = SF_FITS, .node = node};
	}
	const struct sf_verdict *verdict = &verdicts->node[node];
	bool fits = verdict->fit == SF_FITS;
	return (struct sf_judged){
		.reason = verdict->fit,
		.unresolvable = sf_verdict_unresolvable(verdict, look->call->args.pod.priority),
		.node = node,
		.level = verdict->level,
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

/* A pod that was promised devices holds them, and may be bound there for all we know: it fits on that
 * node, whatever is free there, and on no other. */
static void keep_promise(struct look *look, const struct sf_live *live)
{
	const struct sf_live_pod *pod = sf_live_find(live, look->call->args.pod.uid);
	if (pod == NULL || pod->state != SF_LIVE_RESERVED) {
		return;
	}
	uint32_t promised = sf_live_node_at(live, pod->node)->node;
	for (size_t i = 0; promised != SF_NODE_NONE && i < look->call->args.n; i++) {
		struct sf_judged *judged = &look->judged[i];
		if (judged->reason != SF_REASON_UNKNOWN) {
			bool there = judged->node == promised;
			judged->reason = there ? SF_FITS : SF_REASON_PROMISED;
			judged->unresolvable = !there;
		}
	}
}

/* By the state, which knows what runs on a node. Returns how many nodes it does not know. */
static size_t judge_known(struct look *look)
{
	const struct sf_extender_args *args = &look->call->args;
	struct sf_state *state = &look->call->service->state;
	struct sf_verdicts verdicts = {0};
	uint32_t node[BLOCK];
	size_t unknown = 0;
	sf_state_lock(state);
	sf_state_record(state, look->call->config, look->call->slot);
	const struct sf_cluster *cluster = sf_live_cluster(state->live);
	sf_kube_pod_request(&args->pod, cluster, &look->question.request);
	if (look->question.request.n > 0) {
		verdicts = sf_state_judge(state, &look->question, look->scores);
	}
	for (size_t i = 0; i < args->n; i++) {
		if (i % BLOCK == 0) {
			size_t rest = args->n - i;
			find_nodes(cluster, &args->node[i], rest < BLOCK ? rest : BLOCK, node);
		}
		bool known = node[i % BLOCK] != SF_NODE_NONE;
		look->judged[i] = known ? take(look, &verdicts, node[i % BLOCK])
		                        : (struct sf_judged){.reason = SF_REASON_UNKNOWN,
		                                             .unresolvable = true};
		unknown += !known;
	}
	keep_promise(look, state->live);
	sf_state_unlock(state);
	return unknown;
}

/* Nodes that the state does not know describe themselves: judged as if nothing ran there. */
static int judge_strangers(struct look *look, struct sf_cluster *own, struct sf_error *err)
{
	const struct sf_extender_args *args = &look->call->args;
	struct sf_arena *arena = look->call->arena;
	struct sf_verdicts verdicts = {0};
	if (sf_extender_args_add_classes(args, own, arena, err) < 0) {
		return -1;
	}
	sf_kube_pod_request(&args->pod, own, &look->question.request);
	if (look->question.request.n > 0 &&
	    sf_verdicts_fill(own, &look->question, look->scores, arena, &verdicts) < 0) {
		return fail_memory(err);
	}
	for (size_t i = 0; i < args->n; i++) {
		if (look->judged[i].reason == SF_REASON_UNKNOWN) {
			look->judged[i] = take(look, &verdicts, args->node[i].class);
		}
	}
	return 0;
}

static int judge(struct look *look, struct sf_error *err)
{
	if (judge_known(look) == 0 || !look->call->args.has_nodes) {
		return 0;
	}
	struct sf_cluster *own = sf_cluster_create(look->call->service->catalog);
	int rc = judge_strangers(look, own, err);
	sf_cluster_destroy(own);
	return rc;
}

struct sf_judged *sf_call_judge(struct sf_call *call, const struct sf_policy *policy, bool scores,
                                struct sf_error *err)
{
	struct look look = {
		.call = call,
		.question = {.policy = policy, .serving = call->rules.serving},
		.scores = scores,
		.judged = sf_arena_array(call->arena, call->args.n + 1, sizeof(*look.judged)),
	};
	if (look.judged == NULL) {
		fail_memory(err);
		return NULL;
	}
	if (call->open) {
		return look.judged; /* zeroed: all fit, and none is better */
	}
	return judge(&look, err) < 0 ? NULL : look.judged;
}

/* Was the API server heard of too long ago, or not yet? */
static bool is_stale(const struct sf_service *service, const struct sf_serve_config *config)
{
	if (service->watch == NULL) {
		return false;
	}
	return !sf_watch_synced(service->watch) ||
	       sf_watch_age_ns(service->watch, sf_clock_ns()) / 1000 >
	               (uint64_t)config->stale_after_us;
}

static int check_fresh(struct sf_call *call, struct sf_error *err)
{
	enum sf_stale_answer answer = call->config->stale_answer;
	if (!is_stale(call->service, call->config)) {
		return 0;
	}
	sf_metrics_add(&call->service->metrics, SF_METRIC_STALE, answer, 0, 1);
	call->open = answer == SF_STALE_FAIL_OPEN;
	if (answer == SF_STALE_SERVE) {
		return sf_service_known(call->service, err); /* old is better than half */
	}
	return answer != SF_STALE_ERROR
	               ? 0
	               : sf_fail(err, SF_EIO, "the API server was not heard of for too long");
}

int sf_pod_rules_find(const struct sf_service *service, const struct sf_serve_config *config,
                      const struct sf_pod_text *pod, struct sf_arena *arena,
                      struct sf_pod_rules *out, struct sf_error *err)
{
	struct sf_kube_traits traits;
	if (sf_kube_traits_read(pod->text, pod->len, arena, &traits) < 0) {
		return fail_memory(err);
	}
	if (sf_classes_rules(config, service->policy, pod->pod, &traits, out, err) < 0) {
		return sf_wrap(err, "pod %.63s/%.63s", pod->pod->space, pod->pod->name);
	}
	return 0;
}

/* The pod may be bound or explained soon, and what was promised to others may be over. */
static void update_state(const struct sf_call *call)
{
	struct sf_state *state = &call->service->state;
	const struct sf_watch *watch = call->service->watch;
	sf_state_lock(state);
	sf_recent_add(&state->recent, &call->args.pod, &call->rules);
	if (watch != NULL) {
		sf_state_expire(state, sf_watch_heard_ns(watch));
	}
	sf_state_unlock(state);
}

/* Their lines in the record. */
static const enum sf_record_kind kinds[SF_VERBS] = {
	[SF_VERB_FILTER] = SF_RECORD_FILTER,
	[SF_VERB_PRIORITIZE] = SF_RECORD_PRIORITIZE,
	[SF_VERB_PREEMPT] = SF_RECORD_PREEMPT,
};

void sf_call_start(struct sf_service *service, const struct sf_http_request *http,
                   enum sf_verb verb, struct sf_call *call)
{
	struct sf_record_line line = {
		.kind = kinds[verb],
		.arg = http->body,
		.arg_len = http->len,
	};
	*call = (struct sf_call){
		.service = service,
		.arena = sf_arena_create(ARENA_MAX),
		.config = sf_reload_acquire(service->reload),
		.slot = sf_recorder_prepare(service->recorder, SF_TRIM_ARGS, &line),
	};
}

/* A pod that waits for a node is refused when what it wishes for cannot be read: its event says so.
 */
static int check_wish(struct sf_call *call, struct sf_error *err)
{
	struct sf_kube_pod *pod = &call->args.pod;
	sf_kube_wish_apply(pod, &call->service->state.wishes);
	return pod->wish_fault == NULL ? 0
	                               : sf_fail(err, SF_EINVAL, "pod %.63s/%.63s: %s", pod->space,
	                                         pod->name, pod->wish_fault);
}

int sf_call_prepare(struct sf_call *call, struct sf_error *err)
{
	if (check_fresh(call, err) < 0) {
		return -1;
	}
	if (check_wish(call, err) < 0) {
		return -1;
	}
	struct sf_pod_text pod = {&call->args.pod, call->args.pod_text, call->args.pod_len};
	int rc = sf_pod_rules_find(call->service, call->config, &pod, call->arena, &call->rules,
	                           err);
	if (rc == 0) {
		update_state(call);
	}
	return rc;
}

int sf_call_open(struct sf_service *service, const struct sf_http_request *http, enum sf_verb verb,
                 struct sf_call *call, struct sf_error *err)
{
	sf_call_start(service, http, verb, call);
	if (sf_extender_args_parse(http->body, http->len, call->arena, &call->args, err) < 0) {
		return -1;
	}
	return sf_call_prepare(call, err);
}

static void record_answer(struct sf_record_slot *slot, const struct sf_http_response *response)
{
	struct sf_str text = {0};
	if (slot != NULL) {
		sf_http_response_text(response, &text);
		sf_recorder_answer(slot, SF_TRIM_ANSWER, sf_str_get(&text), text.len);
		sf_str_finish(&text);
	}
}

void sf_call_close(struct sf_call *call, const struct sf_http_response *response)
{
	record_answer(call->slot, response);
	sf_serve_config_release(call->config);
	sf_arena_destroy(call->arena);
}
