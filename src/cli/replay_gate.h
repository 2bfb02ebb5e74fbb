/* replay_gate: `slicefit replay` as a gate in CI: baselines in, findings out. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_REPLAY_GATE_H
#define SF_REPLAY_GATE_H

#include "replay_set.h"

#include <slicefit/baseline.h>
#include <slicefit/report_gate.h>

/* Reads the baseline that the options name, if they do. With --update-baseline it may be missing.
 * Finish in any case. */
int sf_replay_gate_load(const struct sf_replay_options *options, struct sf_baseline *out,
                        struct sf_error *err);

/* A baseline knows scenarios by name: -1 and err when two have the same. */
int sf_replay_gate_names(const struct sf_replay_set *sets, size_t n, struct sf_error *err);

/* Compares the reports of *found with the baseline, if there is one, into *gate; *found then leads
 * to it. */
void sf_replay_gate_check(const struct sf_replay_options *options,
                          const struct sf_baseline *baseline, struct sf_gate *gate,
                          struct sf_findings *found);

/* Appends the comparison where the output is for people. */
void sf_replay_gate_show(const struct sf_replay_options *options, const struct sf_findings *found,
                         struct sf_str *out);

/* Once the results are out: the comparison or the updated baseline and what is not met to standard
 * error, and the files that the options want. After an update only expectations are findings. */
int sf_replay_gate_tell(const struct sf_replay_options *options, struct sf_findings *found,
                        struct sf_error *err);

#endif
