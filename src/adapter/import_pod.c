/* import_pod: Pods and the templates of pods: what they ask for, and which of them are equal. */
// SPDX-License-Identifier: Apache-2.0
#include "import_impl.h"
#include "kube_admit.h"
#include "yaml_json.h"

#include <slicefit/alloc.h>
#include <slicefit/arena.h>
#include <slicefit/error.h>
#include <slicefit/kube_pod.h>
#include <slicefit/str.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* A pod, or what one of a template would be. */
struct candidate {
	const struct sf_manifest *object; /* for notes */
	const struct sf_yaml *pod;        /* has metadata and spec */
	const char *space;
	bool admitted; /* by an API server */
	bool daemon;
	struct sf_kube_pod kube;
	struct sf_import_part part;
};

/* A tree as a text that does not depend on quotes. */
static void show(const struct sf_yaml *tree, struct sf_str *out)
{
	if (tree == NULL || tree->kind == SF_YAML_SCALAR) {
		sf_str_printf(out, "%s;", tree != NULL ? tree->text : "");
		return;
	}
	sf_str_append(out, "(");
	for (size_t i = 0; i < tree->n; i++) {
		sf_str_printf(out, "%s:", tree->child[i]->key != NULL ? tree->child[i]->key : "");
		show(tree->child[i], out);
	}
	sf_str_append(out, ")");
}

/* Without those that an API server adds by itself: not-ready, unreachable, memory-pressure. */
static void show_tolerations(const struct sf_yaml *list, struct sf_str *out)
{
	for (size_t i = 0; list != NULL && i < list->n; i++) {
		const char *key = sf_manifest_text(list->child[i], "key");
		if (strncmp(key, "node.kubernetes.io/", strlen("node.kubernetes.io/")) != 0) {
			show(list->child[i], out);
		}
	}
}

/* Equal for pods that ask for the same and may go to the same nodes. The pods of a DaemonSet are
 * bound to one node each by an affinity that its controller writes. */
static const char *sign(struct sf_importer *imp, const struct candidate *one)
{
	const struct sf_request_spec *request = &one->part.request;
	struct sf_str text = {0};
	sf_str_printf(&text, "%d %d %" PRId64 " %" PRId64 " %d %u %u %u", one->part.priority,
	              one->part.never_preempts, request->cpu_milli, request->memory_mib,
	              request->gpu_memory_mib, request->shared, request->gpu, request->gpu_milli);
	for (uint8_t i = 0; i < request->n_resources; i++) {
		sf_str_printf(&text, " %s=%u", request->resource[i].name,
		              request->resource[i].count);
	}
	show(sf_manifest_at(one->part.spec, "nodeSelector"), &text);
	show(sf_manifest_at(one->part.spec, "topologySpreadConstraints"), &text);
	show(sf_manifest_at(one->part.spec, "affinity.podAntiAffinity"), &text);
	if (!one->daemon) {
		show(sf_manifest_at(one->part.spec, "affinity.nodeAffinity"), &text);
		show_tolerations(sf_manifest_at(one->part.spec, "tolerations"), &text);
	}
	const char *kept = sf_arena_strdup(imp->arena, sf_str_get(&text));
	sf_str_finish(&text);
	return kept;
}

/* 0; 1 when the pod is left out, which has been said; -1 when memory is full. */
static int judge(struct sf_importer *imp, struct candidate *one)
{
	const char *why = NULL;
	struct sf_error err;
	const struct sf_kube_ranges ranges = {imp->n_ranges, imp->range, one->space};
	json_t *json = sf_yaml_to_json(one->pod);
	int rc = one->admitted ? sf_kube_pod_parse(json, &one->kube, &err)
	                       : sf_kube_admit(json, &ranges, &one->kube, &err);
	json_decref(json);
	if (rc != 0) {
		why = err.text;
	} else {
		struct sf_manifest words = *one->object;
		words.space = one->space;
		sf_import_claims(imp, &words, sf_yaml_get(one->pod, "spec"), &one->kube);
		rc = sf_import_request(imp, &one->kube, &one->part.request, &why);
	}
	if (rc != 0) {
		sf_import_count(imp, one->object->kind, "left out, see below");
		sf_import_note_error(imp, one->object, why);
		return 1;
	}
	one->part.spec = sf_yaml_get(one->pod, "spec");
	one->part.labels = sf_manifest_at(one->pod, "metadata.labels");
	one->part.priority =
		sf_import_priority(imp, one->object, one->part.spec, &one->part.never_preempts);
	one->part.signature = sign(imp, one);
	return one->part.signature != NULL ? 0 : sf_import_full(imp);
}

