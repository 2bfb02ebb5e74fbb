/*
 * go_rand: the random numbers of Go's math/rand.
 *
 * Seeding Go's generator mixes the seed with a table of 607 words, the state of the same generator
 * 7.8e12 steps after it was seeded with 1. That state is derived here instead of being stored: the
 * step is linear, so word N is the sum of c[i] * word i, where c are the coefficients of
 * X^N mod (X^607 - X^334 - 1) over the integers mod 2^64, and those take 34 squarings.
 */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/go_rand.h>

#include <string.h>

enum {
	WORDS = SF_GO_RAND_WORDS,
	TAP = 273,
	FEED = WORDS - TAP, /* the exponent of the middle term of the polynomial, too */
	PADDED = 608,       /* 16 * 38: halves evenly down to LEAF */
	LEAF = 38,
};

static const uint64_t table_steps = UINT64_C(7800000000000);

/* Lehmer's minimal standard generator with multiplier 48271 (Park, Miller, Stockmeyer 1993). */
static uint64_t lehmer(uint64_t x)
{
	return x * 48271 % 0x7fffffff;
}

/* Three draws make a word; their places differ between the table and the generator. */
static uint64_t lehmer_word(uint64_t *x, unsigned shift)
{
	uint64_t a = lehmer(*x);
	uint64_t b = lehmer(a);
	*x = lehmer(b);
	return a << (2 * shift) ^ b << shift ^ *x;
}

static uint64_t lehmer_start(uint64_t seed)
{
	for (int i = 0; i < 20; i++) {
		seed = lehmer(seed);
	}
	return seed;
}

static void square_leaf(const uint64_t *a, size_t n, uint64_t *out)
{
	memset(out, 0, 2 * n * sizeof(*out));
	for (size_t i = 0; i < n; i++) {
		uint64_t twice = 2 * a[i];
		out[2 * i] += a[i] * a[i];
		for (size_t k = i + 1; k < n; k++) {
			out[i + k] += twice * a[k];
		}
	}
}

/* out[0..2n) = a^2 by Karatsuba: 2 * low * high = (low + high)^2 - low^2 - high^2. `scratch` holds
 * 4n words. */
static void square(const uint64_t *a, size_t n, uint64_t *out, uint64_t *scratch)
{
	if (n <= LEAF) {
		square_leaf(a, n, out);
		return;
	}
	size_t half = n / 2;
	uint64_t *sum = scratch;
	uint64_t *middle = scratch + half;
	for (size_t i = 0; i < half; i++) {
		sum[i] = a[i] + a[half + i];
	}
	square(a, half, out, middle);
	square(a + half, half, out + n, middle);
	square(sum, half, middle, middle + n);
	for (size_t i = 0; i < n; i++) {
		middle[i] -= out[i] + out[n + i];
	}
	for (size_t i = 0; i < n; i++) {
		out[half + i] += middle[i];
	}
}

/* Replaces X^607 and above by X^334 + 1. */
static void reduce(uint64_t product[2 * PADDED])
{
	for (size_t i = 2 * PADDED - 1; i >= WORDS; i--) {
		product[i - WORDS] += product[i];
		product[i - WORDS + FEED] += product[i];
		product[i] = 0;
	}
}

/* Coefficients of X^exponent mod X^607 - X^334 - 1. */
static void power_of_x(uint64_t exponent, uint64_t coefficient[PADDED])
{
	uint64_t product[2 * PADDED];
	uint64_t scratch[4 * PADDED];
	int bit = 63 - __builtin_clzll(exponent);
	uint64_t head = 1;
	memset(coefficient, 0, PADDED * sizeof(*coefficient));
	while (bit > 0 && (head << 1 | (exponent >> (bit - 1) & 1)) < WORDS) {
		head = head << 1 | (exponent >> --bit & 1);
	}
	coefficient[head] = 1;
	while (bit-- > 0) {
		size_t odd = exponent >> bit & 1;
		square(coefficient, PADDED, product, scratch);
		memmove(product + odd, product, (2 * PADDED - odd) * sizeof(*product));
		product[0] = odd ? 0 : product[0];
		reduce(product);
		memcpy(coefficient, product, PADDED * sizeof(*coefficient));
	}
}

