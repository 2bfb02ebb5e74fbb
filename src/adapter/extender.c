/* extender: the wire format of kube-scheduler's HTTP extenders, decoded with jansson. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/extender.h>

#include "kube_json.h"

#include <slicefit/alloc.h>
#include <slicefit/arena.h>
#include <slicefit/cluster.h>
#include <slicefit/error.h>
#include <slicefit/kube_node.h>
#include <slicefit/map.h>
#include <slicefit/str.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct sf_extender_doc {
	json_t *root;
	const json_t *list; /* the NodeList; NULL without Nodes */
	json_t **item;      /* Node objects beside sf_extender_args.name; NULL without Nodes */
};

/* Member by name as Go matches it: exactly, else without regard to case. Null is absent. */
static json_t *member(json_t *object, const char *name)
{
	json_t *found = json_object_get(object, name), *value;
	const char *key;
	if (found == NULL) {
		json_object_foreach(object, key, value) {
			found = strcasecmp(key, name) == 0 ? value : found;
		}
	}
	return json_is_null(found) ? NULL : found;
}

static int reserve(struct sf_extender_args *args, size_t n, struct sf_arena *arena,
                   struct sf_error *err)
{
	args->name = sf_arena_array(arena, n + 1, sizeof(*args->name));
	args->doc->item = sf_arena_array(arena, n + 1, sizeof(*args->doc->item));
	if (args->name == NULL || args->doc->item == NULL) {
		return sf_fail(err, SF_ENOMEM, "%zu nodes do not fit into the memory budget", n);
	}
	return 0;
}

/* Strings may hold \u0000 (an environment variable of the pod may), names never. */
static bool is_name(const json_t *value)
{
	return json_is_string(value) &&
	       strlen(json_string_value(value)) == json_string_length(value);
}

/* True when the name is new. */
static bool add_name(struct sf_extender_args *args, struct sf_map *seen, const char *name)
{
	uint32_t old;
	if (sf_map_get(seen, name, &old)) {
		return false;
	}
	sf_map_set(seen, name, (uint32_t)args->n);
	args->name[args->n++] = name;
	return true;
}

static int read_names(json_t *names, struct sf_extender_args *args, struct sf_map *seen,
                      struct sf_error *err)
{
	size_t i;
	json_t *name;
	json_array_foreach(names, i, name) {
		if (json_is_null(name)) {
			continue;
		}
		if (!is_name(name)) {
			return sf_fail(err, SF_EINVAL, "NodeNames[%zu] is no name", i);
		}
		add_name(args, seen, json_string_value(name));
	}
	return 0;
}

static int read_nodes(json_t *items, struct sf_extender_args *args, struct sf_map *seen,
                      struct sf_error *err)
{
	size_t i;
	json_t *item, *metadata;
	json_array_foreach(items, i, item) {
		if (!json_is_object(item)) {
			return sf_fail(err, SF_EINVAL, "Nodes.items[%zu] is no object", i);
		}
		if (sf_kube_object(item, "metadata", &metadata, err) < 0) {
			return sf_wrap(err, "Nodes.items[%zu]", i);
		}
		const json_t *name = json_object_get(metadata, "name");
		if (!is_name(name) || json_string_length(name) == 0) {
			return sf_fail(err, SF_EINVAL, "Nodes.items[%zu] has no metadata.name", i);
		}
		if (add_name(args, seen, json_string_value(name))) {
			args->doc->item[args->n - 1] = item;
		}
	}
	return 0;
}

static int read_lists(json_t *list, json_t *names, struct sf_arena *arena,
                      struct sf_extender_args *args, struct sf_error *err)
{
	struct sf_map seen = {0};
	json_t *items = NULL;
	int rc = -1;
	args->has_nodes = list != NULL;
	args->has_names = names != NULL;
	if (list != NULL && !json_is_object(list)) {
		return sf_fail(err, SF_EINVAL, "Nodes is no NodeList");
	}
	if (names != NULL && !json_is_array(names)) {
		return sf_fail(err, SF_EINVAL, "NodeNames is no array");
	}
	if (sf_kube_array(list, "items", &items, err) < 0) {
		return sf_wrap(err, "Nodes");
	}
	/* Nodes that describe themselves say more than their names. */
	size_t n = list != NULL ? json_array_size(items) : json_array_size(names);
	if (reserve(args, n, arena, err) == 0) {
		rc = list != NULL ? read_nodes(items, args, &seen, err)
		                  : read_names(names, args, &seen, err);
	}
	sf_map_finish(&seen);
	return rc;
}

static int read_args(json_t *root, struct sf_arena *arena, struct sf_extender_args *args,
                     struct sf_error *err)
{
	if (!json_is_object(root)) {
		return sf_fail(err, SF_EINVAL, "the body is no ExtenderArgs object");
	}
	if (sf_kube_pod_parse(member(root, "Pod"), &args->pod, err) < 0) {
		return -1;
	}
	args->doc->list = member(root, "Nodes");
	return read_lists(member(root, "Nodes"), member(root, "NodeNames"), arena, args, err);
}

int sf_extender_args_parse(const char *text, size_t len, struct sf_arena *arena,
                           struct sf_extender_args *out, struct sf_error *err)
{
	struct sf_extender_args args = {.doc = sf_arena_alloc(arena, sizeof(*args.doc))};
	json_error_t where;
	if (args.doc == NULL) {
		return sf_fail(err, SF_ENOMEM, "the request does not fit into the memory budget");
	}
	args.doc->root = json_loadb(text, len, JSON_ALLOW_NUL, &where);
	if (args.doc->root == NULL) {
		return sf_fail(err, SF_EINVAL, "the body is no JSON: byte %d: %s", where.position,
		               where.text);
	}
	if (read_args(args.doc->root, arena, &args, err) < 0) {
		sf_extender_args_finish(&args);
		return -1;
	}
	*out = args;
	return 0;
}

