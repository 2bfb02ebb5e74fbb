/* report_sweep: lines of results of a sweep, and what all of them say together (docs/sweep.md). */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_REPORT_SWEEP_H
#define SF_REPORT_SWEEP_H

#include <slicefit/replay.h>
#include <slicefit/stats.h>
#include <slicefit/sweep_result.h>
#include <slicefit/table.h>

/* The first line of a file of results, with its end. */
void sf_sweep_write_head(const struct sf_sweep_head *head, struct sf_str *out);

/* The line of one point, with its end. */
void sf_sweep_write_point(const struct sf_sweep *sweep, const struct sf_sweep_point *point,
                          const struct sf_replay_result *result, struct sf_str *out);

/* The lines of all points, as they were read. */
void sf_sweep_write_lines(const struct sf_sweep_results *results, struct sf_str *out);

/* Points that differ in their seed only, and their metrics over the seeds. */
struct sf_sweep_group {
	const struct sf_sweep_record *first;
	size_t seeds;
	struct sf_stats *stats; /* one per metric of the summary; n 0: not shown for the scenario */
};

struct sf_sweep_summary {
	const struct sf_sweep_results *results;
	const char *versus; /* a policy: metrics are differences to it; NULL: metrics as they are */
	size_t n_metrics;
	size_t metric[SF_SWEEP_METRICS_MAX]; /* indices of names, in the order of a replay's JSON */
	size_t n;
	struct sf_sweep_group *group; /* in the order of the points */
};

/* Groups sorted results. Free with sf_sweep_summary_finish. */
void sf_sweep_summary_init(struct sf_sweep_summary *summary,
                           const struct sf_sweep_results *results);
void sf_sweep_summary_finish(struct sf_sweep_summary *summary);

/* Leaves the groups of the other policies, with the differences of their metrics to those of
 * `policy` (borrowed) on the same scenario, values and seeds. -1 and err when the results do not
 * have it, or nothing besides it. */
int sf_sweep_summary_versus(struct sf_sweep_summary *summary, const char *policy,
                            struct sf_error *err);

/* Which one of the summary's metrics a name is; false when there is none. */
bool sf_sweep_summary_find(const struct sf_sweep_summary *summary, const char *name, size_t *out);

/* One row per group, with mean and half the 95 % interval of `n` of the summary's metrics. CSV has
 * three columns per metric: mean, low and high end. Differences beyond noise are marked with *. */
void sf_sweep_summary_table(const struct sf_sweep_summary *summary, const size_t *metric, size_t n,
                            enum sf_table_format format, struct sf_str *out);

/* All metrics. */
void sf_sweep_summary_json(const struct sf_sweep_summary *summary, struct sf_str *out);

#endif
