/* map: strings to small integers (an index into the caller's array). */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_MAP_H
#define SF_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sf_map_slot;

/* Zero-initialise. Keys are borrowed: they must outlive the map. */
struct sf_map {
	struct sf_map_slot *slot;
	size_t cap;
	size_t count;
};

void sf_map_finish(struct sf_map *map);

/* Adds or replaces. */
void sf_map_set(struct sf_map *map, const char *key, uint32_t value);

/* True and *value when the key is there. `len` bytes of `key` are compared. */
bool sf_map_get(const struct sf_map *map, const char *key, uint32_t *value);
bool sf_map_get_n(const struct sf_map *map, const char *key, size_t len, uint32_t *value);

/* A key to look up. */
struct sf_map_key {
	const char *text; /* need not end with NUL */
	uint64_t hash;    /* sf_hash(0, text, len) */
	size_t len;
};

#define SF_MAP_NONE UINT32_MAX

/*
 * The values of n keys, SF_MAP_NONE of those that are not there. In a large map each look-up waits
 * for memory twice; here the waits of all keys overlap, so ask for a few dozen at once.
 */
void sf_map_get_all(const struct sf_map *map, const struct sf_map_key *key, size_t n,
                    uint32_t *value);

#endif
