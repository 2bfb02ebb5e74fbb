/*
 * scan: JSON read in one pass and in place, for large texts of which little is wanted.
 *
 * Walk into the objects and arrays that matter and skip the rest. Every byte is checked against the
 * grammar (RFC 8259), skipped or not, and what is accepted is what jansson accepts: UTF-8 only, no
 * lone surrogates, no integer beyond 64 bits, at most SF_SCAN_DEPTH_MAX levels.
 *
 *	struct sf_scan scan = sf_scan_of(text, len);
 *	struct sf_scan_text key;
 *	for (sf_scan_enter(&scan, '{'); sf_scan_member(&scan, &key);) {
 *		sf_scan_skip(&scan);
 *	}
 *	if (!sf_scan_end(&scan)) {
 *		... scan.fault at byte scan.at - scan.begin
 *	}
 *
 * After a fault all calls return false and change nothing, so it can be looked at once, at the end.
 */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_SCAN_H
#define SF_SCAN_H

#include <stdbool.h>
#include <stddef.h>

struct sf_arena;

/* As deep as jansson goes (JSON_PARSER_MAX_DEPTH). */
enum { SF_SCAN_DEPTH_MAX = 2048 };

struct sf_scan {
	const char *begin, *at, *end;
	const char *fault; /* what is wrong at `at`, a constant text; NULL so far */
	unsigned depth;    /* objects and arrays around `at` */
	bool first;        /* nothing of the innermost one was read yet */
};

/* A string as it stands between its quotes; borrowed from the scanned text. */
struct sf_scan_text {
	const char *text;
	size_t len;
	bool escaped; /* holds backslashes */
	bool nul;     /* holds \u0000 */
};

/* `text` may be NULL when there is none. */
struct sf_scan sf_scan_of(const char *text, size_t len);

/* First byte of the value that comes next ('{', '[', '"', 't', 'f', 'n', a digit or '-' if it is
 * one); 0 after a fault or at the end. */
char sf_scan_peek(struct sf_scan *scan);

/* Into the object ('{') or array ('[') that comes next; a fault when something else does. */
bool sf_scan_enter(struct sf_scan *scan, char open);

/* The next member's key, its value comes next; false once the object was left. */
bool sf_scan_member(struct sf_scan *scan, struct sf_scan_text *key);

/* Is there one more element? False once the array was left. */
bool sf_scan_element(struct sf_scan *scan);

/* Over the next value, which must be a string. */
bool sf_scan_string(struct sf_scan *scan, struct sf_scan_text *out);

/* Over the next value, whatever it is. */
bool sf_scan_skip(struct sf_scan *scan);

/* True when there was no fault and nothing but white space is left. */
bool sf_scan_end(struct sf_scan *scan);

/* Is it this text? Escapes are looked through; `icase` as ASCII without regard to case. */
bool sf_scan_is(const struct sf_scan_text *text, const char *other, bool icase);

/* The string itself, NUL-terminated; NULL when the arena is full. Cut at a \u0000. */
char *sf_scan_copy(const struct sf_scan_text *text, struct sf_arena *arena);

/* The same into a buffer of `cap` bytes, cut to what fits. Returns its length. */
size_t sf_scan_put(const struct sf_scan_text *text, char *out, size_t cap);

#endif
