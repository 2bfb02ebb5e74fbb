/* scenario_node: the single nodes of a pool: their names, labels and taints. */
// SPDX-License-Identifier: Apache-2.0
#include "scenario_read.h"

#include <slicefit/map.h>
#include <slicefit/nearest.h>

#include <stdlib.h>
#include <string.h>

enum { LABEL_MAX = 317, VALUE_MAX = 63, TAINTS_MAX = 256 };

static const char name_bytes[] =
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._";

int sf_reader_label_key(struct sf_reader *reader, const struct sf_yaml *node, const char *key)
{
	return key[0] != '\0' && strlen(key) <= LABEL_MAX
	               ? 0
	               : sf_yaml_fail_key(node, reader->file, reader->err,
	                                  "a label's name has 1 to %d bytes", LABEL_MAX);
}

int sf_reader_label_value(struct sf_reader *reader, const struct sf_yaml *node, const char **out)
{
	if (node != NULL && node->kind == SF_YAML_SCALAR && node->text[0] == '\0') {
		*out = "";
		return 0;
	}
	return sf_reader_text(reader, node, VALUE_MAX, out);
}

static int by_key(const void *a, const void *b)
{
	return strcmp(((const struct sf_label *)a)->key, ((const struct sf_label *)b)->key);
}

int sf_reader_labels(struct sf_reader *reader, const struct sf_yaml *node, struct sf_label **out,
                     size_t *n)
{
	if (node == NULL) {
		return 0;
	}
	if (node->kind != SF_YAML_MAPPING || node->n > SF_LABELS_MAX) {
		return sf_yaml_fail(node, reader->file, reader->err,
		                    "expected at most %d labels as 'name: value'", SF_LABELS_MAX);
	}
	struct sf_label *label = sf_reader_array(reader, node->n, sizeof(*label));
	if (label == NULL) {
		return -1;
	}
	for (size_t i = 0; i < node->n; i++) {
		label[i] = (struct sf_label){.key = node->child[i]->key, .value = ""};
		if (sf_reader_label_value(reader, node->child[i], &label[i].value) != 0 ||
		    sf_reader_label_key(reader, node->child[i], label[i].key) != 0) {
			return -1;
		}
	}
	if (node->n > 0) {
		qsort(label, node->n, sizeof(*label), by_key);
	}
	*out = label;
	*n = node->n;
	return 0;
}

int sf_reader_effect(struct sf_reader *reader, const struct sf_yaml *node, int *out)
{
	const char *text = NULL;
	if (node == NULL) {
		return 0;
	}
	if (sf_reader_text(reader, node, VALUE_MAX, &text) != 0) {
		return -1;
	}
	for (int i = 0; i < SF_TAINT_EFFECTS; i++) {
		if (strcmp(text, sf_taint_effect_names[i]) == 0) {
			*out = i;
			return 0;
		}
	}
	const char *near = sf_nearest_find(text, sf_taint_effect_names);
	return sf_yaml_fail(node, reader->file, reader->err,
	                    "'%.40s' is no effect of a taint%s%s%s (NoSchedule, NoExecute, "
	                    "PreferNoSchedule)",
	                    text, near ? ", did you mean '" : "", near ? near : "",
	                    near ? "'?" : "");
}

static int read_taint(struct sf_reader *reader, const struct sf_yaml *node, struct sf_taint *out)
{
	static const char *const known[] = {"key", "value", "effect", "timeAdded", NULL};
	const struct sf_yaml *key = sf_yaml_get(node, "key");
	int effect = -1;
	*out = (struct sf_taint){.value = ""};
	if (sf_yaml_check_keys(node, reader->file, known, reader->err) != 0 ||
	    sf_reader_text(reader, key, LABEL_MAX, &out->key) != 0 ||
	    sf_reader_label_value(reader, sf_yaml_get(node, "value"), &out->value) != 0 ||
	    sf_reader_effect(reader, sf_yaml_get(node, "effect"), &effect) != 0) {
		return -1;
	}
	if (out->key == NULL || effect < 0) {
		return sf_yaml_fail(
			node, reader->file, reader->err,
			"a taint has a key and an effect: {key: nvidia.com/gpu, effect: "
			"NoSchedule}");
	}
	out->effect = (enum sf_taint_effect)effect;
	return 0;
}

static int read_taints(struct sf_reader *reader, const struct sf_yaml *list, struct sf_pool *pool)
{
	if (list == NULL) {
		return 0;
	}
	if (list->kind != SF_YAML_SEQUENCE || list->n > TAINTS_MAX) {
		return sf_yaml_fail(list, reader->file, reader->err,
		                    "expected a list of at most %d taints", TAINTS_MAX);
	}
	struct sf_taint *taint = sf_reader_array(reader, list->n, sizeof(*taint));
	if (taint == NULL) {
		return -1;
	}
	for (size_t i = 0; i < list->n; i++) {
		if (read_taint(reader, list->child[i], &taint[i]) != 0) {
			return -1;
		}
	}
	pool->taint = taint;
	pool->n_taints = list->n;
	return 0;
}

