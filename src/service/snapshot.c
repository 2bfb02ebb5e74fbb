/* snapshot: a cluster with its pods at one moment, for those who ask and go. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/snapshot.h>

#include <slicefit/alloc.h>
#include <slicefit/arena.h>
#include <slicefit/change.h>
#include <slicefit/cluster_file.h>
#include <slicefit/error.h>
#include <slicefit/filter.h>
#include <slicefit/pod_file.h>
#include <slicefit/running.h>
#include <slicefit/scenario_yaml.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

void sf_snapshot_request(const struct sf_snapshot *snapshot, const struct sf_snapshot_pod *pod,
                         struct sf_request *out)
{
	sf_kube_pod_request(&pod->seen, snapshot->cluster, out);
	out->cpu_milli = pod->seen.cpu_milli;
	out->memory_mib = pod->seen.memory_mib;
	out->rule = pod->rule;
}

uint32_t sf_snapshot_add(struct sf_snapshot *snapshot, const struct sf_snapshot_pod *pod)
{
	struct sf_request request;
	sf_snapshot_request(snapshot, pod, &request);
	return sf_cluster_add_pod(snapshot->cluster, &request, pod->seen.priority, UINT32_MAX);
}

uint16_t sf_snapshot_relax(struct sf_snapshot *snapshot, const struct sf_snapshot_pod *pod,
                           bool anywhere)
{
	static const struct sf_toleration all = {.effect = -1};
	struct sf_node_rule *rule = sf_arena_alloc(snapshot->arena, sizeof(*rule));
	struct sf_rule_spec spec = pod->spec;
	if (rule == NULL) {
		return 0;
	}
	*rule = spec.rule != NULL ? *spec.rule : (struct sf_node_rule){0};
	if (anywhere) {
		rule->n_selector = rule->n_terms = 0;
	} else {
		rule->toleration = &all;
		rule->n_tolerations = 1;
	}
	spec.rule = rule;
	return sf_cluster_add_rule(snapshot->cluster, &spec);
}

/* What runs is not asked whether it should: a node may have promised more CPU than it has, or have got
 * a taint since. */
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
	sf_snapshot_request(snapshot, pod, &request);
	request.rule = 0;
	enum sf_fit fit = choose(cluster, node, &request, &grant);
	request.rule = pod->rule;
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

static bool has_taints(const struct sf_cluster *cluster)
{
	uint32_t n = sf_cluster_nodes(cluster);
	for (uint32_t i = 0; i < n; i++) {
		if (sf_cluster_node(cluster, i)->n_taints > 0) {
			return true;
		}
	}
	return false;
}

/* Rules of the cluster for the classes, of which those need none that ask for nothing. */
static int add_rules(const struct sf_kube_list *list, struct sf_cluster *cluster, uint16_t *number,
                     struct sf_error *err)
{
	bool taints = has_taints(cluster);
	for (size_t i = 0; i < list->n_classes; i++) {
		const struct sf_rule_spec *spec = &list->class[i].rule;
		const struct sf_node_rule *rule = spec->rule;
		bool free = !taints && rule->n_selector + rule->n_terms + rule->n_apart +
		                                       rule->max_skew + spec->n_groups ==
		                               0;
		number[i] = free ? 0 : sf_cluster_add_rule(cluster, spec);
		if (!free && number[i] == 0) {
			return sf_fail(err, SF_ELIMIT,
			               "more than 65535 different rules of where pods may run");
		}
	}
	return 0;
}

static void take_pod(const struct sf_kube_list *list, size_t i, const uint16_t *number,
                     struct sf_snapshot *out)
{
	const struct sf_kube_class *class = &list->class[list->class_of[i]];
	struct sf_snapshot_pod *pod = &out->pod[out->n_pods++];
	*pod = (struct sf_snapshot_pod){
		.seen = list->pod[i],
		.pod = SF_POD_NONE,
		.spec = class->rule,
		.rule = number[list->class_of[i]],
		.n_budgets = class->n_budgets,
		.budget = class->budget,
		.notes = class->notes,
	};
	if (pod->seen.space[0] == '\0') {
		strcpy(pod->seen.space, "default");
	}
	pod->label = sf_arena_printf(out->arena, "%s/%s", pod->seen.space, pod->seen.name);
}