void sf_go_rand_table_init(struct sf_go_rand_table *table)
{
	uint64_t coefficient[PADDED];
	uint64_t z[2 * WORDS]; /* in the order in which the generator makes them */
	uint64_t x = lehmer_start(1);
	/* The generator fills its ring downwards from FEED - 1. */
	for (uint32_t place = 0; place < WORDS; place++) {
		z[(FEED - 1 + WORDS - place) % WORDS] = lehmer_word(&x, 10);
	}
	for (size_t i = WORDS; i < 2 * WORDS; i++) {
		z[i] = z[i - WORDS] + z[i - TAP];
	}
	power_of_x(table_steps, coefficient);
	for (uint32_t k = 0; k < WORDS; k++) {
		uint64_t sum = 0;
		for (uint32_t i = 0; i < WORDS; i++) {
			sum += coefficient[i] * z[i + k];
		}
		uint32_t turned = (uint32_t)((table_steps + k) % WORDS);
		table->word[(FEED - 1 + WORDS - turned) % WORDS] = sum;
	}
}

void sf_go_rand_seed(struct sf_go_rand *rand, const struct sf_go_rand_table *table, int64_t seed)
{
	int64_t small = seed % 0x7fffffff;
	small += small < 0 ? 0x7fffffff : 0;
	/* Zero would stay zero; Go takes this number instead. */
	uint64_t x = lehmer_start(small == 0 ? 89482311 : (uint64_t)small);
	for (size_t i = 0; i < WORDS; i++) {
		rand->word[i] = lehmer_word(&x, 20) ^ table->word[i];
	}
	rand->tap = 0;
	rand->feed = FEED;
}

static uint64_t next(struct sf_go_rand *rand)
{
	rand->tap = (rand->tap > 0 ? rand->tap : WORDS) - 1;
	rand->feed = (rand->feed > 0 ? rand->feed : WORDS) - 1;
	return rand->word[rand->feed] += rand->word[rand->tap];
}

uint64_t sf_go_rand_int63(struct sf_go_rand *rand)
{
	return next(rand) & INT64_MAX;
}

uint32_t sf_go_rand_intn(struct sf_go_rand *rand, uint32_t n)
{
	/* Draws from the incomplete last stretch of [0, 2^31) are thrown away: no modulo bias. A
	 * power of two has none, and its remainder is Go's mask. */
	uint32_t past = UINT32_C(1) << 31;
	uint32_t limit = past - past % n;
	uint32_t x;
	do {
		x = (uint32_t)(sf_go_rand_int63(rand) >> 32);
	} while (x >= limit);
	return x % n;
}

uint32_t sf_go_rand_bounded(struct sf_go_rand *rand, uint32_t n)
{
	uint32_t reject = -n % n;
	uint64_t product;
	do {
		product = (sf_go_rand_int63(rand) >> 31) * n;
	} while ((uint32_t)product < reject);
	return (uint32_t)(product >> 32);
}

double sf_go_rand_float64(struct sf_go_rand *rand)
{
	double x;
	do {
		x = (double)sf_go_rand_int63(rand) / 0x1p63;
	} while (x >= 1.0); /* rounded up from the last 512 numbers */
	return x;
}

void sf_go_rand_perm(struct sf_go_rand *rand, uint32_t n, uint32_t *out)
{
	for (uint32_t i = 0; i < n; i++) {
		uint32_t k = sf_go_rand_intn(rand, i + 1);
		out[i] = out[k];
		out[k] = i;
	}
}

void sf_go_rand_shuffle(struct sf_go_rand *rand, uint32_t n, uint32_t *item)
{
	for (uint32_t i = n; i-- > 1;) {
		uint32_t k = sf_go_rand_bounded(rand, i + 1);
		uint32_t swap = item[i];
		item[i] = item[k];
		item[k] = swap;
	}
}
