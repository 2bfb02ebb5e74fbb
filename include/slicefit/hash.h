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

/* Eight bytes at a time. `hash` is the hash of what came before, or any seed. */
static inline uint64_t sf_hash(uint64_t hash, const void *bytes, size_t len)
{
	const unsigned char *p = bytes;
	uint64_t word;
	hash = sf_hash_mix(hash, len);
	for (; len >= sizeof(word); p += sizeof(word), len -= sizeof(word)) {
		memcpy(&word, p, sizeof(word));
		hash = sf_hash_mix(hash, word);
	}
	word = 0;
	if (len > 0) {
		memcpy(&word, p, len);
	}
	return sf_hash_mix(hash, word);
}

#endif
