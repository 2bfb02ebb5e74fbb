/* Tests of go_rand. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/go_rand.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

TestSuite(go_rand, .timeout = 20);

static struct sf_go_rand_table table;

static void derive(void)
{
	sf_go_rand_table_init(&table);
}

Test(go_rand, draws_what_every_go_program_drew_before_seeding_was_random, .init = derive)
{
	/* Until Go 1.20 an unseeded generator had seed 1: the numbers of many tutorials. */
	static const uint64_t words[] = {5577006791947779410, 8674665223082153551,
	                                 6129484611666145821, 4037200794235010051};
	static const uint32_t known[] = {81, 87, 47, 59, 81, 18, 25, 40, 56, 0};
	struct sf_go_rand rand;
	sf_go_rand_seed(&rand, &table, 1);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		cr_assert(eq(u64, sf_go_rand_int63(&rand), words[i]), "word %zu", i);
	}
	sf_go_rand_seed(&rand, &table, 1);
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		cr_assert(eq(u32, sf_go_rand_intn(&rand, 100), known[i]), "draw %zu", i);
	}
}

Test(go_rand, seeds_wrap_as_in_go, .init = derive)
{
	/* Seed 0 stands for 89482311, seeds count modulo 2^31 - 1, negative ones from above. */
	static const int64_t same[][2] = {
		{0, 89482311}, {7, 7 + INT64_C(0x7fffffff)}, {-1, 0x7ffffffe}, {0x7fffffff, 0}};
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		struct sf_go_rand a, b;
		sf_go_rand_seed(&a, &table, same[i][0]);
		sf_go_rand_seed(&b, &table, same[i][1]);
		for (int k = 0; k < 2000; k++) {
			cr_assert(sf_go_rand_int63(&a) == sf_go_rand_int63(&b), "row %zu", i);
		}
	}
}

Test(go_rand, bounds_hold_and_every_value_comes, .init = derive)
{
	static const uint32_t bounds[] = {1, 2, 3, 7, 64, 1000, 0x7fffffff, 0x40000001};
	struct sf_go_rand rand;
	sf_go_rand_seed(&rand, &table, 42);
	for (size_t b = 0; b < sizeof(bounds) / sizeof(bounds[0]); b++) {
		uint32_t n = bounds[b];
		unsigned seen[2][64] = {{0}};
		for (int i = 0; i < 20000; i++) {
			uint32_t x = sf_go_rand_intn(&rand, n);
			uint32_t y = sf_go_rand_bounded(&rand, n);
			cr_assert(x < n && y < n);
			seen[0][x % 64]++;
			seen[1][y % 64]++;
		}
		for (uint32_t i = 0; i < (n < 64 ? n : 64); i++) {
			cr_expect(seen[0][i] > 0 && seen[1][i] > 0, "%u of %u", i, n);
		}
	}
	double sum = 0;
	for (int i = 0; i < 100000; i++) {
		double x = sf_go_rand_float64(&rand);
		cr_assert(x >= 0 && x < 1);
		sum += x;
	}
	cr_expect(epsilon_eq(dbl, sum / 100000, 0.5, 0.005));
}

Test(go_rand, perm_and_shuffle_lose_nothing, .init = derive)
{
	enum { N = 1213 };
	uint32_t perm[N];
	uint32_t item[N];
	bool seen[2][N] = {{false}};
	struct sf_go_rand rand;
	sf_go_rand_seed(&rand, &table, 1);
	sf_go_rand_perm(&rand, N, perm);
	for (uint32_t i = 0; i < N; i++) {
		item[i] = i;
	}
	sf_go_rand_shuffle(&rand, N, item);
	for (uint32_t i = 0; i < N; i++) {
		cr_assert(perm[i] < N && item[i] < N && !seen[0][perm[i]] && !seen[1][item[i]]);
		seen[0][perm[i]] = seen[1][item[i]] = true;
	}
}
