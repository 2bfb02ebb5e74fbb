/* kube_list: nodes and pods as Kubernetes lists them, and who of them is alike to rules. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/kube_list.h>

#include "kube_class.h"
#include "kube_json.h"
#include "kube_priority.h"
#include "kube_unseen.h"
#include "yaml_json.h"

#include <slicefit/alloc.h>
#include <slicefit/arena.h>
#include <slicefit/cluster.h>
#include <slicefit/error.h>
#include <slicefit/kube_node.h>
#include <slicefit/kube_pod.h>
#include <slicefit/pod_file.h>
#include <slicefit/str.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { SHOWN_MAX = 40 }; /* bytes of a wrong text in a message */

struct reader {
	const struct sf_manifests *in; /* NULL: a pod alone */
	struct sf_kube_list *list;
	struct sf_arena *scratch; /* of labels, until the cluster has copied them */
	struct sf_kube_classing classing;
	struct sf_map pods; /* "namespace/name": number */
	size_t n_priorities, priorities_cap;
	const struct sf_manifest **priority; /* classes */
	size_t nodes_cap;
};

/* Is being cordoned all that keeps pods away? */
static bool is_only_cordoned(json_t *object, const struct sf_catalog *catalog)
{
	struct sf_kube_node node;
	json_t *spec = json_object_get(object, "spec");
	json_object_del(spec, "unschedulable");
	return sf_kube_node_parse(object, catalog, NULL, &node, NULL) == 0 &&
	       node.state == SF_NODE_READY;
}

static int add_node(const struct sf_manifest *item, struct reader *reader, struct sf_error *err)
{
	struct sf_kube_list *list = reader->list;
	const struct sf_kube_rule_reader taints = {.arena = list->arena};
	const struct sf_catalog *catalog = sf_cluster_catalog(list->cluster);
	uint32_t number = sf_cluster_nodes(list->cluster);
	struct sf_kube_node node;
	json_t *json = sf_yaml_to_json(item->tree);
	int rc = sf_kube_node_parse(json, catalog, reader->scratch, &node, err);
	if (rc == 0 && sf_cluster_find_node(list->cluster, node.spec.name) != SF_NODE_NONE) {
		rc = sf_fail(err, SF_EINVAL, "node %.200s is listed twice, keep one",
		             node.spec.name);
	}
	if (rc == 0 &&
	    sf_kube_taints_read(item->tree, &taints, &node.spec.taint, &node.spec.n_taints) != 0) {
		rc = sf_fail(err, SF_ENOMEM, "no memory left");
	}
	if (rc == 0) {
		rc = sf_kube_node_add(list->cluster, &node, err);
	}
	if (rc == 0) {
		list->only_cordoned = sf_xgrow(list->only_cordoned, &reader->nodes_cap,
		                               (size_t)number + 1, sizeof(*list->only_cordoned));
		list->only_cordoned[number] =
			node.state != SF_NODE_READY && is_only_cordoned(json, catalog);
	}
	json_decref(json);
	return rc;
}

/* The kind of the owner that made it and would make it again. */
static void read_owner(const json_t *object, struct sf_kube_pod *pod)
{
	const json_t *owners =
		json_object_get(json_object_get(object, "metadata"), "ownerReferences");
	const json_t *owner;
	size_t i;
	json_array_foreach(owners, i, owner) {
		if (json_is_true(json_object_get(owner, "controller"))) {
			sf_kube_copy(owner, "kind", pod->owner, sizeof(pod->owner));
		}
	}
}

/* The number of the pod: a new one, or that of the one of the same name. */
static int number_of(struct reader *reader, const struct sf_kube_pod *pod, size_t *out)
{
	struct sf_kube_list *list = reader->list;
	uint32_t seen;
	const char *key = sf_arena_printf(list->arena, "%s/%s", pod->space, pod->name);
	if (key == NULL) {
		return -1;
	}
	if (pod->name[0] != '\0' && sf_map_get(&reader->pods, key, &seen)) {
		*out = seen;
		return 0;
	}
	*out = list->n_pods++;
	sf_map_set(&reader->pods, key, (uint32_t)*out);
	list->pod = sf_xgrow(list->pod, &list->pods_cap, list->n_pods, sizeof(*list->pod));
	return 0;
}

static int add_pod(const struct sf_manifest *item, struct reader *reader, struct sf_error *err)
{
	struct sf_kube_pod pod;
	size_t number;
	json_t *json = sf_yaml_to_json(item->tree);
	int rc = sf_kube_pod_parse(json, &pod, err);
	if (rc == 0) {
		read_owner(json, &pod);
	}
	json_decref(json);
	if (rc < 0) {
		return -1;
	}
	if (number_of(reader, &pod, &number) < 0) {
		return sf_fail(err, SF_ENOMEM, "no memory left");
	}
	const struct sf_kube_classed classed = {
		.pod = item->tree,
		.space = *item->space != '\0' ? item->space : "default",
		.daemon = strcmp(pod.owner, "DaemonSet") == 0,
		.away = pod.finished,
		.bound = pod.node[0] != '\0',
	};
	reader->list->pod[number] = pod;
	return sf_kube_classing_add(&reader->classing, number, &classed, err);
}

