/* test_prom: the text format of Prometheus. */
// SPDX-License-Identifier: Apache-2.0
#include "service/prom.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <slicefit/str.h>

static const struct {
	const char *help;
	unsigned decimals;
	struct sf_prom_labels labels;
	int64_t value;
	const char *want; /* behind "# HELP x " */
} samples[] = {
	{"h", 0, {{{0}}}, 0, "h\n# TYPE x gauge\nx 0\n"},
	{"h", 0, {{{0}}}, -5, "h\n# TYPE x gauge\nx -5\n"},
	{"h", 9, {{{0}}}, 16000, "h\n# TYPE x gauge\nx 0.000016\n"},
	{"h", 9, {{{0}}}, -1, "h\n# TYPE x gauge\nx -0.000000001\n"},
	{"h", 9, {{{0}}}, 2500000000, "h\n# TYPE x gauge\nx 2.5\n"},
	{"h", 2, {{{0}}}, 1200, "h\n# TYPE x gauge\nx 12\n"},
	{"h", 3, {{{0}}}, INT64_MAX, "h\n# TYPE x gauge\nx 9223372036854775.807\n"},
	{"h", 0, {{{0}}}, INT64_MIN, "h\n# TYPE x gauge\nx -9223372036854775808\n"},
	{"a \\ \"b\"\nc", 0, {{{0}}}, 1, "a \\\\ \"b\"\\nc\n# TYPE x gauge\nx 1\n"},
	{"h",
         0,
         {{{"a", "\\ \"\n\xc3\xa4"}, {"b", ""}}},
         1,
         "h\n# TYPE x gauge\nx{a=\"\\\\ \\\"\\n\xc3\xa4\",b=\"\"} 1\n"},
};

Test(prom, samples)
{
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		struct sf_prom_family family = {"x", SF_PROM_GAUGE, samples[i].help,
		                                samples[i].decimals};
		struct sf_str got = {0}, want = {0};
		sf_prom_head(&family, &got);
		sf_prom_sample(&family, &samples[i].labels, samples[i].value, &got);
		sf_str_printf(&want, "# HELP x %s", samples[i].want);
		cr_expect(eq(str, got.text, want.text), "row %zu", i);
		sf_str_finish(&got);
		sf_str_finish(&want);
	}
}

static const struct sf_prom_scale scale = {4000, 2, 3}; /* 4, 8, 16 us in ns */

Test(prom, buckets_hold_their_bound)
{
	static const struct {
		uint64_t value;
		unsigned bucket;
	} rows[] = {{0, 0},    {4000, 0},  {4001, 1},  {8000, 1},
	            {8001, 2}, {16000, 2}, {16001, 3}, {UINT64_MAX, 3}};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		cr_expect(eq(u32, sf_prom_bucket(&scale, rows[i].value), rows[i].bucket), "row %zu",
		          i);
	}
}

Test(prom, histograms_are_cumulative)
{
	struct sf_prom_family family = {"d_seconds", SF_PROM_HISTOGRAM, "h", 9};
	struct sf_prom_labels labels = {{{"verb", "filter"}}};
	uint64_t count[] = {1, 0, 2, 4};
	struct sf_str got = {0};
	sf_prom_histogram(&family, &labels, &scale, count, 1000000001, &got);
	sf_prom_histogram(&family, NULL, &scale, count, 0, &got);
	cr_assert(eq(str, got.text,
	             "d_seconds_bucket{verb=\"filter\",le=\"0.000004\"} 1\n"
	             "d_seconds_bucket{verb=\"filter\",le=\"0.000008\"} 1\n"
	             "d_seconds_bucket{verb=\"filter\",le=\"0.000016\"} 3\n"
	             "d_seconds_bucket{verb=\"filter\",le=\"+Inf\"} 7\n"
	             "d_seconds_sum{verb=\"filter\"} 1.000000001\n"
	             "d_seconds_count{verb=\"filter\"} 7\n"
	             "d_seconds_bucket{le=\"0.000004\"} 1\n"
	             "d_seconds_bucket{le=\"0.000008\"} 1\n"
	             "d_seconds_bucket{le=\"0.000016\"} 3\n"
	             "d_seconds_bucket{le=\"+Inf\"} 7\n"
	             "d_seconds_sum 0\n"
	             "d_seconds_count 7\n"));
	sf_str_finish(&got);
}
