/* snapshot: a cluster with its pods at one moment, from a file, for those who ask and go. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/snapshot.h>

#include <slicefit/alloc.h>
#include <slicefit/arena.h>
#include <slicefit/change.h>
#include <slicefit/error.h>
#include <slicefit/file.h>
#include <slicefit/filter.h>
#include <slicefit/kube_list.h>
#include <slicefit/running.h>
#include <slicefit/scenario_yaml.h>
#include <slicefit/str.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

void sf_snapshot_request(const struct sf_snapshot *snapshot, const struct sf_kube_pod *pod,
                         struct sf_request *out)
{
	sf_kube_pod_request(pod, snapshot->cluster, out);
	out->cpu_milli = pod->cpu_milli;
	out->memory_mib = pod->memory_mib;
}

uint32_t sf_snapshot_add(struct sf_snapshot *snapshot, const struct sf_kube_pod *pod)
{
	struct sf_request request;
	sf_snapshot_request(snapshot, pod, &request);
	return sf_cluster_add_pod(snapshot->cluster, &request, pod->priority, UINT32_MAX);
}

/* What runs is not asked whether it should: a node may have promised more CPU than it has. */
static enum sf_fit choose(const struct sf_cluster *cluster, uint32_t node,
                          struct sf_request *request, struct sf_grant *grant)
{
	enum sf_fit fit = sf_filter(cluster, node, request, SF_VIEW_COUNTS, grant);
	if (fit != SF_FIT_CPU && fit != SF_FIT_MEMORY) {
		return fit;
	}
	const struct sf_node *on = sf_cluster_node(cluster, node);
	int64_t cpu = on->cpu_milli - on->cpu_used_milli;
	int64_t memory = on->memory_mib - on->memory_used_mib;
	request->cpu_milli =
		on->cpu_milli > 0 && request->cpu_milli > cpu ? cpu : request->cpu_milli;
	request->memory_mib =
		on->memory_mib > 0 && request->memory_mib > memory ? memory : request->memory_mib;
	return sf_filter(cluster, node, request, SF_VIEW_COUNTS, grant);
}

static int seat(struct sf_snapshot *snapshot, size_t number, struct sf_error *err)
{
	struct sf_snapshot_pod *pod = &snapshot->pod[number];
	struct sf_cluster *cluster = snapshot->cluster;
	struct sf_request request;
	struct sf_grant grant;
	uint32_t node = sf_cluster_find_node(cluster, pod->seen.node);
	if (node == SF_NODE_NONE) {
		return sf_fail(err, SF_ENOENT, "node %.200s is not there", pod->seen.node);
	}
	sf_snapshot_request(snapshot, &pod->seen, &request);
	enum sf_fit fit = choose(cluster, node, &request, &grant);
	if (fit != SF_FITS) {
		return sf_fail(err, SF_EUNMET, "node %.150s: %s", pod->seen.node,
		               sf_fit_reason(fit));
	}
	uint32_t added =
		sf_cluster_add_pod(cluster, &request, pod->seen.priority, (uint32_t)number);
	if (sf_cluster_place(cluster, added, node, &grant, err) < 0) {
		sf_cluster_remove_pod(cluster, added);
		return -1;
	}
	pod->pod = added;
	if (pod->seen.start_us != INT64_MAX) {
		struct sf_change arrive = {.kind = SF_CHANGE_ARRIVE, .pod = added};
		sf_cluster_apply(cluster, &arrive, NULL, NULL);
	}
	return 0;
}

/* Nodes that take no new pods keep those that they have: all are open while pods are seated. */
static void seat_all(struct sf_snapshot *snapshot, sf_snapshot_warn *warn)
{
	struct sf_cluster *cluster = snapshot->cluster;
	uint32_t n = sf_cluster_nodes(cluster);
	bool *closed = sf_xcalloc((size_t)n + 1, sizeof(*closed));
	for (uint32_t i = 0; i < n; i++) {
		struct sf_change ready = {.kind = SF_CHANGE_READY_NODE, .node = i};
		closed[i] = sf_cluster_node(cluster, i)->state != SF_NODE_READY &&
		            sf_cluster_apply(cluster, &ready, NULL, NULL) == 0;
	}
	for (size_t i = 0; i < snapshot->n_pods; i++) {
		struct sf_error why = {0};
		bool bound = snapshot->pod[i].seen.node[0] != '\0';
		if (bound && seat(snapshot, i, &why) < 0 && warn != NULL) {
			warn(snapshot->pod[i].label, why.text);
		}
	}
	for (uint32_t i = 0; i < n; i++) {
		struct sf_change cordon = {.kind = SF_CHANGE_CORDON_NODE, .node = i};
		if (closed[i]) {
			sf_cluster_apply(cluster, &cordon, NULL, NULL);
		}
	}
	free(closed);
}

