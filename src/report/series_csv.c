/* series_csv: how replays went over time, as CSV. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/report_series.h>

#include <slicefit/str.h>

#include <string.h>

static void add_name(const char *name, struct sf_str *out)
{
	if (strpbrk(name, ",\"\r\n") == NULL) {
		sf_str_append(out, name);
		return;
	}
	sf_str_append(out, "\"");
	for (; *name; name++) {
		sf_str_append(out, *name == '"' ? "\"" : "");
		sf_str_append_n(out, name, 1);
	}
	sf_str_append(out, "\"");
}

static void add_head(const struct sf_series *series, struct sf_str *out)
{
	sf_str_append(out, "policy,seed");
	for (size_t i = 0; i < series->n_columns; i++) {
		sf_str_append(out, ",");
		add_name(series->column[i].name, out);
	}
	sf_str_append(out, "\n");
}

static void add_rows(const struct sf_replay_result *result, struct sf_str *out)
{
	const struct sf_series *series = result->series;
	const double *value = series->value;
	for (size_t row = 0; row < series->n_rows; row++) {
		sf_str_printf(out, "%s,%llu", result->policy, (unsigned long long)result->seed);
		for (size_t i = 0; i < series->n_columns; i++) {
			sf_str_printf(out, ",%.*f", series->column[i].integer ? 0 : 6, *value++);
		}
		sf_str_append(out, "\n");
	}
}

void sf_report_series(const struct sf_replay_report *report, struct sf_str *out)
{
	for (size_t i = 0; i < report->n; i++) {
		if (report->result[i].series) {
			if (i == 0) {
				add_head(report->result[i].series, out);
			}
			add_rows(&report->result[i], out);
		}
	}
}
