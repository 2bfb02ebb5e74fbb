/* yaml: trees of YAML documents in, strictly or loosely, by libyaml's parser. */
// SPDX-License-Identifier: Apache-2.0
#include "yaml_loose.h"

#include <slicefit/alloc.h>
#include <slicefit/arena.h>
#include <slicefit/error.h>
#include <slicefit/map.h>
#include <slicefit/str.h>
#include <slicefit/yaml.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

/* A container whose end has not been seen. */
struct level {
	struct sf_yaml *node;
	const char *key; /* read, its value not yet */
	uint32_t key_line, key_column;
	struct sf_yaml **child;
	size_t n, cap;
};

struct builder {
	yaml_parser_t parser;
	const char *name;
	const char *text;
	size_t len;
	struct sf_arena *arena;
	struct sf_error *err;
	struct sf_yaml_loose *loose; /* NULL: strictly */
	size_t nodes, nodes_max;
	size_t depth, depth_max;
	struct level level[SF_YAML_LOOSE_DEPTH_MAX];
	struct sf_yaml *root;
	const struct sf_yaml **document;
	size_t n_documents, documents_cap;
	bool done;
};

/* In the file, whose first lines may lie before the text. */
static uint32_t line_of(const struct builder *builder, yaml_mark_t mark)
{
	return (uint32_t)mark.line + 1 + (builder->loose != NULL ? builder->loose->skipped : 0);
}

static int fail_code(const struct builder *builder, yaml_mark_t mark, enum sf_code code,
                     const char *text)
{
	uint32_t line = line_of(builder, mark), column = (uint32_t)mark.column + 1;
	if (builder->loose != NULL) {
		builder->loose->line = line;
		builder->loose->column = column;
	}
	return sf_fail(builder->err, code, "%s:%" PRIu32 ":%" PRIu32 ": %s", builder->name, line,
	               column, text);
}

static int fail_at(const struct builder *builder, yaml_mark_t mark, const char *text)
{
	return fail_code(builder, mark, SF_EINVAL, text);
}

static int fail_memory(const struct builder *builder)
{
	return sf_fail(builder->err, SF_ENOMEM, "%s: needs more memory than it may use",
	               builder->name);
}

/* Bytes that are no text have no mark: their line and column, in bytes, are counted here. */
static int fail_bytes(const struct builder *builder, size_t offset, const char *problem)
{
	yaml_mark_t mark = {0};
	for (size_t i = 0; i < offset && i < builder->len; i++) {
		bool ends = builder->text[i] == '\n';
		mark.line += ends;
		mark.column = ends ? 0 : mark.column + 1;
	}
	char text[128];
	snprintf(text, sizeof(text), "%s; YAML is text in UTF-8", problem);
	return fail_at(builder, mark, text);
}

static int fail_parser(const struct builder *builder)
{
	const yaml_parser_t *parser = &builder->parser;
	const char *problem = parser->problem != NULL ? parser->problem : "not readable as YAML";
	if (parser->error == YAML_MEMORY_ERROR) {
		return fail_memory(builder);
	}
	if (parser->error == YAML_READER_ERROR) {
		return fail_bytes(builder, parser->problem_offset, problem);
	}
	if (parser->problem_mark.index < builder->len &&
	    builder->text[parser->problem_mark.index] == '\t') {
		problem = "a tab here; YAML is indented with spaces";
	}
	return fail_at(builder, parser->problem_mark, problem);
}

