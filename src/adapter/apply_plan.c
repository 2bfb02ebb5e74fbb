/* apply_plan: reads rollout.json, and the files that it names, to be carried out. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/apply_plan.h>

#include "apply_plan_read.h"

#include <slicefit/arena.h>
#include <slicefit/error.h>
#include <slicefit/file.h>
#include <slicefit/map.h>
#include <slicefit/str.h>

#include <inttypes.h>
#include <string.h>

#define SCHEMA "slicefit.rollout/1"

/* Nodes that stay get their labels in groups of 1, 2, 4, ... so that what is wrong shows on few. */
enum { ID_DIGITS = 16, GROUP_MOST = 64 };

void *sf_apply_array(const struct sf_apply_reader *reader, size_t n, size_t size)
{
	void *block = sf_arena_array(reader->arena, n > 0 ? n : 1, size);
	if (block == NULL) {
		sf_fail(reader->err, SF_ENOMEM, "%s: too much to hold in memory", reader->file);
	}
	return block;
}

static int missing(const struct sf_apply_reader *reader, const struct sf_yaml *map, const char *key)
{
	return sf_yaml_fail(map, reader->file, reader->err, "no '%s' here", key);
}

int sf_apply_text(const struct sf_apply_reader *reader, const struct sf_yaml *map, const char *key,
                  const char **out)
{
	const struct sf_yaml *node = sf_yaml_get(map, key);
	return node == NULL ? missing(reader, map, key)
	                    : sf_yaml_str(node, reader->file, out, reader->err);
}

int sf_apply_maybe(const struct sf_apply_reader *reader, const struct sf_yaml *map, const char *key,
                   const char **out)
{
	const struct sf_yaml *node = sf_yaml_get(map, key);
	*out = NULL;
	return node == NULL || sf_yaml_is_null(node)
	               ? 0
	               : sf_yaml_str(node, reader->file, out, reader->err);
}

int sf_apply_child(const struct sf_apply_reader *reader, const struct sf_yaml *map, const char *key,
                   enum sf_yaml_kind kind, const struct sf_yaml **out)
{
	const struct sf_yaml *node = sf_yaml_get(map, key);
	*out = NULL;
	if (node == NULL || sf_yaml_is_null(node)) {
		return 0;
	}
	if (node->kind != kind) {
		return sf_yaml_fail(node, reader->file, reader->err, "'%s' is no %s", key,
		                    kind == SF_YAML_SEQUENCE ? "list" : "object");
	}
	*out = node;
	return 0;
}

/* A list of objects: *n of them, 0 when it is absent. */
static int list(const struct sf_apply_reader *reader, const struct sf_yaml *map, const char *key,
                const struct sf_yaml **out, size_t *n)
{
	*n = 0;
	if (sf_apply_child(reader, map, key, SF_YAML_SEQUENCE, out) < 0) {
		return -1;
	}
	for (size_t i = 0; *out != NULL && i < (*out)->n; i++) {
		if ((*out)->child[i]->kind != SF_YAML_MAPPING) {
			return sf_yaml_fail((*out)->child[i], reader->file, reader->err,
			                    "an entry of '%s' is no object", key);
		}
	}
	*n = *out != NULL ? (*out)->n : 0;
	return 0;
}

