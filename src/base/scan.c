/* scan: JSON read in one pass and in place. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/scan.h>

#include <slicefit/arena.h>

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

static bool fail(struct sf_scan *scan, const char *at, const char *fault)
{
	if (scan->fault == NULL) {
		scan->fault = fault;
		scan->at = at;
	}
	return false;
}

struct sf_scan sf_scan_of(const char *text, size_t len)
{
	return (struct sf_scan){.begin = text, .at = text, .end = text + len};
}

/* The next byte that is no white space; 0 at the end (a NUL byte there is a fault anyway). */
static inline char next(struct sf_scan *scan)
{
	const char *p = scan->at;
	while (p < scan->end && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t')) {
		p++;
	}
	scan->at = p;
	return p < scan->end ? *p : '\0';
}

char sf_scan_peek(struct sf_scan *scan)
{
	return scan->fault != NULL ? '\0' : next(scan);
}

/* First byte that is not plain text of a string: a quote, a backslash, a control character, or the
 * begin of a multi-byte character. As signed bytes the last two are those below a blank. */
static inline const char *plain_end(const char *p, const char *end)
{
#ifdef __SSE2__
	const __m128i quote = _mm_set1_epi8('"');
	const __m128i backslash = _mm_set1_epi8('\\');
	const __m128i blank = _mm_set1_epi8(' ');
	while (end - p >= 16) {
		__m128i chunk = _mm_loadu_si128((const __m128i *)(const void *)p);
		__m128i ends = _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(chunk, quote),
		                                         _mm_cmpeq_epi8(chunk, backslash)),
		                            _mm_cmplt_epi8(chunk, blank));
		int mask = _mm_movemask_epi8(ends);
		if (mask != 0) {
			return p + __builtin_ctz((unsigned)mask);
		}
		p += 16;
	}
#endif
	while (p < end && *p != '"' && *p != '\\' && (signed char)*p >= ' ') {
		p++;
	}
	return p;
}

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

/* What plain_end stopped at, in the middle of a string; returns behind it, or NULL and a fault. */
static const char *odd_character(struct sf_scan *scan, const char *p, struct sf_scan_text *out)
{
	size_t len;
	if (p == scan->end) {
		fail(scan, p, "the text ends within a string");
		return NULL;
	}
	if (*p == '\\') {
		len = escape_len(p, scan->end, &out->nul);
		out->escaped = true;
	} else {
		len = (signed char)*p >= 0 ? 0 : wide_len(p, scan->end);
	}
	if (len == 0) {
		fail(scan, p,
		     *p == '\\'             ? "wrong escape in a string"
		     : (signed char)*p >= 0 ? "control character in a string"
		                            : "no UTF-8");
		return NULL;
	}
	return p + len;
}

/* At the opening quote. */
static inline bool string(struct sf_scan *scan, struct sf_scan_text *out)
{
	const char *start = scan->at + 1;
	const char *p = plain_end(start, scan->end);
	out->text = start;
	out->escaped = false;
	out->nul = false;
	while (p == scan->end || *p != '"') {
		p = odd_character(scan, p, out);
		if (p == NULL) {
			return false;
		}
		p = plain_end(p, scan->end);
	}
	out->len = (size_t)(p - start);
	scan->at = p + 1;
	return true;
}

static const char *digits(const char *p, const char *end)
{
	while (p < end && *p >= '0' && *p <= '9') {
		p++;
	}
	return p;
}

/* Does the integer of these digits fit into 64 bits with its sign? */
static bool fits_64(const char *p, size_t n, bool negative)
{
	return n < 19 ||
	       (n == 19 &&
	        memcmp(p, negative ? "9223372036854775808" : "9223372036854775807", 19) <= 0);
}

/* Is it finite? Looked at only when it is written at length or with an exponent. */
static bool is_finite(const char *p)
{
	errno = 0;
	return isfinite(strtod(p, NULL));
}

static bool number(struct sf_scan *scan)
{
	const char *start = scan->at, *end = scan->end;
	bool negative = start < end && *start == '-', real = false, exponent = false;
	const char *first = start + negative;
	const char *p = digits(first, end), *whole = p;
	if (p == first || (*first == '0' && p - first > 1)) {
		return fail(scan, start, start == end ? "the text ends early" : "no value");
	}
	if (p < end && *p == '.') {
		real = true;
		first = p + 1;
		p = digits(first, end);
	}
	if (p > first && p < end && (*p == 'e' || *p == 'E')) {
		real = exponent = true;
		p++;
		p += p < end && (*p == '+' || *p == '-');
		first = p;
		p = digits(first, end);
	}
	/* No text ends with a number, so strtod finds an end, too. */
	if (p == first || p == end) {
		return fail(scan, p, "unfinished number");
	}
	first = start + negative;
	if (real ? ((exponent || whole - first > 300) && !is_finite(start))
	         : !fits_64(first, (size_t)(p - first), negative)) {
		return fail(scan, start, "number too large");
	}
	scan->at = p;
	return true;
}

static bool word(struct sf_scan *scan, const char *text, size_t len)
{
	if ((size_t)(scan->end - scan->at) < len || memcmp(scan->at, text, len) != 0) {
		return fail(scan, scan->at, "no value");
	}
	scan->at += len;
	return true;
}

