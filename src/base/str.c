/* str: a growing, always NUL-terminated string. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/str.h>

#include <slicefit/alloc.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST = 64 }; /* bytes at least */

void sf_str_finish(struct sf_str *str)
{
	free(str->text);
	*str = (struct sf_str){0};
}

void sf_str_reserve(struct sf_str *str, size_t len)
{
	if (len < str->cap) {
		return;
	}
	size_t cap = len < 2 * str->cap ? 2 * str->cap : len + 1;
	str->cap = cap > FIRST ? cap : FIRST;
	str->text = sf_xresize(str->text, str->cap);
	str->text[str->len] = '\0';
}

void sf_str_append_n(struct sf_str *str, const char *text, size_t len)
{
	sf_str_reserve(str, str->len + len);
	if (len > 0) {
		memcpy(str->text + str->len, text, len);
	}
	str->len += len;
	str->text[str->len] = '\0';
}

void sf_str_append(struct sf_str *str, const char *text)
{
	sf_str_append_n(str, text, strlen(text));
}

void sf_str_printf(struct sf_str *str, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	int n = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	if (n < 0) {
		return;
	}
	size_t len = (size_t)n;
	sf_str_reserve(str, str->len + len);
	va_start(args, fmt);
	vsnprintf(str->text + str->len, len + 1, fmt, args);
	va_end(args);
	str->len += len;
}

void sf_str_fill(struct sf_str *str, char c, size_t n)
{
	sf_str_reserve(str, str->len + n);
	memset(str->text + str->len, c, n);
	str->len += n;
	str->text[str->len] = '\0';
}

const char *sf_str_get(const struct sf_str *str)
{
	return str->text != NULL ? str->text : "";
}
