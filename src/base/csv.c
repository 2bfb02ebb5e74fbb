/* csv: rows of a CSV text (RFC 4180), one after the other, split in place. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/csv.h>

#include <slicefit/error.h>
#include <slicefit/nearest.h>

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { SHOWN_MAX = 40 }; /* bytes of a wrong field in a message */

void sf_csv_init(struct sf_csv *csv, const char *name, char *text, size_t len)
{
	bool mark = len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0;
	memset(csv, 0, sizeof(*csv));
	csv->name = name;
	csv->at = text + (mark ? 3 : 0);
	csv->end = text + len;
	csv->line_start = csv->at;
	csv->line = 1;
	if (text) {
		text[len] = '\0'; /* where every scan ends */
	}
}

static int fail_at(const struct sf_csv *csv, uint32_t column, struct sf_error *err,
                   const char *text)
{
	return sf_fail(err, SF_EINVAL, "%s:%u:%u: %s", csv->name, csv->line, column, text);
}

static uint32_t column_of(const struct sf_csv *csv, const char *at)
{
	return (uint32_t)(at - csv->line_start) + 1;
}

static void next_line(struct sf_csv *csv)
{
	csv->line++;
	csv->line_start = csv->at;
}

/* From the opening quote to behind the closing one; the content moves to the field's start. */
static int take_quoted(struct sf_csv *csv, struct sf_csv_field *field, struct sf_error *err)
{
	char *out = csv->at;
	field->text = out;
	csv->at++;
	while (csv->at < csv->end && *csv->at != '\0') {
		char c = *csv->at++;
		if (c == '"' && (csv->at == csv->end || *csv->at != '"')) {
			field->len = (uint32_t)(out - field->text);
			*out = '\0';
			return 0;
		}
		csv->at += c == '"';
		*out++ = c;
		if (c == '\n') {
			next_line(csv);
		}
	}
	if (csv->at < csv->end) {
		return fail_at(csv, column_of(csv, csv->at), err, "NUL byte");
	}
	csv->line = field->line;
	return fail_at(csv, field->column, err, "quote is never closed");
}

/* What ends a field that is not quoted, or may not be in it. */
static const bool ends_plain[UCHAR_MAX + 1] = {
	['\0'] = true, ['\n'] = true, [','] = true, ['"'] = true};

static int take_plain(struct sf_csv *csv, struct sf_csv_field *field, struct sf_error *err)
{
	char *at = csv->at;
	field->text = at;
	while (!ends_plain[(unsigned char)*at]) {
		at++;
	}
	if (at < csv->end && (*at == '"' || *at == '\0')) {
		return fail_at(csv, column_of(csv, at), err,
		               *at == '"' ? "quote inside a field that is not quoted" : "NUL byte");
	}
	bool cr = at > csv->at && at[-1] == '\r' && (at == csv->end || *at == '\n');
	field->len = (uint32_t)(at - csv->at) - (cr ? 1 : 0);
	csv->at = at;
	return 0;
}

/* One field and the separator behind it; *more: the row goes on. */
static int take_field(struct sf_csv *csv, struct sf_csv_field *field, bool *more,
                      struct sf_error *err)
{
	bool quoted = csv->at < csv->end && *csv->at == '"';
	field->line = csv->line;
	field->column = column_of(csv, csv->at);
	if ((quoted ? take_quoted : take_plain)(csv, field, err) != 0) {
		return -1;
	}
	if (quoted && csv->end - csv->at >= 2 && csv->at[0] == '\r' && csv->at[1] == '\n') {
		csv->at++;
	}
	*more = csv->at < csv->end && *csv->at == ',';
	if (csv->at < csv->end && !*more && *csv->at != '\n') {
		return fail_at(csv, column_of(csv, csv->at), err,
		               "expected a comma or the end of the line behind the quote");
	}
	/* Only now: in a field that is not quoted the separator stands where the NUL goes. */
	field->text[field->len] = '\0';
	if (csv->at < csv->end) {
		csv->at++;
	}
	return 0;
}

static void skip_blank_lines(struct sf_csv *csv)
{
	for (;;) {
		size_t left = (size_t)(csv->end - csv->at);
		size_t cr = left > 0 && *csv->at == '\r';
		if (left <= cr || csv->at[cr] != '\n') {
			return;
		}
		csv->at += cr + 1;
		next_line(csv);
	}
}