static int list_pods(const struct sf_kube_list *list, struct sf_snapshot *out, struct sf_error *err)
{
	out->pod = sf_arena_array(out->arena, list->n_pods + 1, sizeof(*out->pod));
	for (size_t i = 0; i < list->n_pods && out->pod != NULL; i++) {
		const struct sf_kube_pod *seen = &list->pod[i];
		if (seen->finished) {
			continue;
		}
		struct sf_snapshot_pod *pod = &out->pod[out->n_pods++];
		pod->seen = *seen;
		pod->pod = SF_POD_NONE;
		pod->rule = list->rule[i];
		if (seen->space[0] == '\0') {
			strcpy(pod->seen.space, "default");
		}
		pod->label = sf_arena_printf(out->arena, "%s/%s", pod->seen.space, seen->name);
	}
	return out->pod != NULL ? 0 : sf_fail(err, SF_ENOMEM, "no memory left");
}

static int list_nodes(const struct sf_kube_list *list, struct sf_snapshot *out,
                      struct sf_error *err)
{
	uint32_t n = sf_cluster_nodes(out->cluster);
	out->node = sf_arena_array(out->arena, (size_t)n + 1, sizeof(*out->node));
	for (uint32_t i = 0; i < n && out->node != NULL; i++) {
		out->node[i] = (struct sf_snapshot_node){
			.n_taints = list->node[i].n_taints,
			.taint = list->node[i].taint,
			.closed = sf_cluster_node(out->cluster, i)->state != SF_NODE_READY &&
		                  !list->node[i].only_cordoned,
		};
	}
	return out->node != NULL ? 0 : sf_fail(err, SF_ENOMEM, "no memory left");
}

/* What the list has goes into the snapshot. */
static int take_list(struct sf_kube_list *list, struct sf_snapshot *out, struct sf_error *err)
{
	sf_arena_destroy(out->arena);
	out->arena = list->arena;
	out->cluster = list->cluster;
	list->arena = NULL;
	list->cluster = NULL;
	return list_pods(list, out, err) == 0 && list_nodes(list, out, err) == 0 ? 0 : -1;
}

static int from_kubernetes(const struct sf_str *text, const char *name,
                           const struct sf_catalog *catalog, struct sf_snapshot *out,
                           struct sf_error *err)
{
	struct sf_kube_list list;
	int rc = sf_kube_list_parse(sf_str_get(text), text->len, name, catalog, &list, err);
	rc = rc == 0 ? take_list(&list, out, err) : rc;
	sf_kube_list_finish(&list);
	return rc;
}

int sf_snapshot_collect(const struct sf_manifests *in, const struct sf_catalog *catalog,
                        sf_snapshot_warn *warn, struct sf_snapshot *out, struct sf_error *err)
{
	struct sf_kube_list list;
	*out = (struct sf_snapshot){.arena = sf_arena_create(0)};
	int rc = sf_kube_list_collect(in, catalog, &list, err);
	rc = rc == 0 ? take_list(&list, out, err) : rc;
	sf_kube_list_finish(&list);
	if (rc < 0) {
		sf_snapshot_finish(out);
		return -1;
	}
	seat_all(out, warn);
	return 0;
}

/* Taints are those of the pools, and so is whether nodes are cordoned. */
static int list_pool_nodes(struct sf_snapshot *out, struct sf_error *err)
{
	uint32_t n = sf_cluster_nodes(out->cluster);
	out->node = sf_arena_array(out->arena, (size_t)n + 1, sizeof(*out->node));
	for (uint32_t i = 0; i < n && out->node != NULL; i++) {
		uint32_t index;
		const struct sf_pool *pool = sf_scenario_pool_of(out->scenario, i, &index);
		struct sf_change cordon = {.kind = SF_CHANGE_CORDON_NODE, .node = i};
		out->node[i] = (struct sf_snapshot_node){pool->n_taints, pool->taint, false};
		if (pool->cordoned) {
			sf_cluster_apply(out->cluster, &cordon, NULL, NULL);
		}
	}
	return out->node != NULL ? 0 : sf_fail(err, SF_ENOMEM, "no memory left");
}

