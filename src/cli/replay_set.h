/* replay_set: a scenario, what is to be replayed on it, and what came of it. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_REPLAY_SET_H
#define SF_REPLAY_SET_H

#include "replay_options.h"

#include <slicefit/expect.h>

/* Zero-initialise. Results are in the order of the policies, for each in the order of the seeds. */
struct sf_replay_set {
	struct sf_scenario *scenario;
	size_t n_policies;
	const struct sf_policy *policy[SF_POLICIES_MAX];
	size_t n_seeds;
	uint64_t *seed;
	size_t n_results; /* policies x seeds once they have run */
	struct sf_replay_result *result;
	size_t n_outcomes;
	struct sf_expect_outcome *outcome;
};

/* Reads a scenario and settles policies and seeds by the options. Finish in any case. */
int sf_replay_set_load(struct sf_replay_set *set, const char *path,
                       const struct sf_catalog *catalog, const struct sf_replay_options *options,
                       struct sf_error *err);

/* Runs all sets on options->jobs threads with a bar of progress on a terminal, says how fast it
 * was, and checks what the scenarios expect. */
int sf_replay_set_run(struct sf_replay_set *sets, size_t n, const struct sf_replay_options *options,
                      struct sf_error *err);

/* The results for statistics; borrowed. */
struct sf_trial sf_replay_set_trial(const struct sf_replay_set *set);

void sf_replay_set_finish(struct sf_replay_set *set);

/* The policies of a list "a,b" or "all" into policy[SF_POLICIES_MAX]: how many, or -1 and err. */
int sf_replay_policies(const char *list, const struct sf_policy **policy, struct sf_error *err);

#endif
