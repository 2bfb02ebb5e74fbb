/* Tests of tolerance: limits as people write them, and what they allow. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/tolerance.h>

#include <slicefit/error.h>
#include <slicefit/str.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <string.h>

TestSuite(tolerance, .timeout = 20);

static const struct {
	const char *text;
	double was, allows;
	const char *again; /* as it is written back */
} good[] = {
	{"0", 100, 0, "0"},           {"2", 100, 2, "2"},       {"2", 0, 2, "2"},
	{"1%", 200, 2, "1%"},         {"1%", -200, 2, "1%"},    {"1%", 0, 0, "1%"},
	{"0.5%", 1000, 5, "0.5%"},    {"2,1%", 100, 2, "2,1%"}, {"2,1%", 1000, 10, "2,1%"},
	{"1%,2", 1000, 10, "2,1%"},   {"7%", 100, 7, "7%"},     {"0%", 5, 0, "0"},
	{".5", 5, 0.5, "0.5"},        {"1e2", 5, 100, "100"},   {"any", 5, (double)INFINITY, "any"},
	{"0.001", 5, 0.001, "0.001"}, {"150%", 10, 15, "150%"},
};

Test(tolerance, limits_are_read_and_written)
{
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct sf_tolerance tolerance = {.metric = "m", .line = 7};
		struct sf_error err = {0};
		struct sf_str text = {0};
		cr_assert(eq(int, sf_tolerance_parse(good[i].text, &tolerance, &err), 0), "%s: %s",
		          good[i].text, err.text);
		double allows = sf_tolerance_allows(&tolerance, good[i].was);
		cr_expect(isinf(good[i].allows) ? isinf(allows)
		                                : fabs(allows - good[i].allows) < 1e-9,
		          "%s allows %f", good[i].text, allows);
		cr_expect(eq(uint, tolerance.line, 7));
		sf_tolerance_format(&tolerance, &text);
		cr_expect(eq(str, text.text, (char *)good[i].again));
		sf_str_finish(&text);
	}
}

static const char *const bad[] = {
	"",     " ",     "x",      "-1",  "+1",   "1 %", "1%%",   "%",        "1,",    ",1",
	"1,2",  "1%,2%", "1,2%,3", "1 ",  " 1",   "ANY", "any,1", "1,any",    "inf",   "nan",
	"0x10", "1e999", "1..2",   "1%2", "none", "1,%", "--1",   "infinity", "1,-2%",
};

Test(tolerance, mistakes_are_told_and_leave_the_limits_alone)
{
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct sf_tolerance tolerance = {.absolute = 3};
		struct sf_error err = {0};
		cr_expect(eq(int, sf_tolerance_parse(bad[i], &tolerance, &err), -1), "'%s'",
		          bad[i]);
		cr_expect(strstr(err.text, "expected a number (2)") != NULL, "%s", err.text);
		cr_expect(eq(dbl, tolerance.absolute, 3));
	}
}

static const struct {
	const char *pattern, *metric;
	bool matches;
} patterns[] = {
	{"pods.placed", "pods.placed", true},
	{"pods.placed", "pods.placed_well", false},
	{"pods.*", "pods.placed", true},
	{"pods*", "pods.placed", true},
	{"*", "horizon_s", true},
	{"wait_s.*", "pods.placed", false},
	{"pods.placed*", "pods.placed", true},
	{"pods", "pods.placed", false},
	{"pods.*d", "pods.placed", false},
};

Test(tolerance, patterns_match_beginnings)
{
	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
		struct sf_tolerance tolerance = {.metric = patterns[i].pattern};
		cr_expect(eq(int, sf_tolerance_matches(&tolerance, patterns[i].metric),
		             patterns[i].matches),
		          "%s ~ %s", patterns[i].pattern, patterns[i].metric);
	}
}
