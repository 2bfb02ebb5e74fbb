/* test_index: numbers under hashes, against a search through all entries. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/hash.h>
#include <slicefit/index.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

enum { ENTRIES = 3000, KEYS = 1000 };

static bool same(const void *entries, uint32_t number, const void *key)
{
	return ((const uint64_t *)entries)[number] == *(const uint64_t *)key;
}

static uint32_t search(const uint64_t *entry, uint32_t n, uint64_t key)
{
	uint32_t i = 0;
	while (i < n && entry[i] != key) {
		i++;
	}
	return i < n ? i : SF_INDEX_NONE;
}

/* `kept` of the hash's bits: few of them make collisions. */
static void put_all(uint64_t kept)
{
	uint64_t entry[KEYS];
	struct sf_index index = {0};
	uint32_t n = 0;
	for (uint64_t i = 0; i < ENTRIES; i++) {
		uint64_t key = sf_hash_mix(1, i) % KEYS;
		uint64_t hash = sf_hash(0, &key, sizeof(key)) & kept;
		uint32_t want = search(entry, n, key);
		cr_assert(eq(u32, sf_index_find(&index, hash, same, entry, &key), want));
		cr_assert(eq(u32, sf_index_put(&index, hash, same, entry, &key, n), want));
		if (want == SF_INDEX_NONE) {
			entry[n++] = key;
		}
	}
	cr_assert(gt(u32, n, KEYS / 2));
	cr_assert(eq(sz, index.n, n));
	sf_index_finish(&index);
}

/* Adds and removes by lot; a number is there or not, as the table of flags has it. */
static void add_and_remove(uint64_t kept)
{
	uint64_t entry[KEYS];
	bool there[KEYS] = {false};
	struct sf_index index = {0};
	size_t n = 0;
	for (uint64_t i = 0; i < KEYS; i++) {
		entry[i] = i;
	}
	for (uint64_t i = 0; i < 4 * ENTRIES; i++) {
		uint64_t key = sf_hash_mix(2, i) % (KEYS / 8);
		uint64_t hash = sf_hash(0, &key, sizeof(key)) & kept;
		uint32_t want = there[key] ? (uint32_t)key : SF_INDEX_NONE;
		cr_assert(eq(u32, sf_index_find(&index, hash, same, entry, &key), want));
		if (there[key]) {
			sf_index_remove(&index, hash, (uint32_t)key);
		} else {
			sf_index_add(&index, hash, (uint32_t)key);
		}
		there[key] = want == SF_INDEX_NONE;
		n += there[key] ? 1 : (size_t)-1;
		cr_assert(eq(sz, index.n, n));
	}
	sf_index_finish(&index);
}

Test(index, finds_what_was_not_removed)
{
	add_and_remove(UINT64_MAX);
	add_and_remove(UINT64_C(0x7) << 32);
}

Test(index, finds_or_adds_as_a_search_would)
{
	put_all(UINT64_MAX);
	put_all(UINT64_C(0x7) << 32);
}

Test(hash, every_bit_and_the_length_count)
{
	unsigned char text[41] = {0};
	for (size_t len = 0; len < sizeof(text); len++) {
		uint64_t hash = sf_hash(0, text, len);
		cr_assert(ne(u64, sf_hash(0, text, len + 1 < sizeof(text) ? len + 1 : 0), hash));
		for (size_t bit = 0; bit < 8 * len; bit++) {
			text[bit / 8] ^= (unsigned char)(1u << bit % 8);
			cr_assert(ne(u64, sf_hash(0, text, len), hash), "bit %zu of %zu bytes", bit,
			          len);
			text[bit / 8] = 0;
		}
	}
}
