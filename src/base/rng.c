/* rng: xoshiro256** seeded by splitmix64 (Blackman & Vigna, prng.di.unimi.it, public domain
 * algorithms). */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/rng.h>

#include <math.h>

static uint64_t splitmix(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static uint64_t rotl(uint64_t x, int k)
{
	return (x << k) | (x >> (64 - k));
}

void sf_rng_seed(struct sf_rng *rng, uint64_t seed, uint64_t stream)
{
	uint64_t mixed = stream;
	uint64_t state = seed ^ splitmix(&mixed);
	for (int i = 0; i < 4; i++) {
		rng->s[i] = splitmix(&state);
	}
}

uint64_t sf_rng_next(struct sf_rng *rng)
{
	uint64_t *s = rng->s;
	uint64_t result = rotl(s[1] * 5, 7) * 9;
	uint64_t t = s[1] << 17;
	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotl(s[3], 45);
	return result;
}

uint64_t sf_rng_below(struct sf_rng *rng, uint64_t n)
{
	/* Draws from the incomplete last stretch of [0, 2^64) are thrown away: no modulo bias. */
	uint64_t reject = (UINT64_MAX - n + 1) % n;
	uint64_t x;
	do {
		x = sf_rng_next(rng);
	} while (x < reject);
	return x % n;
}

double sf_rng_unit(struct sf_rng *rng)
{
	return (double)(sf_rng_next(rng) >> 11) * 0x1.0p-53;
}

double sf_rng_exponential(struct sf_rng *rng, double mean)
{
	return -mean * log1p(-sf_rng_unit(rng));
}

double sf_rng_lognormal(struct sf_rng *rng, double median, double sigma)
{
	/* Box-Muller; 1 - unit is in (0, 1], so the logarithm is finite. */
	double radius = sqrt(-2.0 * log(1.0 - sf_rng_unit(rng)));
	double angle = 2.0 * 3.14159265358979323846 * sf_rng_unit(rng);
	return median * exp(sigma * radius * cos(angle));
}

double sf_rng_weibull(struct sf_rng *rng, double scale, double shape)
{
	return scale * pow(-log1p(-sf_rng_unit(rng)), 1 / shape);
}

double sf_rng_pareto(struct sf_rng *rng, double min, double max, double shape)
{
	/* Inverse of the distribution function. */
	double reach = -expm1(shape * log(min / max));
	double x = min * pow(1 - sf_rng_unit(rng) * reach, -1 / shape);
	return x < max ? x : max;
}

double sf_rng_geometric(struct sf_rng *rng, double mean)
{
	/* Failures before the first success of chance 1 / mean, by the inverse. */
	double u = sf_rng_unit(rng);
	double n = mean > 1 ? 1 + floor(log1p(-u) / log1p(-1 / mean)) : 1;
	return n < 0x1.0p53 ? n : 0x1.0p53;
}
