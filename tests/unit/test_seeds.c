/* Tests of seeds: lists as people write them, right and wrong. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/seeds.h>

#include <slicefit/error.h>
#include <slicefit/str.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

TestSuite(seeds, .timeout = 20);

static const struct {
	const char *text;
	size_t n;
	uint64_t seed[6];
} good[] = {
	{"0", 1, {0}},
	{"42..46", 5, {42, 43, 44, 45, 46}},
	{"1,2,7", 3, {1, 2, 7}},
	{"1..3,9", 4, {1, 2, 3, 9}},
	{"9,1..3", 4, {9, 1, 2, 3}},
	{"5..5", 1, {5}},
	{"9223372036854775807", 1, {INT64_MAX}},
	{"9223372036854775806..9223372036854775807", 2, {INT64_MAX - 1, INT64_MAX}},
};

Test(seeds, lists_and_ranges)
{
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct sf_seeds seeds = {0};
		struct sf_error err = {0};
		cr_assert(eq(int, sf_seeds_parse(good[i].text, &seeds, &err), 0), "%s: %s",
		          good[i].text, err.text);
		cr_assert(eq(sz, seeds.n, good[i].n), "%s", good[i].text);
		for (size_t k = 0; k < seeds.n; k++) {
			cr_expect(eq(u64, seeds.seed[k], good[i].seed[k]), "%s", good[i].text);
		}
		struct sf_str text = {0};
		struct sf_seeds again = {0};
		sf_seeds_format(&seeds, &text);
		cr_assert(eq(int, sf_seeds_parse(text.text, &again, &err), 0), "%s", text.text);
		cr_expect(eq(sz, again.n, seeds.n));
		cr_expect(eq(int, memcmp(again.seed, seeds.seed, seeds.n * 8), 0), "%s", text.text);
		sf_seeds_finish(&again);
		sf_str_finish(&text);
		sf_seeds_finish(&seeds);
	}
}

static const struct {
	const char *text, *says;
} bad[] = {
	{"", "expected a number"},
	{",", "expected a number"},
	{"1,", "expected a number"},
	{",1", "expected a number"},
	{"1,,2", "expected a number"},
	{"a", "'a': expected a number"},
	{"-1", "expected a number"},
	{"+1", "expected a number"},
	{" 1", "expected a number"},
	{"1.5", "expected a number"},
	{"1..", "expected a number"},
	{"..2", "expected a number"},
	{"1...3", "expected a number"},
	{"1..2..3", "expected a number"},
	{"9223372036854775808", "expected a number"},
	{"99999999999999999999999", "expected a number"},
	{"3..1", "3..1 runs backwards"},
	{"1,2,1", "1 is named twice"},
	{"1..5,3", "3 is named twice"},
	{"7,1..9", "7 is named twice"},
	{"1..10001", "limit of 10000"},
	{"0..9223372036854775807", "limit of 10000"},
	{"1..9999,20000,20001", "limit of 10000"},
};

Test(seeds, mistakes_are_named_and_leave_the_list_alone)
{
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct sf_seeds seeds = {0};
		struct sf_error err = {0};
		cr_expect(eq(int, sf_seeds_parse(bad[i].text, &seeds, &err), -1), "%s",
		          bad[i].text);
		cr_expect(strstr(err.text, bad[i].says) != NULL, "'%s' says: %s", bad[i].text,
		          err.text);
		cr_expect(seeds.seed == NULL && seeds.n == 0);
	}
}

Test(seeds, as_many_as_the_limit)
{
	struct sf_seeds seeds = {0};
	cr_assert(eq(int, sf_seeds_parse("1..9999,20000", &seeds, NULL), 0));
	cr_expect(eq(sz, seeds.n, SF_SEEDS_MAX));
	cr_expect(eq(u64, seeds.seed[SF_SEEDS_MAX - 1], 20000));
	sf_seeds_finish(&seeds);
}

Test(seeds, runs_are_written_as_ranges)
{
	struct sf_seeds seeds = {0};
	struct sf_str text = {0};
	cr_assert(eq(int, sf_seeds_parse("7,1,2,3,9..11,5", &seeds, NULL), 0));
	sf_seeds_format(&seeds, &text);
	cr_expect(eq(str, text.text, "7,1..3,9..11,5"));
	sf_str_finish(&text);
	sf_seeds_finish(&seeds);
}