const char *const *sf_reader_node_names(struct sf_reader *reader, const struct sf_yaml *list)
{
	const char **name = sf_reader_array(reader, list->n, sizeof(*name));
	for (size_t i = 0; name != NULL && i < list->n; i++) {
		if (sf_reader_text(reader, list->child[i], SF_NODE_NAME_MAX, &name[i]) != 0) {
			return NULL;
		}
		if (strspn(name[i], name_bytes) != strlen(name[i])) {
			sf_yaml_fail(list->child[i], reader->file, reader->err,
			             "a node's name has letters, digits, '-', '.' and '_'");
			return NULL;
		}
	}
	return name;
}

/* `names`, which say how many nodes there are. */
static int read_names(struct sf_reader *reader, const struct sf_yaml *pool_node,
                      struct sf_pool *pool)
{
	const struct sf_yaml *list = sf_yaml_get(pool_node, "names");
	if (list == NULL) {
		return 0;
	}
	if (list->kind != SF_YAML_SEQUENCE || list->n == 0 || list->n > SF_SCENARIO_NODES_MAX) {
		return sf_yaml_fail(list, reader->file, reader->err,
		                    "expected a list of 1 to %d names of nodes",
		                    SF_SCENARIO_NODES_MAX);
	}
	if (sf_yaml_get(pool_node, "nodes") != NULL && pool->count != list->n) {
		return sf_yaml_fail(list, reader->file, reader->err,
		                    "%zu names for %u nodes: leave nodes out", list->n,
		                    pool->count);
	}
	pool->node_name = sf_reader_node_names(reader, list);
	pool->count = (uint32_t)list->n;
	return pool->node_name != NULL ? 0 : -1;
}

int sf_reader_pool_nodes(struct sf_reader *reader, const struct sf_yaml *node, struct sf_pool *pool)
{
	if (read_names(reader, node, pool) != 0 ||
	    read_taints(reader, sf_yaml_get(node, "taints"), pool) != 0) {
		return -1;
	}
	return sf_reader_bool(reader, sf_yaml_get(node, "cordoned"), &pool->cordoned);
}

/* POOL-NUMBER as nodes are called that have no name of their own, without leading zeros. */
static bool find_numbered(const struct sf_reader *reader, const char *name, uint32_t *pool,
                          uint32_t *index)
{
	const char *dash = strrchr(name, '-');
	size_t digits = dash != NULL ? strlen(dash + 1) : 0;
	if (digits == 0 || digits > 9 || strspn(dash + 1, "0123456789") != digits ||
	    (digits > 1 && dash[1] == '0') ||
	    !sf_map_get_n(&reader->names->pool, name, (size_t)(dash - name), pool)) {
		return false;
	}
	const struct sf_pool *found = &reader->scenario->pool[*pool];
	*index = (uint32_t)strtoul(dash + 1, NULL, 10);
	return found->node_name == NULL || *index >= found->count;
}

int sf_reader_find_pool(const struct sf_reader *reader, const char *name)
{
	uint32_t pool;
	return sf_map_get(&reader->names->pool, name, &pool) ? (int)pool : -1;
}

bool sf_reader_find_node(const struct sf_reader *reader, const char *name, uint32_t *pool,
                         uint32_t *index)
{
	uint32_t node;
	if (sf_map_get(&reader->names->node, name, &node)) {
		const struct sf_pool *found = sf_scenario_pool_of(reader->scenario, node, index);
		*pool = (uint32_t)(found - reader->scenario->pool);
		return true;
	}
	return find_numbered(reader, name, pool, index);
}

/* The names of one pool, the first of which is node `first` of the scenario. */
static int learn_pool(struct sf_reader *reader, const struct sf_yaml *list, uint32_t pool,
                      uint32_t first)
{
	struct sf_map *known = &reader->names->node;
	const char *const *name = reader->scenario->pool[pool].node_name;
	for (size_t i = 0; i < list->n; i++) {
		uint32_t other;
		uint32_t index;
		if (sf_map_get(known, name[i], &other) ||
		    (find_numbered(reader, name[i], &other, &index) &&
		     index < reader->scenario->pool[other].count)) {
			return sf_yaml_fail(list->child[i], reader->file, reader->err,
			                    "there is already a node %.63s", name[i]);
		}
		sf_map_set(known, name[i], first + (uint32_t)i);
	}
	return 0;
}

int sf_reader_learn_nodes(struct sf_reader *reader, const struct sf_yaml *pools)
{
	const struct sf_scenario *scenario = reader->scenario;
	uint32_t first = 0;
	for (uint32_t p = 0; p < scenario->n_pools; p++) {
		sf_map_set(&reader->names->pool, scenario->pool[p].name, p);
	}
	for (uint32_t p = 0; p < scenario->n_pools; p++) {
		const struct sf_pool *pool = &scenario->pool[p];
		if (pool->node_name != NULL &&
		    learn_pool(reader, sf_yaml_get(pools->child[p], "names"), p, first) != 0) {
			return -1;
		}
		first += pool->count;
	}
	return 0;
}

void sf_reader_names_finish(struct sf_reader_names *names)
{
	sf_map_finish(&names->pool);
	sf_map_finish(&names->node);
	sf_map_finish(&names->group);
}
