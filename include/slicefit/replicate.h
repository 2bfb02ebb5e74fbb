/* replicate: many replays (scenarios, policies, seeds) on several threads. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_REPLICATE_H
#define SF_REPLICATE_H

#include <slicefit/replay.h>

/* One replay to run. Scenarios may be shared between runs; nothing is changed in them. */
struct sf_run {
	const struct sf_scenario *scenario;
	const struct sf_policy *policy;
	uint64_t seed;
	int64_t series_step_us; /* as in struct sf_replay_watch */
};

/*
 * Runs all of `run` on up to `threads` threads (0: one per CPU) and puts the result of run[i] into
 * result[i]: the same results for any number of threads. `watch` (may be NULL) hears of the sum of
 * all runs, never from two threads at a time. On an error that of the first failing run is told,
 * with the path of its scenario, and no result is left to finish; otherwise finish each of them.
 */
int sf_replicate(const struct sf_run *run, size_t n, size_t threads,
                 const struct sf_replay_watch *watch, struct sf_replay_result *result,
                 struct sf_error *err);

#endif
