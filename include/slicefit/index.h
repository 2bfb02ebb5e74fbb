/* index: finds entries of the caller's array by their hash. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_INDEX_H
#define SF_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SF_INDEX_NONE UINT32_MAX

/* Zero-initialise. Holds numbers only; the entries stay with the caller. */
struct sf_index {
	uint64_t *slot; /* upper half: of the hash; lower half: number + 1, 0 when free */
	size_t cap, n;
};

/* Is entry `number` the one that `key` describes? */
typedef bool sf_index_equal(const void *entries, uint32_t number, const void *key);

void sf_index_finish(struct sf_index *index);

/* Makes room for `n` entries, so that adding them moves nothing. */
void sf_index_reserve(struct sf_index *index, size_t n);

/* Number of the entry that equals the key, or SF_INDEX_NONE. */
uint32_t sf_index_find(const struct sf_index *index, uint64_t hash, sf_index_equal *equal,
                       const void *entries, const void *key);

/* Takes a number off that is there under the hash. */
void sf_index_remove(struct sf_index *index, uint64_t hash, uint32_t number);

/* Adds a number below SF_INDEX_NONE under a hash; the caller has looked that it is new. */
void sf_index_add(struct sf_index *index, uint64_t hash, uint32_t number);

/* Both in one: the number of the entry that equals the key, else SF_INDEX_NONE, and then `number` is
 * there under the hash. */
uint32_t sf_index_put(struct sf_index *index, uint64_t hash, sf_index_equal *equal,
                      const void *entries, const void *key, uint32_t number);

#endif
