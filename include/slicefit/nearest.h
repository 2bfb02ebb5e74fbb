/* nearest: the known word closest to a mistyped one, for "did you mean". */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_NEAREST_H
#define SF_NEAREST_H

#include <stdbool.h>
#include <stddef.h>

enum { SF_NEAREST_LEN_MAX = 63 };

/* Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`; ASCII case is
 * ignored. Only the first SF_NEAREST_LEN_MAX bytes of each count. */
size_t sf_nearest_distance(const char *a, const char *b);

/* Near enough to suggest: about a third of the longer word may differ, but not all of it. */
bool sf_nearest_close(const char *a, const char *b);

/* The closest word of a NULL-terminated list (the first of equals), or NULL when none is close. */
const char *sf_nearest_find(const char *word, const char *const *known);

#endif
