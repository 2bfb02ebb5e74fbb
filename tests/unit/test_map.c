/* Tests of map: keys found one by one and many at once. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/hash.h>
#include <slicefit/map.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

enum { KEYS = 3000 };

static char keys[KEYS][16];

/* Every other key is in the map, with its number as its value. */
static struct sf_map half_of_them(void)
{
	struct sf_map map = {0};
	for (uint32_t i = 0; i < KEYS; i++) {
		snprintf(keys[i], sizeof(keys[i]), "key-%u", i);
		if (i % 2 == 0) {
			sf_map_set(&map, keys[i], i);
		}
	}
	return map;
}

/* The key need not end where its text does. */
static struct sf_map_key key_of(const char *text, size_t len)
{
	return (struct sf_map_key){.text = text, .hash = sf_hash(0, text, len), .len = len};
}

Test(map, finds_many_as_it_finds_one)
{
	static struct sf_map_key key[KEYS];
	static uint32_t value[KEYS];
	struct sf_map map = half_of_them();
	for (size_t i = 0; i < KEYS; i++) {
		key[i] = key_of(keys[i], strlen(keys[i]));
	}
	sf_map_get_all(&map, key, KEYS, value);
	for (uint32_t i = 0; i < KEYS; i++) {
		uint32_t one = SF_MAP_NONE;
		bool there = sf_map_get(&map, keys[i], &one);
		cr_expect(eq(int, there, i % 2 == 0), "%s", keys[i]);
		cr_expect(eq(u32, one, i % 2 == 0 ? i : SF_MAP_NONE), "%s", keys[i]);
		cr_expect(eq(u32, value[i], one), "%s", keys[i]);
	}
	sf_map_finish(&map);
}

Test(map, compares_len_bytes)
{
	struct sf_map map = {0};
	sf_map_set(&map, "node-1", 1);
	sf_map_set(&map, "node-12", 12);
	struct sf_map_key key[] = {key_of("node-12", 6), key_of("node-12", 7),
	                           key_of("node-12", 5)};
	uint32_t value[3];
	sf_map_get_all(&map, key, 3, value);
	cr_expect(eq(u32, value[0], 1));
	cr_expect(eq(u32, value[1], 12));
	cr_expect(eq(u32, value[2], SF_MAP_NONE));
	sf_map_finish(&map);
}

Test(map, tells_texts_of_one_hash_apart)
{
	struct sf_map map = {0};
	sf_map_set(&map, "one", 1);
	struct sf_map_key key = {.text = "two", .hash = sf_hash(0, "one", 3), .len = 3};
	uint32_t value;
	sf_map_get_all(&map, &key, 1, &value);
	cr_expect(eq(u32, value, SF_MAP_NONE));
	sf_map_finish(&map);
}

Test(map, nothing_in_an_empty_one)
{
	struct sf_map map = {0};
	struct sf_map_key key[] = {key_of("a", 1), key_of("b", 1)};
	uint32_t value[2] = {7, 7};
	sf_map_get_all(&map, key, 2, value);
	cr_expect(eq(u32, value[0], SF_MAP_NONE));
	cr_expect(eq(u32, value[1], SF_MAP_NONE));
}
