/* test_kube_retry: waits between tries. */
// SPDX-License-Identifier: Apache-2.0
#include "kube/retry.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

static const uint64_t ms = 1000000;

/* Failures come at these times; the step before the random part is known by hand. */
static const struct failed {
	uint64_t at_ms;
	uint32_t step_ms;
} failed[] = {
	{5, 800},       {1000, 1600},   {3000, 3200},   {10000, 6400},
	{20000, 12800}, {40000, 25600}, {90000, 30000}, {150000, 30000},
	{270000, 800},  {389999, 1600}, {509999, 800},
};

Test(kube_retry, doubles_and_calms_down)
{
	for (uint64_t seed = 0; seed < 50; seed++) {
		struct sf_retry retry = {.first_ms = SF_RETRY_FIRST_MS,
		                         .most_ms = SF_RETRY_MOST_MS,
		                         .calm_ms = SF_RETRY_CALM_MS};
		sf_rng_seed(&retry.rng, seed, 0);
		for (size_t i = 0; i < sizeof(failed) / sizeof(*failed); i++) {
			uint32_t wait = sf_retry_wait_ms(&retry, failed[i].at_ms * ms);
			cr_assert(ge(u32, wait, failed[i].step_ms), "row %zu", i);
			cr_assert(lt(u32, wait, 2 * failed[i].step_ms), "row %zu", i);
		}
	}
}

/* Two clients that fail together come back apart; the same seed gives the same waits. */
Test(kube_retry, random_by_seed)
{
	uint32_t wait[3];
	const uint64_t seed[3] = {1, 1, 2};
	for (size_t i = 0; i < 3; i++) {
		struct sf_retry retry = {.first_ms = 1 << 20, .most_ms = 1 << 20, .calm_ms = 1};
		sf_rng_seed(&retry.rng, seed[i], 0);
		wait[i] = sf_retry_wait_ms(&retry, 0);
	}
	cr_assert(eq(u32, wait[0], wait[1]));
	cr_assert(ne(u32, wait[0], wait[2]));
}