/* A value that is neither object nor array, of which c is the first byte. */
static inline bool scalar(struct sf_scan *scan, char c)
{
	struct sf_scan_text ignored;
	switch (c) {
	case '"':
		return string(scan, &ignored);
	case 't':
		return word(scan, "true", 4);
	case 'f':
		return word(scan, "false", 5);
	case 'n':
		return word(scan, "null", 4);
	default:
		return number(scan);
	}
}

/* A key and its colon. */
static inline bool key(struct sf_scan *scan, struct sf_scan_text *out)
{
	if (next(scan) != '"') {
		return fail(scan, scan->at, "no key");
	}
	if (!string(scan, out)) {
		return false;
	}
	if (out->nul) {
		return fail(scan, out->text, "\\u0000 in a key");
	}
	if (next(scan) != ':') {
		return fail(scan, scan->at, "no colon after a key");
	}
	scan->at++;
	return true;
}

static bool too_deep(struct sf_scan *scan, unsigned depth)
{
	return depth >= SF_SCAN_DEPTH_MAX && !fail(scan, scan->at, "nested too deeply");
}

bool sf_scan_enter(struct sf_scan *scan, char open)
{
	if (sf_scan_peek(scan) != open || too_deep(scan, scan->depth)) {
		return fail(scan, scan->at, open == '{' ? "no object" : "no array");
	}
	scan->at++;
	scan->depth++;
	scan->first = true;
	return true;
}

/* At the next item of the innermost object or array, or out of it. */
static bool more(struct sf_scan *scan, char close)
{
	char c = sf_scan_peek(scan);
	if (scan->fault != NULL) {
		return false;
	}
	if (c == close) {
		scan->at++;
		scan->depth--;
		scan->first = false;
		return false;
	}
	if (!scan->first) {
		if (c != ',') {
			return fail(scan, scan->at, "neither a comma nor the end of the list");
		}
		scan->at++;
	}
	scan->first = false;
	return true;
}

bool sf_scan_member(struct sf_scan *scan, struct sf_scan_text *out)
{
	return more(scan, '}') && key(scan, out);
}

bool sf_scan_element(struct sf_scan *scan)
{
	return more(scan, ']');
}

bool sf_scan_string(struct sf_scan *scan, struct sf_scan_text *out)
{
	if (sf_scan_peek(scan) != '"' || too_deep(scan, scan->depth)) {
		return fail(scan, scan->at, "no string");
	}
	return string(scan, out);
}

/* The objects and arrays that skip is in; a bit each. */
struct nest {
	unsigned depth;
	uint64_t object[SF_SCAN_DEPTH_MAX / 64];
};

static inline bool in_object(const struct nest *nest)
{
	unsigned i = nest->depth - 1;
	return nest->object[i / 64] >> (i % 64) & 1;
}

/* At a value: over it, or into it (then a value comes next). */
static inline bool step_in(struct sf_scan *scan, struct nest *nest, bool *inside)
{
	struct sf_scan_text ignored;
	char c = next(scan);
	*inside = false;
	if (too_deep(scan, scan->depth + nest->depth)) {
		return false;
	}
	if (c != '{' && c != '[') {
		return scalar(scan, c);
	}
	uint64_t bit = UINT64_C(1) << (nest->depth % 64);
	uint64_t *bits = &nest->object[nest->depth / 64];
	scan->at++;
	if (next(scan) == (c == '{' ? '}' : ']')) {
		scan->at++;
		return true;
	}
	*bits = c == '{' ? *bits | bit : *bits & ~bit;
	nest->depth++;
	*inside = true;
	return c == '[' || key(scan, &ignored);
}

/* Behind a value: out of what it was the last item of, up to the next value. */
static inline bool step_on(struct sf_scan *scan, struct nest *nest)
{
	struct sf_scan_text ignored;
	while (nest->depth > 0) {
		bool object = in_object(nest);
		char c = next(scan);
		if (c == ',') {
			scan->at++;
			return !object || key(scan, &ignored);
		}
		if (c != (object ? '}' : ']')) {
			return fail(scan, scan->at, "neither a comma nor the end of the list");
		}
		scan->at++;
		nest->depth--;
	}
	return true;
}

/* An object or an array. */
static bool skip_nested(struct sf_scan *scan)
{
	struct nest nest = {0};
	bool inside;
	do {
		if (!step_in(scan, &nest, &inside) || (!inside && !step_on(scan, &nest))) {
			return false;
		}
	} while (nest.depth > 0);
	return true;
}

bool sf_scan_skip(struct sf_scan *scan)
{
	char c = sf_scan_peek(scan);
	if (scan->fault != NULL) {
		return false;
	}
	if (c == '{' || c == '[') {
		return skip_nested(scan);
	}
	return !too_deep(scan, scan->depth) && scalar(scan, c);
}

bool sf_scan_end(struct sf_scan *scan)
{
	if (scan->fault != NULL) {
		return false;
	}
	next(scan);
	return scan->at == scan->end || fail(scan, scan->at, "more after the value");
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