/* One of the pods that run when the scenario begins. */
static int add_running(struct sf_snapshot *out, const struct sf_workload *workload,
                       const struct sf_running *running, uint32_t which, struct sf_error *err)
{
	uint32_t number = (uint32_t)out->n_pods++;
	struct sf_snapshot_pod *pod = &out->pod[number];
	struct sf_request request;
	struct sf_grant grant;
	sf_request_resolve(&workload->request, out->cluster, &request);
	pod->rule = workload->rule;
	pod->label = running->name != NULL
	                     ? running->name[which]
	                     : sf_arena_printf(out->arena, "%s/%" PRIu32, workload->name, number);
	pod->pod = sf_cluster_add_pod(out->cluster, &request, workload->priority, number);
	return sf_running_place(out->cluster, running, which, pod->pod, &grant, err);
}

static int list_running(struct sf_snapshot *out, struct sf_error *err)
{
	const struct sf_scenario *scenario = out->scenario;
	size_t most = 0;
	int rc = 0;
	for (size_t i = 0; i < scenario->n_workloads; i++) {
		most += scenario->workload[i].n_running_pods;
	}
	out->pod = sf_arena_array(out->arena, most + 1, sizeof(*out->pod));
	for (size_t i = 0; i < scenario->n_workloads && out->pod != NULL; i++) {
		const struct sf_workload *workload = &scenario->workload[i];
		for (size_t k = 0; k < workload->n_running; k++) {
			const struct sf_running *running = &workload->running[k];
			for (uint32_t w = 0; w < running->pods && rc == 0; w++) {
				rc = add_running(out, workload, running, w, err);
			}
		}
	}
	return out->pod != NULL ? rc : sf_fail(err, SF_ENOMEM, "no memory left");
}

static int from_scenario(const struct sf_str *text, const char *name,
                         const struct sf_catalog *catalog, struct sf_snapshot *out,
                         struct sf_error *err)
{
	out->scenario = sf_scenario_parse_nodes(sf_str_get(text), text->len, name, catalog, err);
	out->cluster = out->scenario != NULL ? sf_scenario_cluster(out->scenario, err) : NULL;
	return out->cluster != NULL && list_running(out, err) == 0 && list_pool_nodes(out, err) == 0
	               ? 0
	               : -1;
}

int sf_snapshot_parse(const struct sf_str *text, const char *name, const struct sf_catalog *catalog,
                      sf_snapshot_warn *warn, struct sf_snapshot *out, struct sf_error *err)
{
	*out = (struct sf_snapshot){.arena = sf_arena_create(0)};
	int rc = sf_kube_list_detect(sf_str_get(text), text->len)
	                 ? from_kubernetes(text, name, catalog, out, err)
	                 : from_scenario(text, name, catalog, out, err);
	if (rc < 0) {
		sf_snapshot_finish(out);
		return -1;
	}
	if (out->scenario == NULL) {
		seat_all(out, warn);
	}
	return 0;
}

int sf_snapshot_load(const char *path, const struct sf_catalog *catalog, sf_snapshot_warn *warn,
                     struct sf_snapshot *out, struct sf_error *err)
{
	struct sf_str text = {0};
	*out = (struct sf_snapshot){0};
	int rc = sf_file_read(path, SF_SNAPSHOT_BYTES_MAX, &text, err);
	if (rc == 0) {
		rc = sf_snapshot_parse(&text, path, catalog, warn, out, err);
	}
	sf_str_finish(&text);
	return rc;
}

enum sf_rule_fit sf_snapshot_judge(const struct sf_snapshot *snapshot,
                                   const struct sf_node_rule *rule, uint32_t node,
                                   const struct sf_taint **taint)
{
	const struct sf_node *on = sf_cluster_node(snapshot->cluster, node);
	struct sf_node_traits traits = {
		.name = on->name,
		.label = on->label,
		.n_labels = on->n_labels,
		.taint = snapshot->node[node].taint,
		.n_taints = snapshot->node[node].n_taints,
	};
	return sf_node_rule_judge(rule, &traits, taint);
}

void sf_snapshot_finish(struct sf_snapshot *snapshot)
{
	sf_cluster_destroy(snapshot->cluster);
	sf_scenario_destroy(snapshot->scenario);
	sf_arena_destroy(snapshot->arena);
	*snapshot = (struct sf_snapshot){0};
}

const struct sf_snapshot_pod *sf_snapshot_find(const struct sf_snapshot *snapshot, const char *name)
{
	const char *slash = strchr(name, '/');
	size_t space = slash != NULL ? (size_t)(slash - name) : 0;
	for (size_t i = 0; i < snapshot->n_pods; i++) {
		const struct sf_kube_pod *pod = &snapshot->pod[i].seen;
		bool here = slash == NULL ? strcmp(pod->space, "default") == 0
		                          : strncmp(pod->space, name, space) == 0 &&
		                                    pod->space[space] == '\0';
		if (here && strcmp(pod->name, slash != NULL ? slash + 1 : name) == 0) {
			return &snapshot->pod[i];
		}
	}
	return NULL;
}
