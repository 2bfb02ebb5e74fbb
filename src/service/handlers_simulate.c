/* handlers_simulate: which pods would fit, and where, without changing anything. */
// SPDX-License-Identifier: Apache-2.0
#include "handlers.h"

#include "judge.h"
#include "simulation.h"
#include "view.h"

#include <slicefit/alloc.h>
#include <slicefit/arena.h>
#include <slicefit/error.h>
#include <slicefit/json.h>
#include <slicefit/serve_config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ARENA_MAX = 256 << 20, LOOKUPS_AT_ONCE = 64 };

/* One request. */
struct session {
	struct sf_service *service;
	struct sf_serve_config *config; /* held: rules have names of it */
	struct sf_arena *arena;
	struct sf_simulate_ask ask;
	struct sf_pod_rules *rules; /* of each entry of ask.pods */
	struct sf_simulation *simulation;
	struct sf_json *json;
};

static void drop(void *ctx)
{
	struct session *session = ctx;
	sf_simulation_destroy(session->simulation);
	sf_json_destroy(session->json);
	sf_serve_config_release(session->config);
	sf_arena_destroy(session->arena);
	free(session);
}

static void write_refusals(struct sf_json *json, const struct sf_simulated *result)
{
	sf_json_array(json, "refused");
	for (int fit = SF_FITS + 1; fit < SF_FIT_REASONS; fit++) {
		if (result->refused[fit] > 0) {
			sf_json_object(json, NULL);
			sf_json_str(json, "reason", sf_fit_reason((enum sf_fit)fit));
			sf_json_int(json, "nodes", result->refused[fit]);
			sf_json_end(json);
		}
	}
	sf_json_end(json);
}

static void write_result(struct session *session, const char *pod, const struct sf_pod_rules *rules,
                         const struct sf_simulated *result)
{
	struct sf_json *json = session->json;
	const struct sf_cluster *cluster = session->simulation->cluster;
	struct sf_given given[SF_GRANTS_MAX];
	sf_json_object(json, NULL);
	sf_json_str(json, "pod", pod);
	if (rules->class != NULL && rules->class[0] != '\0') {
		sf_json_str(json, "class", rules->class);
	}
	if (result->node == SF_NODE_NONE) {
		sf_json_null(json, "node");
		write_refusals(json, result);
	} else {
		sf_json_str(json, "node", sf_cluster_node(cluster, result->node)->name);
		sf_json_bool(json, "simulated_node", result->node >= session->simulation->known);
		sf_given_fill(cluster, result->node, &result->grant, given);
		sf_report_given(json, "devices", given, result->grant.n);
	}
	sf_json_end(json);
}

static int by_priority(const void *a, const void *b)
{
	const struct sf_view_pod *x = a, *y = b;
	if (x->priority != y->priority) {
		return x->priority > y->priority ? -1 : 1;
	}
	int order = strcmp(x->space, y->space);
	order = order != 0 ? order : strcmp(x->name, y->name);
	return order != 0 ? order : strcmp(x->uid, y->uid);
}

/* The rules that the pods were judged by last; a few under each lock, as each is a search. */
static void find_rules(struct sf_service *service, const struct sf_view_pod *pod, size_t n,
                       struct sf_pod_rules *rules)
{
	for (size_t i = 0; i < n; i++) {
		if (i % LOOKUPS_AT_ONCE == 0) {
			sf_state_lock(&service->state);
		}
		const struct sf_recent_pod *asked =
			sf_recent_find(&service->state.recent, pod[i].uid);
		rules[i] = asked != NULL ? asked->rules
		                         : (struct sf_pod_rules){.policy = service->policy};
		rules[i].class = NULL; /* its text does not outlive the lock */
		if (i % LOOKUPS_AT_ONCE == LOOKUPS_AT_ONCE - 1 || i == n - 1) {
			sf_state_unlock(&service->state);
		}
	}
}

/* Thousands of pods that are all different take seconds: a server that ends does not wait for them. */
static int go_on(const struct session *session, struct sf_error *err)
{
	return atomic_load(&session->service->stopping)
	               ? sf_fail(err, SF_ENOMEM, "the server is stopping")
	               : 0;
}

static int place_pending(struct session *session, struct sf_error *err)
{
	size_t n = 0;
	struct sf_view_pod *pods = sf_view_pending(&session->service->state, session->arena, &n);
	struct sf_pod_rules *rules = sf_arena_array(session->arena, n + 1, sizeof(*rules));
	if (pods == NULL || rules == NULL) {
		return sf_fail(err, SF_ENOMEM, "the pods do not fit into the memory budget");
	}
	if (n > SF_SIMULATE_PODS_MAX) {
		return sf_fail(err, SF_ELIMIT, "more than %d pods wait", SF_SIMULATE_PODS_MAX);
	}
	qsort(pods, n, sizeof(*pods), by_priority);
	find_rules(session->service, pods, n, rules);
	for (size_t i = 0; i < n; i++) {
		struct sf_simulation_pod pod = {&pods[i].subject, &rules[i], pods[i].request};
		struct sf_simulated result;
		char label[400];
		pod.request.cpu_milli = pods[i].cpu_milli;
		pod.request.memory_mib = pods[i].memory_mib;
		snprintf(label, sizeof(label), "%s/%s", pods[i].space, pods[i].name);
		if (go_on(session, err) < 0) {
			return -1;
		}
		sf_simulation_place(session->simulation, &pod, &result);
		write_result(session, label, &rules[i], &result);
	}
	return 0;
}

