/* alloc: heap helpers that abort when memory runs out, for small process-lifetime things. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_ALLOC_H
#define SF_ALLOC_H

#include <stddef.h>

/* Zeroed block of n * size bytes; aborts on overflow or when memory is exhausted. */
void *sf_xcalloc(size_t n, size_t size);

/* The block with another size, maybe moved, new room as it comes; aborts when memory is exhausted.
 * `p` may be NULL. */
void *sf_xresize(void *p, size_t size);

/* Copy of a string; aborts when memory is exhausted. */
char *sf_xstrdup(const char *text);

/*
 * Makes room for `need` elements of `size` bytes, doubling *cap; new room is zeroed.
 * Returns the (maybe moved) block. `p` may be NULL with *cap == 0.
 */
void *sf_xgrow(void *p, size_t *cap, size_t need, size_t size);

#endif
