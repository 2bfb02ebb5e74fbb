/* source: one file by its lines. */
// SPDX-License-Identifier: Apache-2.0
#include "lint_impl.h"

#include <strings.h>

size_t source_line(const struct source *source, uint32_t line, const char **text)
{
	if (line == 0 || line > source->n_lines) {
		*text = "";
		return 0;
	}
	const char *begin = source->line[line - 1];
	size_t room = source->len - (size_t)(begin - source->text);
	const char *end = memchr(begin, '\n', room);
	size_t len = end != NULL ? (size_t)(end - begin) : room;
	*text = begin;
	return len > 0 && begin[len - 1] == '\r' ? len - 1 : len;
}

struct source *source_create(struct sf_lint *lint, const char *name, const char *text, size_t len)
{
	struct source *source = lint_alloc(lint, 1, sizeof(*source));
	source->name = lint_copy(lint, name, strlen(name));
	source->text = lint_copy(lint, text, len);
	source->len = len;
	source->number = lint->n_sources;
	size_t lines = 1;
	for (size_t i = 0; i < len; i++) {
		lines += text[i] == '\n';
	}
	source->line = lint_alloc(lint, lines, sizeof(*source->line));
	source->line[source->n_lines++] = source->text;
	for (size_t i = 0; i < len; i++) {
		if (source->text[i] == '\n') {
			source->line[source->n_lines++] = source->text + i + 1;
		}
	}
	return source;
}

bool source_denies(const char *text, size_t len)
{
	static const char *const words[] = {
		" not ",      "n't ",   " no ",        "never",   "invalid", "wrong", "error",
		"instead of", "unlike", "unsupported", "missing", "->",      "fail",  "cannot"};
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		size_t n = strlen(words[i]);
		for (size_t at = 0; at + n <= len; at++) {
			if (strncasecmp(text + at, words[i], n) == 0) {
				return true;
			}
		}
	}
	return false;
}