/* The part of the set for such pods. */
static uint32_t part_of(struct sf_importer *imp, uint32_t set, const struct candidate *one)
{
	uint32_t *link = &imp->set[set].first_part;
	while (*link != SF_IMPORT_NONE) {
		struct sf_import_part *part = &imp->part[*link];
		if (strcmp(part->signature, one->part.signature) == 0) {
			return *link;
		}
		link = &part->next;
	}
	const uint32_t index = (uint32_t)imp->n_parts++;
	*link = index; /* before the parts move */
	imp->part = sf_xgrow(imp->part, &imp->parts_cap, imp->n_parts, sizeof(*imp->part));
	imp->part[index] = one->part;
	imp->part[index].set = set;
	imp->part[index].next = SF_IMPORT_NONE;
	return index;
}

/* It stands on a node, and will until it ends: where, by the node's number. */
static int find_node(struct sf_importer *imp, const struct sf_manifest *object, uint32_t *node)
{
	const char *name = sf_manifest_text(object->tree, "spec.nodeName");
	*node = SF_IMPORT_NONE;
	if (*name == '\0' || sf_map_get(&imp->node_names, name, node)) {
		return 0;
	}
	sf_import_count(imp, "Pod", "on nodes that are not given, left out");
	return 1;
}

static int add_running(struct sf_importer *imp, uint32_t index, uint32_t node,
                       const struct sf_manifest *object)
{
	struct sf_import_part *part = &imp->part[index];
	const char *name =
		sf_arena_printf(imp->arena, "%s/%s",
	                        *object->space != '\0' ? object->space : "default", object->name);
	if (name == NULL) {
		return sf_import_full(imp);
	}
	part->running = sf_xgrow(part->running, &part->running_cap, part->n_running + 1,
	                         sizeof(*part->running));
	part->running[part->n_running++] = (struct sf_import_running){.node = node, .name = name};
	return 0;
}

static bool is_over(const struct sf_manifest *object)
{
	const char *phase = sf_manifest_text(object->tree, "status.phase");
	return strcmp(phase, "Succeeded") == 0 || strcmp(phase, "Failed") == 0;
}

/* KAI Scheduler holds a GPU that pods share with a pod of its own. */
static bool is_reservation(const struct sf_manifest *object)
{
	return strcmp(object->space, "kai-resource-reservation") == 0 ||
	       strcmp(object->space, "runai-reservation") == 0;
}

/* Pods of a PodGroup start together: KAI Scheduler and Volcano name it in an annotation, the
 * coscheduling plugin in a label. */
static uint32_t gang_of(const struct sf_importer *imp, const struct sf_manifest *object)
{
	static const struct {
		const char *where, *key;
	} names[] = {
		{"metadata.annotations", "pod-group-name"},
		{"metadata.annotations", "scheduling.k8s.io/group-name"},
		{"metadata.labels", "scheduling.x-k8s.io/pod-group"},
	};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct sf_yaml *all = sf_manifest_at(object->tree, names[i].where);
		const char *name = sf_manifest_text(sf_yaml_get(all, names[i].key), "");
		const struct sf_manifest *group =
			*name != '\0' ? sf_import_find(imp, "PodGroup", object->space, name) : NULL;
		if (group != NULL) {
			long n = strtol(sf_manifest_text(group->tree, "spec.minMember"), NULL, 10);
			return n > 1 && n <= SF_SCENARIO_PODS_MAX ? (uint32_t)n : 0;
		}
	}
	return 0;
}

