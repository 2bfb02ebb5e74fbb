/* yaml: the only file that knows libyaml: strict trees in, block-style documents out. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/yaml.h>

#include <slicefit/alloc.h>
#include <slicefit/arena.h>
#include <slicefit/error.h>
#include <slicefit/map.h>
#include <slicefit/str.h>

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
	size_t nodes;
	size_t depth;
	struct level level[SF_YAML_DEPTH_MAX];
	struct sf_yaml *root;
	const struct sf_yaml **document;
	size_t n_documents, documents_cap;
	bool done;
};

static int fail_at(const struct builder *builder, yaml_mark_t mark, const char *text)
{
	return sf_fail(builder->err, SF_EINVAL, "%s:%zu:%zu: %s", builder->name, mark.line + 1,
	               mark.column + 1, text);
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
	if (++builder->nodes > SF_YAML_NODES_MAX) {
		sf_fail(builder->err, SF_ELIMIT, "%s: more than %d values", builder->name,
		        SF_YAML_NODES_MAX);
		return NULL;
	}
	struct sf_yaml *node = sf_arena_alloc(builder->arena, sizeof(*node));
	if (node == NULL) {
		fail_memory(builder);
		return NULL;
	}
	node->kind = kind;
	node->line = (uint32_t)mark.line + 1;
	node->column = (uint32_t)mark.column + 1;
	attach(builder, node);
	return node;
}

/* Anchors and tags would need a meaning that a plain tree does not have. */
static int check_plain(const struct builder *builder, const yaml_event_t *event,
                       const yaml_char_t *anchor, const yaml_char_t *tag)
{
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
	if (plain && strcmp(text, "<<") == 0) {
		return fail_at(builder, event->start_mark,
		               "merge keys (<<) are not supported; write the values out");
	}
	level->key = text;
	level->key_line = (uint32_t)event->start_mark.line + 1;
	level->key_column = (uint32_t)event->start_mark.column + 1;
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
	node->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE || tag != NULL;
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
	if (builder->depth == SF_YAML_DEPTH_MAX) {
		sf_fail(builder->err, SF_ELIMIT, "%s:%zu:%zu: nested deeper than %d levels",
		        builder->name, event->start_mark.line + 1, event->start_mark.column + 1,
		        SF_YAML_DEPTH_MAX);
		return -1;
	}
	enum sf_yaml_kind kind = mapping ? SF_YAML_MAPPING : SF_YAML_SEQUENCE;
	struct sf_yaml *node = add_node(builder, kind, event->start_mark);
	if (node == NULL) {
		return -1;
	}
	builder->level[builder->depth++] = (struct level){.node = node};
	return 0;
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
	return node->kind == SF_YAML_MAPPING ? check_duplicates(builder, node) : 0;
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
		return fail_at(builder, event->start_mark,
		               "aliases are not supported; write the value out");
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
		.name = name, .text = text, .len = len, .arena = arena, .err = err};
	const struct sf_yaml **out = NULL;
	if (build(&builder, text, len) == 0) {
		out = sf_arena_array(arena, builder.n_documents + 1, sizeof(struct sf_yaml *));
		if (out == NULL) {
			fail_memory(&builder);
		} else if (builder.n_documents > 0) {
			memcpy(out, builder.document, builder.n_documents * sizeof(*out));
			*n = builder.n_documents;
		}
	}
	free(builder.document);
	return out;
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

struct sf_yaml_writer {
	yaml_emitter_t emitter;
	struct sf_str out;
	bool failed;
	bool ended;
	size_t depth;
	bool mapping[SF_YAML_DEPTH_MAX];
};

static int append_output(void *data, unsigned char *buffer, size_t size)
{
	sf_str_append_n(data, (const char *)buffer, size);
	return 1;
}

/* yaml_emitter_emit takes the event over, whether it succeeds or not. */
static void emit(struct sf_yaml_writer *writer, yaml_event_t *event, int initialized)
{
	if (!initialized) {
		writer->failed = true;
	} else if (writer->failed) {
		yaml_event_delete(event);
	} else if (!yaml_emitter_emit(&writer->emitter, event)) {
		writer->failed = true;
	}
}

struct sf_yaml_writer *sf_yaml_writer_create(void)
{
	struct sf_yaml_writer *writer = sf_xcalloc(1, sizeof(*writer));
	if (!yaml_emitter_initialize(&writer->emitter)) {
		writer->failed = true;
		return writer;
	}
	yaml_emitter_set_output(&writer->emitter, append_output, &writer->out);
	yaml_emitter_set_unicode(&writer->emitter, 1);
	yaml_emitter_set_width(&writer->emitter, -1);
	yaml_event_t event;
	emit(writer, &event, yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING));
	emit(writer, &event, yaml_document_start_event_initialize(&event, NULL, NULL, NULL, 1));
	return writer;
}

void sf_yaml_writer_destroy(struct sf_yaml_writer *writer)
{
	if (writer != NULL) {
		yaml_emitter_delete(&writer->emitter);
		sf_str_finish(&writer->out);
		free(writer);
	}
}

