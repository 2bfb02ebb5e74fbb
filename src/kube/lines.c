/* lines: a byte stream cut into lines, with a limit on their length. */
// SPDX-License-Identifier: Apache-2.0
#include "lines.h"

#include <slicefit/error.h>

#include <string.h>

void sf_lines_finish(struct sf_lines *lines)
{
	sf_str_finish(&lines->rest);
}

static int emit(struct sf_lines *lines, const char *text, size_t len, struct sf_error *err)
{
	while (len > 0 && text[len - 1] == '\r') {
		len--;
	}
	return len > 0 ? lines->line(lines->ctx, text, len, err) : 0;
}

int sf_lines_add(struct sf_lines *lines, const char *bytes, size_t len, struct sf_error *err)
{
	const char *end = bytes + len;
	while (bytes < end) {
		const char *newline = memchr(bytes, '\n', (size_t)(end - bytes));
		size_t n = (size_t)((newline != NULL ? newline : end) - bytes);
		if (n > lines->limit - lines->rest.len) {
			return sf_fail(err, SF_ELIMIT, "a line of more than %zu bytes",
			               lines->limit);
		}
		int rc = 0;
		if (newline != NULL && lines->rest.len == 0) {
			rc = emit(lines, bytes, n, err);
		} else {
			sf_str_append_n(&lines->rest, bytes, n);
		}
		if (newline != NULL && lines->rest.len > 0) {
			rc = emit(lines, lines->rest.text, lines->rest.len, err);
			lines->rest.len = 0;
		}
		if (rc < 0) {
			return -1;
		}
		bytes += n + (newline != NULL);
	}
	return 0;
}
