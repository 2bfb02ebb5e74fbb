/* framing: what the head of a request says about its body. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_FRAMING_H
#define SF_FRAMING_H

#include <stdbool.h>
#include <stddef.h>

/* Zero-initialise, then give it each header. */
struct sf_framing {
	bool old; /* HTTP/1.0 */
	unsigned hosts;
	unsigned lengths;
	unsigned encodings;
	bool odd; /* a name or value that others may read otherwise */
	bool chunked;
	bool expects; /* the client waits for a word before it sends the body */
	unsigned long long length;
};

/* Why a request is refused; status 0: it is not. */
struct sf_framing_fault {
	int status;
	const char *text; /* constant */
	bool early;       /* the rest is not worth reading: answer now, and close */
};

/* One header. Names of any case; other headers than those that matter are fine. */
void sf_framing_add(struct sf_framing *framing, const char *name, size_t name_len,
                    const char *value, size_t value_len);

/* `limit`: the largest body that the path takes. */
struct sf_framing_fault sf_framing_check(const struct sf_framing *framing, const char *method,
                                         size_t limit);

#endif
