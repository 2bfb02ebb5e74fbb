/* scan: JSON read in one pass and in place. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/scan.h>

#include "scan_text.h"

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

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
	text = text != NULL ? text : ""; /* nothing at all */
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
	/* With this bit turned, a quote comes right after what is below a blank. */
	const __m128i turn = _mm_set1_epi8('"' ^ ' ');
	const __m128i above = _mm_set1_epi8(' ' + 1);
	const __m128i backslash = _mm_set1_epi8('\\');
	while (end - p >= 16) {
		__m128i chunk = _mm_loadu_si128((const __m128i *)(const void *)p);
		__m128i ends = _mm_or_si128(_mm_cmplt_epi8(_mm_xor_si128(chunk, turn), above),
		                            _mm_cmpeq_epi8(chunk, backslash));
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

/* Over what plain_end stopped at; NULL after a fault. Out of the way of plain strings. */
static __attribute__((noinline)) const char *odd(struct sf_scan *scan, const char *p,
                                                 struct sf_scan_text *out)
{
	const char *fault, *behind = sf_scan_odd(p, scan->end, out, &fault);
	if (behind == NULL) {
		fail(scan, p, fault);
	}
	return behind;
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
		p = odd(scan, p, out);
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

/* A number as it is written. */
struct shape {
	const char *digits; /* after the sign */
	const char *whole;  /* behind the digits before point and exponent */
	const char *end;    /* NULL when digits are missing */
	bool point, exponent;
};

static const char *some_digits(const char *p, const char *end)
{
	const char *behind = digits(p, end);
	return behind > p ? behind : NULL;
}

static struct shape shape_of(const char *p, const char *end)
{
	struct shape shape = {.digits = p};
	p = some_digits(p, end);
	shape.whole = p;
	if (p != NULL && p < end && *p == '.') {
		shape.point = true;
		p = some_digits(p + 1, end);
	}
	if (p != NULL && p < end && (*p == 'e' || *p == 'E')) {
		shape.exponent = true;
		p++;
		p = some_digits(p + (p < end && (*p == '+' || *p == '-')), end);
	}
	shape.end = p;
	return shape;
}

static bool too_large(const struct shape *shape, bool negative)
{
	size_t n = (size_t)(shape->whole - shape->digits);
	if (!shape->point && !shape->exponent) {
		return !fits_64(shape->digits, n, negative);
	}
	return (shape->exponent || n > 300) && !is_finite(shape->digits);
}

static bool number(struct sf_scan *scan)
{
	const char *start = scan->at;
	if (start == scan->end) {
		return fail(scan, start, "the text ends early");
	}
	bool negative = *start == '-';
	struct shape shape = shape_of(start + negative, scan->end);
	if (shape.whole == NULL || (*shape.digits == '0' && shape.whole - shape.digits > 1)) {
		return fail(scan, start, "no value");
	}
	/* No text ends with a number, so strtod finds an end, too. */
	if (shape.end == NULL || shape.end == scan->end) {
		return fail(scan, start, "unfinished number");
	}
	if (too_large(&shape, negative)) {
		return fail(scan, start, "number too large");
	}
	scan->at = shape.end;
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

/* The key of a further member as most are: plain, with no white space about it. */
static inline bool plain_key(struct sf_scan *scan, struct sf_scan_text *out)
{
	const char *begin = scan->at + 2, *end = scan->end;
	if (scan->fault != NULL || scan->first || end - scan->at < 2 || begin[-2] != ',' ||
	    begin[-1] != '"') {
		return false;
	}
	const char *p = plain_end(begin, end);
	if (end - p < 2 || p[0] != '"' || p[1] != ':') {
		return false;
	}
	*out = (struct sf_scan_text){.text = begin, .len = (size_t)(p - begin)};
	scan->at = p + 2;
	return true;
}

bool sf_scan_member(struct sf_scan *scan, struct sf_scan_text *out)
{
	return plain_key(scan, out) || (more(scan, '}') && key(scan, out));
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

/* Behind a member of an object: over those that follow it as most do, with a plain text or {} for a
 * value and no white space between. Stops before any other. */
static inline void skip_plain_members(struct sf_scan *scan)
{
	const char *end = scan->end;
	for (const char *p = scan->at; end - p > 2 && p[0] == ',' && p[1] == '"'; scan->at = p) {
		p = plain_end(p + 2, end);
		if (end - p < 5 || p[0] != '"' || p[1] != ':') {
			return;
		}
		if (p[2] == '{' && p[3] == '}') {
			p += 4;
			continue;
		}
		if (p[2] != '"') {
			return;
		}
		p = plain_end(p + 3, end);
		if (p == end || *p != '"') {
			return;
		}
		p++;
	}
}

/* Behind a value: out of what it was the last item of, up to the next value. */
static inline bool step_on(struct sf_scan *scan, struct nest *nest)
{
	struct sf_scan_text ignored;
	while (nest->depth > 0) {
		bool object = in_object(nest);
		if (object) {
			skip_plain_members(scan);
		}
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
