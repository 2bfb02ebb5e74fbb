/* study_report: what the reports of a study share, its CSV and its curves. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/study_report.h>

#include "study_report_impl.h"

#include <slicefit/alloc.h>
#include <slicefit/str.h>
#include <slicefit/table.h>

#include <math.h>
#include <stdlib.h>

const uint8_t sf_study_at[SF_STUDY_AT_N] = {50, 80, 90, 95, 100, 110, 120, 130};

const char *const sf_study_curve_names[SF_STUDY_CURVES] = {
	[SF_STUDY_ALLOC] = "alloc_pct",
	[SF_STUDY_FRAG] = "frag_pct",
	[SF_STUDY_FRAG_RATIO] = "frag_ratio_pct",
};

const double *sf_study_curve_of(const struct sf_study_result *result, enum sf_study_curve curve)
{
	switch (curve) {
	case SF_STUDY_FRAG:
		return result->series.frag_pct;
	case SF_STUDY_FRAG_RATIO:
		return result->series.frag_ratio_pct;
	case SF_STUDY_ALLOC:
	case SF_STUDY_CURVES:
		break;
	}
	return result->series.alloc_pct;
}

const struct sf_study_result *sf_study_result_at(const struct sf_study_report *report, size_t trace,
                                                 size_t policy, size_t seed)
{
	return &report->result[(trace * report->n_policies + policy) * report->n_seeds + seed];
}

void sf_study_report_values(const struct sf_study_report *report, size_t trace, size_t policy,
                            enum sf_study_curve curve, int at, double *out)
{
	for (size_t s = 0; s < report->n_seeds; s++) {
		const struct sf_study_result *result = sf_study_result_at(report, trace, policy, s);
		out[s] = sf_study_curve_of(result, curve)[at];
	}
}

struct sf_stats sf_study_stats(const struct sf_study_report *report, size_t trace, size_t policy,
                               enum sf_study_curve curve, int at)
{
	double *value = sf_xcalloc(report->n_seeds, sizeof(*value));
	sf_study_report_values(report, trace, policy, curve, at, value);
	struct sf_stats stats = sf_stats_of(value, report->n_seeds);
	free(value);
	return stats;
}

struct sf_stats sf_study_lead(const struct sf_study_report *report, size_t trace, size_t policy,
                              size_t other, int at)
{
	size_t n = report->n_seeds;
	double *value = sf_xcalloc(2 * n, sizeof(*value));
	sf_study_report_values(report, trace, policy, SF_STUDY_ALLOC, at, value);
	sf_study_report_values(report, trace, other, SF_STUDY_ALLOC, at, value + n);
	struct sf_stats stats = sf_stats_paired(value, value + n, n);
	free(value);
	return stats;
}

size_t sf_study_report_best(const struct sf_study_report *report, size_t trace, int at)
{
	size_t best = 0;
	double most = -1;
	for (size_t p = 0; p < report->n_policies; p++) {
		double mean = sf_study_stats(report, trace, p, SF_STUDY_ALLOC, at).mean;
		if (mean > most) {
			most = mean;
			best = p;
		}
	}
	return best;
}

int sf_study_headline(const struct sf_study_report *report, size_t trace)
{
	static const uint8_t wanted[] = {100, 95, 90, 80, 50};
	for (size_t i = 0; i < sizeof(wanted); i++) {
		bool all = true;
		for (size_t p = 0; p < report->n_policies; p++) {
			all = all &&
			      !isnan(sf_study_stats(report, trace, p, SF_STUDY_ALLOC, wanted[i])
			                     .mean);
		}
		if (all) {
			return wanted[i];
		}
	}
	return -1;
}

/* Trace, policy and seed of a row. */
static void write_key(struct sf_table *table, const struct sf_study_report *report, size_t trace,
                      size_t policy, size_t seed)
{
	sf_table_cell(table, "%s", report->trace[trace]);
	sf_table_cell(table, "%s", report->policy[policy]);
	sf_table_cell(table, "%llu", (unsigned long long)report->seed[seed]);
}

