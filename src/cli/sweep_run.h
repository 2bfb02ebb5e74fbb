/* sweep_run: computes the points of a sweep into a file that survives being killed. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_SWEEP_RUN_H
#define SF_SWEEP_RUN_H

#include <slicefit/sweep.h>

struct sf_catalog;
struct sf_error;
struct sf_str;
struct sf_sweep_results;

struct sf_sweep_run {
	const struct sf_sweep *sweep;
	const struct sf_catalog *catalog;
	struct sf_shard shard; /* count 0: all points */
	size_t threads;        /* 0: one per CPU */
	const char *file;      /* of the results */
};

/*
 * Computes what the file does not have yet, and leaves it sorted. Each finished point is one line
 * appended at once, so that a run can be killed at any time and started again; a second run on the
 * same file at the same time is refused. `results` (initialised) gets the file's lines, sorted;
 * *kept is how many of them were there before.
 */
int sf_sweep_run(const struct sf_sweep_run *run, struct sf_sweep_results *results, size_t *kept,
                 struct sf_error *err);

#endif
