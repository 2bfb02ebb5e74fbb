/* handlers_explain: why a pod finds a place, or none. */
// SPDX-License-Identifier: Apache-2.0
#include "handlers.h"

#include "classes.h"
#include "query.h"
#include "view.h"

#include <slicefit/alloc.h>
#include <slicefit/arena.h>
#include <slicefit/error.h>
#include <slicefit/explain.h>
#include <slicefit/report_explain.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ARENA_MAX = 64 << 20 };

/* One request. */
struct inquiry {
	struct sf_service *service;
	char *space, *name;
	bool text;
};

static void drop(void *ctx)
{
	struct inquiry *inquiry = ctx;
	free(inquiry->space);
	free(inquiry->name);
	free(inquiry);
}

/* Everything that is said, without a thread of the live cluster in it. */
struct answer {
	struct sf_arena *arena;
	struct sf_explain_subject subject;
	struct sf_explanation explanation;
};

/* The names of pods that would have to go; their tags are their numbers in the live cluster. */
static bool name_victims(const struct sf_live *live, struct answer *answer)
{
	const struct sf_cluster *cluster = sf_live_cluster(live);
	for (uint32_t i = 0; i < answer->explanation.n_mends; i++) {
		struct sf_mend *mend = &answer->explanation.mend[i];
		for (int64_t k = 0; mend->pod != NULL && k < mend->need; k++) {
			uint32_t tag = sf_cluster_pod(cluster, mend->pod[k].pod)->tag;
			const struct sf_live_pod *pod = sf_live_pod_at(live, tag);
			mend->pod[k].label =
				sf_arena_printf(answer->arena, "%s/%s", pod->space, pod->name);
			if (mend->pod[k].label == NULL) {
				return false;
			}
		}
	}
	return true;
}

static bool set_subject(const struct sf_live *live, const struct sf_live_pod *pod,
                        const struct sf_pod_rules *rules, struct answer *answer)
{
	static const char *const states[] = {
		[SF_LIVE_PENDING] = "pending",
		[SF_LIVE_RESERVED] = "reserved",
		[SF_LIVE_BOUND] = "bound",
	};
	struct sf_explain_subject *subject = &answer->subject;
	sf_view_subject(live, pod, subject);
	subject->pod = sf_arena_printf(answer->arena, "%s/%s", pod->space, pod->name);
	subject->state = states[pod->state];
	subject->policy = rules->policy->name;
	subject->deny = rules->serving.deny;
	subject->class = rules->class != NULL ? sf_arena_strdup(answer->arena, rules->class) : NULL;
	if (pod->node != SF_LIVE_NONE) {
		subject->node =
			sf_arena_strdup(answer->arena, sf_live_node_at(live, pod->node)->name);
	}
	return subject->pod != NULL && (pod->node == SF_LIVE_NONE || subject->node != NULL);
}

/* What the pod was judged by when the scheduler asked last. A pod that it has not asked about may have
 * a class, but nobody has told. */
static struct sf_pod_rules rules_of(const struct sf_service *service, const struct sf_live_pod *pod)
{
	const struct sf_recent_pod *asked = sf_recent_find(&service->state.recent, pod->uid);
	return asked != NULL ? asked->rules : (struct sf_pod_rules){.policy = service->policy};
}

/* A pod that nobody has told of but that the scheduler asked about: as if it were pending. */
static bool is_asked_about(const struct sf_state *state, const struct inquiry *inquiry,
                           struct sf_kube_pod *asked, struct sf_live_pod *out)
{
	const struct sf_recent_pod *found =
		sf_recent_find_named(&state->recent, inquiry->space, inquiry->name);
	if (found == NULL) {
		return false;
	}
	*asked = found->pod;
	*out = (struct sf_live_pod){
		.uid = asked->uid,
		.space = asked->space,
		.name = asked->name,
		.state = SF_LIVE_PENDING,
		.node = SF_LIVE_NONE,
		.pod = SF_LIVE_NONE,
		.priority = asked->priority,
		.unresolved = asked,
	};
	sf_kube_pod_request(asked, sf_live_cluster(state->live), &out->request);
	return true;
}

