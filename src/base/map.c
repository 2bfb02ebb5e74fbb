/* map: strings to small integers; open addressing, linear probing, at most half full. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/map.h>

#include <slicefit/alloc.h>
#include <slicefit/hash.h>

#include <stdlib.h>
#include <string.h>

struct sf_map_slot {
	const char *key; /* NULL: free */
	size_t len;
	uint64_t hash;
	uint32_t value;
};

/* The slot of the key, or the free slot where it belongs. */
static struct sf_map_slot *probe(const struct sf_map *map, const char *key, size_t len,
                                 uint64_t hash)
{
	for (size_t i = hash & (map->cap - 1);; i = (i + 1) & (map->cap - 1)) {
		struct sf_map_slot *slot = &map->slot[i];
		if (slot->key == NULL ||
		    (slot->hash == hash && slot->len == len && memcmp(slot->key, key, len) == 0)) {
			return slot;
		}
	}
}

static void grow(struct sf_map *map)
{
	struct sf_map old = *map;
	map->cap = old.cap > 0 ? 2 * old.cap : 16;
	map->slot = sf_xcalloc(map->cap, sizeof(*map->slot));
	for (size_t i = 0; i < old.cap; i++) {
		const struct sf_map_slot *slot = &old.slot[i];
		if (slot->key != NULL) {
			*probe(map, slot->key, slot->len, slot->hash) = *slot;
		}
	}
	free(old.slot);
}

void sf_map_finish(struct sf_map *map)
{
	free(map->slot);
	*map = (struct sf_map){0};
}

void sf_map_set(struct sf_map *map, const char *key, uint32_t value)
{
	if (2 * (map->count + 1) > map->cap) {
		grow(map);
	}
	size_t len = strlen(key);
	uint64_t hash = sf_hash(0, key, len);
	struct sf_map_slot *slot = probe(map, key, len, hash);
	if (slot->key == NULL) {
		map->count++;
	}
	*slot = (struct sf_map_slot){.key = key, .len = len, .hash = hash, .value = value};
}

bool sf_map_get_n(const struct sf_map *map, const char *key, size_t len, uint32_t *value)
{
	if (map->count == 0) {
		return false;
	}
	const struct sf_map_slot *slot = probe(map, key, len, sf_hash(0, key, len));
	if (slot->key == NULL) {
		return false;
	}
	*value = slot->value;
	return true;
}

bool sf_map_get(const struct sf_map *map, const char *key, uint32_t *value)
{
	return sf_map_get_n(map, key, strlen(key), value);
}

/* Where the probe for a hash begins, and as a rule ends. */
static const struct sf_map_slot *home(const struct sf_map *map, uint64_t hash)
{
	return &map->slot[hash & (map->cap - 1)];
}

void sf_map_get_all(const struct sf_map *map, const struct sf_map_key *key, size_t n,
                    uint32_t *value)
{
	if (map->count == 0) {
		memset(value, 0xff, n * sizeof(*value));
		return;
	}
	for (size_t i = 0; i < n; i++) {
		__builtin_prefetch(home(map, key[i].hash));
	}
	for (size_t i = 0; i < n; i++) {
		const struct sf_map_slot *slot = home(map, key[i].hash);
		if (slot->key != NULL) {
			__builtin_prefetch(slot->key);
			__builtin_prefetch(slot->key + slot->len); /* it may lie across two lines */
		}
	}
	for (size_t i = 0; i < n; i++) {
		const struct sf_map_slot *slot = probe(map, key[i].text, key[i].len, key[i].hash);
		value[i] = slot->key != NULL ? slot->value : SF_MAP_NONE;
	}
}
