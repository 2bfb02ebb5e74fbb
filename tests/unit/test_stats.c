/* Tests of stats: quantiles against tables, intervals worked out by hand, properties. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/stats.h>

#include <slicefit/rng.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>

TestSuite(stats, .timeout = 20);

/* Quantiles to 97.5 %. Three decimals: NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2;
 * df 1 and 2 in closed form: tan(0.475 pi) and 0.95 * sqrt(2 / (1 - 0.95^2)). */
static const struct {
	size_t df;
	double t, tolerance;
} quantiles[] = {
	{1, 12.706204736174705, 1e-9},
	{2, 4.302652729911275, 1e-9},
	{3, 3.182, 5e-4},
	{4, 2.776, 5e-4},
	{5, 2.571, 5e-4},
	{6, 2.447, 5e-4},
	{7, 2.365, 5e-4},
	{8, 2.306, 5e-4},
	{9, 2.262, 5e-4},
	{10, 2.228, 5e-4},
	{11, 2.201, 5e-4},
	{15, 2.131, 5e-4},
	{19, 2.093, 5e-4},
	{20, 2.086, 5e-4},
	{29, 2.045, 5e-4},
	{30, 2.042, 5e-4},
	{49, 2.010, 5e-4},
	{60, 2.000, 5e-4},
	{99, 1.984, 5e-4},
	{100, 1.984, 5e-4},
	{100000000, 1.959964, 1e-6},
};

Test(stats, t_quantiles_meet_the_tables)
{
	for (size_t i = 0; i < sizeof(quantiles) / sizeof(quantiles[0]); i++) {
		cr_expect(epsilon_eq(dbl, sf_stats_t975(quantiles[i].df), quantiles[i].t,
		                     quantiles[i].tolerance),
		          "df %zu", quantiles[i].df);
	}
	cr_expect(isnan(sf_stats_t975(0)));
}

/* The density of t, integrated by Simpson's rule from 0: an oracle with nothing in common. */
static double probability_by_area(double t, size_t df)
{
	enum { STEPS = 20000 };
	double v = (double)df;
	double scale = exp(lgamma((v + 1) / 2) - lgamma(v / 2)) / sqrt(v * acos(-1));
	double sum = 0;
	for (int i = 0; i <= STEPS; i++) {
		double x = t * i / STEPS;
		double weight = i == 0 || i == STEPS ? 1 : i % 2 ? 4 : 2;
		sum += weight * pow(1 + x * x / v, -(v + 1) / 2);
	}
	return 2 * scale * sum * t / STEPS / 3;
}

Test(stats, t_quantiles_enclose_95_percent_of_the_density)
{
	static const size_t dfs[] = {1, 2, 3, 4, 9, 10, 37, 200, 999, 1000, 1001, 1500, 9999};
	for (size_t i = 0; i < sizeof(dfs) / sizeof(dfs[0]); i++) {
		double area = probability_by_area(sf_stats_t975(dfs[i]), dfs[i]);
		cr_expect(epsilon_eq(dbl, area, 0.95, 1e-10), "df %zu", dfs[i]);
	}
}

Test(stats, t_quantiles_fall_with_the_degrees_of_freedom)
{
	for (size_t df = 1; df < 1100; df++) {
		cr_expect(gt(dbl, sf_stats_t975(df), sf_stats_t975(df + 1)), "df %zu", df);
	}
}

/* sd of 1..5 is sqrt(2.5); t(4) = 2.7764451. */
Test(stats, an_interval_worked_out_by_hand)
{
	const double value[] = {5, 1, 4, 2, 3};
	struct sf_stats got = sf_stats_of(value, 5);
	cr_expect(eq(sz, got.n, 5));
	cr_expect(epsilon_eq(dbl, got.mean, 3, 1e-12));
	cr_expect(epsilon_eq(dbl, got.sd, sqrt(2.5), 1e-12));
	cr_expect(epsilon_eq(dbl, got.half_95, 2.7764451 * sqrt(2.5) / sqrt(5), 1e-6));
	cr_expect(eq(dbl, got.min, 1));
	cr_expect(eq(dbl, got.max, 5));
}

Test(stats, few_and_equal_values)
{
	const double tenths[] = {0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1};
	struct sf_stats none = sf_stats_of(NULL, 0);
	cr_expect(eq(sz, none.n, 0));
	struct sf_stats one = sf_stats_of(tenths, 1);
	cr_expect(eq(dbl, one.mean, 0.1));
	cr_expect(isnan(one.sd) && isnan(one.half_95));
	cr_expect(eq(int, sf_stats_beyond_noise(&one), 0));
	struct sf_stats same = sf_stats_of(tenths, 7);
	cr_expect(eq(dbl, same.mean, 0.1));
	cr_expect(eq(dbl, same.sd, 0));
	cr_expect(eq(dbl, same.half_95, 0));
}

/* Pairs that all differ by about 1 on a wide background: only the paired view shows it. */
Test(stats, pairs_take_out_what_is_common)
{
	const double a[] = {10.9, 52, 31.1, 95, 71};
	const double b[] = {10, 51, 30, 94, 70.1};
	struct sf_stats difference = sf_stats_paired(a, b, 5);
	cr_expect(epsilon_eq(dbl, difference.mean, 0.98, 1e-9));
	cr_expect(eq(int, sf_stats_beyond_noise(&difference), 1));
	struct sf_stats alone = sf_stats_of(a, 5);
	cr_expect(gt(dbl, alone.half_95, 10));
	struct sf_stats none = sf_stats_paired(a, a, 5);
	cr_expect(eq(int, sf_stats_beyond_noise(&none), 0));
	const double shifted[] = {11, 52, 31, 95, 71.1};
	struct sf_stats constant = sf_stats_paired(shifted, b, 5);
	cr_expect(eq(int, sf_stats_beyond_noise(&constant), 1));
}

/* Of many samples of a uniform variable about 95 % must enclose its mean. */
Test(stats, intervals_cover_the_mean)
{
	enum { SAMPLES = 20000, N = 10 };
	struct sf_rng rng;
	sf_rng_seed(&rng, 7, 0);
	int enclosed = 0;
	for (int i = 0; i < SAMPLES; i++) {
		double value[N];
		for (int k = 0; k < N; k++) {
			value[k] = sf_rng_unit(&rng);
		}
		struct sf_stats got = sf_stats_of(value, N);
		enclosed += fabs(got.mean - 0.5) <= got.half_95;
	}
	cr_expect(epsilon_eq(dbl, (double)enclosed / SAMPLES, 0.95, 0.01));
}

static const struct {
	size_t n;
	double percent, want;
} ranks[] = {
	{0, 50, 0}, {1, 50, 1}, {1, 100, 1},  {4, 50, 2},  {5, 50, 3},
	{5, 95, 5}, {5, 20, 1}, {5, 20.1, 2}, {10, 90, 9}, {10, 100, 10},
};

Test(stats, percentiles_by_nearest_rank)
{
	double value[] = {10, 3, 7, 1, 9, 2, 8, 5, 4, 6};
	sf_stats_sort(value, 10);
	for (size_t i = 0; i < sizeof(ranks) / sizeof(ranks[0]); i++) {
		double got = sf_stats_percentile(value, ranks[i].n, ranks[i].percent);
		cr_expect(eq(dbl, got, ranks[i].want), "row %zu", i);
	}
}
