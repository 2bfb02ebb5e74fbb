/* str: a growing, always NUL-terminated string. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_STR_H
#define SF_STR_H

#include <stddef.h>

/* Zero-initialise; `text` is NULL until something is appended. */
struct sf_str {
	char *text;
	size_t len;
	size_t cap;
};

/* A part of a text that is somebody else's. */
struct sf_piece {
	const char *text;
	size_t len;
};

void sf_str_finish(struct sf_str *str);
void sf_str_append(struct sf_str *str, const char *text);
void sf_str_append_n(struct sf_str *str, const char *text, size_t len);
void sf_str_printf(struct sf_str *str, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Makes room for a text of `len` bytes. */
void sf_str_reserve(struct sf_str *str, size_t len);

/* `n` times the same character. */
void sf_str_fill(struct sf_str *str, char c, size_t n);

/* The text, "" when nothing was appended; borrowed. */
const char *sf_str_get(const struct sf_str *str);

#endif