/* Why a pod that waits is none for the scheduler, a constant text; or NULL. */
static const char *never_runs(const struct sf_manifest *object)
{
	const struct sf_yaml *gates = sf_manifest_at(object->tree, "spec.schedulingGates");
	if (*sf_manifest_text(object->tree, "metadata.deletionTimestamp") != '\0') {
		return "being deleted before they ran, left out";
	}
	return gates != NULL && gates->n > 0 ? "held by scheduling gates, left out" : NULL;
}

static int add_pod(struct sf_importer *imp, const struct sf_manifest *object)
{
	uint32_t node;
	if (is_reservation(object)) {
		sf_import_count(imp, "Pod", "holding GPUs for fractions, left out");
		return 0;
	}
	if (!sf_import_takes(imp, object)) {
		return 0;
	}
	if (is_over(object)) {
		sf_import_count(imp, "Pod", "over, left out");
		return 0;
	}
	if (find_node(imp, object, &node) != 0) {
		return 0;
	}
	const char *away = node == SF_IMPORT_NONE ? never_runs(object) : NULL;
	if (away != NULL) {
		sf_import_count(imp, "Pod", away);
		return 0;
	}
	uint32_t set = sf_import_set_of(imp, object);
	if (set == SF_IMPORT_NONE) {
		return -1;
	}
	uint32_t gang = gang_of(imp, object);
	imp->set[set].gang = gang > 0 ? gang : imp->set[set].gang;
	struct candidate one = {
		.object = object,
		.pod = object->tree,
		.space = object->space,
		.admitted = *sf_manifest_text(object->tree, "metadata.uid") != '\0',
		.daemon = imp->set[set].daemon,
	};
	int rc = judge(imp, &one);
	if (rc != 0) {
		return rc < 0 ? -1 : 0;
	}
	uint32_t part = part_of(imp, set, &one);
	sf_import_count(imp, "Pod", node != SF_IMPORT_NONE ? "running" : "waiting");
	if (node != SF_IMPORT_NONE) {
		return add_running(imp, part, node, object);
	}
	imp->part[part].pending++;
	return 0;
}

static int64_t live_pods(const struct sf_importer *imp, const struct sf_import_set *set)
{
	int64_t live = 0;
	for (uint32_t i = set->first_part; i != SF_IMPORT_NONE; i = imp->part[i].next) {
		live += imp->part[i].pending + (int64_t)imp->part[i].n_running;
	}
	return live;
}

/* Nodes that take a pod of the DaemonSet are counted once its rule is known; here, all of them. */
static int64_t desired_pods(const struct sf_importer *imp, const struct sf_import_set *set)
{
	return set->daemon && set->desired < 0 ? (int64_t)imp->n_nodes : set->desired;
}

/* Pods that the controller wants and that are not there yet. */
static int add_missing(struct sf_importer *imp, uint32_t index)
{
	const struct sf_import_set *set = &imp->set[index];
	int64_t missing = desired_pods(imp, set) - live_pods(imp, set);
	const struct sf_manifest words = {
		.kind = set->kind, .space = set->space, .name = set->name};
	if (missing <= 0 || set->pod_template == NULL) {
		return 0;
	}
	struct candidate one = {
		.object = &words,
		.pod = set->pod_template,
		.space = set->space,
		.admitted = false, /* a template never is */
		.daemon = set->daemon,
	};
	int rc = judge(imp, &one);
	if (rc == 0) {
		uint32_t part = part_of(imp, index, &one); /* may move the parts */
		imp->part[part].pending += (uint32_t)missing;
	}
	return rc < 0 ? -1 : 0;
}

int sf_import_pods(struct sf_importer *imp)
{
	int rc = 0;
	for (size_t i = 0; i < imp->in->n && rc == 0; i++) {
		const struct sf_manifest *object = &imp->in->item[i];
		if (strcmp(object->kind, "Pod") == 0) {
			rc = add_pod(imp, object);
		}
	}
	for (uint32_t i = 0; i < imp->n_sets && rc == 0; i++) {
		rc = add_missing(imp, i);
	}
	return rc;
}
