/* scan_text: strings of scanned JSON, beyond plain ASCII: escapes and UTF-8. */
// SPDX-License-Identifier: Apache-2.0
#include "scan_text.h"

#include <slicefit/arena.h>
#include <slicefit/scan.h>

#include <stdint.h>
#include <string.h>
#include <strings.h>

/* Length of the multi-byte character at p (Unicode, table 3-7: well-formed UTF-8), or 0. */
static size_t wide_len(const char *text, const char *end)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t len = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	unsigned char low = 0x80, high = 0xbf; /* of the second byte */
	if (p[0] < 0xc2 || p[0] > 0xf4 || (size_t)(end - text) < len) {
		return 0;
	}
	if (p[0] == 0xe0) {
		low = 0xa0;
	} else if (p[0] == 0xed) {
		high = 0x9f;
	} else if (p[0] == 0xf0) {
		low = 0x90;
	} else if (p[0] == 0xf4) {
		high = 0x8f;
	}
	if (p[1] < low || p[1] > high) {
		return 0;
	}
	for (size_t i = 2; i < len; i++) {
		if (p[i] < 0x80 || p[i] > 0xbf) {
			return 0;
		}
	}
	return len;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9') {
		return c - '0';
	}
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The unit of \uXXXX at p, or -1. */
static int32_t code_unit(const char *p, const char *end)
{
	int32_t unit = 0;
	if (end - p < 6 || p[0] != '\\' || p[1] != 'u') {
		return -1;
	}
	for (int i = 2; i < 6; i++) {
		int digit = hex_digit(p[i]);
		if (digit < 0) {
			return -1;
		}
		unit = unit * 16 + digit;
	}
	return unit;
}

/* The code point of \uXXXX, or of a surrogate pair of them, and its length in the text; -1. */
static int32_t code_point(const char *p, const char *end, size_t *len)
{
	int32_t unit = code_unit(p, end);
	*len = 6;
	if (unit < 0xd800 || unit > 0xdfff) {
		return unit;
	}
	int32_t low = unit <= 0xdbff ? code_unit(p + 6, end) : -1;
	*len = 12;
	return low >= 0xdc00 && low <= 0xdfff ? 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00)
	                                      : -1;
}

/* Length of the escape at p, or 0. */
static size_t escape_len(const char *p, const char *end, bool *nul)
{
	size_t len = 2;
	if (end - p < 2 || p[1] == '\0' || strchr("\"\\/bfnrtu", p[1]) == NULL) {
		return 0;
	}
	if (p[1] != 'u') {
		return len;
	}
	int32_t point = code_point(p, end, &len);
	*nul |= point == 0;
	return point < 0 ? 0 : len;
}

const char *sf_scan_odd(const char *p, const char *end, struct sf_scan_text *out,
                        const char **fault)
{
	size_t len;
	if (p == end) {
		*fault = "the text ends within a string";
		return NULL;
	}
	if (*p == '\\') {
		len = escape_len(p, end, &out->nul);
		out->escaped = true;
		*fault = "wrong escape in a string";
	} else if ((signed char)*p >= 0) {
		len = 0;
		*fault = "control character in a string";
	} else {
		len = wide_len(p, end);
		*fault = "no UTF-8";
	}
	return len > 0 ? p + len : NULL;
}

/* One character of UTF-8; returns its length. */
static size_t put_utf8(int32_t point, char out[4])
{
	uint32_t u = (uint32_t)point;
	if (u < 0x80) {
		out[0] = (char)u;
		return 1;
	}
	size_t len = u < 0x800 ? 2 : u < 0x10000 ? 3 : 4;
	for (size_t i = len - 1; i > 0; i--) {
		out[i] = (char)(0x80 | (u & 0x3f));
		u >>= 6;
	}
	out[0] = (char)((0xf0 << (4 - len)) | (int)u);
	return len;
}

/* What the escape at p stands for; returns its length in `out`, and in the text through *len. */
static size_t unescape(const char *p, const char *end, char out[4], size_t *len)
{
	static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
	if (p[1] == 'u') {
		return put_utf8(code_point(p, end, len), out);
	}
	const char *found = strchr(from, p[1]);
	*len = 2;
	out[0] = found != NULL ? to[found - from] : p[1];
	return 1;
}

bool sf_scan_is(const struct sf_scan_text *text, const char *other, bool icase)
{
	size_t n = strlen(other);
	if (!text->escaped) {
		return text->len == n && (icase ? strncasecmp(text->text, other, n)
		                                : memcmp(text->text, other, n)) == 0;
	}
	const char *p = text->text, *end = p + text->len;
	while (p < end) {
		char bytes[4] = {*p};
		size_t len = 1, made = *p == '\\' ? unescape(p, end, bytes, &len) : 1;
		if (made > n ||
		    (icase ? strncasecmp(bytes, other, made) : memcmp(bytes, other, made)) != 0) {
			return false;
		}
		p += len;
		other += made;
		n -= made;
	}
	return n == 0;
}

size_t sf_scan_put(const struct sf_scan_text *text, char *out, size_t cap)
{
	const char *p = text->text, *end = p + text->len;
	size_t n = 0;
	while (p < end && n < cap - 1) {
		char bytes[4] = {*p};
		size_t len = 1, made = *p == '\\' ? unescape(p, end, bytes, &len) : 1;
		if (bytes[0] == '\0') {
			break;
		}
		for (size_t i = 0; i < made && n < cap - 1; i++) {
			out[n++] = bytes[i];
		}
		p += len;
	}
	out[n] = '\0';
	return n;
}

char *sf_scan_copy(const struct sf_scan_text *text, struct sf_arena *arena)
{
	if (!text->escaped) {
		return sf_arena_strndup(arena, text->text, text->len);
	}
	/* No escape is shorter than what it stands for. */
	char *copy = sf_arena_array(arena, text->len + 1, 1);
	const char *p = text->text, *end = p + text->len;
	for (char *to = copy; copy != NULL && p < end;) {
		char bytes[4] = {*p};
		size_t len = 1, made = *p == '\\' ? unescape(p, end, bytes, &len) : 1;
		memcpy(to, bytes, made);
		to += made;
		p += len;
	}
	return copy;
}
