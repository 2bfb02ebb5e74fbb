/* Tests of the waiting queue against a list that is scanned. */
// SPDX-License-Identifier: Apache-2.0
#include "engine/queue.h"

#include <slicefit/rng.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

TestSuite(queue, .timeout = 20);

enum { LINES = 12, SHAPES = 5, PODS = 4000 };

struct naive {
	bool waits[PODS];
	bool failed[SHAPES];
	uint32_t line[PODS];
};

static int32_t priority_of(uint32_t line)
{
	return (int32_t)(line % 3) - 1;
}

static uint32_t naive_next(const struct naive *naive, uint32_t pods)
{
	uint32_t best = UINT32_MAX;
	for (uint32_t pod = 0; pod < pods; pod++) {
		uint32_t line = naive->line[pod];
		if (naive->waits[pod] && !naive->failed[line % SHAPES] &&
		    (best == UINT32_MAX || priority_of(line) > priority_of(naive->line[best]))) {
			best = pod;
		}
	}
	return best;
}

static struct sf_queue *make_queue(struct sf_workload *workload, struct sf_request *request)
{
	struct sf_scenario scenario = {.n_workloads = LINES, .workload = workload};
	for (uint32_t i = 0; i < LINES; i++) {
		workload[i].priority = priority_of(i);
		request[i].cpu_milli = 1000 * (1 + i % SHAPES);
	}
	return sf_queue_create(&scenario, request);
}

Test(queue, random_steps_agree_with_a_scan)
{
	static struct sf_workload workload[LINES];
	static struct sf_request request[LINES];
	static struct naive naive;
	struct sf_queue *queue = make_queue(workload, request);
	struct sf_rng rng;
	uint32_t pods = 0;
	sf_rng_seed(&rng, 3, 0);
	while (pods < PODS) {
		uint64_t step = sf_rng_below(&rng, 10);
		uint32_t next = sf_queue_next(queue);
		cr_assert(eq(u32, next, naive_next(&naive, pods)));
		if (step < 4) {
			naive.line[pods] = (uint32_t)sf_rng_below(&rng, LINES);
			naive.waits[pods] = true;
			sf_queue_add(queue, naive.line[pods], pods);
			pods++;
		} else if (step < 6 && next != UINT32_MAX) {
			naive.waits[next] = false;
			sf_queue_remove(queue, naive.line[next], next);
		} else if (step < 7 && pods > 0) {
			uint32_t any = (uint32_t)sf_rng_below(&rng, pods);
			if (naive.waits[any]) {
				naive.waits[any] = false;
				sf_queue_remove(queue, naive.line[any], any);
			} else {
				naive.waits[any] = true; /* back into its old turn */
				sf_queue_add(queue, naive.line[any], any);
			}
		} else if (step < 9 && next != UINT32_MAX) {
			naive.failed[naive.line[next] % SHAPES] = true;
			sf_queue_fail(queue, naive.line[next]);
		} else if (step == 9) {
			for (int s = 0; s < SHAPES; s++) {
				naive.failed[s] = false;
			}
			sf_queue_release(queue);
		}
	}
	sf_queue_destroy(queue);
}
