/* replay_try: the waiting pods of a replay are tried, in the queue's order. */
// SPDX-License-Identifier: Apache-2.0
#include "replay_impl.h"

#include <slicefit/clock.h>

static bool choose(struct sf_replay *r, uint32_t workload, struct sf_candidate *best)
{
	uint64_t start_ns = sf_clock_ns();
	bool found = sf_placer_choose(r->placer, &r->request[workload], best);
	r->out.decision_ns += sf_clock_ns() - start_ns;
	r->out.decisions++;
	return found;
}

int sf_replay_try(struct sf_replay *r, struct sf_error *err)
{
	uint32_t pod;
	while ((pod = sf_queue_next(r->queue)) != UINT32_MAX) {
		uint32_t workload = r->arrival[pod].workload;
		struct sf_candidate best;
		if (!choose(r, workload, &best)) {
			sf_queue_fail(r->queue, workload);
		} else if (sf_replay_place(r, pod, &best, err) != 0) {
			return -1;
		}
	}
	return 0;
}