static int explain_pod(const struct inquiry *inquiry, const struct sf_live_pod *pod,
                       struct answer *answer, struct sf_error *err)
{
	struct sf_state *state = &inquiry->service->state;
	struct sf_live *live = state->live;
	struct sf_pod_rules rules = rules_of(inquiry->service, pod);
	const char *names[SF_WANTS_MAX];
	struct sf_question question = {rules.policy, pod->request, rules.serving};
	struct sf_verdicts verdicts = sf_state_judge(state, &question, true);
	struct sf_explain_question asked = {
		.question = &question,
		.verdicts = &verdicts,
		.target = &state->target,
		.priority = pod->priority,
		.name = names,
	};
	bool room = set_subject(live, pod, &rules, answer);
	for (size_t i = 0; i < SF_WANTS_MAX; i++) {
		names[i] = answer->subject.want[i].name;
	}
	if (!room ||
	    sf_explain(sf_live_cluster(live), &asked, answer->arena, &answer->explanation) < 0 ||
	    !name_victims(live, answer)) {
		return sf_fail(err, SF_ENOMEM, "the answer does not fit into the memory budget");
	}
	return 0;
}

/* With the lock held. */
static int explain(const struct inquiry *inquiry, struct answer *answer, struct sf_error *err)
{
	const struct sf_state *state = &inquiry->service->state;
	const struct sf_live_pod *pod =
		sf_live_find_named(state->live, inquiry->space, inquiry->name);
	struct sf_kube_pod asked;
	struct sf_live_pod own;
	if (pod == NULL && is_asked_about(state, inquiry, &asked, &own)) {
		pod = &own;
	}
	if (pod == NULL) {
		return sf_fail(err, SF_ENOENT, "there is no pod %.60s/%.100s", inquiry->space,
		               inquiry->name);
	}
	return explain_pod(inquiry, pod, answer, err);
}

static void run(void *ctx, struct sf_http_response *response)
{
	const struct inquiry *inquiry = ctx;
	struct sf_error err = {0};
	struct answer answer = {.arena = sf_arena_create(ARENA_MAX)};
	sf_state_lock(&inquiry->service->state);
	int rc = explain(inquiry, &answer, &err);
	sf_state_unlock(&inquiry->service->state);
	if (rc < 0) {
		sf_respond_error(response, sf_code_http(err.code), err.text);
	} else if (inquiry->text) {
		response->type = "text/plain; charset=utf-8";
		sf_report_explain_text(&answer.subject, &answer.explanation, &response->body);
	} else {
		sf_report_explain_json(&answer.subject, &answer.explanation, &response->body);
	}
	sf_arena_destroy(answer.arena);
}

/* ?format= says it; else text goes to those who ask for text before JSON. */
static int wants_text(const struct sf_http_request *request, const char *format, bool *text,
                      struct sf_error *err)
{
	const char *accept = sf_http_header(request, "Accept");
	*text = accept != NULL && strncmp(accept, "text/plain", strlen("text/plain")) == 0;
	if (format != NULL) {
		*text = strcmp(format, "text") == 0;
		if (!*text && strcmp(format, "json") != 0) {
			return sf_fail(err, SF_EINVAL, "format '%.20s': text or json", format);
		}
	}
	return 0;
}

/* "namespace/name"; a name alone is in the namespace `default`. */
static int split_pod(const char *pod, struct inquiry *out, struct sf_error *err)
{
	const char *slash = pod != NULL ? strchr(pod, '/') : NULL;
	if (pod == NULL || slash == pod || (slash != NULL && slash[1] == '\0')) {
		return sf_fail(err, SF_EINVAL, "write /explain?pod=NAMESPACE/NAME");
	}
	out->space = slash != NULL ? strndup(pod, (size_t)(slash - pod)) : sf_xstrdup("default");
	out->name = sf_xstrdup(slash != NULL ? slash + 1 : pod);
	return 0;
}

void sf_handle_explain(struct sf_service *service, const struct sf_http_request *request,
                       struct sf_http_response *response)
{
	const char *pod = NULL, *format = NULL;
	const struct sf_query_key keys[] = {{"pod", &pod}, {"format", &format}};
	struct inquiry *inquiry = sf_xcalloc(1, sizeof(*inquiry));
	struct sf_error err = {0};
	inquiry->service = service;
	if (sf_query_read(request, keys, 2, &err) < 0 ||
	    wants_text(request, format, &inquiry->text, &err) < 0 ||
	    split_pod(pod, inquiry, &err) < 0) {
		sf_respond_error(response, 400, err.text);
		drop(inquiry);
		return;
	}
	if (sf_service_known(service, &err) < 0) {
		sf_respond_error(response, 503, err.text);
		drop(inquiry);
		return;
	}
	struct sf_aside_job job = {run, drop, inquiry};
	sf_aside_submit(service->aside, request, &job, response);
}
