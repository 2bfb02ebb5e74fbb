/* alloc: heap helpers that abort when memory runs out. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/alloc.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Noreturn void out_of_memory(void)
{
	static const char text[] = "slicefit: out of memory\n";
	fputs(text, stderr);
	abort();
}

void *sf_xcalloc(size_t n, size_t size)
{
	void *p = calloc(n > 0 ? n : 1, size > 0 ? size : 1);
	if (p == NULL) {
		out_of_memory();
	}
	return p;
}

void *sf_xresize(void *p, size_t size)
{
	void *resized = realloc(p, size > 0 ? size : 1);
	if (resized == NULL) {
		out_of_memory();
	}
	return resized;
}

char *sf_xstrdup(const char *text)
{
	char *copy = strdup(text);
	if (copy == NULL) {
		out_of_memory();
	}
	return copy;
}

void *sf_xgrow(void *p, size_t *cap, size_t need, size_t size)
{
	if (need <= *cap) {
		return p;
	}
	size_t want = *cap > 0 ? *cap : 8;
	while (want < need) {
		if (want > SIZE_MAX / 2) {
			out_of_memory();
		}
		want *= 2;
	}
	if (p == NULL) {
		*cap = want;
		return sf_xcalloc(want, size); /* of large blocks no page is touched yet */
	}
	char *grown = reallocarray(p, want, size);
	if (grown == NULL) {
		out_of_memory();
	}
	memset(grown + *cap * size, 0, (want - *cap) * size);
	*cap = want;
	return grown;
}
