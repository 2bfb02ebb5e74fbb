/*
 * replay_series: the rows over time of a replay that somebody asked for.
 *
 * A row is what holds after everything of its moment. With a step there is one at each multiple of
 * it, else one per moment at which something happened.
 */
// SPDX-License-Identifier: Apache-2.0
#include "replay_series.h"

#include "replay_impl.h"

#include <slicefit/alloc.h>
#include <slicefit/error.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where a figure comes from. */
enum source {
	FROM_COUNT,  /* a uint32_t of the result */
	FROM_REAL,   /* a double of the result */
	FROM_FIGURE, /* a figure of the cluster as a percentage of all GPUs */
	FROM_OTHER,
};

struct row {
	const char *name;
	enum source source;
	size_t at; /* offset in the result, or enum sf_figure */
};

#define COUNT(name, field)                                                                         \
	{                                                                                          \
		name, FROM_COUNT, offsetof(struct sf_replay_result, field)                         \
	}
#define REAL(name, field)                                                                          \
	{                                                                                          \
		name, FROM_REAL, offsetof(struct sf_replay_result, field)                          \
	}
#define FIGURE(name, figure)                                                                       \
	{                                                                                          \
		name, FROM_FIGURE, figure                                                          \
	}

enum other { OTHER_TIME, OTHER_RUNNING, OTHER_GPUS, OTHER_FRAGMENT, OTHER_STRANDED_WHOLE };

/* Counts and lost work are sums since the start. Then come the pods that wait of each workload, and
 * what is stranded of each profile. */
static const struct row rows[] = {
	{"time_s", FROM_OTHER, OTHER_TIME},
	COUNT("pods.arrived", arrived),
	COUNT("pods.completed", completed),
	COUNT("pods.rejected", rejected),
	COUNT("pods.waiting", waiting),
	{"pods.running", FROM_OTHER, OTHER_RUNNING},
	{"gpu.total", FROM_OTHER, OTHER_GPUS},
	FIGURE("gpu.allocated_pct", SF_FIGURE_USED),
	FIGURE("gpu.used_pct", SF_FIGURE_BUSY),
	FIGURE("gpu.down_pct", SF_FIGURE_DOWN),
	{"gpu.fragmentation_pct", FROM_OTHER, OTHER_FRAGMENT},
	FIGURE("gpu.stranded_pct", SF_FIGURE_STRANDED),
	{"gpu.stranded_whole_pct", FROM_OTHER, OTHER_STRANDED_WHOLE},
	FIGURE("gpu.stranded_mig_pct", SF_FIGURE_STRANDED_MIG),
	FIGURE("gpu.stranded_shared_pct", SF_FIGURE_STRANDED_SHARED),
	COUNT("preemption.count", preemptions),
	COUNT("preemption.victims", evicted[SF_EVICT_PREEMPTED].pods),
	COUNT("evictions.pods", evicted_all.pods),
	COUNT("evictions.failed", evicted[SF_EVICT_NODE_FAILED].pods),
	COUNT("evictions.drained", evicted[SF_EVICT_DRAINED].pods),
	COUNT("evictions.repartitioned", evicted[SF_EVICT_REPARTITIONED].pods),
	REAL("evictions.lost_gpu_s", evicted_all.lost_gpu_s),
};

enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

void sf_series_destroy(struct sf_series *series)
{
	if (!series) {
		return;
	}
	for (size_t i = 0; i < series->n_columns; i++) {
		free(series->column[i].name);
	}
	free(series->column);
	free(series->value);
	free(series);
}

static void add_column(struct sf_series *series, const char *prefix, const char *name, bool integer)
{
	char text[256];
	snprintf(text, sizeof(text), "%s%s", prefix, name);
	series->column[series->n_columns++] = (struct sf_series_column){sf_xstrdup(text), integer};
}

