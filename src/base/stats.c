/* stats: what a few measurements say: mean, confidence interval, percentiles. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/stats.h>

#include <slicefit/alloc.h>

#include <math.h>
#include <stdlib.h>

/* From so many degrees of freedom on, the expansion below is good to 1e-12. */
enum { DF_SERIES_MAX = 1000 };

static const double pi = 3.14159265358979323846;

/* P(|T| <= t) for an integer df: Abramowitz & Stegun, Handbook of Mathematical Functions (1964),
 * 26.7.3 (odd df) and 26.7.4 (even df). */
static double central_probability(double t, size_t df)
{
	double theta = atan(t / sqrt((double)df));
	double cosine = cos(theta);
	bool odd = df % 2 == 1;
	if (df == 1) {
		return 2 * theta / pi;
	}
	double term = odd ? cosine : 1;
	double sum = term;
	for (size_t k = odd ? 3 : 2; k < df; k += 2) {
		term *= cosine * cosine * (double)(k - 1) / (double)k;
		sum += term;
	}
	return odd ? 2 / pi * (theta + sin(theta) * sum) : sin(theta) * sum;
}

/* The normal quantile and its correction in powers of 1/df: Abramowitz & Stegun, 26.7.5. */
static double expand_quantile(double df)
{
	const double x = 1.959963984540054; /* 97.5 % quantile of the normal distribution */
	double x2 = x * x;
	double g1 = x * (x2 + 1) / 4;
	double g2 = x * ((5 * x2 + 16) * x2 + 3) / 96;
	double g3 = x * (((3 * x2 + 19) * x2 + 17) * x2 - 15) / 384;
	return x + (g1 + (g2 + g3 / df) / df) / df;
}

double sf_stats_t975(size_t df)
{
	if (df == 0) {
		return (double)NAN;
	}
	if (df > DF_SERIES_MAX) {
		return expand_quantile((double)df);
	}
	double low = 1.9;   /* below the quantile of every df */
	double high = 12.8; /* above that of df 1, the largest */
	for (int i = 0; i < 60; i++) {
		double middle = (low + high) / 2;
		if (central_probability(middle, df) < 0.95) {
			low = middle;
		} else {
			high = middle;
		}
	}
	return (low + high) / 2;
}

/* Sums are taken of differences to the first value: equal values leave no rounding error. */
struct sf_stats sf_stats_of(const double *value, size_t n)
{
	struct sf_stats out = {.n = n, .sd = (double)NAN, .half_95 = (double)NAN};
	if (n == 0) {
		return (struct sf_stats){0};
	}
	out.min = value[0];
	out.max = value[0];
	double sum = 0;
	for (size_t i = 0; i < n; i++) {
		sum += value[i] - value[0];
		out.min = fmin(out.min, value[i]);
		out.max = fmax(out.max, value[i]);
	}
	out.mean = value[0] + sum / (double)n;
	if (n < 2) {
		return out;
	}
	double squares = 0;
	for (size_t i = 0; i < n; i++) {
		squares += (value[i] - out.mean) * (value[i] - out.mean);
	}
	out.sd = sqrt(squares / (double)(n - 1));
	out.half_95 = sf_stats_t975(n - 1) * out.sd / sqrt((double)n);
	return out;
}

struct sf_stats sf_stats_paired(const double *a, const double *b, size_t n)
{
	double *difference = sf_xcalloc(n + 1, sizeof(*difference));
	for (size_t i = 0; i < n; i++) {
		difference[i] = a[i] - b[i];
	}
	struct sf_stats out = sf_stats_of(difference, n);
	free(difference);
	return out;
}

bool sf_stats_beyond_noise(const struct sf_stats *difference)
{
	return difference->n >= 2 && fabs(difference->mean) > difference->half_95;
}

static int compare(const void *a, const void *b)
{
	const double *x = a;
	const double *y = b;
	return (*x > *y) - (*x < *y);
}

void sf_stats_sort(double *value, size_t n)
{
	if (n > 1) {
		qsort(value, n, sizeof(*value), compare);
	}
}

double sf_stats_percentile(const double *sorted, size_t n, double percent)
{
	if (n == 0) {
		return 0;
	}
	double rank = ceil((double)n * percent / 100);
	size_t index = rank < 1 ? 0 : (size_t)rank - 1;
	return sorted[index < n ? index : n - 1];
}
