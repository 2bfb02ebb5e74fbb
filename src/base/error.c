/* error: error values on the caller's stack. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/error.h>

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* The one table from codes to what the outside sees. */
static const struct {
	int exit;
	int http;
} codes[] = {
	[SF_OK] = {0, 200},     [SF_EINVAL] = {2, 400}, [SF_ENOENT] = {2, 404},
	[SF_ELIMIT] = {2, 413}, [SF_ENOMEM] = {3, 503}, [SF_EIO] = {3, 500},
	[SF_EUNMET] = {1, 409},
};

/* Cuts a text that did not fit at a character boundary and shows that something is missing. */
static void mark_cut(char *text, size_t cap)
{
	size_t end = cap - 4; /* room for "..." and the NUL */
	while (end > 0 && ((unsigned char)text[end] & 0xc0) == 0x80) {
		end--;
	}
	memcpy(text + end, "...", 4);
}

/* Errors are one line, whatever a file or a name had in it. */
static void flatten(char *text)
{
	for (; *text != '\0'; text++) {
		if ((unsigned char)*text < ' ' || *text == 127) {
			*text = '?';
		}
	}
}

int sf_fail(struct sf_error *err, enum sf_code code, const char *fmt, ...)
{
	assert(code != SF_OK);
	if (err == NULL) {
		return -1;
	}
	char text[sizeof(err->text)];
	va_list args;
	va_start(args, fmt);
	int n = vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (n >= (int)sizeof(text)) {
		mark_cut(text, sizeof(text));
	}
	flatten(text);
	err->code = code;
	memcpy(err->text, text, sizeof(text));
	return -1;
}

int sf_wrap(struct sf_error *err, const char *fmt, ...)
{
	if (err == NULL) {
		return -1;
	}
	char text[2 * sizeof(err->text)] = "";
	va_list args;
	va_start(args, fmt);
	int n = vsnprintf(text, sizeof(err->text), fmt, args);
	va_end(args);
	size_t len = n < 0 ? 0 : strnlen(text, sizeof(err->text));
	snprintf(text + len, sizeof(text) - len, ": %s", err->text);
	if (strlen(text) >= sizeof(err->text)) {
		mark_cut(text, sizeof(err->text));
	}
	flatten(text);
	memcpy(err->text, text, sizeof(err->text));
	return -1;
}

int sf_code_exit(enum sf_code code)
{
	return codes[code].exit;
}

int sf_code_http(enum sf_code code)
{
	return codes[code].http;
}
