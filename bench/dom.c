/* dom: requests of kube-scheduler read and answered by way of jansson's DOM, for bench/run.
 *
 * slicefit-dom is slicefit linked with --wrap for the decoder and the writers: the same server, the
 * same judgement of nodes, but a tree of the whole body, each Node object understood by itself, and
 * answers that are trees, too. bench/run compares time and answers of the two programs. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/arena.h>
#include <slicefit/cluster.h>
#include <slicefit/error.h>
#include <slicefit/extender.h>
#include <slicefit/hash.h>
#include <slicefit/kube_node.h>
#include <slicefit/map.h>
#include <slicefit/str.h>

#include <jansson.h>
#include <string.h>

int __wrap_sf_extender_args_parse(const char *text, size_t len, struct sf_arena *arena,
                                  struct sf_extender_args *out, struct sf_error *err);
int __wrap_sf_extender_args_add_classes(const struct sf_extender_args *args,
                                        struct sf_cluster *cluster, struct sf_arena *arena,
                                        struct sf_error *err);
void __wrap_sf_extender_write_filter(const struct sf_extender_args *args,
                                     const struct sf_extender_verdict *verdict, struct sf_str *out);
size_t __wrap_sf_extender_write_filter_pieces(const struct sf_extender_args *args,
                                              const struct sf_extender_verdict *verdict, char *text,
                                              struct sf_str *own, struct sf_piece *piece);

/* The request that this thread is answering. */
static _Thread_local json_t *root;

static json_t *member(json_t *object, const char *name)
{
	json_t *found = json_object_get(object, name);
	return json_is_null(found) ? NULL : found;
}

static json_t *list_of(const struct sf_extender_args *args)
{
	return args->has_nodes ? member(member(root, "Nodes"), "items") : member(root, "NodeNames");
}

static const char *name_of(json_t *item)
{
	return json_string_value(
		json_is_object(item) ? json_object_get(member(item, "metadata"), "name") : item);
}

/* The nodes of the list, each name once; the i-th is class i. */
static int add_nodes(struct sf_arena *arena, struct sf_extender_args *args, struct sf_error *err)
{
	json_t *list = list_of(args);
	struct sf_map seen = {0};
	size_t i;
	json_t *item;
	args->node = sf_arena_array(arena, json_array_size(list) + 1, sizeof(*args->node));
	json_array_foreach(list, i, item) {
		const char *name = name_of(item);
		uint32_t old;
		if (name == NULL || sf_map_get(&seen, name, &old)) {
			continue;
		}
		sf_map_set(&seen, name, (uint32_t)args->n);
		size_t len = strlen(name);
		args->node[args->n] = (struct sf_extender_node){
			.name = name,
			.hash = sf_hash(0, name, len),
			.name_len = (uint32_t)len,
			.item_len = i, /* its place in the list */
			.class = (uint32_t)args->n,
		};
		args->n++;
	}
	sf_map_finish(&seen);
	return args->node != NULL ? 0 : sf_fail(err, SF_ENOMEM, "out of memory");
}

int __wrap_sf_extender_args_parse(const char *text, size_t len, struct sf_arena *arena,
                                  struct sf_extender_args *out, struct sf_error *err)
{
	*out = (struct sf_extender_args){0};
	json_decref(root);
	root = json_loadb(text, len, JSON_ALLOW_NUL, NULL);
	out->has_nodes = member(root, "Nodes") != NULL;
	out->has_names = member(root, "NodeNames") != NULL;
	if (sf_kube_pod_parse(member(root, "Pod"), &out->pod, err) < 0) {
		return -1;
	}
	return add_nodes(arena, out, err);
}

int __wrap_sf_extender_args_add_classes(const struct sf_extender_args *args,
                                        struct sf_cluster *cluster, struct sf_arena *arena,
                                        struct sf_error *err)
{
	(void)arena;
	for (size_t i = 0; i < args->n; i++) {
		struct sf_kube_node node;
		const json_t *item = json_array_get(list_of(args), args->node[i].item_len);
		if (sf_kube_node_parse(item, sf_cluster_catalog(cluster), NULL, &node, err) < 0) {
			return -1;
		}
		/* As the program itself, which judges the GPUs only. */
		node.spec.cpu_milli = 0;
		node.spec.memory_mib = 0;
		node.spec.pods_max = 0;
		if (sf_kube_node_add(cluster, &node, err) < 0) {
			return -1;
		}
	}
	return 0;
}

static json_t *reasons(const struct sf_extender_args *args,
                       const struct sf_extender_verdict *verdict, bool unresolvable)
{
	json_t *out = json_object();
	for (size_t i = 0; i < args->n; i++) {
		if (verdict[i].reason != NULL && (!unresolvable || verdict[i].unresolvable)) {
			json_object_set_new_nocheck(out, args->node[i].name,
			                            json_string_nocheck(verdict[i].reason));
		}
	}
	return out;
}

/* The feasible nodes as they came: objects or names. */
static json_t *feasible(const struct sf_extender_args *args,
                        const struct sf_extender_verdict *verdict)
{
	json_t *out = json_array(), *list = list_of(args);
	for (size_t i = 0; i < args->n; i++) {
		if (verdict[i].reason == NULL) {
			json_array_append(out, json_array_get(list, args->node[i].item_len));
		}
	}
	return out;
}

static int append(const char *text, size_t len, void *out)
{
	sf_str_append_n(out, text, len);
	return 0;
}

void __wrap_sf_extender_write_filter(const struct sf_extender_args *args,
                                     const struct sf_extender_verdict *verdict, struct sf_str *out)
{
	json_t *result = json_object(), *list = feasible(args, verdict), *nodes = NULL;
	if (args->has_nodes) {
		json_t *metadata = member(member(root, "Nodes"), "metadata");
		nodes = json_object();
		json_object_set_new(nodes, "metadata",
		                    metadata != NULL ? json_incref(metadata) : json_object());
		json_object_set(nodes, "items", list);
	}
	json_object_set_new(result, "Nodes", nodes != NULL ? nodes : json_null());
	json_object_set_new(result, "NodeNames", nodes == NULL ? json_incref(list) : json_null());
	json_decref(list);
	json_object_set_new(result, "FailedNodes", reasons(args, verdict, false));
	json_object_set_new(result, "FailedAndUnresolvableNodes", reasons(args, verdict, true));
	json_object_set_new(result, "Error", json_string(""));
	json_dump_callback(result, append, out, JSON_COMPACT);
	json_decref(result);
	json_decref(root);
	root = NULL;
}

/* One piece: the answer is a tree of its own. */
size_t __wrap_sf_extender_write_filter_pieces(const struct sf_extender_args *args,
                                              const struct sf_extender_verdict *verdict, char *text,
                                              struct sf_str *own, struct sf_piece *piece)
{
	(void)text;
	__wrap_sf_extender_write_filter(args, verdict, own);
	piece[0] = (struct sf_piece){own->text, own->len};
	return 1;
}
