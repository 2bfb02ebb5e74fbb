/* handlers_bind: promises a pod its devices, then has the API server bind it. */
// SPDX-License-Identifier: Apache-2.0
#include "handlers.h"

#include "ties.h"

#include <slicefit/alloc.h>
#include <slicefit/clock.h>
#include <slicefit/decision.h>
#include <slicefit/error.h>
#include <slicefit/log.h>
#include <slicefit/policy.h>
#include <slicefit/str.h>

#include <stdlib.h>

/* A request whose answer comes when the API server has answered. */
struct flight {
	struct sf_service *service;
	struct sf_http_ticket *ticket;
	uint64_t id; /* of the request */
	struct sf_extender_bind bind;
};

static void log_outcome(uint64_t id, const struct sf_extender_bind *bind,
                        enum sf_bind_result result, const char *reason)
{
	sf_log_with(result == SF_BIND_DONE ? SF_LOG_DEBUG : SF_LOG_WARN, "bind",
	            SF_LOG_FIELDS({"id", .number = id}, {"namespace", .text = bind->space},
	                          {"pod", .text = bind->name}, {"node", .text = bind->node},
	                          {"result", .text = sf_bind_result_name(result)},
	                          {"reason", .text = reason}));
}

/* Does it still hold what it was promised? Without an answer of the API server it may. */
static bool keeps(enum sf_bind_result result)
{
	return result == SF_BIND_DONE || result == SF_BIND_UNKNOWN;
}

/* So long may a bound pod take to come back by the watch before its devices count as free; see
 * sf_live_expire. */
static uint64_t settled_by(struct sf_service *service)
{
	struct sf_serve_config *config = sf_reload_acquire(service->reload);
	uint64_t us = (uint64_t)config->reservation_expire_us;
	sf_serve_config_release(config);
	return sf_clock_ns() + us * 1000;
}

/* What the pod was promised, for its annotation; nothing for one without GPUs. */
static void note_decision(const struct sf_live *live, const struct sf_recent_pod *asked,
                          const struct sf_extender_bind *bind, struct sf_decision *out)
{
	const struct sf_live_pod *pod = sf_live_find(live, bind->uid);
	const struct sf_cluster *cluster = sf_live_cluster(live);
	const char *policy = asked != NULL ? asked->rules.policy->name : "";
	*out = (struct sf_decision){0};
	if (pod != NULL && pod->pod != SF_LIVE_NONE) {
		sf_decision_of(sf_cluster_resources(cluster), bind->node, policy,
		               &sf_cluster_pod(cluster, pod->pod)->grant, out);
	}
}

/* With the lock held. A pod that the watch has not told of yet is the one that filter was asked about. */
static int promise(struct sf_state *state, const struct sf_extender_bind *bind, uint64_t until_ns,
                   struct sf_decision *decision, struct sf_error *err)
{
	const struct sf_recent_pod *asked = sf_recent_find(&state->recent, bind->uid);
	if (sf_live_find(state->live, bind->uid) == NULL && asked != NULL) {
		sf_live_pod(state->live, &asked->pod, NULL);
	}
	int rc = sf_live_bind_begin(state->live, bind->uid, bind->node, until_ns, err);
	note_decision(state->live, asked, bind, decision);
	return rc;
}

int sf_service_promise(struct sf_service *service, const struct sf_extender_bind *bind,
                       uint64_t until_ns, struct sf_error *err)
{
	struct sf_decision decision;
	sf_state_lock(&service->state);
	int rc = promise(&service->state, bind, until_ns, &decision, err);
	sf_state_unlock(&service->state);
	return rc;
}

