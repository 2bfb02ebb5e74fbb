/* Tests of the pods on each node against arrays. */
// SPDX-License-Identifier: Apache-2.0
#include "engine/residents.h"

#include <slicefit/rng.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

TestSuite(residents, .timeout = 20);

enum { NODES = 7, PODS = 60, STEPS = 20000 };

struct naive {
	uint32_t pod[PODS];
	size_t n;
};

static void expect_same(const struct sf_residents *residents, const struct naive *naive)
{
	for (uint32_t node = 0; node < NODES; node++) {
		uint32_t pod = sf_residents_first(residents, node);
		for (size_t i = 0; i < naive[node].n; i++) {
			cr_assert(eq(u32, pod, naive[node].pod[i]));
			pod = sf_residents_next(residents, pod);
		}
		cr_assert(eq(u32, pod, SF_RESIDENT_NONE));
	}
}

Test(residents, random_steps_agree_with_arrays)
{
	struct sf_residents residents;
	struct naive naive[NODES] = {0};
	uint32_t on[PODS];
	struct sf_rng rng;
	sf_rng_seed(&rng, 5, 0);
	memset(on, 0xff, sizeof(on));
	sf_residents_init(&residents, PODS);
	for (int step = 0; step < STEPS; step++) {
		uint32_t pod = (uint32_t)sf_rng_below(&rng, PODS);
		if (on[pod] == UINT32_MAX) {
			uint32_t node = (uint32_t)sf_rng_below(&rng, NODES);
			on[pod] = node;
			naive[node].pod[naive[node].n++] = pod;
			sf_residents_add(&residents, node, pod);
		} else {
			struct naive *list = &naive[on[pod]];
			size_t at = 0;
			while (list->pod[at] != pod) {
				at++;
			}
			memmove(list->pod + at, list->pod + at + 1,
			        (--list->n - at) * sizeof(list->pod[0]));
			sf_residents_remove(&residents, on[pod], pod);
			on[pod] = UINT32_MAX;
		}
		expect_same(&residents, naive);
	}
	cr_expect(eq(u32, sf_residents_first(&residents, NODES + 3), SF_RESIDENT_NONE));
	sf_residents_finish(&residents);
}
