/* index: open addressing, linear probing, at most half full. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/index.h>

#include <slicefit/alloc.h>

#include <stdlib.h>

void sf_index_finish(struct sf_index *index)
{
	free(index->slot);
	*index = (struct sf_index){0};
}

/* A slot's place depends on the half of the hash that it keeps. */
static void put(struct sf_index *index, uint64_t slot)
{
	size_t i = (slot >> 32) & (index->cap - 1);
	while (index->slot[i] != 0) {
		i = (i + 1) & (index->cap - 1);
	}
	index->slot[i] = slot;
}

void sf_index_reserve(struct sf_index *index, size_t n)
{
	struct sf_index old = *index;
	size_t cap = old.cap > 0 ? old.cap : 16;
	while (cap / 2 < n) {
		cap *= 2;
	}
	if (cap == old.cap) {
		return;
	}
	index->cap = cap;
	index->slot = sf_xcalloc(cap, sizeof(*index->slot));
	for (size_t i = 0; i < old.cap; i++) {
		if (old.slot[i] != 0) {
			put(index, old.slot[i]);
		}
	}
	free(old.slot);
}

/* The slot of the entry that equals the key, or the free one where it belongs. */
static inline uint64_t *probe(const struct sf_index *index, uint64_t hash, sf_index_equal *equal,
                              const void *entries, const void *key)
{
	for (size_t i = (hash >> 32) & (index->cap - 1);; i = (i + 1) & (index->cap - 1)) {
		uint64_t slot = index->slot[i];
		if (slot == 0 ||
		    (slot >> 32 == hash >> 32 && equal(entries, (uint32_t)slot - 1, key))) {
			return &index->slot[i];
		}
	}
}

uint32_t sf_index_find(const struct sf_index *index, uint64_t hash, sf_index_equal *equal,
                       const void *entries, const void *key)
{
	/* Of a free slot, 0 - 1 is SF_INDEX_NONE. */
	return index->n == 0 ? SF_INDEX_NONE
	                     : (uint32_t)*probe(index, hash, equal, entries, key) - 1;
}

void sf_index_add(struct sf_index *index, uint64_t hash, uint32_t number)
{
	sf_index_reserve(index, index->n + 1);
	index->n++;
	put(index, (hash >> 32 << 32) | (number + 1));
}

void sf_index_remove(struct sf_index *index, uint64_t hash, uint32_t number)
{
	const size_t mask = index->cap - 1;
	size_t hole = (hash >> 32) & mask;
	while (index->slot[hole] != ((hash >> 32 << 32) | (number + 1))) {
		hole = (hole + 1) & mask;
	}
	/* Those behind that would not be found over a hole move into it. */
	for (size_t i = (hole + 1) & mask; index->slot[i] != 0; i = (i + 1) & mask) {
		size_t home = (index->slot[i] >> 32) & mask;
		if (((i - home) & mask) >= ((i - hole) & mask)) {
			index->slot[hole] = index->slot[i];
			hole = i;
		}
	}
	index->slot[hole] = 0;
	index->n--;
}

uint32_t sf_index_put(struct sf_index *index, uint64_t hash, sf_index_equal *equal,
                      const void *entries, const void *key, uint32_t number)
{
	if (2 * (index->n + 1) > index->cap) {
		sf_index_reserve(index, index->n + 1);
	}
	uint64_t *slot = probe(index, hash, equal, entries, key);
	uint32_t found = (uint32_t)*slot - 1;
	if (found == SF_INDEX_NONE) {
		*slot = (hash >> 32 << 32) | (number + 1);
		index->n++;
	}
	return found;
}
