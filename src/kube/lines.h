/* lines: a byte stream cut into lines, with a limit on their length. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_KUBE_LINES_H
#define SF_KUBE_LINES_H

#include <slicefit/str.h>

#include <stddef.h>

struct sf_error;

/* `line` is called for each line, without its end; empty ones are left out. It returns -1 and fills
 * err to stop. */
struct sf_lines {
	size_t limit; /* bytes of one line */
	int (*line)(void *ctx, const char *text, size_t len, struct sf_error *err);
	void *ctx;
	struct sf_str rest; /* begun, not ended; zero-initialise */
};

void sf_lines_finish(struct sf_lines *lines);

/* More of the stream, cut anywhere. SF_ELIMIT for a line beyond the limit. */
int sf_lines_add(struct sf_lines *lines, const char *bytes, size_t len, struct sf_error *err);

#endif
