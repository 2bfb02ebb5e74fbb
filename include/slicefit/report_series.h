/* report_series: how replays went over time, as CSV. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_REPORT_SERIES_H
#define SF_REPORT_SERIES_H

#include <slicefit/report_replay.h>

struct sf_str;

/* Appends the series of all results of one scenario (docs/replay-output.md): a head, then the rows
 * of each result. */
void sf_report_series(const struct sf_replay_report *report, struct sf_str *out);

#endif
