/* kube_list: what `kubectl get nodes,pods -A -o json` (or yaml) prints. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/kube_list.h>

#include "kube_json.h"
#include "yaml_json.h"

#include <slicefit/alloc.h>
#include <slicefit/arena.h>
#include <slicefit/cluster.h>
#include <slicefit/error.h>
#include <slicefit/kube_node.h>
#include <slicefit/kube_pod.h>
#include <slicefit/kube_rule.h>
#include <slicefit/manifests.h>
#include <slicefit/yaml.h>

#include <stdlib.h>
#include <string.h>

enum { SHOWN_MAX = 40 }; /* bytes of a wrong text in a message */

static const char blank[] = " \t\r\n";

/* Bytes of blank space at the start. */
static size_t count_blank(const char *text, size_t len)
{
	size_t n = 0;
	while (n < len && strchr(blank, text[n]) != NULL) {
		n++;
	}
	return n;
}

static bool is_json(const char *text, size_t len)
{
	size_t n = count_blank(text, len);
	return n < len && text[n] == '{';
}

/* A line that starts with the key: YAML at the top, as kubectl prints it. */
static bool has_line(const char *text, size_t len, const char *key)
{
	size_t n = strlen(key);
	const char *end = text + len;
	for (const char *line = text; line != NULL && (size_t)(end - line) >= n;) {
		if (memcmp(line, key, n) == 0) {
			return true;
		}
		line = memchr(line, '\n', (size_t)(end - line));
		line = line != NULL ? line + 1 : NULL;
	}
	return false;
}

bool sf_kube_list_detect(const char *text, size_t len)
{
	if (!is_json(text, len)) {
		return has_line(text, len, "kind:") && has_line(text, len, "apiVersion:");
	}
	json_t *root = json_loadb(text, len, JSON_DISABLE_EOF_CHECK | JSON_ALLOW_NUL, NULL);
	bool kind = json_is_string(json_object_get(root, "kind"));
	json_decref(root);
	return kind;
}

struct reader {
	struct sf_arena *arena;
	struct sf_kube_list *list;
	size_t cap, rules_cap, nodes_cap; /* of list->pod, rule, node */
};

/* Is being cordoned all that keeps pods away? */
static bool is_only_cordoned(json_t *object, struct reader *reader)
{
	const struct sf_catalog *catalog = sf_cluster_catalog(reader->list->cluster);
	struct sf_kube_node node;
	json_t *open = json_copy(object);
	json_t *spec = json_copy(json_object_get(object, "spec"));
	json_object_del(spec, "unschedulable");
	json_object_set_new(open, "spec", spec);
	bool is = sf_kube_node_parse(open, catalog, NULL, &node, NULL) == 0 &&
	          node.state == SF_NODE_READY;
	json_decref(open);
	return is;
}

static int list_node(json_t *object, uint8_t state, struct reader *reader, struct sf_error *err)
{
	struct sf_kube_list *list = reader->list;
	uint32_t number = sf_cluster_nodes(list->cluster) - 1;
	list->node =
		sf_xgrow(list->node, &reader->nodes_cap, (size_t)number + 1, sizeof(*list->node));
	struct sf_kube_listed_node *node = &list->node[number];
	node->only_cordoned = state != SF_NODE_READY && is_only_cordoned(object, reader);
	return sf_kube_taints_parse(object, list->arena, &node->taint, &node->n_taints) == 0
	               ? 0
	               : sf_fail(err, SF_ENOMEM, "no memory left");
}

