/* trace_jsonl: traces as JSON Lines: one object per line, with the columns of the CSV format as
 * keys. */
// SPDX-License-Identifier: Apache-2.0
#include "trace_row.h"

#include <slicefit/error.h>
#include <slicefit/nearest.h>

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* A line being read. */
struct line {
	struct sf_trace_builder *builder;
	const char *text;
	size_t len;
	struct sf_trace_row row;
	struct sf_str value[SF_COLUMNS]; /* texts that are not in the JSON tree as they are */
};

/* 1-based column of a key: a JSON tree has no places. The first time that the text stands there as a
 * key is the key, as no other value of a row has members of the same names. */
static uint32_t column_of(const struct line *line, const char *key)
{
	size_t n = strlen(key);
	for (size_t i = 0; i + n + 1 < line->len; i++) {
		if (line->text[i] == '"' && memcmp(line->text + i + 1, key, n) == 0 &&
		    line->text[i + n + 1] == '"') {
			return (uint32_t)i + 1;
		}
	}
	return 1;
}

static int fail(const struct line *line, const char *key, const char *text)
{
	return sf_fail(line->builder->reader.err, SF_EINVAL, "%s:%u:%u: %.40s: %s",
	               line->builder->reader.file, line->row.line, column_of(line, key), key, text);
}

static int find_column(const struct line *line, const char *key)
{
	int column = 0;
	while (column < SF_COLUMNS && strcmp(sf_trace_columns[column], key) != 0) {
		column++;
	}
	if (column < SF_COLUMNS) {
		return column;
	}
	const char *near = sf_nearest_find(key, sf_trace_columns);
	return sf_fail(line->builder->reader.err, SF_EINVAL, "%s:%u:%u: unknown key '%.40s'%s%s%s",
	               line->builder->reader.file, line->row.line, column_of(line, key), key,
	               near ? ", did you mean '" : "", near ? near : "", near ? "'?" : "");
}

/* Numbers as the scenario reader takes them: without exponents. */
static int print_number(const struct line *line, const char *key, const json_t *value,
                        struct sf_str *out)
{
	double number = json_number_value(value);
	if (json_is_integer(value)) {
		sf_str_printf(out, "%lld", (long long)json_integer_value(value));
	} else if (fabs(number) < 1e15) {
		sf_str_printf(out, "%.9f", number);
		while (out->text[out->len - 1] == '0') {
			out->text[--out->len] = '\0';
		}
	} else {
		return fail(line, key, "number out of range");
	}
	return 0;
}

/* {"1g.10gb": 2} as "1g.10gb:2" */
static int print_profiles(const struct line *line, json_t *value, struct sf_str *out)
{
	const char *profile;
	json_t *count;
	json_object_foreach(value, profile, count) {
		if (!json_is_integer(count) || strpbrk(profile, " :") != NULL) {
			return fail(line, "mig", "expected a profile or {\"1g.10gb\": 2}");
		}
		sf_str_printf(out, "%s%s:%lld", out->len > 0 ? " " : "", profile,
		              (long long)json_integer_value(count));
	}
	return out->len > 0 ? 0 : fail(line, "mig", "no profile: leave it out for none");
}

/* ["T4", "A10"] as "T4|A10" */
static int print_products(const struct line *line, const json_t *value, struct sf_str *out)
{
	for (size_t i = 0; i < json_array_size(value); i++) {
		const char *name = json_string_value(json_array_get(value, i));
		if (name == NULL || strchr(name, '|') != NULL) {
			return fail(line, "product", "expected a product or a list of products");
		}
		sf_str_printf(out, "%s%s", i > 0 ? "|" : "", name);
	}
	return out->len > 0 ? 0 : fail(line, "product", "no product: leave it out for any");
}

static int take_value(struct line *line, const char *key, json_t *value)
{
	int column = find_column(line, key);
	if (column < 0 || json_is_null(value)) {
		return column < 0 ? -1 : 0;
	}
	struct sf_trace_field *field = &line->row.field[column];
	struct sf_str *text = &line->value[column];
	int rc = 0;
	text->len = 0;
	field->column = column_of(line, key);
	if (json_is_string(value)) {
		field->text = json_string_value(value);
		return 0;
	}
	if (json_is_number(value)) {
		rc = print_number(line, key, value, text);
	} else if (column == SF_COLUMN_MIG && json_is_object(value)) {
		rc = print_profiles(line, value, text);
	} else if (column == SF_COLUMN_PRODUCT && json_is_array(value)) {
		rc = print_products(line, value, text);
	} else {
		rc = fail(line, key, "expected a text or a number");
	}
	field->text = sf_str_get(text);
	return rc;
}

static int take_object(struct line *line, json_t *object)
{
	const char *key;
	json_t *value;
	memset(line->row.field, 0, sizeof(line->row.field));
	json_object_foreach(object, key, value) {
		if (take_value(line, key, value) != 0) {
			return -1;
		}
	}
	if (line->row.field[SF_COLUMN_ARRIVAL].text == NULL) {
		return sf_fail(line->builder->reader.err, SF_EINVAL, "%s:%u:1: no arrival",
		               line->builder->reader.file, line->row.line);
	}
	return sf_trace_add(line->builder, &line->row);
}

static int take_line(struct line *line)
{
	json_error_t error;
	json_t *object = json_loadb(line->text, line->len, JSON_REJECT_DUPLICATES, &error);
	int rc;
	if (object == NULL) {
		rc = sf_fail(line->builder->reader.err, SF_EINVAL, "%s:%u:%d: %.150s",
		             line->builder->reader.file, line->row.line,
		             error.column > 0 ? error.column : 1, error.text);
	} else if (!json_is_object(object)) {
		rc = sf_fail(line->builder->reader.err, SF_EINVAL,
		             "%s:%u:1: expected an object: {\"arrival\": 0, \"gpu\": 1}",
		             line->builder->reader.file, line->row.line);
	} else {
		rc = take_object(line, object);
	}
	json_decref(object);
	return rc;
}

int sf_trace_read_jsonl(struct sf_trace_builder *builder, char *text, size_t len)
{
	struct line line = {.builder = builder};
	const char *end = text + len;
	bool mark = len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0;
	int rc = 0;
	for (const char *at = text + (mark ? 3 : 0); rc == 0 && at < end; at += line.len + 1) {
		const char *stop = memchr(at, '\n', (size_t)(end - at));
		line.text = at;
		line.len = (size_t)((stop != NULL ? stop : end) - at);
		line.row.line++;
		size_t blank = strspn(at, " \t\r");
		if (blank < line.len) {
			rc = take_line(&line);
		}
	}
	for (int i = 0; i < SF_COLUMNS; i++) {
		sf_str_finish(&line.value[i]);
	}
	return rc;
}
