/* log_line: an event as one line of text or one JSON object, whatever its values hold. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_LOG_LINE_H
#define SF_LOG_LINE_H

#include <slicefit/log.h>

struct sf_str;

struct sf_log_line {
	const char *time; /* RFC 3339 */
	const char *level;
	const char *event;
	const char *detail; /* NULL: none */
	const struct sf_log_field *fields;
	size_t n;
};

/*
 * Both append a line with its end. Long texts are cut; bytes that are no UTF-8 become \xNN in text and
 * U+FFFD in JSON. In text, values with blanks, quotes or control characters are quoted, with escapes.
 */
void sf_log_line_text(const struct sf_log_line *line, struct sf_str *out);
void sf_log_line_json(const struct sf_log_line *line, struct sf_str *out);

#endif
