/* yaml_tree: trees of YAML documents under construction. */
// SPDX-License-Identifier: Apache-2.0
#include "yaml_tree.h"

#include <slicefit/alloc.h>
#include <slicefit/arena.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int sf_yaml_tree_fail(const struct sf_yaml_tree *tree, struct sf_yaml_place place,
                      enum sf_code code, const char *text)
{
	if (tree->loose != NULL) {
		tree->loose->line = place.line;
		tree->loose->column = place.column;
	}
	return sf_fail(tree->err, code, "%s:%" PRIu32 ":%" PRIu32 ": %s", tree->name, place.line,
	               place.column, text);
}

int sf_yaml_tree_fail_memory(const struct sf_yaml_tree *tree)
{
	return sf_fail(tree->err, SF_ENOMEM, "%s: needs more memory than it may use", tree->name);
}

static int fail_at(const struct sf_yaml_tree *tree, struct sf_yaml_place place, const char *text)
{
	return sf_yaml_tree_fail(tree, place, SF_EINVAL, text);
}

/* Two equal keys: the second one is named, with the line of the first. */
static int check_duplicates(const struct sf_yaml_tree *tree, const struct sf_yaml *mapping)
{
	struct sf_map seen = {0};
	int rc = 0;
	for (size_t i = 0; i < mapping->n && rc == 0; i++) {
		const struct sf_yaml *child = mapping->child[i];
		uint32_t first;
		if (sf_map_get(&seen, child->key, &first)) {
			rc = sf_yaml_fail_key(child, tree->name, tree->err,
			                      "key '%.60s' is already given in line %" PRIu32,
			                      child->key, mapping->child[first]->key_line);
		} else {
			sf_map_set(&seen, child->key, (uint32_t)i);
		}
	}
	sf_map_finish(&seen);
	return rc;
}

/* Hangs a node into the open container, or makes it the root. */
static void attach(struct sf_yaml_tree *tree, struct sf_yaml *node)
{
	if (tree->depth == 0) {
		tree->root = node;
		return;
	}
	struct sf_yaml_level *level = &tree->level[tree->depth - 1];
	node->key = level->key;
	node->key_line = level->key_place.line;
	node->key_column = level->key_place.column;
	level->key = NULL;
	level->child = sf_xgrow(level->child, &level->cap, level->n + 1, sizeof(struct sf_yaml *));
	level->child[level->n++] = node;
}

static struct sf_yaml *add_node(struct sf_yaml_tree *tree, enum sf_yaml_kind kind,
                                struct sf_yaml_place place)
{
	if (++tree->nodes > tree->nodes_max) {
		char text[64];
		snprintf(text, sizeof(text), "more than %zu values", tree->nodes_max);
		sf_yaml_tree_fail(tree, place, SF_ELIMIT, text);
		return NULL;
	}
	struct sf_yaml *node = sf_arena_alloc(tree->arena, sizeof(*node));
	if (node == NULL) {
		sf_yaml_tree_fail_memory(tree);
		return NULL;
	}
	node->kind = kind;
	node->line = place.line;
	node->column = place.column;
	attach(tree, node);
	return node;
}

static int name_node(const struct sf_yaml_tree *tree, const char *anchor,
                     const struct sf_yaml *node)
{
	if (anchor == NULL) {
		return 0;
	}
	const char *name = sf_arena_strdup(tree->arena, anchor);
	if (name == NULL) {
		return sf_yaml_tree_fail_memory(tree);
	}
	sf_yaml_loose_name(tree->loose, name, node);
	return 0;
}

bool sf_yaml_tree_expects_key(const struct sf_yaml_tree *tree)
{
	const struct sf_yaml_level *level = &tree->level[tree->depth - (tree->depth > 0)];
	return tree->depth > 0 && level->node->kind == SF_YAML_MAPPING && level->key == NULL;
}

int sf_yaml_tree_scalar(struct sf_yaml_tree *tree, struct sf_yaml_place place,
                        const struct sf_yaml_scalar *scalar)
{
	if (memchr(scalar->text, '\0', scalar->len) != NULL) {
		return fail_at(tree, place, "text with a NUL byte");
	}
	char *text = sf_arena_strndup(tree->arena, scalar->text, scalar->len);
	if (text == NULL) {
		return sf_yaml_tree_fail_memory(tree);
	}
	if (sf_yaml_tree_expects_key(tree)) {
		struct sf_yaml_level *level = &tree->level[tree->depth - 1];
		level->key = text;
		level->key_place = place;
		return 0;
	}
	struct sf_yaml *node = add_node(tree, SF_YAML_SCALAR, place);
	if (node == NULL) {
		return -1;
	}
	node->text = text;
	node->quoted = scalar->quoted;
	return name_node(tree, scalar->anchor, node);
}

/* May the value come once more here? It is counted again, so that no text grows beyond measure.
 * Returns how many nodes it is, or 0 and an error. */