/* The same, with its line in the record: what the API server then says comes as another line. */
static int begin(struct sf_service *service, const struct sf_http_request *request,
                 const struct sf_extender_bind *bind, struct sf_decision *decision,
                 struct sf_error *err)
{
	struct sf_state *state = &service->state;
	if (sf_ties_check_lead(service, err) < 0 || sf_service_known(service, err) < 0) {
		return -1;
	}
	struct sf_record_line line = {
		.kind = SF_RECORD_BIND,
		.arg = request->body,
		.arg_len = request->len,
		.number = settled_by(service),
	};
	struct sf_record_slot *slot =
		sf_recorder_prepare(service->recorder, SF_TRIM_NOTHING, &line);
	struct sf_str answer = {0};
	sf_state_lock(state);
	sf_recorder_queue(slot);
	int rc = promise(state, bind, line.number, decision, err);
	sf_state_unlock(state);
	if (rc != 0 && slot != NULL) {
		sf_extender_bind_write(rc < 0 ? err->text : "", &answer);
	}
	sf_recorder_answer(slot, SF_TRIM_NOTHING, answer.text, answer.len);
	sf_str_finish(&answer);
	return rc;
}

/* The call of the API server ended. */
static void end(struct sf_service *service, const struct sf_extender_bind *bind, bool bound)
{
	struct sf_record_line line = {
		.kind = SF_RECORD_BOUND,
		.name = bind->uid,
		.flag = bound,
		.number = settled_by(service),
	};
	sf_state_lock(&service->state);
	sf_recorder_add(service->recorder, SF_TRIM_NOTHING, &line);
	sf_live_bind_end(service->state.live, bind->uid, bound, line.number);
	sf_state_unlock(&service->state);
}

static void on_bound(void *ctx, const struct sf_kube_bound *bound)
{
	struct flight *flight = ctx;
	struct sf_http_response response = {0};
	end(flight->service, &flight->bind, keeps(bound->result));
	log_outcome(flight->id, &flight->bind, bound->result, bound->text);
	sf_extender_bind_write(bound->text, &response.body);
	sf_http_answer(flight->ticket, &response);
	free(flight);
}

/* The request is answered later, or here when the binder takes no more. */
static void fly(struct sf_service *service, const struct sf_http_request *request,
                const struct sf_extender_bind *bind, const struct sf_decision *decision)
{
	struct flight *flight = sf_xcalloc(1, sizeof(*flight));
	struct sf_error err = {0};
	struct sf_str text = {0};
	sf_decision_write(decision, &text);
	struct sf_kube_annotation annotation = {SF_KUBE_DECISION, sf_str_get(&text)};
	*flight = (struct flight){service, sf_http_defer(request), request->id, *bind};
	struct sf_kube_bind job = {
		.space = flight->bind.space,
		.pod = flight->bind.name,
		.uid = flight->bind.uid,
		.node = flight->bind.node,
		.annotations = &annotation,
		.n_annotations = decision->n > 0,
	};
	int rc = sf_kube_binder_submit(service->binder, &job, on_bound, flight, &err);
	sf_str_finish(&text);
	if (rc == 0) {
		return;
	}
	struct sf_http_response response = {0};
	end(service, bind, false);
	log_outcome(request->id, bind, SF_BIND_FAILED, err.text);
	sf_extender_bind_write(err.text, &response.body);
	sf_http_answer(flight->ticket, &response);
	free(flight);
}

void sf_handle_bind(struct sf_service *service, const struct sf_http_request *request,
                    struct sf_http_response *response)
{
	struct sf_extender_bind bind;
	struct sf_decision decision;
	struct sf_error err = {0};
	int rc = sf_extender_bind_parse(request->body, request->len, &bind, &err);
	if (rc < 0) {
		sf_handle_misunderstood(service, request, SF_VERB_BIND, &err);
	} else if (service->binder == NULL) {
		rc = sf_fail(
			&err, SF_EINVAL,
			"bind needs the API server: start slicefit with --kubeconfig, or leave "
			"bindVerb out of the scheduler's configuration");
	} else {
		rc = begin(service, request, &bind, &decision, &err);
		if (rc == 0) {
			fly(service, request, &bind, &decision);
			return;
		}
		log_outcome(request->id, &bind, rc > 0 ? SF_BIND_DONE : SF_BIND_FAILED, err.text);
	}
	sf_extender_bind_write(rc < 0 ? err.text : "", &response->body);
}
