/* hash: 64-bit hashes of short texts, for tables in memory only: they may change. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_HASH_H
#define SF_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Multiplies to 128 bits and folds the halves, as wyhash does (Wang Yi, public domain). The constant
 * is 2^64 over the golden ratio. */
static inline uint64_t sf_hash_mix(uint64_t hash, uint64_t word)
{
	__extension__ typedef unsigned __int128 wide;
	wide product = (wide)(hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Any eight bytes. */
static inline uint64_t sf_hash_word(const unsigned char *p)
{
	uint64_t word;
	memcpy(&word, p, sizeof(word));
	return word;
}

/* Eight bytes at a time, the last eight may overlap those before. `hash` is the hash of what came
 * before, or any seed. */
static inline uint64_t sf_hash(uint64_t hash, const void *bytes, size_t len)
{
	const unsigned char *p = bytes;
	uint32_t low, high;
	hash = sf_hash_mix(hash, len);
	if (len >= 8) {
		for (const unsigned char *last = p + len - 8; p < last; p += 8) {
			hash = sf_hash_mix(hash, sf_hash_word(p));
		}
		return sf_hash_mix(hash, sf_hash_word((const unsigned char *)bytes + len - 8));
	}
	if (len >= 4) {
		memcpy(&low, p, sizeof(low));
		memcpy(&high, p + len - sizeof(high), sizeof(high));
		return sf_hash_mix(hash, (uint64_t)high << 32 | low);
	}
	if (len > 0) {
		hash ^= (uint64_t)p[0] << 16 | (uint64_t)p[len / 2] << 8 | p[len - 1];
	}
	return sf_hash_mix(hash, 0);
}

#endif
