/* seeds_text: what several seeds say, for people. */
// SPDX-License-Identifier: Apache-2.0
#include "seeds_report.h"

#include "report_text.h"

#include <slicefit/alloc.h>
#include <slicefit/str.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct column {
	const char *title;
	const char *path;
	double divisor; /* 0: a duration */
	int decimals;
	bool if_any; /* only where a policy has any */
};

static const struct column columns[] = {
	{"placed", "pods.placed", 1, 1, false},
	{"rejected", "pods.rejected", 1, 1, false},
	{"waiting", "pods.waiting", 1, 1, false},
	{"alloc %", "gpu.allocated_pct", 1, 1, false},
	{"frag %", "gpu.fragmentation_pct", 1, 1, false},
	{"stranded %", "gpu.stranded_pct", 1, 1, false},
	{"active GPUs", "gpu.active_mean", 1, 1, false},
	{"mean wait", "wait_s.mean", 0, 0, false},
	{"p95", "wait_s.p95", 0, 0, false},
	{"misplaced", "pods.misplaced", 1, 1, true},
	{"memory unchecked", "pods.gpu_memory_unchecked", 1, 1, true},
	{"held by quota", "quota.held", 1, 1, true},
	{"gangs given up", "gangs.timed_out", 1, 1, true},
	{"down %", "gpu.down_pct", 1, 1, true},
	{"stretch", "stretch.mean", 1, 2, true},
	{"evicted", "evictions.pods", 1, 1, true},
	{"lost GPU-h", "evictions.lost_gpu_s", 3600, 1, true},
};

enum { COLUMNS = sizeof(columns) / sizeof(columns[0]) };

static size_t metric_index(const char *path)
{
	size_t i = 0;
	while (strcmp(sf_replay_metric_path(i, NULL), path) != 0) {
		i++;
	}
	return i;
}

static bool is_shown(const struct sf_trial *trial, const struct column *column, size_t metric)
{
	for (size_t i = 0; i < trial->n_policies && column->if_any; i++) {
		if (sf_trial_metric(trial, i, metric).max > 0) {
			return true;
		}
	}
	return !column->if_any;
}

/* "19.4 ± 0.8", "12m30s ± 40 s"; with a sign for differences. */
static void write_cell(struct sf_table *table, const struct column *column,
                       const struct sf_stats *stats, const char *plus, const char *mark)
{
	char mean[SF_DURATION_MAX];
	char half[SF_DURATION_MAX];
	if (column->divisor == 0) {
		sf_report_duration(fabs(stats->mean), mean);
		sf_report_duration(stats->half_95, half);
	} else {
		snprintf(mean, sizeof(mean), "%.*f", column->decimals,
		         fabs(stats->mean) / column->divisor);
		snprintf(half, sizeof(half), "%.*f", column->decimals,
		         stats->half_95 / column->divisor);
	}
	bool zero = strspn(mean, "0. s") == strlen(mean);
	const char *sign = zero ? "" : stats->mean < 0 ? "-" : plus;
	sf_table_cell(table, "%s%s ± %s%s", sign, mean, half, mark);
}

static struct sf_table *open_table(const bool shown[COLUMNS])
{
	struct sf_table *table = sf_table_create();
	sf_table_column(table, "policy", NULL, SF_ALIGN_LEFT);
	for (size_t i = 0; i < COLUMNS; i++) {
		if (shown[i]) {
			sf_table_column(table, columns[i].title, NULL, SF_ALIGN_RIGHT);
		}
	}
	return table;
}

static void write_policies(const struct sf_trial *trial, const bool shown[COLUMNS],
                           enum sf_table_format format, struct sf_str *out)
{
	struct sf_table *table = open_table(shown);
	for (size_t p = 0; p < trial->n_policies; p++) {
		sf_table_cell(table, "%s", sf_trial_policy(trial, p));
		for (size_t i = 0; i < COLUMNS; i++) {
			if (shown[i]) {
				struct sf_stats stats =
					sf_trial_metric(trial, p, metric_index(columns[i].path));
				write_cell(table, &columns[i], &stats, "", "");
			}
		}
	}
	sf_table_write(table, format, out);
	sf_table_destroy(table);
}