static void add_priority(const struct sf_manifest *item, struct reader *reader)
{
	if (strcmp(item->kind, "PriorityClass") != 0) {
		return;
	}
	reader->priority = sf_xgrow(reader->priority, &reader->priorities_cap,
	                            reader->n_priorities + 1, sizeof(*reader->priority));
	reader->priority[reader->n_priorities++] = item;
}

/* No API server has seen it: its priority is that of its class, which may be in its file, too. */
static int add_more(const struct sf_pod_file *more, struct reader *reader, struct sf_error *err)
{
	struct sf_kube_list *list = reader->list;
	struct sf_str notes = {0};
	const struct sf_kube_classed classed = {
		.pod = more->tree, .space = more->space, .notes = &notes};
	for (size_t i = 0; i < more->from->n; i++) {
		add_priority(&more->from->item[i], reader);
	}
	const struct sf_kube_priorities classes = {reader->n_priorities, reader->priority};
	const struct sf_yaml *spec = sf_yaml_get(more->tree, "spec");
	struct sf_kube_pod pod;
	bool never;
	if (sf_pod_file_read(more, &pod, err) < 0) {
		return -1;
	}
	sf_kube_priority(spec, &classes, &pod.priority, &never);
	list->pod = sf_xgrow(list->pod, &list->pods_cap, list->n_pods + 1, sizeof(*list->pod));
	list->pod[list->n_pods] = pod;
	if (reader->in != NULL) {
		sf_kube_quotas(reader->in, &pod, &notes);
	}
	int rc = sf_kube_classing_add(&reader->classing, list->n_pods++, &classed, err);
	sf_str_finish(&notes);
	return rc;
}

/* What kubectl says when it cannot go on is YAML, too. */
static int add_item(const struct sf_manifest *item, struct reader *reader, struct sf_error *err)
{
	if (strcmp(item->kind, "Node") == 0) {
		return add_node(item, reader, err);
	}
	if (strcmp(item->kind, "Pod") == 0) {
		return add_pod(item, reader, err);
	}
	if (strcmp(item->kind, "PodDisruptionBudget") == 0) {
		sf_kube_classing_budget(&reader->classing, item);
	}
	add_priority(item, reader);
	if (item->tree->kind == SF_YAML_SCALAR && !sf_yaml_is_null(item->tree)) {
		return sf_fail(err, SF_EINVAL, "'%.*s' is no object of Kubernetes", SHOWN_MAX,
		               item->tree->text);
	}
	return 0;
}

static void begin(struct reader *reader, const struct sf_catalog *catalog, struct sf_kube_list *out)
{
	*out = (struct sf_kube_list){
		.arena = sf_arena_create(0),
		.cluster = sf_cluster_create(catalog),
	};
	*reader = (struct reader){
		.list = out,
		.scratch = sf_arena_create(0),
		.classing = {.arena = out->arena},
	};
}

/* Adds the pod that is to come, and works out the classes of all, if all went well so far. */
static int end(struct reader *reader, int rc, const struct sf_pod_file *more, struct sf_error *err)
{
	rc = rc == 0 && more != NULL ? add_more(more, reader, err) : rc;
	rc = rc == 0 ? sf_kube_classing_settle(&reader->classing, reader->list, err) : rc;
	sf_kube_classing_finish(&reader->classing);
	sf_map_finish(&reader->pods);
	sf_arena_destroy(reader->scratch);
	free(reader->priority);
	return rc;
}

int sf_kube_list_alone(const struct sf_pod_file *pod, uint32_t first_group,
                       const struct sf_catalog *catalog, struct sf_kube_list *out,
                       struct sf_error *err)
{
	struct reader reader;
	begin(&reader, catalog, out);
	reader.classing.first_group = first_group;
	return end(&reader, 0, pod, err);
}

int sf_kube_list_collect(const struct sf_manifests *in, const char *name,
                         const struct sf_pod_file *more, const struct sf_catalog *catalog,
                         struct sf_kube_list *out, struct sf_error *err)
{
	struct reader reader;
	begin(&reader, catalog, out);
	reader.in = in;
	int rc = sf_manifests_refuse(in, err);
	for (size_t i = 0; i < in->n && rc == 0; i++) {
		const struct sf_manifest *item = &in->item[i];
		rc = add_item(item, &reader, err);
		if (rc < 0) {
			sf_wrap(err, "%s:%" PRIu32 ":%" PRIu32, item->file, item->tree->line,
			        item->tree->column);
		}
	}
	if (rc == 0 && sf_cluster_nodes(out->cluster) == 0) {
		rc = sf_fail(err, SF_EINVAL,
		             "%s: no nodes in it (write it with kubectl get nodes,pods,pdb -A -o "
		             "json)",
		             name);
	}
	return end(&reader, rc, more, err);
}

void sf_kube_list_finish(struct sf_kube_list *list)
{
	sf_cluster_destroy(list->cluster);
	sf_arena_destroy(list->arena);
	free(list->only_cordoned);
	free(list->pod);
	free(list->class_of);
	free(list->class);
	*list = (struct sf_kube_list){0};
}