void sf_extender_args_finish(struct sf_extender_args *args)
{
	if (args->doc != NULL) {
		json_decref(args->doc->root);
	}
	*args = (struct sf_extender_args){0};
}

int sf_extender_args_add_nodes(const struct sf_extender_args *args, struct sf_cluster *cluster,
                               struct sf_error *err)
{
	for (size_t i = 0; i < args->n; i++) {
		struct sf_kube_node node;
		if (sf_kube_node_parse(args->doc->item[i], sf_cluster_catalog(cluster), NULL, &node,
		                       err) < 0 ||
		    sf_kube_node_add(cluster, &node, err) < 0) {
			return sf_wrap(err, "Nodes.items[%zu]", i);
		}
	}
	return 0;
}

static int append(const char *text, size_t len, void *out)
{
	sf_str_append_n(out, text, len);
	return 0;
}

static void dump(json_t *value, struct sf_str *out)
{
	json_dump_callback(value, append, out, JSON_COMPACT | JSON_ENCODE_ANY);
}

static void dump_text(const char *text, struct sf_str *out)
{
	json_t *value = json_string(text);
	dump(value, out);
	json_decref(value);
}

/* The NodeList as it came, with the feasible items. */
static void write_nodes(const struct sf_extender_args *args,
                        const struct sf_extender_verdict *verdict, struct sf_str *out)
{
	json_t *metadata = json_object_get(args->doc->list, "metadata");
	const char *comma = "";
	sf_str_append(out, "{\"metadata\":");
	if (json_is_object(metadata)) {
		dump(metadata, out);
	} else {
		sf_str_append(out, "{}");
	}
	sf_str_append(out, ",\"items\":[");
	for (size_t i = 0; i < args->n; i++) {
		if (verdict[i].reason == NULL) {
			sf_str_append(out, comma);
			dump(args->doc->item[i], out);
			comma = ",";
		}
	}
	sf_str_append(out, "]}");
}

static void write_names(const struct sf_extender_args *args,
                        const struct sf_extender_verdict *verdict, struct sf_str *out)
{
	const char *comma = "";
	sf_str_append(out, "[");
	for (size_t i = 0; i < args->n; i++) {
		if (verdict[i].reason == NULL) {
			sf_str_append(out, comma);
			dump_text(args->name[i], out);
			comma = ",";
		}
	}
	sf_str_append(out, "]");
}

/* {"node":"reason"} of the refused nodes, or of those among them that no eviction can help. */
static void write_reasons(const struct sf_extender_args *args,
                          const struct sf_extender_verdict *verdict, bool unresolvable,
                          struct sf_str *out)
{
	const char *comma = "";
	sf_str_append(out, "{");
	for (size_t i = 0; i < args->n; i++) {
		if (verdict[i].reason == NULL || (unresolvable && !verdict[i].unresolvable)) {
			continue;
		}
		sf_str_append(out, comma);
		dump_text(args->name[i], out);
		sf_str_append(out, ":");
		dump_text(verdict[i].reason, out);
		comma = ",";
	}
	sf_str_append(out, "}");
}

/* Schedulers up to 1.20 know FailedNodes only, later ones do not try preemption on nodes in
 * FailedAndUnresolvableNodes: the latter go into both. */
void sf_extender_write_filter(const struct sf_extender_args *args,
                              const struct sf_extender_verdict *verdict, struct sf_str *out)
{
	sf_str_append(out, "{\"Nodes\":");
	if (args->has_nodes) {
		write_nodes(args, verdict, out);
	} else {
		sf_str_append(out, "null");
	}
	sf_str_append(out, ",\"NodeNames\":");
	if (args->has_nodes && !args->has_names) {
		sf_str_append(out, "null");
	} else {
		write_names(args, verdict, out);
	}
	sf_str_append(out, ",\"FailedNodes\":");
	write_reasons(args, verdict, false, out);
	sf_str_append(out, ",\"FailedAndUnresolvableNodes\":");
	write_reasons(args, verdict, true, out);
	sf_str_append(out, ",\"Error\":\"\"}");
}

/* Room for the text of a struct sf_error, which may hold bytes of the request. */
static json_t *error_text(const char *text)
{
	char clean[512];
	snprintf(clean, sizeof(clean), "%s", text);
	for (char *c = clean; *c != '\0'; c++) {
		if (*c == '%') {
			*c = '?';
		}
	}
	json_t *value = json_string(clean);
	for (char *c = clean; value == NULL && *c != '\0'; c++) {
		/* A multi-byte character was cut. */
		if ((unsigned char)*c >= 0x80) {
			*c = '?';
		}
	}
	return value != NULL ? value : json_string(clean);
}

void sf_extender_write_error(const char *text, struct sf_str *out)
{
	json_t *value = error_text(text);
	sf_str_append(out, "{\"Nodes\":null,\"NodeNames\":null,\"FailedNodes\":{},"
	                   "\"FailedAndUnresolvableNodes\":{},\"Error\":");
	dump(value, out);
	sf_str_append(out, "}");
	json_decref(value);
}

void sf_extender_write_scores(const struct sf_extender_args *args, const int *score,
                              struct sf_str *out)
{
	sf_str_append(out, "[");
	for (size_t i = 0; i < args->n; i++) {
		sf_str_append(out, i == 0 ? "{\"Host\":" : ",{\"Host\":");
		dump_text(args->name[i], out);
		sf_str_printf(out, ",\"Score\":%d}", score[i]);
	}
	sf_str_append(out, "]");
}