static void write_differences(const struct sf_trial *trial, const bool shown[COLUMNS],
                              enum sf_table_format format, struct sf_str *out)
{
	size_t base = sf_trial_base(trial);
	struct sf_table *table = open_table(shown);
	for (size_t p = 0; p < trial->n_policies; p++) {
		if (p == base) {
			continue;
		}
		sf_table_cell(table, "%s", sf_trial_policy(trial, p));
		for (size_t i = 0; i < COLUMNS; i++) {
			if (!shown[i]) {
				continue;
			}
			struct sf_stats stats =
				sf_trial_difference(trial, p, base, metric_index(columns[i].path));
			bool beyond = sf_stats_beyond_noise(&stats);
			write_cell(table, &columns[i], &stats, "+", beyond ? " *" : "  ");
		}
	}
	sf_str_printf(out, "\nMore or less than %s on the same seeds (* beyond noise):\n\n",
	              sf_trial_policy(trial, base));
	sf_table_write(table, format, out);
	sf_table_destroy(table);
}

static double read_placed(const struct sf_replay_workload *workload)
{
	return workload->placed;
}

static double read_rejected(const struct sf_replay_workload *workload)
{
	return workload->rejected;
}

static double read_waiting(const struct sf_replay_workload *workload)
{
	return workload->waiting;
}

static double read_p50(const struct sf_replay_workload *workload)
{
	return workload->wait_p50_s;
}

static double read_p95(const struct sf_replay_workload *workload)
{
	return workload->wait_p95_s;
}

/* What -v shows of a workload. */
static const struct {
	struct column column;
	double (*read)(const struct sf_replay_workload *workload);
} details[] = {
	{{"placed", NULL, 1, 1, false}, read_placed},
	{{"rejected", NULL, 1, 1, false}, read_rejected},
	{{"waiting", NULL, 1, 1, false}, read_waiting},
	{{"wait p50", NULL, 0, 0, false}, read_p50},
	{{"p95", NULL, 0, 0, false}, read_p95},
};

enum { DETAILS = sizeof(details) / sizeof(details[0]) };

static void write_workload(const struct sf_trial *trial, size_t workload, size_t policy,
                           struct sf_table *table)
{
	double *value = sf_xcalloc(trial->n_seeds, sizeof(*value));
	sf_table_cell(table, "%s", trial->scenario->workload[workload].name);
	sf_table_cell(table, "%s", sf_trial_policy(trial, policy));
	for (size_t i = 0; i < DETAILS; i++) {
		for (size_t s = 0; s < trial->n_seeds; s++) {
			value[s] = details[i].read(
				&trial->result[policy * trial->n_seeds + s].workload[workload]);
		}
		struct sf_stats stats = sf_stats_of(value, trial->n_seeds);
		write_cell(table, &details[i].column, &stats, "", "");
	}
	free(value);
}

static void write_workloads(const struct sf_trial *trial, enum sf_table_format format,
                            struct sf_str *out)
{
	struct sf_table *table = sf_table_create();
	sf_table_column(table, "workload", NULL, SF_ALIGN_LEFT);
	sf_table_column(table, "policy", NULL, SF_ALIGN_LEFT);
	for (size_t i = 0; i < DETAILS; i++) {
		sf_table_column(table, details[i].column.title, NULL, SF_ALIGN_RIGHT);
	}
	for (size_t w = 0; w < trial->scenario->n_workloads; w++) {
		for (size_t p = 0; p < trial->n_policies; p++) {
			write_workload(trial, w, p, table);
		}
	}
	sf_str_append(out, "\n");
	sf_table_write(table, format, out);
	sf_table_destroy(table);
}

void sf_seeds_report_text(const struct sf_trial *trial, enum sf_table_format format, bool workloads,
                          struct sf_str *out)
{
	bool shown[COLUMNS];
	for (size_t i = 0; i < COLUMNS; i++) {
		shown[i] = is_shown(trial, &columns[i], metric_index(columns[i].path));
	}
	write_policies(trial, shown, format, out);
	if (workloads) {
		write_workloads(trial, format, out);
	}
	if (trial->n_policies < 2) {
		return;
	}
	write_differences(trial, shown, format, out);
	size_t best = sf_trial_best(trial);
	struct sf_verdict verdict = sf_trial_verdict(trial, best, sf_trial_rival(trial, best));
	sf_str_append(out, "\n");
	sf_seeds_report_verdict(trial, &verdict, out);
	sf_str_append(out, "\n");
}