static size_t measure_alias(const struct sf_yaml_tree *tree, struct sf_yaml_place place,
                            const struct sf_yaml *value)
{
	size_t height;
	size_t most = tree->nodes_max - tree->nodes;
	for (size_t i = 0; i < tree->depth; i++) {
		if (tree->level[i].node == value) {
			fail_at(tree, place, "an alias of what it is in");
			return 0;
		}
	}
	size_t n = sf_yaml_loose_measure(value, most, &height);
	if (n <= most && tree->depth + height <= tree->depth_max) {
		return n;
	}
	sf_yaml_tree_fail(tree, place, SF_ELIMIT,
	                  n > most ? "aliases make it too large" : "aliases make it too deep");
	return 0;
}

/* The same children under a node of its own, because that carries the key. */
int sf_yaml_tree_alias(struct sf_yaml_tree *tree, struct sf_yaml_place place, const char *anchor)
{
	const struct sf_yaml *value = sf_yaml_loose_find(tree->loose, anchor);
	if (value == NULL || sf_yaml_tree_expects_key(tree)) {
		return fail_at(tree, place,
		               value == NULL ? "an alias of an anchor that is not there"
		                             : "a key must be a plain word");
	}
	size_t n = measure_alias(tree, place, value);
	struct sf_yaml *node = n > 0 ? add_node(tree, value->kind, place) : NULL;
	if (node == NULL) {
		return -1;
	}
	tree->nodes += n - 1;
	node->text = value->text;
	node->quoted = value->quoted;
	node->n = value->n;
	node->child = value->child;
	return 0;
}

int sf_yaml_tree_open(struct sf_yaml_tree *tree, struct sf_yaml_place place, enum sf_yaml_kind kind,
                      const char *anchor)
{
	if (sf_yaml_tree_expects_key(tree)) {
		return fail_at(tree, place, "a key must be a plain word");
	}
	if (tree->depth == tree->depth_max) {
		char text[64];
		snprintf(text, sizeof(text), "nested deeper than %zu levels", tree->depth_max);
		return sf_yaml_tree_fail(tree, place, SF_ELIMIT, text);
	}
	struct sf_yaml *node = add_node(tree, kind, place);
	if (node == NULL) {
		return -1;
	}
	tree->level[tree->depth++] = (struct sf_yaml_level){.node = node};
	return name_node(tree, anchor, node);
}

/* The keys of a mapping are all there. */
static int settle(struct sf_yaml_tree *tree, struct sf_yaml *mapping)
{
	const struct sf_yaml *fault;
	if (tree->loose == NULL) {
		return check_duplicates(tree, mapping);
	}
	if (sf_yaml_loose_settle(tree->loose, mapping, tree->arena, &fault) == 0) {
		return 0;
	}
	if (fault == NULL) {
		return sf_yaml_tree_fail_memory(tree);
	}
	tree->loose->line = fault->key_line;
	tree->loose->column = fault->key_column;
	return sf_yaml_fail_key(fault, tree->name, tree->err,
	                        "a merge key (<<) takes a mapping or a list of them");
}

int sf_yaml_tree_close(struct sf_yaml_tree *tree)
{
	struct sf_yaml_level *level = &tree->level[--tree->depth];
	struct sf_yaml *node = level->node;
	node->n = level->n;
	if (level->n > 0) {
		node->child = sf_arena_array(tree->arena, level->n, sizeof(struct sf_yaml *));
		if (node->child != NULL) {
			memcpy(node->child, level->child, level->n * sizeof(struct sf_yaml *));
		}
	}
	free(level->child);
	*level = (struct sf_yaml_level){0};
	if (node->n > 0 && node->child == NULL) {
		return sf_yaml_tree_fail_memory(tree);
	}
	return node->kind == SF_YAML_MAPPING ? settle(tree, node) : 0;
}

void sf_yaml_tree_end_document(struct sf_yaml_tree *tree)
{
	if (tree->root != NULL && !sf_yaml_is_null(tree->root)) {
		tree->document = sf_xgrow(tree->document, &tree->documents_cap,
		                          tree->n_documents + 1, sizeof(struct sf_yaml *));
		tree->document[tree->n_documents++] = tree->root;
	}
	tree->root = NULL;
}

const struct sf_yaml **sf_yaml_tree_documents(const struct sf_yaml_tree *tree, size_t *n)
{
	const struct sf_yaml **out =
		sf_arena_array(tree->arena, tree->n_documents + 1, sizeof(*out));
	if (out == NULL) {
		sf_yaml_tree_fail_memory(tree);
		return NULL;
	}
	if (tree->n_documents > 0) {
		memcpy(out, tree->document, tree->n_documents * sizeof(*out));
	}
	*n = tree->n_documents;
	return out;
}

void sf_yaml_tree_finish(struct sf_yaml_tree *tree)
{
	while (tree->depth > 0) {
		free(tree->level[--tree->depth].child);
	}
	free(tree->document);
	tree->document = NULL;
}
