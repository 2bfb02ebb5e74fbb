/* framing: what the head of a request says about its body. */
// SPDX-License-Identifier: Apache-2.0
#include "framing.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* A body that is too large is read and dropped up to here, so that clients which send all before
 * they listen see the refusal; beyond, the connection closes on them. */
enum { DISCARD_MAX = 1 << 30 };

/* A blank in a name, or a line's end or NUL anywhere: RFC 9112, 5.1 and 2.2, wants them refused. */
static bool is_odd(const char *text, size_t len, bool name)
{
	for (size_t i = 0; i < len; i++) {
		if (strchr(name ? "\r\n\t " : "\r\n", text[i]) != NULL) { /* or the NUL of that */
			return true;
		}
	}
	return false;
}

void sf_framing_add(struct sf_framing *framing, const char *name, size_t name_len,
                    const char *value, size_t value_len)
{
	framing->odd |= is_odd(name, name_len, true) || is_odd(value, value_len, false);
	if (strcasecmp(name, "Content-Length") == 0) {
		framing->lengths++;
		framing->length = value_len > 0 ? strtoull(value, NULL, 10) : 0;
	} else if (strcasecmp(name, "Transfer-Encoding") == 0) {
		framing->encodings++;
		framing->chunked = value_len > 0 && strcasecmp(value, "chunked") == 0;
	} else if (strcasecmp(name, "Expect") == 0) {
		framing->expects = true;
	} else if (strcasecmp(name, "Host") == 0) {
		framing->hosts++;
	}
}

/* Heads that a proxy in front may understand in another way are how requests get smuggled past it.
 * NULL when there is no doubt where the request ends. */
static const char *doubt(const struct sf_framing *framing)
{
	if (framing->odd) {
		return "a header with a blank in its name, or a line's end in its value";
	}
	if (framing->hosts > 1) {
		return "Host: only once";
	}
	if (framing->lengths + framing->encodings > 1) {
		return "Content-Length and Transfer-Encoding: only one, and only once";
	}
	if (framing->encodings == 1 && (!framing->chunked || framing->old)) {
		return "Transfer-Encoding: only chunked is known, and from HTTP/1.1 on";
	}
	return NULL;
}

struct sf_framing_fault sf_framing_check(const struct sf_framing *framing, const char *method,
                                         size_t limit)
{
	const char *text = doubt(framing);
	if (text != NULL) {
		return (struct sf_framing_fault){400, text, true};
	}
	if (framing->length > limit) {
		return (struct sf_framing_fault){413, "the body is larger than this route takes",
		                                 framing->expects || framing->length > DISCARD_MAX};
	}
	if (framing->lengths + framing->encodings == 0 && strcmp(method, "POST") == 0) {
		return (struct sf_framing_fault){411, "a POST needs Content-Length", true};
	}
	return (struct sf_framing_fault){0};
}
