/* report_replay: the results of replays as text, Markdown, CSV and JSON (docs/replay-output.md). */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_REPORT_REPLAY_H
#define SF_REPORT_REPLAY_H

#include <slicefit/expect.h>

struct sf_str;

/* One scenario under its policies. Everything is borrowed. */
struct sf_replay_report {
	const struct sf_scenario *scenario;
	size_t n;
	const struct sf_replay_result *result;
	size_t n_outcomes;
	const struct sf_expect_outcome *outcome;
};

/* A title, one row per policy, and what the best policy changes. `details`: also one row per
 * workload and policy. */
void sf_replay_report_text(const struct sf_replay_report *report, bool details, struct sf_str *out);
void sf_replay_report_markdown(const struct sf_replay_report *report, bool details,
                               struct sf_str *out);

/* One table of all metrics, one row per scenario and policy. */
void sf_replay_report_csv(const struct sf_replay_report *reports, size_t n, struct sf_str *out);

/* One object; for several scenarios an object with a list of them. */
void sf_replay_report_json(const struct sf_replay_report *reports, size_t n, struct sf_str *out);

/* Index of the best result: most pods placed as they asked (placed - misplaced), strictly by
 * priority; then most GPU capacity allocated, then the shortest mean wait, both to one decimal.
 * Among equals kube-default, unless it left GPU memory unchecked; else the first. */
size_t sf_replay_report_best(const struct sf_replay_report *report);

/* "FILE:LINE: expected pods.placed >= 20 for policy best-fit, got 17" */
void sf_replay_report_unmet(const struct sf_replay_report *report,
                            const struct sf_expect_outcome *outcome, struct sf_str *out);

#endif
