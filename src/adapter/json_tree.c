/* json_tree: JSON as a YAML tree with the place of every value. */
// SPDX-License-Identifier: Apache-2.0
#include "json_tree.h"

#include <slicefit/alloc.h>
#include <slicefit/arena.h>

#include <stdlib.h>
#include <string.h>

struct reader {
	struct sf_json_tree *tree;
	struct sf_scan scan;
	struct sf_yaml **open; /* children of the containers that have no end yet */
	size_t n_open, open_cap;
	size_t depth;
	const char *fault;
};

static struct sf_yaml *refuse(struct reader *reader, const char *fault)
{
	reader->fault = reader->fault != NULL ? reader->fault : fault;
	reader->tree->full = true;
	return NULL;
}

/* Line and column of a byte; bytes are asked for in their order. */
static void locate(struct sf_json_tree *tree, const char *at, uint32_t *line, uint32_t *column)
{
	const char *from = tree->at;
	for (;;) {
		const char *end = memchr(from, '\n', (size_t)(at - from));
		if (end == NULL) {
			break;
		}
		tree->line++;
		tree->line_start = end + 1;
		from = end + 1;
	}
	tree->at = at;
	*line = tree->line;
	*column = (uint32_t)(at - tree->line_start) + 1;
}

static struct sf_yaml *new_node(struct reader *reader, enum sf_yaml_kind kind)
{
	struct sf_json_tree *tree = reader->tree;
	if (tree->nodes++ >= tree->loose->nodes_max) {
		return refuse(reader, "too many values");
	}
	struct sf_yaml *node = sf_arena_alloc(tree->arena, sizeof(*node));
	if (node == NULL) {
		return refuse(reader, "needs more memory than it may use");
	}
	node->kind = kind;
	locate(tree, reader->scan.at, &node->line, &node->column);
	return node;
}

static struct sf_yaml *read_scalar(struct reader *reader, char first)
{
	struct sf_yaml *node = new_node(reader, SF_YAML_SCALAR);
	struct sf_scan_text text = {0};
	const char *begin = reader->scan.at;
	if (node == NULL) {
		return NULL;
	}
	node->quoted = first == '"';
	bool read =
		node->quoted ? sf_scan_string(&reader->scan, &text) : sf_scan_skip(&reader->scan);
	if (!read) {
		return NULL;
	}
	node->text = node->quoted ? sf_scan_copy(&text, reader->tree->arena)
	                          : sf_arena_strndup(reader->tree->arena, begin,
	                                             (size_t)(reader->scan.at - begin));
	return node->text != NULL ? node : refuse(reader, "needs more memory than it may use");
}

static void push(struct reader *reader, struct sf_yaml *node)
{
	reader->open = sf_xgrow(reader->open, &reader->open_cap, reader->n_open + 1,
	                        sizeof(struct sf_yaml *));
	reader->open[reader->n_open++] = node;
}

static struct sf_yaml *read_value(struct reader *reader);

static bool read_member(struct reader *reader, const struct sf_scan_text *key)
{
	uint32_t line, column;
	locate(reader->tree, key->text - 1, &line, &column);
	if (sf_scan_is(key, "managedFields", false)) {
		return sf_scan_skip(&reader->scan);
	}
	struct sf_yaml *node = read_value(reader);
	if (node == NULL) {
		return false;
	}
	node->key = sf_scan_copy(key, reader->tree->arena);
	node->key_line = line;
	node->key_column = column;
	push(reader, node);
	return node->key != NULL;
}

/* The children since `first` become those of the node. */
static struct sf_yaml *close_container(struct reader *reader, struct sf_yaml *node, size_t first)
{
	struct sf_arena *arena = reader->tree->arena;
	const struct sf_yaml *merge;
	node->n = reader->n_open - first;
	reader->n_open = first;
	if (node->n > 0) {
		node->child = sf_arena_array(arena, node->n, sizeof(struct sf_yaml *));
		if (node->child == NULL) {
			return refuse(reader, "needs more memory than it may use");
		}
		memcpy(node->child, &reader->open[first], node->n * sizeof(struct sf_yaml *));
	}
	if (node->kind == SF_YAML_MAPPING &&
	    sf_yaml_loose_settle(reader->tree->loose, node, arena, &merge) != 0) {
		return refuse(reader, merge != NULL ? "a key << of something else than an object"
		                                    : "needs more memory than it may use");
	}
	return node;
}

static struct sf_yaml *read_container(struct reader *reader, char open)
{
	bool mapping = open == '{';
	struct sf_scan_text key;
	size_t first = reader->n_open;
	if (reader->depth == reader->tree->loose->depth_max) {
		reader->fault = "nested too deep";
		return NULL;
	}
	struct sf_yaml *node = new_node(reader, mapping ? SF_YAML_MAPPING : SF_YAML_SEQUENCE);
	if (node == NULL || !sf_scan_enter(&reader->scan, open)) {
		return NULL;
	}
	reader->depth++;
	while (mapping ? sf_scan_member(&reader->scan, &key) : sf_scan_element(&reader->scan)) {
		struct sf_yaml *child = mapping ? NULL : read_value(reader);
		if (mapping ? !read_member(reader, &key) : child == NULL) {
			return NULL;
		}
		if (!mapping) {
			push(reader, child);
		}
	}
	reader->depth--;
	return reader->scan.fault == NULL ? close_container(reader, node, first) : NULL;
}

/* The depth is limited by read_container. */
static struct sf_yaml *read_value(struct reader *reader)
{
	char first = sf_scan_peek(&reader->scan);
	return first == '{' || first == '[' ? read_container(reader, first)
	                                    : read_scalar(reader, first);
}

const struct sf_yaml *sf_json_tree_next(struct sf_json_tree *tree, const char **fault)
{
	struct reader reader = {
		.tree = tree,
		.scan = sf_scan_of(tree->at, (size_t)(tree->end - tree->at)),
	};
	tree->nodes = 0;
	tree->full = false;
	const struct sf_yaml *node = read_value(&reader);
	free(reader.open);
	*fault = reader.fault != NULL ? reader.fault : reader.scan.fault;
	uint32_t line, column;
	locate(tree, reader.scan.at > tree->at ? reader.scan.at : tree->at, &line, &column);
	if (*fault != NULL || node == NULL) {
		const char *at = reader.scan.at;
		while (at < tree->end && strchr(" \t\r\n", *at) != NULL && *at != '\0') {
			at++;
		}
		if (reader.fault == NULL && at == tree->end) {
			*fault = "the text ends in the middle of a value: is the file cut off?";
		}
		*fault = *fault != NULL ? *fault : "no JSON";
		tree->loose->line = line;
		tree->loose->column = column;
		return NULL;
	}
	return node;
}
