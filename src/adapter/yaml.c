/* yaml: trees of YAML documents in, strictly or loosely, by libyaml's parser. */
// SPDX-License-Identifier: Apache-2.0
#include "yaml_loose.h"
#include "yaml_tree.h"

#include <slicefit/arena.h>
#include <slicefit/error.h>
#include <slicefit/yaml.h>

#include <stdio.h>
#include <string.h>
#include <yaml.h>

/* What is parsed, and the tree that it becomes. */
struct reader {
	yaml_parser_t parser;
	const char *text;
	size_t len;
	struct sf_yaml_tree *tree;
	bool done;
};

/* In the file, whose first lines may lie before the text. */
static struct sf_yaml_place place_of(const struct reader *reader, yaml_mark_t mark)
{
	const struct sf_yaml_loose *loose = reader->tree->loose;
	return (struct sf_yaml_place){
		.line = (uint32_t)mark.line + 1 + (loose != NULL ? loose->skipped : 0),
		.column = (uint32_t)mark.column + 1,
	};
}

static int fail_at(const struct reader *reader, yaml_mark_t mark, const char *text)
{
	return sf_yaml_tree_fail(reader->tree, place_of(reader, mark), SF_EINVAL, text);
}

/* Bytes that are no text have no mark: their line and column, in bytes, are counted here. */
static int fail_bytes(const struct reader *reader, size_t offset, const char *problem)
{
	yaml_mark_t mark = {0};
	for (size_t i = 0; i < offset && i < reader->len; i++) {
		bool ends = reader->text[i] == '\n';
		mark.line += ends;
		mark.column = ends ? 0 : mark.column + 1;
	}
	char text[128];
	snprintf(text, sizeof(text), "%s; YAML is text in UTF-8", problem);
	return fail_at(reader, mark, text);
}

static int fail_parser(const struct reader *reader)
{
	const yaml_parser_t *parser = &reader->parser;
	const char *problem = parser->problem != NULL ? parser->problem : "not readable as YAML";
	if (parser->error == YAML_MEMORY_ERROR) {
		return sf_yaml_tree_fail_memory(reader->tree);
	}
	if (parser->error == YAML_READER_ERROR) {
		return fail_bytes(reader, parser->problem_offset, problem);
	}
	if (parser->problem_mark.index < reader->len &&
	    reader->text[parser->problem_mark.index] == '\t') {
		problem = "a tab here; YAML is indented with spaces";
	}
	return fail_at(reader, parser->problem_mark, problem);
}

static bool is_strict(const struct reader *reader)
{
	return reader->tree->loose == NULL;
}

static bool is_text_tag(const yaml_char_t *tag)
{
	return tag != NULL && strcmp((const char *)tag, YAML_STR_TAG) == 0;
}

/* Anchors and tags would need a meaning that a plain tree does not have. */
static int check_plain(const struct reader *reader, const yaml_event_t *event,
                       const yaml_char_t *anchor, const yaml_char_t *tag)
{
	if (!is_strict(reader)) {
		return 0;
	}
	if (anchor != NULL) {
		return fail_at(reader, event->start_mark,
		               "anchors are not supported; write the value out");
	}
	if (tag != NULL && !is_text_tag(tag)) {
		return fail_at(reader, event->start_mark,
		               "tags are not supported; write the value without");
	}
	return 0;
}

static bool is_merge_key(const struct reader *reader, const yaml_event_t *event)
{
	return event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
	       event->data.scalar.length == 2 && memcmp(event->data.scalar.value, "<<", 2) == 0 &&
	       sf_yaml_tree_expects_key(reader->tree);
}

static int add_scalar(const struct reader *reader, const yaml_event_t *event)
{
	const yaml_char_t *anchor = event->data.scalar.anchor;
	const yaml_char_t *tag = event->data.scalar.tag;
	const struct sf_yaml_scalar scalar = {
		.text = (const char *)event->data.scalar.value,
		.len = event->data.scalar.length,
		.quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE || is_text_tag(tag),
		.anchor = (const char *)anchor,
	};
	if (check_plain(reader, event, anchor, tag) != 0) {
		return -1;
	}
	if (is_strict(reader) && is_merge_key(reader, event)) {
		return fail_at(reader, event->start_mark,
		               "merge keys (<<) are not supported; write the values out");
	}
	return sf_yaml_tree_scalar(reader->tree, place_of(reader, event->start_mark), &scalar);
}