/* Two equal keys: the second one is named, with the line of the first. */
static int check_duplicates(const struct builder *builder, const struct sf_yaml *mapping)
{
	struct sf_map seen = {0};
	int rc = 0;
	for (size_t i = 0; i < mapping->n && rc == 0; i++) {
		const struct sf_yaml *child = mapping->child[i];
		uint32_t first;
		if (sf_map_get(&seen, child->key, &first)) {
			rc = sf_yaml_fail_key(child, builder->name, builder->err,
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
static void attach(struct builder *builder, struct sf_yaml *node)
{
	if (builder->depth == 0) {
		builder->root = node;
		return;
	}
	struct level *level = &builder->level[builder->depth - 1];
	node->key = level->key;
	node->key_line = level->key_line;
	node->key_column = level->key_column;
	level->key = NULL;
	level->child = sf_xgrow(level->child, &level->cap, level->n + 1, sizeof(struct sf_yaml *));
	level->child[level->n++] = node;
}

static struct sf_yaml *add_node(struct builder *builder, enum sf_yaml_kind kind, yaml_mark_t mark)
{
	if (++builder->nodes > builder->nodes_max) {
		char text[64];
		snprintf(text, sizeof(text), "more than %zu values", builder->nodes_max);
		fail_code(builder, mark, SF_ELIMIT, text);
		return NULL;
	}
	struct sf_yaml *node = sf_arena_alloc(builder->arena, sizeof(*node));
	if (node == NULL) {
		fail_memory(builder);
		return NULL;
	}
	node->kind = kind;
	node->line = line_of(builder, mark);
	node->column = (uint32_t)mark.column + 1;
	attach(builder, node);
	return node;
}

/* Anchors and tags would need a meaning that a plain tree does not have. */
static int check_plain(const struct builder *builder, const yaml_event_t *event,
                       const yaml_char_t *anchor, const yaml_char_t *tag)
{
	if (builder->loose != NULL) {
		return 0;
	}
	if (anchor != NULL) {
		return fail_at(builder, event->start_mark,
		               "anchors are not supported; write the value out");
	}
	if (tag != NULL && strcmp((const char *)tag, YAML_STR_TAG) != 0) {
		return fail_at(builder, event->start_mark,
		               "tags are not supported; write the value without");
	}
	return 0;
}

static int add_key(struct builder *builder, const yaml_event_t *event, const char *text)
{
	struct level *level = &builder->level[builder->depth - 1];
	bool plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	if (plain && strcmp(text, "<<") == 0 && builder->loose == NULL) {
		return fail_at(builder, event->start_mark,
		               "merge keys (<<) are not supported; write the values out");
	}
	level->key = text;
	level->key_line = line_of(builder, event->start_mark);
	level->key_column = (uint32_t)event->start_mark.column + 1;
	return 0;
}

static int name_node(const struct builder *builder, const yaml_char_t *anchor,
                     const struct sf_yaml *node)
{
	if (anchor == NULL) {
		return 0;
	}
	const char *name = sf_arena_strdup(builder->arena, (const char *)anchor);
	if (name == NULL) {
		return fail_memory(builder);
	}
	sf_yaml_loose_name(builder->loose, name, node);
	return 0;
}

static bool expects_key(const struct builder *builder)
{
	const struct level *level = &builder->level[builder->depth - (builder->depth > 0)];
	return builder->depth > 0 && level->node->kind == SF_YAML_MAPPING && level->key == NULL;
}

static int add_scalar(struct builder *builder, const yaml_event_t *event)
{
	const char *value = (const char *)event->data.scalar.value;
	size_t len = event->data.scalar.length;
	const yaml_char_t *tag = event->data.scalar.tag;
	if (check_plain(builder, event, event->data.scalar.anchor, tag) != 0) {
		return -1;
	}
	if (memchr(value, '\0', len) != NULL) {
		return fail_at(builder, event->start_mark, "text with a NUL byte");
	}
	char *text = sf_arena_strndup(builder->arena, value, len);
	if (text == NULL) {
		return fail_memory(builder);
	}
	if (expects_key(builder)) {
		return add_key(builder, event, text);
	}
	struct sf_yaml *node = add_node(builder, SF_YAML_SCALAR, event->start_mark);
	if (node == NULL) {
		return -1;
	}
	node->text = text;
	node->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE ||
	               (tag != NULL && strcmp((const char *)tag, YAML_STR_TAG) == 0);
	return name_node(builder, event->data.scalar.anchor, node);
}

/* The value of an anchor once more: the same children under a node of its own, because that carries
 * the key. They are counted again, so that no text grows beyond measure. */
static int add_alias(struct builder *builder, const yaml_event_t *event)
{
	if (builder->loose == NULL) {
		return fail_at(builder, event->start_mark,
		               "aliases are not supported; write the value out");
	}
	const char *name = (const char *)event->data.alias.anchor;
	const struct sf_yaml *value = sf_yaml_loose_find(builder->loose, name);
	if (value == NULL || expects_key(builder)) {
		return fail_at(builder, event->start_mark,
		               value == NULL ? "an alias of an anchor that is not there"
		                             : "a key must be a plain word");
	}
	for (size_t i = 0; i < builder->depth; i++) {
		if (builder->level[i].node == value) {
			return fail_at(builder, event->start_mark, "an alias of what it is in");
		}
	}
	size_t height;
	size_t most = builder->nodes_max - builder->nodes;
	size_t n = sf_yaml_loose_measure(value, most, &height);
	if (n > most || builder->depth + height > builder->depth_max) {
		return fail_code(builder, event->start_mark, SF_ELIMIT,
		                 n > most ? "aliases make it too large"
		                          : "aliases make it too deep");
	}
	struct sf_yaml *node = add_node(builder, value->kind, event->start_mark);
	if (node == NULL) {
		return -1;
	}
	builder->nodes += n - 1;
	node->text = value->text;
	node->quoted = value->quoted;
	node->n = value->n;
	node->child = value->child;
	return 0;
}

static int open_container(struct builder *builder, const yaml_event_t *event)
{
	bool mapping = event->type == YAML_MAPPING_START_EVENT;
	const yaml_char_t *anchor =
		mapping ? event->data.mapping_start.anchor : event->data.sequence_start.anchor;
	const yaml_char_t *tag =
		mapping ? event->data.mapping_start.tag : event->data.sequence_start.tag;
	if (check_plain(builder, event, anchor, tag) != 0) {
		return -1;
	}
	if (expects_key(builder)) {
		return fail_at(builder, event->start_mark, "a key must be a plain word");
	}
	if (builder->depth == builder->depth_max) {
		char text[64];
		snprintf(text, sizeof(text), "nested deeper than %zu levels", builder->depth_max);
		return fail_code(builder, event->start_mark, SF_ELIMIT, text);
	}
	enum sf_yaml_kind kind = mapping ? SF_YAML_MAPPING : SF_YAML_SEQUENCE;
	struct sf_yaml *node = add_node(builder, kind, event->start_mark);
	if (node == NULL) {
		return -1;
	}
	builder->level[builder->depth++] = (struct level){.node = node};
	return name_node(builder, anchor, node);
}

/* The keys of a mapping are all there. */
static int settle(struct builder *builder, struct sf_yaml *mapping)
{
	const struct sf_yaml *fault;
	if (builder->loose == NULL) {
		return check_duplicates(builder, mapping);
	}
	if (sf_yaml_loose_settle(builder->loose, mapping, builder->arena, &fault) == 0) {
		return 0;
	}
	if (fault == NULL) {
		return fail_memory(builder);
	}
	builder->loose->line = fault->key_line;
	builder->loose->column = fault->key_column;
	return sf_yaml_fail_key(fault, builder->name, builder->err,
	                        "a merge key (<<) takes a mapping or a list of them");
}

static int close_container(struct builder *builder)
{
	struct level *level = &builder->level[--builder->depth];
	struct sf_yaml *node = level->node;
	node->n = level->n;
	if (level->n > 0) {
		node->child = sf_arena_array(builder->arena, level->n, sizeof(struct sf_yaml *));
		if (node->child != NULL) {
			memcpy(node->child, level->child, level->n * sizeof(struct sf_yaml *));
		}
	}
	free(level->child);
	*level = (struct level){0};
	if (node->n > 0 && node->child == NULL) {
		return fail_memory(builder);
	}
	return node->kind == SF_YAML_MAPPING ? settle(builder, node) : 0;
}

/* Documents without content (the empty one between two "---") do not count. */
static void end_document(struct builder *builder)
{
	if (builder->root != NULL && !sf_yaml_is_null(builder->root)) {
		builder->document = sf_xgrow(builder->document, &builder->documents_cap,
		                             builder->n_documents + 1, sizeof(struct sf_yaml *));
		builder->document[builder->n_documents++] = builder->root;
	}
	builder->root = NULL;
}

static int handle(struct builder *builder, const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_SCALAR_EVENT:
		return add_scalar(builder, event);
	case YAML_SEQUENCE_START_EVENT:
	case YAML_MAPPING_START_EVENT:
		return open_container(builder, event);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		return close_container(builder);
	case YAML_ALIAS_EVENT:
		return add_alias(builder, event);
	case YAML_DOCUMENT_END_EVENT:
		end_document(builder);
		return 0;
	case YAML_STREAM_END_EVENT:
		builder->done = true;
		return 0;
	case YAML_NO_EVENT:
	case YAML_STREAM_START_EVENT:
	case YAML_DOCUMENT_START_EVENT:
		return 0;
	}
	return 0;
}

static int build(struct builder *builder, const char *text, size_t len)
{
	if (!yaml_parser_initialize(&builder->parser)) {
		return fail_memory(builder);
	}
	yaml_parser_set_input_string(&builder->parser, (const unsigned char *)text, len);
	int rc = 0;
	while (!builder->done && rc == 0) {
		yaml_event_t event;
		if (!yaml_parser_parse(&builder->parser, &event)) {
			rc = fail_parser(builder);
		} else {
			rc = handle(builder, &event);
			yaml_event_delete(&event);
		}
	}
	yaml_parser_delete(&builder->parser);
	while (builder->depth > 0) {
		free(builder->level[--builder->depth].child);
	}
	return rc;
}

static const struct sf_yaml **parse_all(struct builder *builder, size_t *n)
{
	const struct sf_yaml **out = NULL;
	*n = 0;
	if (build(builder, builder->text, builder->len) == 0) {
		out = sf_arena_array(builder->arena, builder->n_documents + 1, sizeof(*out));
		if (out == NULL) {
			fail_memory(builder);
		} else if (builder->n_documents > 0) {
			memcpy(out, builder->document, builder->n_documents * sizeof(*out));
			*n = builder->n_documents;
		}
	}
	free(builder->document);
	return out;
}

const struct sf_yaml **sf_yaml_parse_all(const char *text, size_t len, const char *name, size_t *n,
                                         struct sf_arena *arena, struct sf_error *err)
{
	*n = 0;
	if (len > SF_YAML_BYTES_MAX) {
		sf_fail(err, SF_ELIMIT, "%s: larger than the limit of %d MiB", name,
		        SF_YAML_BYTES_MAX >> 20);
		return NULL;
	}
	struct builder builder = {
		.name = name,
		.text = text,
		.len = len,
		.arena = arena,
		.err = err,
		.nodes_max = SF_YAML_NODES_MAX,
		.depth_max = SF_YAML_DEPTH_MAX,
	};
	return parse_all(&builder, n);
}

const struct sf_yaml **sf_yaml_parse_loose(const char *text, size_t len,
                                           struct sf_yaml_loose *loose, size_t *n,
                                           struct sf_arena *arena, struct sf_error *err)
{
	struct builder builder = {
		.name = loose->name,
		.text = text,
		.len = len,
		.arena = arena,
		.err = err,
		.loose = loose,
		.nodes_max = loose->nodes_max,
		.depth_max = loose->depth_max,
	};
	return parse_all(&builder, n);
}

const struct sf_yaml *sf_yaml_parse(const char *text, size_t len, const char *name,
                                    struct sf_arena *arena, struct sf_error *err)
{
	size_t n;
	const struct sf_yaml **all = sf_yaml_parse_all(text, len, name, &n, arena, err);
	if (all == NULL) {
		return NULL;
	}
	if (n == 0) {
		sf_fail(err, SF_EINVAL, "%s: empty document", name);
		return NULL;
	}
	if (n > 1) {
		sf_yaml_fail(all[1], name, err, "a second document; only one is expected");
		return NULL;
	}
	return all[0];
}