static int read_evict(const struct sf_apply_reader *reader, const struct sf_yaml *map,
                      struct sf_apply_node *node)
{
	const struct sf_yaml *pods;
	size_t n;
	if (list(reader, map, "evict", &pods, &n) < 0) {
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
	return out->after != NULL ? 0 : missing(reader, both, "after");
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

static int read_node(const struct sf_apply_reader *reader, const struct sf_yaml *map,
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

static int read_wave(const struct sf_apply_reader *reader, const struct sf_yaml *map,
                     struct sf_apply_wave *wave)
{
	const struct sf_yaml *nodes;
	const struct sf_yaml *number = sf_yaml_get(map, "wave");
	int64_t value;
	if (list(reader, map, "nodes", &nodes, &wave->n_nodes) < 0) {
		return -1;
	}
	if (number == NULL) {
		return missing(reader, map, "wave");
	}
	if (sf_yaml_int(number, reader->file, 1, UINT32_MAX, &value, reader->err) < 0) {
		return -1;
	}
	wave->name = sf_arena_printf(reader->arena, "wave-%" PRId64, value);
	wave->node = sf_apply_array(reader, wave->n_nodes, sizeof(*wave->node));
	if (wave->name == NULL || wave->node == NULL) {
		return -1;
	}
	for (size_t i = 0; i < wave->n_nodes; i++) {
		if (read_node(reader, nodes->child[i], &wave->node[i]) < 0) {
			return -1;
		}
	}
	return 0;
}

/* A node that only gets labels: its `labels` are those of after. */
static int read_staying(const struct sf_apply_reader *reader, const struct sf_yaml *map,
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

/* What a node that changes is called in terms of the new ConfigMaps, before it changes. */
static int name_before(const struct sf_apply_reader *reader, const struct sf_apply_node *node,
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

static size_t count_groups(size_t n)
{
	size_t groups = 0;
	for (size_t size = 1; n > 0; groups++) {
		n -= size < n ? size : n;
		size = size < GROUP_MOST ? 2 * size : size;
	}
	return groups;
}

/* Waves of nodes that stay, before those that change. */
static int make_groups(const struct sf_apply_reader *reader, struct sf_apply_node *node, size_t n,
                       struct sf_apply_wave *wave)
{
	size_t size = 1;
	for (size_t i = 0, group = 1; i < n; group++, wave++) {
		size_t take = size < n - i ? size : n - i;
		wave->name = sf_arena_printf(reader->arena, "relabel-%zu", group);
		wave->n_nodes = take;
		wave->node = &node[i];
		if (wave->name == NULL) {
			return sf_fail(reader->err, SF_ENOMEM, "%s: too much to hold in memory",
			               reader->file);
		}
		i += take;
		size = size < GROUP_MOST ? 2 * size : size;
	}
	return 0;
}

static int read_relabel(const struct sf_apply_reader *reader, const struct sf_yaml *list, size_t n,
                        struct sf_apply_node *out)
{
	for (size_t i = 0; i < n; i++) {
		if (read_staying(reader, list->child[i], &out[i]) < 0) {
			return -1;
		}
	}
	return 0;
}

/* Reads the waves to wave[0..n-1]; the nodes as they are named before go to `before`. */
static int read_all_waves(const struct sf_apply_reader *reader, const struct sf_yaml *waves,
                          size_t n, struct sf_apply_wave *wave, struct sf_apply_node *before)
{
	for (size_t i = 0; i < n; i++) {
		if (read_wave(reader, waves->child[i], &wave[i]) < 0) {
			return -1;
		}
		for (size_t j = 0; j < wave[i].n_nodes; j++) {
			const struct sf_apply_node *node = &wave[i].node[j];
			if (!node->joins && name_before(reader, node, before++) < 0) {
				return -1;
			}
		}
	}
	return 0;
}

/* Is it there before its wave? What cannot be read is complained about later. */
static bool is_there(const struct sf_yaml *node)
{
	const struct sf_yaml *joins =
		node->kind == SF_YAML_MAPPING ? sf_yaml_get(node, "joins") : NULL;
	bool value = false;
	return joins == NULL || sf_yaml_bool(joins, "", &value, NULL) < 0 || !value;
}

/* How many nodes of the waves are there now; what is no list counts for none, as above. */
static size_t count_nodes(const struct sf_yaml *waves, size_t n)
{
	size_t total = 0;
	for (size_t i = 0; i < n; i++) {
		const struct sf_yaml *nodes = sf_yaml_get(waves->child[i], "nodes");
		bool is_list = nodes != NULL && nodes->kind == SF_YAML_SEQUENCE;
		for (size_t j = 0; is_list && j < nodes->n; j++) {
			total += is_there(nodes->child[j]);
		}
	}
	return total;
}

static int read_waves(const struct sf_apply_reader *reader, const struct sf_yaml *root,
                      struct sf_apply_plan *out)
{
	const struct sf_yaml *relabel, *waves;
	size_t n_relabel, n_waves;
	if (list(reader, root, "relabel", &relabel, &n_relabel) < 0 ||
	    list(reader, root, "waves", &waves, &n_waves) < 0) {
		return -1;
	}
	size_t n_stay = n_relabel + count_nodes(waves, n_waves);
	size_t groups = count_groups(n_stay);
	struct sf_apply_node *stay = sf_apply_array(reader, n_stay, sizeof(*stay));
	out->n_waves = groups + n_waves;
	out->wave = sf_apply_array(reader, out->n_waves, sizeof(*out->wave));
	if (stay == NULL || out->wave == NULL ||
	    read_relabel(reader, relabel, n_relabel, stay) < 0 ||
	    read_all_waves(reader, waves, n_waves, out->wave + groups, stay + n_relabel) < 0) {
		return -1;
	}
	return make_groups(reader, stay, n_stay, out->wave);
}

static int read_taint(const struct sf_apply_reader *reader, const struct sf_yaml *root,
                      struct sf_apply_taint *out)
{
	const struct sf_yaml *taint;
	if (sf_apply_child(reader, root, "taint", SF_YAML_MAPPING, &taint) < 0) {
		return -1;
	}
	if (taint == NULL) {
		return 0;
	}
	return sf_apply_text(reader, taint, "key", &out->key) < 0 ||
	                       sf_apply_text(reader, taint, "effect", &out->effect) < 0
	               ? -1
	               : 0;
}

static int check_head(const struct sf_apply_reader *reader, const struct sf_yaml *root,
                      struct sf_apply_plan *out)
{
	const char *schema = "";
	if (root->kind != SF_YAML_MAPPING) {
		return sf_yaml_fail(root, reader->file, reader->err, "no object");
	}
	if (sf_apply_text(reader, root, "schema", &schema) < 0 ||
	    sf_apply_text(reader, root, "id", &out->id) < 0) {
		return -1;
	}
	if (strcmp(schema, SCHEMA) != 0) {
		return sf_yaml_fail(sf_yaml_get(root, "schema"), reader->file, reader->err,
		                    "schema '%s' is not " SCHEMA, schema);
	}
	if (strlen(out->id) != ID_DIGITS || strspn(out->id, "0123456789abcdef") != ID_DIGITS) {
		return sf_yaml_fail(sf_yaml_get(root, "id"), reader->file, reader->err,
		                    "id '%s': expected %d hexadecimal digits", out->id, ID_DIGITS);
	}
	return 0;
}

/* FNV-1a, 64 bit (Fowler, Noll, Vo). */
static const char *digest(const struct sf_apply_reader *reader, const char *text, size_t len)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	for (size_t i = 0; i < len; i++) {
		hash = (hash ^ (unsigned char)text[i]) * UINT64_C(0x100000001b3);
	}
	return sf_arena_printf(reader->arena, "%016" PRIx64, hash);
}

int sf_apply_plan_parse(const char *text, size_t len, const char *dir, struct sf_arena *arena,
                        struct sf_apply_plan *out, struct sf_error *err)
{
	struct sf_map nodes = {0};
	struct sf_apply_reader reader = {
		.dir = dir,
		.file = sf_arena_printf(arena, "%s/rollout.json", dir),
		.arena = arena,
		.nodes = &nodes,
		.err = err,
	};
	struct sf_apply_plan plan = {.id = ""};
	const struct sf_yaml *root = sf_yaml_parse(text, len, reader.file, arena, err);
	int rc = root == NULL || check_head(&reader, root, &plan) < 0 ||
	                         sf_apply_read_objects(&reader, root, &plan) < 0 ||
	                         read_taint(&reader, root, &plan.taint) < 0 ||
	                         read_waves(&reader, root, &plan) < 0
	                 ? -1
	                 : 0;
	plan.digest = digest(&reader, text, len);
	if (rc == 0 && plan.digest == NULL) {
		rc = sf_fail(err, SF_ENOMEM, "%s: too much to hold in memory", reader.file);
	}
	if (rc == 0) {
		*out = plan;
	}
	sf_map_finish(&nodes);
	return rc;
}

int sf_apply_plan_read(const char *dir, struct sf_arena *arena, struct sf_apply_plan *out,
                       struct sf_error *err)
{
	struct sf_str path = {0}, text = {0};
	sf_str_printf(&path, "%s/rollout.json", dir);
	int rc = sf_file_read(path.text, SF_YAML_BYTES_MAX, &text, err);
	if (rc == 0) {
		rc = sf_apply_plan_parse(sf_str_get(&text), text.len, dir, arena, out, err);
	}
	sf_str_finish(&path);
	sf_str_finish(&text);
	return rc;
}