static int add_alias(const struct reader *reader, const yaml_event_t *event)
{
	if (is_strict(reader)) {
		return fail_at(reader, event->start_mark,
		               "aliases are not supported; write the value out");
	}
	return sf_yaml_tree_alias(reader->tree, place_of(reader, event->start_mark),
	                          (const char *)event->data.alias.anchor);
}

static int open_container(const struct reader *reader, const yaml_event_t *event)
{
	bool mapping = event->type == YAML_MAPPING_START_EVENT;
	const yaml_char_t *anchor =
		mapping ? event->data.mapping_start.anchor : event->data.sequence_start.anchor;
	const yaml_char_t *tag =
		mapping ? event->data.mapping_start.tag : event->data.sequence_start.tag;
	if (check_plain(reader, event, anchor, tag) != 0) {
		return -1;
	}
	return sf_yaml_tree_open(reader->tree, place_of(reader, event->start_mark),
	                         mapping ? SF_YAML_MAPPING : SF_YAML_SEQUENCE,
	                         (const char *)anchor);
}

static int handle(struct reader *reader, const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_SCALAR_EVENT:
		return add_scalar(reader, event);
	case YAML_SEQUENCE_START_EVENT:
	case YAML_MAPPING_START_EVENT:
		return open_container(reader, event);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		return sf_yaml_tree_close(reader->tree);
	case YAML_ALIAS_EVENT:
		return add_alias(reader, event);
	case YAML_DOCUMENT_END_EVENT:
		sf_yaml_tree_end_document(reader->tree);
		return 0;
	case YAML_STREAM_END_EVENT:
		reader->done = true;
		return 0;
	case YAML_NO_EVENT:
	case YAML_STREAM_START_EVENT:
	case YAML_DOCUMENT_START_EVENT:
		return 0;
	}
	return 0;
}

static int read_events(struct reader *reader)
{
	int rc = 0;
	if (!yaml_parser_initialize(&reader->parser)) {
		return sf_yaml_tree_fail_memory(reader->tree);
	}
	yaml_parser_set_input_string(&reader->parser, (const unsigned char *)reader->text,
	                             reader->len);
	while (!reader->done && rc == 0) {
		yaml_event_t event;
		if (!yaml_parser_parse(&reader->parser, &event)) {
			rc = fail_parser(reader);
		} else {
			rc = handle(reader, &event);
			yaml_event_delete(&event);
		}
	}
	yaml_parser_delete(&reader->parser);
	return rc;
}

/* All documents of the text; the tree is finished. */
static const struct sf_yaml **parse(struct sf_yaml_tree *tree, const char *text, size_t len,
                                    size_t *n)
{
	struct reader reader = {.text = text, .len = len, .tree = tree};
	*n = 0;
	const struct sf_yaml **out =
		read_events(&reader) == 0 ? sf_yaml_tree_documents(tree, n) : NULL;
	sf_yaml_tree_finish(tree);
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
	struct sf_yaml_tree tree = {
		.name = name,
		.arena = arena,
		.err = err,
		.nodes_max = SF_YAML_NODES_MAX,
		.depth_max = SF_YAML_DEPTH_MAX,
	};
	return parse(&tree, text, len, n);
}

const struct sf_yaml **sf_yaml_parse_loose(const char *text, size_t len,
                                           struct sf_yaml_loose *loose, size_t *n,
                                           struct sf_arena *arena, struct sf_error *err)
{
	struct sf_yaml_tree tree = {
		.name = loose->name,
		.arena = arena,
		.err = err,
		.loose = loose,
		.nodes_max = loose->nodes_max,
		.depth_max = loose->depth_max,
	};
	return parse(&tree, text, len, n);
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
