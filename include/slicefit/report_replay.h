/* report_replay: the results of replays as text, Markdown, CSV and JSON (docs/replay-output.md). */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_REPORT_REPLAY_H
#define SF_REPORT_REPLAY_H

#include <slicefit/expect.h>
#include <slicefit/trial.h>

struct sf_str;

/* One scenario under its policies. Everything is borrowed. */
struct sf_replay_report {
	const struct sf_scenario *scenario;
	size_t n;
	const struct sf_replay_result *result;
	size_t n_outcomes;
	const struct sf_expect_outcome *outcome;
	size_t n_seeds; /* results of each policy, which follow each other; 0: one */
};

/* The same for statistics. */
struct sf_trial sf_replay_report_trial(const struct sf_replay_report *report);

/* A title, one row per policy, and what the best policy changes. With several seeds: means with
 * their intervals, differences between policies and a verdict. `details`: also one row per workload
 * and policy. */
void sf_replay_report_text(const struct sf_replay_report *report, bool details, struct sf_str *out);
void sf_replay_report_markdown(const struct sf_replay_report *report, bool details,
                               struct sf_str *out);

/* One table of all metrics, one row per scenario and policy. */
void sf_replay_report_csv(const struct sf_replay_report *reports, size_t n, struct sf_str *out);

/* One object; for several scenarios an object with a list of them. */
void sf_replay_report_json(const struct sf_replay_report *reports, size_t n, struct sf_str *out);

/* Index of the best policy, see sf_trial_best. */
size_t sf_replay_report_best(const struct sf_replay_report *report);

/* "FILE:LINE: expected pods.placed >= 20 for policy best-fit, got 17" */
void sf_replay_report_unmet(const struct sf_replay_report *report,
                            const struct sf_expect_outcome *outcome, struct sf_str *out);

#endif