static void write_scalar(struct sf_yaml_writer *writer, const char *text, yaml_scalar_style_t style)
{
	yaml_event_t event;
	emit(writer, &event,
	     yaml_scalar_event_initialize(&event, NULL, NULL, (const yaml_char_t *)text,
	                                  (int)strlen(text), 1, 1, style));
}

/* Plain only when every YAML reader takes it for a string: starts with a letter, plain characters
 * after it, and is no word for a boolean or null. */
static yaml_scalar_style_t string_style(const char *text)
{
	static const char *const words[] = {"y",     "n",  "yes", "no",  "true",
	                                    "false", "on", "off", "null"};
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcasecmp(text, words[i]) == 0) {
			return YAML_DOUBLE_QUOTED_SCALAR_STYLE;
		}
	}
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789-_./";
	bool letter = strspn(text, plain) > 0 && strcspn(text, "0123456789-_./") > 0;
	bool all = strspn(text, plain) == strlen(text);
	return letter && all ? YAML_PLAIN_SCALAR_STYLE : YAML_DOUBLE_QUOTED_SCALAR_STYLE;
}

static void write_key(struct sf_yaml_writer *writer, const char *key)
{
	bool wanted = writer->depth > 0 && writer->mapping[writer->depth - 1];
	if (wanted != (key != NULL)) {
		writer->failed = true;
	}
	if (key != NULL) {
		write_scalar(writer, key, string_style(key));
	}
}

static void push(struct sf_yaml_writer *writer, bool mapping)
{
	if (writer->depth == SF_YAML_DEPTH_MAX) {
		writer->failed = true;
		return;
	}
	writer->mapping[writer->depth++] = mapping;
}

void sf_yaml_write_mapping(struct sf_yaml_writer *writer, const char *key)
{
	yaml_event_t event;
	write_key(writer, key);
	emit(writer, &event,
	     yaml_mapping_start_event_initialize(&event, NULL, NULL, 1, YAML_BLOCK_MAPPING_STYLE));
	push(writer, true);
}

static void write_sequence(struct sf_yaml_writer *writer, const char *key,
                           yaml_sequence_style_t style)
{
	yaml_event_t event;
	write_key(writer, key);
	emit(writer, &event, yaml_sequence_start_event_initialize(&event, NULL, NULL, 1, style));
	push(writer, false);
}

void sf_yaml_write_sequence(struct sf_yaml_writer *writer, const char *key)
{
	write_sequence(writer, key, YAML_BLOCK_SEQUENCE_STYLE);
}

void sf_yaml_write_flow(struct sf_yaml_writer *writer, const char *key)
{
	write_sequence(writer, key, YAML_FLOW_SEQUENCE_STYLE);
}

void sf_yaml_write_end(struct sf_yaml_writer *writer)
{
	yaml_event_t event;
	if (writer->depth == 0) {
		writer->failed = true;
		return;
	}
	writer->depth--;
	emit(writer, &event,
	     writer->mapping[writer->depth] ? yaml_mapping_end_event_initialize(&event)
	                                    : yaml_sequence_end_event_initialize(&event));
}

void sf_yaml_write_str(struct sf_yaml_writer *writer, const char *key, const char *value)
{
	write_key(writer, key);
	write_scalar(writer, value, string_style(value));
}

void sf_yaml_write_int(struct sf_yaml_writer *writer, const char *key, int64_t value)
{
	char text[24];
	snprintf(text, sizeof(text), "%" PRId64, value);
	write_key(writer, key);
	write_scalar(writer, text, YAML_PLAIN_SCALAR_STYLE);
}

void sf_yaml_write_real(struct sf_yaml_writer *writer, const char *key, double value)
{
	char text[352];
	snprintf(text, sizeof(text), "%.6f", value);
	size_t len = strlen(text);
	while (text[len - 1] == '0' && text[len - 2] != '.') {
		text[--len] = '\0';
	}
	write_key(writer, key);
	write_scalar(writer, text, YAML_PLAIN_SCALAR_STYLE);
}

void sf_yaml_write_bool(struct sf_yaml_writer *writer, const char *key, bool value)
{
	write_key(writer, key);
	write_scalar(writer, value ? "true" : "false", YAML_PLAIN_SCALAR_STYLE);
}

void sf_yaml_write_block(struct sf_yaml_writer *writer, const char *key, const char *value)
{
	write_key(writer, key);
	write_scalar(writer, value, YAML_LITERAL_SCALAR_STYLE);
}

int sf_yaml_writer_text(struct sf_yaml_writer *writer, struct sf_str *out, struct sf_error *err)
{
	yaml_event_t event;
	if (!writer->ended && writer->depth == 0) {
		emit(writer, &event, yaml_document_end_event_initialize(&event, 1));
		emit(writer, &event, yaml_stream_end_event_initialize(&event));
		writer->ended = true;
	}
	if (writer->failed || !writer->ended) {
		return sf_fail(err, SF_ENOMEM, "YAML output: out of memory or unbalanced");
	}
	sf_str_append_n(out, sf_str_get(&writer->out), writer->out.len);
	return 0;
}
