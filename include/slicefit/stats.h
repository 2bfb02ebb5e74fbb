/* stats: what a few measurements say: mean, confidence interval, percentiles. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_STATS_H
#define SF_STATS_H

#include <stdbool.h>
#include <stddef.h>

/* A sample and what it says of the mean it was drawn from. */
struct sf_stats {
	size_t n;
	double mean;
	double sd;      /* of the sample (divided by n - 1); NaN for n < 2 */
	double half_95; /* half the 95 % confidence interval of the mean: t(n - 1) * sd / sqrt(n); NaN
	                   for n < 2 */
	double min, max;
};

/* All zero for n == 0. Equal values have exactly that mean and sd 0. */
struct sf_stats sf_stats_of(const double *value, size_t n);

/* The same of the differences a[i] - b[i]: the paired comparison, where both were measured under
 * the same conditions (the same seed). */
struct sf_stats sf_stats_paired(const double *a, const double *b, size_t n);

/* Does the interval leave out zero? Never for n < 2; at 95 % one true zero in 20 looks otherwise.
 */
bool sf_stats_beyond_noise(const struct sf_stats *difference);

/* 97.5 % quantile of Student's t distribution with `df` degrees of freedom, to 1e-9 (relative);
 * NaN for df == 0. */
double sf_stats_t975(size_t df);

/* Ascending; NaN does not occur. */
void sf_stats_sort(double *value, size_t n);

/* Nearest rank: the smallest of the ascending values that at least `percent` % of them do not
 * exceed (0 < percent <= 100); 0 for n == 0. */
double sf_stats_percentile(const double *sorted, size_t n, double percent);

#endif