/* Room for so many more pods behind those that are there. */
static int grow_pods(struct sf_snapshot *out, size_t more, struct sf_error *err)
{
	struct sf_snapshot_pod *pod =
		sf_arena_array(out->arena, out->n_pods + more + 1, sizeof(*pod));
	if (pod == NULL) {
		return sf_fail(err, SF_ENOMEM, "no memory left");
	}
	if (out->n_pods > 0) {
		memcpy(pod, out->pod, out->n_pods * sizeof(*pod));
	}
	out->pod = pod;
	return 0;
}

/* Pods of the list that are not over; `more`: the last one is not the file's. */
static int take_pods(const struct sf_kube_list *list, bool more, struct sf_snapshot *out,
                     struct sf_error *err)
{
	uint16_t *number = sf_xcalloc(list->n_classes + 1, sizeof(*number));
	int rc = grow_pods(out, list->n_pods, err);
	rc = rc == 0 ? add_rules(list, out->cluster, number, err) : rc;
	for (size_t i = 0; i < list->n_pods && rc == 0; i++) {
		if (!list->pod[i].finished) {
			take_pod(list, i, number, out);
		}
	}
	if (rc == 0 && more) {
		out->more = &out->pod[out->n_pods - 1];
	}
	free(number);
	return rc;
}

static int list_closed(const struct sf_kube_list *list, struct sf_snapshot *out,
                       struct sf_error *err)
{
	uint32_t n = sf_cluster_nodes(out->cluster);
	out->closed = sf_arena_array(out->arena, (size_t)n + 1, sizeof(*out->closed));
	for (uint32_t i = 0; i < n && out->closed != NULL; i++) {
		out->closed[i] = list != NULL &&
		                 sf_cluster_node(out->cluster, i)->state != SF_NODE_READY &&
		                 !list->only_cordoned[i];
	}
	return out->closed != NULL ? 0 : sf_fail(err, SF_ENOMEM, "no memory left");
}

static int from_kubernetes(const struct sf_cluster_file *file, const struct sf_pod_file *more,
                           const struct sf_catalog *catalog, struct sf_snapshot *out,
                           struct sf_error *err)
{
	struct sf_kube_list list;
	int rc = sf_kube_list_collect(&file->objects, file->name, more, catalog, &list, err);
	if (rc == 0) {
		out->arena = list.arena;
		out->cluster = list.cluster;
		out->budget = list.budget;
		out->n_budgets = list.n_budgets;
		list.arena = NULL;
		list.cluster = NULL;
		rc = take_pods(&list, more != NULL, out, err);
	}
	rc = rc == 0 ? list_closed(&list, out, err) : rc;
	sf_kube_list_finish(&list);
	return rc;
}

/* One of the pods that run when the scenario begins. */
static int add_running(struct sf_snapshot *out, uint32_t index, const struct sf_request *request,
                       const struct sf_running *running, uint32_t which, struct sf_error *err)
{
	const struct sf_workload *workload = &out->scenario->workload[index];
	uint32_t number = (uint32_t)out->n_pods++;
	struct sf_snapshot_pod *pod = &out->pod[number];
	struct sf_grant grant;
	pod->spec.rule = workload->rule;
	pod->rule = request->rule;
	pod->label = running->name != NULL
	                     ? running->name[which]
	                     : sf_arena_printf(out->arena, "%s/%" PRIu32, workload->name, number);
	pod->pod = sf_cluster_add_pod(out->cluster, request, workload->priority, number);
	return sf_running_place(out->cluster, running, which, pod->pod, &grant, err);
}

