/* yaml_write: block-style documents out, by libyaml's emitter. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/yaml.h>

#include <slicefit/alloc.h>
#include <slicefit/error.h>
#include <slicefit/str.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

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
