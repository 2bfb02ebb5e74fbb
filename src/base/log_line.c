/* log_line: an event as one line of text or one JSON object, whatever its values hold. */
// SPDX-License-Identifier: Apache-2.0
#include "log_line.h"

#include <slicefit/str.h>

#include <string.h>

enum { VALUE_MAX = 512, DETAIL_MAX = 2048 }; /* bytes; a text that is longer is cut */

/* The length of the UTF-8 character at p, 0 when there is none (RFC 3629: no surrogates, no longer
 * forms than needed, nothing beyond U+10FFFF). A NUL ends every sequence, so nothing behind it is
 * read. */
static size_t utf8_length(const unsigned char *p)
{
	static const struct {
		unsigned char first, last; /* of the first byte */
		unsigned char low, high;   /* of the second one */
		unsigned char length;
	} forms[] = {
		{0x01, 0x7F, 0x00, 0xFF, 1}, {0xC2, 0xDF, 0x80, 0xBF, 2},
		{0xE0, 0xE0, 0xA0, 0xBF, 3}, {0xE1, 0xEC, 0x80, 0xBF, 3},
		{0xED, 0xED, 0x80, 0x9F, 3}, {0xEE, 0xEF, 0x80, 0xBF, 3},
		{0xF0, 0xF0, 0x90, 0xBF, 4}, {0xF1, 0xF3, 0x80, 0xBF, 4},
		{0xF4, 0xF4, 0x80, 0x8F, 4},
	};
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (*p < forms[i].first || *p > forms[i].last) {
			continue;
		}
		if (forms[i].length > 1 && (p[1] < forms[i].low || p[1] > forms[i].high)) {
			return 0;
		}
		for (size_t k = 2; k < forms[i].length; k++) {
			if (p[k] < 0x80 || p[k] > 0xBF) {
				return 0;
			}
		}
		return forms[i].length;
	}
	return 0;
}

static bool is_control(unsigned char c)
{
	return c < 0x20 || c == 0x7F;
}

/* Calls `put` for each character or wrong byte of the first `most` bytes, then marks a cut. */
static void each(const char *text, size_t most, struct sf_str *out,
                 void (*put)(const unsigned char *p, size_t length, struct sf_str *out))
{
	const unsigned char *p = (const unsigned char *)text, *end = p + most;
	while (*p != '\0' && p < end) {
		size_t length = utf8_length(p);
		put(p, length, out);
		p += length > 0 ? length : 1;
	}
	if (*p != '\0') {
		sf_str_append(out, "...");
	}
}

static void put_json(const unsigned char *p, size_t length, struct sf_str *out)
{
	if (length == 0) {
		sf_str_append(out, "\\ufffd");
	} else if (is_control(*p)) {
		sf_str_printf(out, "\\u%04x", *p);
	} else {
		if (*p == '"' || *p == '\\') {
			sf_str_append(out, "\\");
		}
		sf_str_append_n(out, (const char *)p, length);
	}
}

/* Between words of a text, where quotes and backslashes mean nothing. */
static void put_plain(const unsigned char *p, size_t length, struct sf_str *out)
{
	if (*p == '\n') {
		sf_str_append(out, "\\n");
	} else if (length == 0 || is_control(*p)) {
		sf_str_printf(out, "\\x%02x", *p);
	} else {
		sf_str_append_n(out, (const char *)p, length);
	}
}

static void put_quoted(const unsigned char *p, size_t length, struct sf_str *out)
{
	if (*p == '"' || *p == '\\') {
		sf_str_append(out, "\\");
	}
	put_plain(p, length, out);
}

/* A value that ends where the next blank is needs no quotes. */
static bool is_word(const char *text)
{
	const unsigned char *p = (const unsigned char *)text;
	while (*p > ' ' && strchr("\"\\=", *p) == NULL && !is_control(*p) && utf8_length(p) > 0) {
		p += utf8_length(p);
	}
	return *p == '\0' && *text != '\0';
}

static void append_value(const struct sf_log_field *field, struct sf_str *out)
{
	sf_str_printf(out, " %s=", field->key);
	if (field->text == NULL) {
		sf_str_printf(out, "%llu", (unsigned long long)field->number);
	} else if (is_word(field->text)) {
		each(field->text, VALUE_MAX, out, put_plain);
	} else {
		sf_str_append(out, "\"");
		each(field->text, VALUE_MAX, out, put_quoted);
		sf_str_append(out, "\"");
	}
}

void sf_log_line_text(const struct sf_log_line *line, struct sf_str *out)
{
	sf_str_printf(out, "%s %-5s %s", line->time, line->level, line->event);
	if (line->detail != NULL) {
		sf_str_append(out, " ");
		each(line->detail, DETAIL_MAX, out, put_plain);
	}
	for (size_t i = 0; i < line->n; i++) {
		append_value(&line->fields[i], out);
	}
	sf_str_append(out, "\n");
}

static void append_member(const char *key, const char *text, size_t most, struct sf_str *out)
{
	sf_str_printf(out, "%s\"%s\":\"", out->text[out->len - 1] == '{' ? "" : ",", key);
	each(text, most, out, put_json);
	sf_str_append(out, "\"");
}

void sf_log_line_json(const struct sf_log_line *line, struct sf_str *out)
{
	sf_str_append(out, "{");
	append_member("ts", line->time, VALUE_MAX, out);
	append_member("level", line->level, VALUE_MAX, out);
	append_member("msg", line->event, VALUE_MAX, out);
	if (line->detail != NULL) {
		append_member("detail", line->detail, DETAIL_MAX, out);
	}
	for (size_t i = 0; i < line->n; i++) {
		const struct sf_log_field *field = &line->fields[i];
		if (field->text != NULL) {
			append_member(field->key, field->text, VALUE_MAX, out);
		} else {
			sf_str_printf(out, ",\"%s\":%llu", field->key,
			              (unsigned long long)field->number);
		}
	}
	sf_str_append(out, "}\n");
}
