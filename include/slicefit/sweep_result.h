/* sweep_result: the results of a sweep, one line of JSON per point (docs/sweep.md). */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_SWEEP_RESULT_H
#define SF_SWEEP_RESULT_H

#include <slicefit/sweep.h>

struct sf_str;

#define SF_SWEEP_RESULT_SCHEMA "slicefit.sweep-result/1"

enum { SF_SWEEP_METRICS_MAX = 256 };

/* The first line of a file of results: which sweep, and which part of it. */
struct sf_sweep_head {
	const char *sweep;     /* its name */
	const char *digest;    /* of struct sf_sweep */
	const char *version;   /* of the slicefit that made them */
	size_t points;         /* of the whole sweep */
	struct sf_shard shard; /* count 0: all of it */
};

/* A value of a parameter, as text. */
struct sf_sweep_setting {
	const char *path, *text;
};

/* One line: the result of one point. */
struct sf_sweep_record {
	size_t point;
	const char *scenario;
	size_t n_settings;
	const struct sf_sweep_setting *setting;
	const char *policy;
	uint64_t seed;
	size_t n_metrics;     /* the others are not shown for this scenario */
	const double *metric; /* by the index of its name in the results; NaN: not shown */
	const char *line;     /* as it was read, without its end */
	const char *file;
	uint32_t line_number;
};

/* The lines of one or several files. Everything lives in the arena. */
struct sf_sweep_results {
	struct sf_arena *arena;
	struct sf_sweep_head head;
	size_t n_metrics;
	const char *metric[SF_SWEEP_METRICS_MAX]; /* names, as they were met */
	size_t n, cap;
	struct sf_sweep_record *record; /* in the order of reading; sf_sweep_results_sort */
	size_t intact; /* bytes of the file read last, up to the end of its last whole line */
};

/* An empty set. Free with sf_sweep_results_finish. */
void sf_sweep_results_init(struct sf_sweep_results *results);
void sf_sweep_results_finish(struct sf_sweep_results *results);

/*
 * Adds the lines of a file. A last line without its end (the writer was killed) is passed over; any
 * other line that is no result, and a file of another sweep or version than those before it, is
 * SF_EINVAL with "FILE:LINE: ...". A file without a whole first line adds nothing.
 */
int sf_sweep_results_read(struct sf_sweep_results *results, const char *path, const char *text,
                          size_t len, struct sf_error *err);

/* By point; the same line twice is kept once, and *twice (may be NULL) counts such. Two different
 * lines for one point are SF_EINVAL. */
int sf_sweep_results_sort(struct sf_sweep_results *results, size_t *twice, struct sf_error *err);

#endif
