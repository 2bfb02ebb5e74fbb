/* rng: a small, seedable generator (xoshiro256**, Blackman & Vigna 2018) and the draws replay
 * needs. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_RNG_H
#define SF_RNG_H

#include <stdint.h>

struct sf_rng {
	uint64_t s[4];
};

/* Streams with different `stream` numbers are independent for the same seed. */
void sf_rng_seed(struct sf_rng *rng, uint64_t seed, uint64_t stream);

uint64_t sf_rng_next(struct sf_rng *rng);

/* Uniform in [0, n); n > 0; no modulo bias. */
uint64_t sf_rng_below(struct sf_rng *rng, uint64_t n);

/* Uniform in [0, 1). */
double sf_rng_unit(struct sf_rng *rng);

/* Exponential with the given mean. */
double sf_rng_exponential(struct sf_rng *rng, double mean);

/* Lognormal with the given median and sigma (of the logarithm). */
double sf_rng_lognormal(struct sf_rng *rng, double median, double sigma);

/* Weibull: P(X > x) = exp(-(x / scale)^shape). */
double sf_rng_weibull(struct sf_rng *rng, double scale, double shape);

/* Pareto bounded to [min, max]: P(X > x) = ((min / x)^shape - r) / (1 - r), r = (min / max)^shape;
 * 0 < min <= max, shape > 0. */
double sf_rng_pareto(struct sf_rng *rng, double min, double max, double shape);

/* 1, 2, ...: geometric with the given mean (>= 1), at most 2^53. */
double sf_rng_geometric(struct sf_rng *rng, double mean);

#endif