void sf_series_open(struct sf_replay *r)
{
	const struct sf_scenario *scenario = r->scenario;
	const struct sf_profiles *profiles = sf_metrics_profiles(r->metrics);
	if (!r->watch || r->watch->series_step_us == 0) {
		return;
	}
	struct sf_series *series = sf_xcalloc(1, sizeof(*series));
	r->out.series = series;
	series->column =
		sf_xcalloc(ROWS + scenario->n_workloads + profiles->n, sizeof(*series->column));
	for (size_t i = 0; i < ROWS; i++) {
		bool integer = rows[i].source == FROM_COUNT ||
		               (rows[i].source == FROM_OTHER &&
		                (rows[i].at == OTHER_RUNNING || rows[i].at == OTHER_GPUS));
		add_column(series, "", rows[i].name, integer);
	}
	for (size_t i = 0; i < scenario->n_workloads; i++) {
		add_column(series, "waiting.", scenario->workload[i].name, true);
	}
	for (size_t i = 0; i < profiles->n; i++) {
		add_column(series, "stranded_pct.", profiles->name[i], false);
	}
}

static double percent(const int64_t *now, double milli)
{
	return now[SF_FIGURE_TOTAL] > 0 ? 100 * milli / (double)now[SF_FIGURE_TOTAL] : 0;
}

static double read_other(const struct sf_replay *r, enum other what, const int64_t *now,
                         int64_t time_us)
{
	switch (what) {
	case OTHER_TIME:
		return (double)time_us / 1e6;
	case OTHER_RUNNING:
		return (double)now[SF_FIGURE_PODS];
	case OTHER_GPUS:
		return (double)(now[SF_FIGURE_TOTAL] / 1000);
	case OTHER_FRAGMENT:
		return percent(now, sf_metrics_fragment_now(r->metrics));
	case OTHER_STRANDED_WHOLE:
		return percent(now, (double)(now[SF_FIGURE_STRANDED] - now[SF_FIGURE_STRANDED_MIG] -
		                             now[SF_FIGURE_STRANDED_SHARED]));
	}
	return 0;
}

static double read_row(const struct sf_replay *r, const struct row *row, const int64_t *now,
                       int64_t time_us)
{
	const char *at = (const char *)&r->out + row->at;
	uint32_t count = 0;
	double real = 0;
	switch (row->source) {
	case FROM_COUNT:
		memcpy(&count, at, sizeof(count));
		return count;
	case FROM_REAL:
		memcpy(&real, at, sizeof(real));
		return real;
	case FROM_FIGURE:
		return percent(now, (double)now[row->at]);
	case FROM_OTHER:
		return read_other(r, (enum other)row->at, now, time_us);
	}
	return 0;
}

static int add_row(struct sf_replay *r, int64_t time_us, struct sf_error *err)
{
	struct sf_series *series = r->out.series;
	const int64_t *now = sf_metrics_now(r->metrics);
	const int64_t *stranded = sf_metrics_now_stranded(r->metrics);
	const size_t used = series->n_rows * series->n_columns;
	if (used + series->n_columns > SF_SERIES_VALUES_MAX) {
		return sf_fail(err, SF_ELIMIT, "series: more than %zu rows, use a longer --step",
		               series->n_rows);
	}
	series->value = sf_xgrow(series->value, &series->cap, used + series->n_columns,
	                         sizeof(*series->value));
	double *out = &series->value[used];
	for (size_t i = 0; i < ROWS; i++) {
		*out++ = read_row(r, &rows[i], now, time_us);
	}
	for (size_t i = 0; i < r->scenario->n_workloads; i++) {
		*out++ = r->out.workload[i].waiting;
	}
	for (size_t i = 0; i < sf_metrics_profiles(r->metrics)->n; i++) {
		*out++ = percent(now, (double)stranded[i]);
	}
	series->n_rows++;
	return 0;
}

/* Rows of whole steps before `time_us`. */
static int add_steps(struct sf_replay *r, int64_t time_us, struct sf_error *err)
{
	const int64_t step_us = r->watch->series_step_us;
	for (; r->series_next_us < time_us; r->series_next_us += step_us) {
		if (add_row(r, r->series_next_us, err) != 0) {
			return -1;
		}
	}
	return 0;
}

int sf_series_until(struct sf_replay *r, int64_t time_us, struct sf_error *err)
{
	const bool over = time_us == SF_TIME_MAX;
	if (!r->out.series) {
		return 0;
	}
	if (r->watch->series_step_us > 0) {
		return add_steps(r, over ? r->now_us + 1 : time_us, err);
	}
	return time_us > r->now_us ? add_row(r, r->now_us, err) : 0;
}