static struct sf_table *create_table(void)
{
	struct sf_table *table = sf_table_create();
	sf_table_column(table, "trace", NULL, SF_ALIGN_LEFT);
	sf_table_column(table, "policy", NULL, SF_ALIGN_LEFT);
	sf_table_column(table, "seed", NULL, SF_ALIGN_RIGHT);
	return table;
}

/* A value as the study publishes it; empty where no pod came. */
static void write_value(struct sf_table *table, enum sf_study_curve curve, double value)
{
	if (isnan(value)) {
		sf_table_cell(table, "%s", "");
	} else {
		sf_table_cell(table, "%.*f", curve == SF_STUDY_FRAG_RATIO ? 4 : 2, value);
	}
}

/* Calls `row` for every result. */
static void for_all(const struct sf_study_report *report, struct sf_table *table,
                    void (*row)(struct sf_table *, const struct sf_study_report *,
                                const size_t at[3]))
{
	size_t at[3];
	for (at[0] = 0; at[0] < report->n_traces; at[0]++) {
		for (at[1] = 0; at[1] < report->n_policies; at[1]++) {
			for (at[2] = 0; at[2] < report->n_seeds; at[2]++) {
				row(table, report, at);
			}
		}
	}
}

static void write_row(struct sf_table *table, const struct sf_study_report *report,
                      const size_t at[3])
{
	const struct sf_study_result *result = sf_study_result_at(report, at[0], at[1], at[2]);
	write_key(table, report, at[0], at[1], at[2]);
	sf_table_cell(table, "%u", result->arrived);
	sf_table_cell(table, "%u", result->placed);
	sf_table_cell(table, "%u", result->arrived - result->placed);
	for (int c = 0; c < SF_STUDY_CURVES; c++) {
		for (size_t i = 0; i < SF_STUDY_AT_N; i++) {
			enum sf_study_curve curve = (enum sf_study_curve)c;
			write_value(table, curve, sf_study_curve_of(result, curve)[sf_study_at[i]]);
		}
	}
}

void sf_study_report_csv(const struct sf_study_report *report, struct sf_str *out)
{
	struct sf_table *table = create_table();
	sf_table_column(table, "arrived", NULL, SF_ALIGN_RIGHT);
	sf_table_column(table, "placed", NULL, SF_ALIGN_RIGHT);
	sf_table_column(table, "rejected", NULL, SF_ALIGN_RIGHT);
	for (int c = 0; c < SF_STUDY_CURVES; c++) {
		for (size_t i = 0; i < SF_STUDY_AT_N; i++) {
			struct sf_str title = {0};
			sf_str_printf(&title, "%s_at_%d", sf_study_curve_names[c], sf_study_at[i]);
			sf_table_column(table, title.text, NULL, SF_ALIGN_RIGHT);
			sf_str_finish(&title);
		}
	}
	for_all(report, table, write_row);
	sf_table_write(table, SF_TABLE_CSV, out);
	sf_table_destroy(table);
}

static void write_points(struct sf_table *table, const struct sf_study_report *report,
                         const size_t at[3])
{
	const struct sf_study_result *result = sf_study_result_at(report, at[0], at[1], at[2]);
	for (int a = 0; a < SF_STUDY_POINTS; a++) {
		if (result->series.records[a] == 0) {
			continue;
		}
		write_key(table, report, at[0], at[1], at[2]);
		sf_table_cell(table, "%d", a);
		for (int c = 0; c < SF_STUDY_CURVES; c++) {
			enum sf_study_curve curve = (enum sf_study_curve)c;
			write_value(table, curve, sf_study_curve_of(result, curve)[a]);
		}
	}
}

void sf_study_report_series(const struct sf_study_report *report, struct sf_str *out)
{
	struct sf_table *table = create_table();
	sf_table_column(table, "arrived_pct", NULL, SF_ALIGN_RIGHT);
	for (int c = 0; c < SF_STUDY_CURVES; c++) {
		sf_table_column(table, sf_study_curve_names[c], NULL, SF_ALIGN_RIGHT);
	}
	for_all(report, table, write_points);
	sf_table_write(table, SF_TABLE_CSV, out);
	sf_table_destroy(table);
}
