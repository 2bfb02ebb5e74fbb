/*
 * extender_reference: requests of kube-scheduler read the slow way, with jansson and one object at a
 * time: what the extender's own decoder must agree with.
 */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_EXTENDER_REFERENCE_H
#define SF_EXTENDER_REFERENCE_H

#include "kube_pod_reference.h"

#include <slicefit/arena.h>
#include <slicefit/cluster.h>
#include <slicefit/error.h>
#include <slicefit/extender.h>
#include <slicefit/kube_node.h>
#include <slicefit/map.h>

#include <jansson.h>
#include <string.h>
#include <strings.h>

struct reference {
	json_t *root;
	struct sf_kube_pod pod;
	bool has_nodes, has_names;
	struct sf_cluster *cluster; /* with Nodes: node i is name[i] */
	size_t n;
	const char **name;
	struct sf_arena *arena;
	struct sf_map seen;
};

/* Member by name as Go matches it: exactly, else without regard to case. Null is absent. */
static inline json_t *reference_member(json_t *object, const char *name)
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

static inline bool reference_is_name(const json_t *value)
{
	return json_is_string(value) &&
	       strlen(json_string_value(value)) == json_string_length(value);
}

/* True when the name is new. */
static inline bool reference_add(struct reference *ref, const char *name)
{
	uint32_t old;
	if (sf_map_get(&ref->seen, name, &old)) {
		return false;
	}
	sf_map_set(&ref->seen, name, (uint32_t)ref->n);
	ref->name[ref->n++] = name;
	return true;
}

static inline int reference_names(struct reference *ref, json_t *names)
{
	size_t i;
	json_t *name;
	json_array_foreach(names, i, name) {
		if (json_is_null(name)) {
			continue;
		}
		if (!reference_is_name(name)) {
			return -1;
		}
		reference_add(ref, json_string_value(name));
	}
	return 0;
}

static inline int reference_nodes(struct reference *ref, json_t *items)
{
	struct sf_error err = {0};
	size_t i;
	json_t *item;
	json_array_foreach(items, i, item) {
		struct sf_kube_node node;
		if (!json_is_object(item) ||
		    sf_kube_node_parse(item, sf_cluster_catalog(ref->cluster), NULL, &node, &err) <
		            0 ||
		    !reference_is_name(
			    json_object_get(json_object_get(item, "metadata"), "name"))) {
			return -1;
		}
		/* What the extender judges are the GPUs. */
		node.spec.cpu_milli = 0;
		node.spec.memory_mib = 0;
		node.spec.pods_max = 0;
		if (reference_add(ref, node.spec.name) &&
		    sf_kube_node_add(ref->cluster, &node, &err) < 0) {
			return -1;
		}
	}
	return 0;
}

static inline int reference_read(struct reference *ref)
{
	struct sf_error err = {0};
	json_t *list = reference_member(ref->root, "Nodes");
	json_t *names = reference_member(ref->root, "NodeNames");
	ref->has_nodes = list != NULL;
	ref->has_names = names != NULL;
	if (sf_kube_pod_parse(reference_member(ref->root, "Pod"), &ref->pod, &err) < 0) {
		return -1;
	}
	json_t *items = list != NULL ? json_object_get(list, "items") : names;
	if (list != NULL && !json_is_object(list)) {
		return -1;
	}
	if (items == NULL || (list != NULL && json_is_null(items))) {
		return 0;
	}
	if (!json_is_array(items)) {
		return -1;
	}
	ref->name = sf_arena_array(ref->arena, json_array_size(items) + 1, sizeof(*ref->name));
	return list != NULL ? reference_nodes(ref, items) : reference_names(ref, items);
}

/* 0, or -1 when the request is refused. Finish it in any case. */
static inline int reference_parse(const char *text, size_t len, const struct sf_catalog *catalog,
                                  struct reference *ref)
{
	*ref = (struct reference){
		.root = json_loadb(text, len, JSON_ALLOW_NUL, NULL),
		.cluster = sf_cluster_create(catalog),
		.arena = sf_arena_create(0),
	};
	return json_is_object(ref->root) ? reference_read(ref) : -1;
}

static inline void reference_finish(struct reference *ref)
{
	json_decref(ref->root);
	sf_map_finish(&ref->seen);
	sf_cluster_destroy(ref->cluster);
	sf_arena_destroy(ref->arena);
}

/* Do two nodes of two clusters have the same GPUs, counts and state? */
static inline bool reference_same_node(const struct sf_cluster *left, uint32_t i,
                                       const struct sf_cluster *right, uint32_t k)
{
	const struct sf_node *a = sf_cluster_node(left, i), *b = sf_cluster_node(right, k);
	if (a->state != b->state || a->strategy != b->strategy || a->by_counts != b->by_counts ||
	    a->sharing_mode != b->sharing_mode || a->fail_above_1 != b->fail_above_1 ||
	    a->n_gpus != b->n_gpus || a->n_counts != b->n_counts) {
		return false;
	}
	for (uint8_t g = 0; g < a->n_gpus; g++) {
		if (a->gpu[g].product != b->gpu[g].product || a->gpu[g].mig != b->gpu[g].mig ||
		    memcmp(&a->gpu[g].layout, &b->gpu[g].layout, sizeof(a->gpu[g].layout)) != 0) {
			return false;
		}
	}
	for (uint8_t c = 0; c < a->n_counts; c++) {
		const char *name =
			sf_resource_name(sf_cluster_resources(left), a->count[c].resource);
		const struct sf_count *other =
			sf_node_count(b, sf_resource_find(sf_cluster_resources(right), name));
		if (other == NULL || other->total != a->count[c].total) {
			return false;
		}
	}
	return true;
}

/* Do the decoder's args say what the reference says, the Pod aside? `cluster` has the classes. */
static inline bool reference_agrees(const struct reference *ref,
                                    const struct sf_extender_args *args,
                                    const struct sf_cluster *cluster)
{
	if (ref->n != args->n || ref->has_nodes != args->has_nodes ||
	    ref->has_names != args->has_names) {
		return false;
	}
	for (size_t i = 0; i < ref->n; i++) {
		const struct sf_extender_node *node = &args->node[i];
		if (strlen(ref->name[i]) != node->name_len ||
		    memcmp(ref->name[i], node->name, node->name_len) != 0 ||
		    (ref->has_nodes &&
		     !reference_same_node(ref->cluster, (uint32_t)i, cluster, node->class))) {
			return false;
		}
	}
	return true;
}

#endif