static int add_node(json_t *object, struct reader *reader, struct sf_error *err)
{
	struct sf_kube_node node;
	struct sf_kube_list *list = reader->list;
	const struct sf_catalog *catalog = sf_cluster_catalog(list->cluster);
	if (sf_kube_node_parse(object, catalog, reader->arena, &node, err) < 0) {
		return -1;
	}
	if (sf_cluster_find_node(list->cluster, node.spec.name) != SF_NODE_NONE) {
		return sf_fail(err, SF_EINVAL, "node %.200s is listed twice, keep one",
		               node.spec.name);
	}
	if (sf_kube_node_add(list->cluster, &node, err) < 0) {
		return -1;
	}
	return list_node(object, node.state, reader, err);
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

static int add_pod(const json_t *object, struct reader *reader, struct sf_error *err)
{
	struct sf_kube_pod pod;
	struct sf_kube_list *list = reader->list;
	if (sf_kube_pod_parse(object, &pod, err) < 0) {
		return -1;
	}
	read_owner(object, &pod);
	struct sf_node_rule *rule;
	if (sf_kube_rule_parse(object, list->arena, &rule) < 0) {
		return sf_fail(err, SF_ENOMEM, "no memory left");
	}
	list->rule =
		sf_xgrow(list->rule, &reader->rules_cap, list->n_pods + 1, sizeof(*list->rule));
	list->rule[list->n_pods] = rule;
	list->pod = sf_xgrow(list->pod, &reader->cap, list->n_pods + 1, sizeof(*list->pod));
	list->pod[list->n_pods++] = pod;
	return 0;
}

/* `kind` of the list stands in for that of its items, which kubectl leaves out of typed lists. */
static int add_object(json_t *object, const char *kind, struct reader *reader, struct sf_error *err)
{
	const char *own = sf_kube_text(object, "kind");
	kind = *own != '\0' ? own : kind;
	if (strcmp(kind, "Node") == 0) {
		return add_node(object, reader, err);
	}
	return strcmp(kind, "Pod") == 0 ? add_pod(object, reader, err) : 0;
}

static int add_document(json_t *root, struct reader *reader, struct sf_error *err)
{
	const char *kind = sf_kube_text(root, "kind");
	const char *of = strcmp(kind, "NodeList") == 0  ? "Node"
	                 : strcmp(kind, "PodList") == 0 ? "Pod"
	                                                : "";
	json_t *items, *item;
	size_t i;
	if (json_object_get(root, "items") == NULL) {
		return add_object(root, "", reader, err);
	}
	if (sf_kube_array(root, "items", &items, err) < 0) {
		return -1;
	}
	json_array_foreach(items, i, item) {
		if (add_object(item, of, reader, err) < 0) {
			return sf_wrap(err, "items[%zu]", i);
		}
	}
	return 0;
}

static int read_json(const char *text, size_t len, struct reader *reader, struct sf_error *err)
{
	while (is_json(text, len)) {
		json_error_t where;
		json_t *root =
			json_loadb(text, len, JSON_DISABLE_EOF_CHECK | JSON_ALLOW_NUL, &where);
		if (root == NULL) {
			return sf_fail(err, SF_EINVAL, "line %d: %s", where.line, where.text);
		}
		/* On success the position is the number of bytes read. */
		text += where.position;
		len -= (size_t)where.position;
		int rc = add_document(root, reader, err);
		json_decref(root);
		if (rc < 0) {
			return -1;
		}
	}
	size_t n = count_blank(text, len);
	int shown = len - n < SHOWN_MAX ? (int)(len - n) : SHOWN_MAX;
	return n == len ? 0
	                : sf_fail(err, SF_EINVAL, "no JSON object: '%.*s' behind the last one",
	                          shown, text + n);
}

static int read_yaml(const char *text, size_t len, const char *name, struct reader *reader,
                     struct sf_error *err)
{
	size_t n = 0;
	const struct sf_yaml **tree = sf_yaml_parse_all(text, len, name, &n, reader->arena, err);
	if (tree == NULL) {
		return -1;
	}
	for (size_t i = 0; i < n; i++) {
		json_t *root = sf_yaml_to_json(tree[i]);
		int rc = add_document(root, reader, err);
		json_decref(root);
		if (rc < 0) {
			return sf_wrap(err, "%s", name);
		}
	}
	return 0;
}

static void begin(struct sf_kube_list *out, const struct sf_catalog *catalog)
{
	*out = (struct sf_kube_list){
		.arena = sf_arena_create(0),
		.cluster = sf_cluster_create(catalog),
	};
}

int sf_kube_list_parse(const char *text, size_t len, const char *name,
                       const struct sf_catalog *catalog, struct sf_kube_list *out,
                       struct sf_error *err)
{
	struct reader reader = {.arena = sf_arena_create(0), .list = out};
	int rc;
	begin(out, catalog);
	if (is_json(text, len)) {
		rc = read_json(text, len, &reader, err);
		rc = rc < 0 ? sf_wrap(err, "%s", name) : rc;
	} else {
		rc = read_yaml(text, len, name, &reader, err);
	}
	if (rc == 0 && sf_cluster_nodes(out->cluster) == 0) {
		rc = sf_fail(err, SF_EINVAL,
		             "%s: no nodes in it (write it with kubectl get nodes,pods -A -o json)",
		             name);
	}
	sf_arena_destroy(reader.arena);
	return rc;
}

int sf_kube_list_collect(const struct sf_manifests *in, const struct sf_catalog *catalog,
                         struct sf_kube_list *out, struct sf_error *err)
{
	struct reader reader = {.arena = sf_arena_create(0), .list = out};
	int rc = 0;
	begin(out, catalog);
	for (size_t i = 0; i < in->n && rc == 0; i++) {
		const struct sf_manifest *item = &in->item[i];
		if (strcmp(item->kind, "Node") != 0 && strcmp(item->kind, "Pod") != 0) {
			continue;
		}
		json_t *root = sf_yaml_to_json(item->tree);
		rc = add_object(root, item->kind, &reader, err);
		json_decref(root);
	}
	if (rc == 0 && sf_cluster_nodes(out->cluster) == 0) {
		rc = sf_fail(err, SF_EINVAL, "the cluster has no nodes");
	}
	sf_arena_destroy(reader.arena);
	return rc;
}

void sf_kube_list_finish(struct sf_kube_list *list)
{
	sf_cluster_destroy(list->cluster);
	sf_arena_destroy(list->arena);
	free(list->node);
	free(list->pod);
	free(list->rule);
	*list = (struct sf_kube_list){0};
}
