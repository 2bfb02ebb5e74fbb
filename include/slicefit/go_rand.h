/* go_rand: the random numbers of Go's math/rand, for studies whose inputs were drawn with it. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_GO_RAND_H
#define SF_GO_RAND_H

#include <stdint.h>

/* An additive lagged Fibonacci generator: x[n] = x[n-607] + x[n-273] mod 2^64 (Mitchell and
 * Reeds). */
enum { SF_GO_RAND_WORDS = 607 };

/* What seeding mixes into the words: the state of the same generator after 7.8e12 steps. */
struct sf_go_rand_table {
	uint64_t word[SF_GO_RAND_WORDS];
};

struct sf_go_rand {
	uint64_t word[SF_GO_RAND_WORDS];
	uint32_t tap, feed;
};

/* Derives the table (about a millisecond; once per process is enough). */
void sf_go_rand_table_init(struct sf_go_rand_table *table);

/* rand.Seed(seed). */
void sf_go_rand_seed(struct sf_go_rand *rand, const struct sf_go_rand_table *table, int64_t seed);

/* rand.Int63(): uniform in [0, 2^63). */
uint64_t sf_go_rand_int63(struct sf_go_rand *rand);

/* rand.Intn(n), 0 < n < 2^31: uniform in [0, n) by remainder. */
uint32_t sf_go_rand_intn(struct sf_go_rand *rand, uint32_t n);

/* What rand.Shuffle draws, 0 < n < 2^31: uniform in [0, n) by multiply and shift (Lemire 2019). */
uint32_t sf_go_rand_bounded(struct sf_go_rand *rand, uint32_t n);

/* rand.Float64(): uniform in [0, 1). */
double sf_go_rand_float64(struct sf_go_rand *rand);

/* rand.Perm(n): a permutation of 0..n-1. */
void sf_go_rand_perm(struct sf_go_rand *rand, uint32_t n, uint32_t *out);

/* rand.Shuffle of n numbers. */
void sf_go_rand_shuffle(struct sf_go_rand *rand, uint32_t n, uint32_t *item);

#endif
