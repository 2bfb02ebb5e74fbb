/* test_kube_bucket: requests per second. */
// SPDX-License-Identifier: Apache-2.0
#include "kube/bucket.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

enum { MS = 1000000, NEVER = -1 };

/* 100 per second, 3 at once: a token comes back each 10 ms. */
static const struct taken {
	uint64_t at_ms;
	uint64_t most_ms;
	int64_t wait_ms; /* NEVER: not taken */
} taken[] = {
	{1000, 0, 0},   {1000, 0, 0},  {1000, 0, 0},   {1000, 9, NEVER}, {1000, 10, 10},
	{1000, 99, 20}, {1005, 0, -1}, {1005, 99, 25}, {1040, 0, 0},     {1040, 0, NEVER},
	{1060, 0, 0},   {1060, 0, 0},  {1060, 5, -1},  {2000, 0, 0},     {2000, 0, 0},
	{2000, 0, 0},   {2000, 0, -1},
};

Test(kube_bucket, bursts_and_rate)
{
	struct sf_bucket bucket;
	sf_bucket_init(&bucket, 100, 3);
	for (size_t i = 0; i < sizeof(taken) / sizeof(*taken); i++) {
		uint64_t wait_ns = 0;
		bool got = sf_bucket_take(&bucket, taken[i].at_ms * MS, taken[i].most_ms * MS,
		                          &wait_ns);
		cr_assert(eq(int, got, taken[i].wait_ms != NEVER), "row %zu", i);
		if (got) {
			cr_assert(eq(i64, (int64_t)(wait_ns / MS), taken[i].wait_ms), "row %zu", i);
		}
	}
}

/* Whoever takes as often as it lets gets burst + rate * time. */
Test(kube_bucket, adds_up)
{
	struct sf_bucket bucket;
	uint64_t n = 0;
	sf_bucket_init(&bucket, 500, 1000);
	for (uint64_t ms = 0; ms < 10000; ms++) {
		uint64_t wait_ns;
		while (sf_bucket_take(&bucket, ms * MS, 0, &wait_ns)) {
			n++;
		}
	}
	cr_assert(eq(u64, n, 1000 + 10 * 500 - 1));
}
