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

static int read_wave(const struct sf_apply_reader *reader, const struct sf_yaml *map,
                     struct sf_apply_wave *wave)
{
	const struct sf_yaml *nodes;
	const struct sf_yaml *number = sf_yaml_get(map, "wave");
	int64_t value;
	if (sf_apply_list(reader, map, "nodes", &nodes, &wave->n_nodes) < 0) {
		return -1;
	}
	if (number == NULL) {
		return sf_apply_missing(reader, map, "wave");
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
		if (sf_apply_read_node(reader, nodes->child[i], &wave->node[i]) < 0) {
			return -1;
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
		if (sf_apply_read_staying(reader, list->child[i], &out[i]) < 0) {
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
			if (!node->joins && sf_apply_name_before(reader, node, before++) < 0) {
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
	if (sf_apply_list(reader, root, "relabel", &relabel, &n_relabel) < 0 ||
	    sf_apply_list(reader, root, "waves", &waves, &n_waves) < 0) {
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
