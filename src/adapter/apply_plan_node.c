/* apply_plan_node: one node of a roll-out: its labels, its pods, and what it is to advertise. */
// SPDX-License-Identifier: Apache-2.0
#include "apply_plan_read.h"

#include <slicefit/map.h>

static int read_evict(const struct sf_apply_reader *reader, const struct sf_yaml *map,
                      struct sf_apply_node *node)
{
	const struct sf_yaml *pods;
	size_t n;
	if (sf_apply_list(reader, map, "evict", &pods, &n) < 0) {
		return -1;
	}
	node->evict = sf_apply_array(reader, n, sizeof(*node->evict));
	if (node->evict == NULL) {
		return -1;
	}
	for (size_t i = 0; i < n; i++) {
		struct sf_apply_pod *pod = &node->evict[node->n_evict];
		if (sf_apply_maybe(reader, pods->child[i], "namespace", &pod->space) < 0 ||
		    sf_apply_maybe(reader, pods->child[i], "pod", &pod->name) < 0) {
			return -1;
		}
		bool named = pod->space != NULL && pod->name != NULL;
		node->n_evict += named;
		node->n_unnamed += !named;
	}
	return 0;
}

/* The members of `before` and `after`, whose keys are the same. */
struct pair {
	const struct sf_yaml *before;
	const struct sf_yaml *after;
};

static int read_pair(const struct sf_apply_reader *reader, const struct sf_yaml *map,
                     const char *key, struct pair *out)
{
	const struct sf_yaml *both;
	*out = (struct pair){0};
	if (sf_apply_child(reader, map, key, SF_YAML_MAPPING, &both) < 0) {
		return -1;
	}
	if (both == NULL) {
		return 0;
	}
	if (sf_apply_child(reader, both, "before", SF_YAML_MAPPING, &out->before) < 0 ||
	    sf_apply_child(reader, both, "after", SF_YAML_MAPPING, &out->after) < 0) {
		return -1;
	}
	return out->after != NULL ? 0 : sf_apply_missing(reader, both, "after");
}

static int read_labels(const struct sf_apply_reader *reader, const struct pair *pair,
                       struct sf_apply_node *node)
{
	size_t n = pair->after != NULL ? pair->after->n : 0;
	node->label = sf_apply_array(reader, n, sizeof(*node->label));
	if (node->label == NULL) {
		return -1;
	}
	for (size_t i = 0; i < n; i++) {
		struct sf_apply_label *label = &node->label[i];
		label->key = pair->after->child[i]->key;
		if (sf_apply_maybe(reader, pair->after, label->key, &label->after) < 0 ||
		    (pair->before != NULL &&
		     sf_apply_maybe(reader, pair->before, label->key, &label->before) < 0)) {
			return -1;
		}
	}
	node->n_labels = n;
	return 0;
}

static int count_of(const struct sf_apply_reader *reader, const struct sf_yaml *map,
                    const char *key, int64_t *out)
{
	const struct sf_yaml *node = map != NULL ? sf_yaml_get(map, key) : NULL;
	*out = 0;
	return node == NULL ? 0 : sf_yaml_int(node, reader->file, 0, UINT32_MAX, out, reader->err);
}

static int read_counts(const struct sf_apply_reader *reader, const struct pair *pair,
                       struct sf_apply_node *node)
{
	size_t n = pair->after != NULL ? pair->after->n : 0;
	node->counted = pair->after != NULL;
	node->count = sf_apply_array(reader, n, sizeof(*node->count));
	if (node->count == NULL) {
		return -1;
	}
	for (size_t i = 0; i < n; i++) {
		struct sf_apply_count *count = &node->count[i];
		count->name = pair->after->child[i]->key;
		if (count_of(reader, pair->after, count->name, &count->after) < 0 ||
		    count_of(reader, pair->before, count->name, &count->before) < 0) {
			return -1;
		}
	}
	node->n_counts = n;
	return 0;
}

static int check_once(const struct sf_apply_reader *reader, const struct sf_yaml *map,
                      const char *name)
{
	uint32_t other;
	if (sf_map_get(reader->nodes, name, &other)) {
		return sf_yaml_fail(map, reader->file, reader->err, "node %s is there twice", name);
	}
	sf_map_set(reader->nodes, name, 0);
	return 0;
}

/* Absent: false. */
static int read_joins(const struct sf_apply_reader *reader, const struct sf_yaml *map, bool *out)
{
	const struct sf_yaml *joins = sf_yaml_get(map, "joins");
	*out = false;
	return joins == NULL ? 0 : sf_yaml_bool(joins, reader->file, out, reader->err);
}

int sf_apply_read_node(const struct sf_apply_reader *reader, const struct sf_yaml *map,
                       struct sf_apply_node *node)
{
	struct pair labels, counts;
	if (read_joins(reader, map, &node->joins) < 0 ||
	    sf_apply_text(reader, map, "name", &node->name) < 0 ||
	    read_pair(reader, map, "labels", &labels) < 0 ||
	    read_labels(reader, &labels, node) < 0 || read_evict(reader, map, node) < 0 ||
	    read_pair(reader, map, "allocatable", &counts) < 0) {
		return -1;
	}
	return check_once(reader, map, node->name) < 0 ? -1 : read_counts(reader, &counts, node);
}

int sf_apply_read_staying(const struct sf_apply_reader *reader, const struct sf_yaml *map,
                          struct sf_apply_node *node)
{
	struct pair labels = {0};
	node->stays = true;
	if (sf_apply_text(reader, map, "name", &node->name) < 0 ||
	    sf_apply_child(reader, map, "labels", SF_YAML_MAPPING, &labels.after) < 0 ||
	    check_once(reader, map, node->name) < 0) {
		return -1;
	}
	return read_labels(reader, &labels, node);
}

int sf_apply_name_before(const struct sf_apply_reader *reader, const struct sf_apply_node *node,
                         struct sf_apply_node *out)
{
	*out = (struct sf_apply_node){.name = node->name, .stays = true};
	out->label = sf_apply_array(reader, node->n_labels, sizeof(*out->label));
	if (out->label == NULL) {
		return -1;
	}
	for (size_t i = 0; i < node->n_labels; i++) {
		const struct sf_apply_label *label = &node->label[i];
		if (label->before != NULL) {
			out->label[out->n_labels++] = (struct sf_apply_label){
				.key = label->key,
				.after = label->before,
			};
		}
	}
	return 0;
}