static int take_row(struct sf_csv *csv, struct sf_error *err)
{
	bool more = true;
	csv->n = 0;
	while (more) {
		if (csv->n == SF_CSV_FIELDS_MAX) {
			return sf_fail(err, SF_ELIMIT, "%s:%u:%u: more than %d fields", csv->name,
			               csv->line, column_of(csv, csv->at), SF_CSV_FIELDS_MAX);
		}
		if (take_field(csv, &csv->field[csv->n], &more, err) != 0) {
			return -1;
		}
		csv->n++;
	}
	next_line(csv);
	return 1;
}

int sf_csv_next(struct sf_csv *csv, struct sf_error *err)
{
	skip_blank_lines(csv);
	if (csv->at == csv->end) {
		return 0;
	}
	if (take_row(csv, err) < 0) {
		return -1;
	}
	if (csv->width > 0 && csv->n != csv->width) {
		return sf_csv_fail(csv, 0, err, "%u fields, expected %u as in the first row",
		                   csv->n, csv->width);
	}
	return 1;
}

/* An unknown column, with the nearest known one. */
static int fail_unknown(const struct sf_csv *csv, uint32_t field, const struct sf_csv_column *known,
                        struct sf_error *err)
{
	const char *names[SF_CSV_FIELDS_MAX + 1] = {NULL};
	for (size_t i = 0; i < SF_CSV_FIELDS_MAX && known[i].name; i++) {
		names[i] = known[i].name;
	}
	const char *near = sf_nearest_find(csv->field[field].text, names);
	return sf_csv_fail(csv, field, err, "unknown column '%.*s'%s%s%s", SHOWN_MAX,
	                   csv->field[field].text, near ? ", did you mean '" : "", near ? near : "",
	                   near ? "'?" : "");
}

/* Number of the known column with this name, or -1. */
static int find_known(const struct sf_csv_column *known, const char *name)
{
	for (int i = 0; known[i].name; i++) {
		if (strcmp(known[i].name, name) == 0) {
			return i;
		}
	}
	return -1;
}

int sf_csv_header(struct sf_csv *csv, const struct sf_csv_column *known, bool strict, int *place,
                  struct sf_error *err)
{
	int got = sf_csv_next(csv, err);
	if (got <= 0) {
		return got < 0 ? -1 : sf_fail(err, SF_EINVAL, "%s: empty, no columns", csv->name);
	}
	for (size_t i = 0; known[i].name; i++) {
		place[i] = -1;
	}
	for (uint32_t f = 0; f < csv->n; f++) {
		int i = find_known(known, csv->field[f].text);
		if (i < 0 && strict) {
			return fail_unknown(csv, f, known, err);
		}
		if (i >= 0 && place[i] >= 0) {
			return sf_csv_fail(csv, f, err, "column '%s' is there twice",
			                   known[i].name);
		}
		if (i >= 0) {
			place[i] = (int)f;
		}
		csv->column[f] = csv->field[f].text;
	}
	for (size_t i = 0; known[i].name; i++) {
		if (known[i].required && place[i] < 0) {
			return sf_csv_fail(csv, 0, err, "no column '%s'", known[i].name);
		}
	}
	csv->width = csv->n;
	return 0;
}

int sf_csv_fail(const struct sf_csv *csv, uint32_t field, struct sf_error *err, const char *fmt,
                ...)
{
	char text[sizeof(err->text)];
	va_list args;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	return sf_fail(err, SF_EINVAL, "%s:%u:%u: %s", csv->name, csv->field[field].line,
	               csv->field[field].column, text);
}

/* The name of a field's column for messages. */
static const char *name_of(const struct sf_csv *csv, uint32_t field)
{
	return csv->column[field] ? csv->column[field] : "field";
}

/* Up to 18 digits, optionally with a sign: what nearly all fields are. */
static bool parse_int(const struct sf_csv_field *field, int64_t *out)
{
	const char *text = field->text;
	uint32_t sign = field->len > 0 && text[0] == '-';
	int64_t value = 0;
	if (field->len == sign || field->len - sign > 18) {
		return false;
	}
	for (uint32_t i = sign; i < field->len; i++) {
		unsigned digit = (unsigned)text[i] - '0';
		if (digit > 9) {
			return false;
		}
		value = 10 * value + digit;
	}
	*out = sign ? -value : value;
	return true;
}

int sf_csv_int(const struct sf_csv *csv, uint32_t field, int64_t min, int64_t max, int64_t *out,
               struct sf_error *err)
{
	int64_t value;
	if (!parse_int(&csv->field[field], &value) || value < min || value > max) {
		return sf_csv_fail(csv, field, err,
		                   "%s '%.*s': expected a whole number from %lld to %lld",
		                   name_of(csv, field), SHOWN_MAX, csv->field[field].text,
		                   (long long)min, (long long)max);
	}
	*out = value;
	return 0;
}