/* "team/train", or "team/train-7" of several. */
static void name_pod(const struct sf_simulate_pods *entry, uint32_t number, char *out, size_t cap)
{
	const struct sf_kube_pod *pod = &entry->pod;
	int len = snprintf(out, cap, "%s%s%s", pod->space, pod->space[0] != '\0' ? "/" : "",
	                   pod->name);
	if (entry->count > 1) {
		snprintf(out + len, cap - (size_t)len, "-%u", number);
	}
}

static int place_entry(struct session *session, const struct sf_simulate_pods *entry,
                       const struct sf_pod_rules *rules, struct sf_error *err)
{
	struct sf_explain_subject subject = {.n = entry->pod.n};
	struct sf_simulation_pod pod = {.subject = &subject, .rules = rules};
	char label[400];
	for (uint8_t i = 0; i < entry->pod.n; i++) {
		memcpy(subject.want[i].name, entry->pod.want[i].name, SF_NAME_MAX);
	}
	sf_kube_pod_request(&entry->pod, session->simulation->cluster, &pod.request);
	pod.request.cpu_milli = entry->pod.cpu_milli;
	pod.request.memory_mib = entry->pod.memory_mib;
	for (uint32_t i = 0; i < entry->count; i++) {
		struct sf_simulated result;
		name_pod(entry, i, label, sizeof(label));
		if (go_on(session, err) < 0) {
			return -1;
		}
		sf_simulation_place(session->simulation, &pod, &result);
		write_result(session, label, rules, &result);
	}
	return 0;
}

static void write_added(struct session *session)
{
	const struct sf_cluster *cluster = session->simulation->cluster;
	sf_json_array(session->json, "simulated_nodes");
	for (uint32_t i = session->simulation->known; i < sf_cluster_nodes(cluster); i++) {
		const struct sf_node *node = sf_cluster_node(cluster, i);
		sf_json_object(session->json, NULL);
		sf_json_str(session->json, "name", node->name);
		sf_json_int(session->json, "pods", node->pods);
		sf_json_end(session->json);
	}
	sf_json_end(session->json);
}

static int simulate(struct session *session, struct sf_error *err)
{
	const struct sf_simulate_ask *ask = &session->ask;
	session->simulation =
		sf_simulation_create(&session->service->state, session->service->catalog);
	for (size_t i = 0; i < ask->n_nodes; i++) {
		if (sf_simulation_add_nodes(session->simulation, &ask->nodes[i], err) < 0) {
			return sf_wrap(err, "/nodes/%zu", i);
		}
	}
	session->json = sf_json_create_object();
	sf_json_str(session->json, "schema", "slicefit.io/simulate/v1");
	sf_json_array(session->json, "pods");
	if (ask->pending && place_pending(session, err) < 0) {
		return -1;
	}
	for (size_t i = 0; i < ask->n_pods; i++) {
		if (place_entry(session, &ask->pods[i], &session->rules[i], err) < 0) {
			return -1;
		}
	}
	sf_json_end(session->json);
	sf_json_int(session->json, "fits", (int64_t)session->simulation->fits);
	sf_json_int(session->json, "of", (int64_t)session->simulation->of);
	write_added(session);
	return 0;
}

static void run(void *ctx, struct sf_http_response *response)
{
	struct session *session = ctx;
	struct sf_error err = {0};
	if (simulate(session, &err) < 0) {
		sf_respond_error(response, sf_code_http(err.code), err.text);
		return;
	}
	sf_json_write(session->json, true, &response->body);
}

/* Everything that the body says is read here: it may be gone when the answer is worked out. */
static int open_session(struct session *session, const struct sf_http_request *request,
                        struct sf_error *err)
{
	const struct sf_simulate_ask *ask = &session->ask;
	if (sf_simulate_ask_read(request->body, request->len, session->service->catalog,
	                         session->arena, &session->ask, err) < 0) {
		return -1;
	}
	session->rules = sf_arena_array(session->arena, ask->n_pods + 1, sizeof(*session->rules));
	if (session->rules == NULL) {
		return sf_fail(err, SF_ENOMEM, "the request does not fit into the memory budget");
	}
	for (size_t i = 0; i < ask->n_pods; i++) {
		struct sf_pod_text pod = {&ask->pods[i].pod, ask->pods[i].text, ask->pods[i].len};
		if (sf_pod_rules_find(session->service, session->config, &pod, session->arena,
		                      &session->rules[i], err) < 0) {
			return sf_wrap(err, "/pods/%zu", i);
		}
	}
	return 0;
}

void sf_handle_simulate(struct sf_service *service, const struct sf_http_request *request,
                        struct sf_http_response *response)
{
	struct session *session = sf_xcalloc(1, sizeof(*session));
	struct sf_error err = {0};
	session->service = service;
	session->config = sf_reload_acquire(service->reload);
	session->arena = sf_arena_create(ARENA_MAX);
	if (open_session(session, request, &err) < 0) {
		sf_respond_error(response, sf_code_http(err.code), err.text);
		drop(session);
		return;
	}
	if (sf_service_known(service, &err) < 0) {
		sf_respond_error(response, 503, err.text);
		drop(session);
		return;
	}
	struct sf_aside_job job = {run, drop, session};
	sf_aside_submit(service->aside, request, &job, response);
}
