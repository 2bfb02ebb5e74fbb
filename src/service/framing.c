/* framing: what the head of a request says about its body. */
// SPDX-License-Identifier: Apache-2.0
#include "framing.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* A body that is too large is read and dropped up to here, so that clients which send all before
 * they listen see the refusal; beyond, the connection closes on them. */
enum { DISCARD_MAX = 1 << 30 };

void sf_framing_add(struct sf_framing *framing, const char *name, const char *value)
{
	if (strcasecmp(name, "Content-Length") == 0) {
		framing->lengths++;
		framing->length = strtoull(value != NULL ? value : "", NULL, 10);
	} else if (strcasecmp(name, "Transfer-Encoding") == 0) {
		framing->encodings++;
		framing->chunked = value != NULL && strcasecmp(value, "chunked") == 0;
	} else if (strcasecmp(name, "Expect") == 0) {
		framing->expects = true;
	}
}

struct sf_framing_fault sf_framing_check(const struct sf_framing *framing, const char *method,
                                         size_t limit)
{
	/* Two lengths, or a length beside chunks, are how requests get smuggled past a proxy. */
	if (framing->lengths + framing->encodings > 1) {
		return (struct sf_framing_fault){
			400, "Content-Length and Transfer-Encoding: only one, and only once", true};
	}
	if (framing->encodings == 1 && !framing->chunked) {
		return (struct sf_framing_fault){400, "Transfer-Encoding: only chunked is known",
		                                 true};
	}
	if (framing->length > limit) {
		return (struct sf_framing_fault){413, "the body is larger than this route takes",
		                                 framing->expects || framing->length > DISCARD_MAX};
	}
	if (framing->lengths + framing->encodings == 0 && strcmp(method, "POST") == 0) {
		return (struct sf_framing_fault){411, "a POST needs Content-Length", false};
	}
	return (struct sf_framing_fault){0};
}