static int add_workload(struct sf_snapshot *out, uint32_t index, const struct sf_request *request,
                        struct sf_error *err)
{
	const struct sf_workload *workload = &out->scenario->workload[index];
	for (size_t k = 0; k < workload->n_running; k++) {
		const struct sf_running *running = &workload->running[k];
		for (uint32_t w = 0; w < running->pods; w++) {
			if (add_running(out, index, request, running, w, err) < 0) {
				return -1;
			}
		}
	}
	return 0;
}

static int list_running(struct sf_snapshot *out, struct sf_error *err)
{
	const struct sf_scenario *scenario = out->scenario;
	struct sf_request *request = sf_xcalloc(scenario->n_workloads + 1, sizeof(*request));
	size_t most = 0;
	for (size_t i = 0; i < scenario->n_workloads; i++) {
		most += scenario->workload[i].n_running_pods;
	}
	sf_scenario_requests(scenario, out->cluster, request);
	int rc = grow_pods(out, most, err);
	for (uint32_t i = 0; i < scenario->n_workloads && rc == 0; i++) {
		rc = add_workload(out, i, &request[i], err);
	}
	free(request);
	return rc;
}

/* Whether nodes are cordoned is said of the pools. */
static void cordon_pools(struct sf_snapshot *out)
{
	uint32_t n = sf_cluster_nodes(out->cluster);
	for (uint32_t i = 0; i < n; i++) {
		uint32_t index;
		const struct sf_pool *pool = sf_scenario_pool_of(out->scenario, i, &index);
		struct sf_change cordon = {.kind = SF_CHANGE_CORDON_NODE, .node = i};
		if (pool->cordoned) {
			sf_cluster_apply(out->cluster, &cordon, NULL, NULL);
		}
	}
}

/* A pod of Kubernetes beside those of the scenario, which have no labels: it keeps apart from pods like
 * itself only. */
static int add_stranger(struct sf_snapshot *out, const struct sf_pod_file *more,
                        const struct sf_catalog *catalog, struct sf_error *err)
{
	struct sf_kube_list list;
	size_t groups = out->scenario->n_groups + out->scenario->n_workloads;
	int rc = sf_kube_list_alone(more, (uint32_t)groups, catalog, &list, err);
	if (rc == 0) {
		rc = take_pods(&list, true, out, err);
		out->more_arena = list.arena;
		list.arena = NULL;
	}
	sf_kube_list_finish(&list);
	return rc;
}

static int from_scenario(const struct sf_cluster_file *file, const struct sf_pod_file *more,
                         const struct sf_catalog *catalog, struct sf_snapshot *out,
                         struct sf_error *err)
{
	out->arena = sf_arena_create(0);
	out->scenario = sf_scenario_parse_nodes(sf_str_get(&file->text), file->text.len, file->name,
	                                        catalog, err);
	out->cluster = out->scenario != NULL ? sf_scenario_cluster(out->scenario, err) : NULL;
	if (out->cluster == NULL || list_running(out, err) < 0 || list_closed(NULL, out, err) < 0) {
		return -1;
	}
	cordon_pools(out);
	return more != NULL ? add_stranger(out, more, catalog, err) : 0;
}

int sf_snapshot_make(const struct sf_cluster_file *file, const struct sf_pod_file *more,
                     const struct sf_catalog *catalog, sf_snapshot_warn *warn,
                     struct sf_snapshot *out, struct sf_error *err)
{
	*out = (struct sf_snapshot){0};
	int rc = file->kubernetes ? from_kubernetes(file, more, catalog, out, err)
	                          : from_scenario(file, more, catalog, out, err);
	if (rc == 0 && file->kubernetes) {
		seat_all(out, warn);
	}
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
		.taint = on->taint,
		.n_taints = on->n_taints,
	};
	return sf_node_rule_judge(rule, &traits, taint);
}

void sf_snapshot_finish(struct sf_snapshot *snapshot)
{
	sf_cluster_destroy(snapshot->cluster);
	sf_scenario_destroy(snapshot->scenario);
	sf_arena_destroy(snapshot->arena);
	sf_arena_destroy(snapshot->more_arena);
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
