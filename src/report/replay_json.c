/* replay_json: the results of replays as JSON and CSV (docs/replay-output.md). */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/report_replay.h>

#include "seeds_report.h"

#include <slicefit/json.h>
#include <slicefit/str.h>
#include <slicefit/table.h>

#include <math.h>
#include <string.h>

static const char schema[] = "slicefit.replay/1";

/* Six decimals: more than is meaningful, and the same text on every machine. */
static double rounded(double value)
{
	return round(value * 1e6) / 1e6;
}

/* Writes all metrics; those with a dot in the path go into objects. */
static void write_metrics(struct sf_json *json, const struct sf_replay_result *result)
{
	char open[32] = "";
	bool integer;
	const char *path;
	for (size_t i = 0; (path = sf_replay_metric_path(i, &integer)); i++) {
		if (!sf_replay_metric_shown(result, i)) {
			continue;
		}
		size_t prefix = strcspn(path, ".");
		bool nested = path[prefix] == '.';
		if (open[0] && (!nested || strncmp(open, path, prefix + 1) != 0)) {
			sf_json_end(json);
			open[0] = '\0';
		}
		if (nested && !open[0]) {
			memcpy(open, path, prefix + 1);
			open[prefix] = '\0';
			sf_json_object(json, open);
			open[prefix] = '.';
			open[prefix + 1] = '\0';
		}
		double value = 0;
		sf_replay_metric(result, path, &value);
		const char *key = nested ? path + prefix + 1 : path;
		if (integer) {
			sf_json_int(json, key, (int64_t)value);
		} else {
			sf_json_real(json, key, rounded(value));
		}
	}
	if (open[0]) {
		sf_json_end(json);
	}
}

static void write_workload(struct sf_json *json, const struct sf_workload *workload,
                           const struct sf_replay_workload *result, unsigned features)
{
	sf_json_object(json, NULL);
	sf_json_str(json, "name", workload->name);
	sf_json_str(json, "class", sf_class_name(workload->class));
	sf_json_int(json, "priority", workload->priority);
	sf_json_object(json, "pods");
	sf_json_int(json, "arrived", result->arrived);
	sf_json_int(json, "placed", result->placed);
	sf_json_int(json, "rejected", result->rejected);
	sf_json_int(json, "waiting", result->waiting);
	sf_json_int(json, "misplaced", result->misplaced);
	sf_json_end(json);
	sf_json_object(json, "wait_s");
	sf_json_real(json, "p50", rounded(result->wait_p50_s));
	sf_json_real(json, "p95", rounded(result->wait_p95_s));
	sf_json_real(json, "max", rounded(result->wait_max_s));
	sf_json_end(json);
	if (result->never != SF_FITS) {
		sf_json_str(json, "never_fits",
		            result->never_why[0] != '\0' ? result->never_why
		                                         : sf_fit_reason(result->never));
	}
	if (features & SF_FEATURE_QUOTA) {
		sf_json_object(json, "quota");
		sf_json_int(json, "held", result->held);
		sf_json_int(json, "held_end", result->held_end);
		if (result->held_by) {
			sf_json_str(json, "held_by", result->held_by);
		}
		if (result->beyond) {
			sf_json_str(json, "beyond", result->beyond);
		}
		sf_json_end(json);
	}
	if (features & SF_FEATURE_EVICTION) {
		sf_json_object(json, "evictions");
		sf_json_int(json, "pods", result->evicted);
		sf_json_real(json, "lost_gpu_s", rounded(result->lost_gpu_s));
		sf_json_end(json);
	}
	sf_json_end(json);
}

static void write_profiles(struct sf_json *json, const struct sf_replay_result *result)
{
	if (result->n_profiles == 0) {
		return;
	}
	sf_json_object(json, "stranded_pct_by_profile");
	for (size_t i = 0; i < result->n_profiles; i++) {
		sf_json_real(json, result->profile[i].name,
		             rounded(result->profile[i].stranded_pct));
	}
	sf_json_end(json);
}

static void write_limits(struct sf_json *json, const struct sf_replay_result *result)
{
	if ((result->features & SF_FEATURE_QUOTA) == 0) {
		return;
	}
	sf_json_array(json, "limits");
	for (size_t i = 0; i < result->n_limits; i++) {
		const struct sf_replay_limit *limit = &result->limit[i];
		sf_json_object(json, NULL);
		sf_json_str(json, "namespace", limit->namespace);
		sf_json_str(json, "resource", limit->resource);
		sf_json_real(json, "hard", rounded(limit->hard));
		sf_json_real(json, "used", rounded(limit->used));
		sf_json_real(json, "peak", rounded(limit->peak));
		sf_json_int(json, "held", limit->held);
		sf_json_end(json);
	}
	sf_json_end(json);
}

static void write_policy(struct sf_json *json, const struct sf_scenario *scenario,
                         const struct sf_replay_result *result)
{
	sf_json_object(json, NULL);
	sf_json_str(json, "policy", result->policy);
	sf_json_int(json, "seed", (int64_t)result->seed);
	write_metrics(json, result);
	write_profiles(json, result);
	sf_json_array(json, "workloads");
	for (size_t i = 0; i < result->n_workloads; i++) {
		write_workload(json, &scenario->workload[i], &result->workload[i],
		               result->features);
	}
	sf_json_end(json);
	write_limits(json, result);
	sf_json_end(json);
}

static void write_outcome(struct sf_json *json, const struct sf_expect_outcome *outcome)
{
	const struct sf_expect *expect = outcome->expect;
	sf_json_object(json, NULL);
	sf_json_str(json, "policy", outcome->policy);
	sf_json_str(json, "metric", expect->metric);
	sf_json_real(json, expect->op == SF_EXPECT_MIN ? "min" : "max", expect->value);
	sf_json_real(json, "got", rounded(outcome->got));
	sf_json_bool(json, "met", outcome->met);
	sf_json_int(json, "line", expect->line);
	sf_json_end(json);
}

/* Those behind the metrics that are told. */
static void write_formulas(struct sf_json *json, unsigned features)
{
	sf_json_object(json, "formulas");
	for (const struct sf_replay_formula *formula = sf_replay_formulas; formula->name;
	     formula++) {
		if (formula->features == 0 || (formula->features & features) != 0) {
			sf_json_str(json, formula->name, formula->version);
		}
	}
	sf_json_end(json);
}

static void write_scenario(struct sf_json *json, const struct sf_replay_report *report)
{
	const struct sf_scenario *scenario = report->scenario;
	sf_json_str(json, "scenario", scenario->name);
	sf_json_str(json, "file", scenario->path);
	write_formulas(json, report->n > 0 ? report->result[0].features : 0);
	sf_json_array(json, "policies");
	for (size_t i = 0; i < report->n; i++) {
		write_policy(json, scenario, &report->result[i]);
	}
	sf_json_end(json);
	if (report->n_seeds > 1) {
		const struct sf_trial trial = sf_replay_report_trial(report);
		sf_seeds_report_json(&trial, json);
	}
	sf_json_array(json, "expect");
	for (size_t i = 0; i < report->n_outcomes; i++) {
		write_outcome(json, &report->outcome[i]);
	}
	sf_json_end(json);
}

void sf_replay_report_json(const struct sf_replay_report *reports, size_t n, struct sf_str *out)
{
	struct sf_json *json = sf_json_create_object();
	sf_json_str(json, "schema", schema);
	if (n == 1) {
		write_scenario(json, &reports[0]);
	} else {
		sf_json_array(json, "scenarios");
		for (size_t i = 0; i < n; i++) {
			sf_json_object(json, NULL);
			write_scenario(json, &reports[i]);
			sf_json_end(json);
		}
		sf_json_end(json);
	}
	sf_json_write(json, true, out);
	sf_json_destroy(json);
}

/* Has the table this metric: does any of the scenarios use what it is about? */
static bool has_column(const struct sf_replay_report *reports, size_t n, size_t metric)
{
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < reports[i].n; k++) {
			if (sf_replay_metric_shown(&reports[i].result[k], metric)) {
				return true;
			}
		}
	}
	return false;
}

static void csv_row(struct sf_table *table, const struct sf_scenario *scenario,
                    const struct sf_replay_result *result, const bool *shown)
{
	sf_table_cell(table, "%s", scenario->name);
	sf_table_cell(table, "%s", result->policy);
	sf_table_cell(table, "%llu", (unsigned long long)result->seed);
	bool integer;
	const char *path;
	for (size_t i = 0; (path = sf_replay_metric_path(i, &integer)); i++) {
		double value = 0;
		if (!shown[i]) {
			continue;
		}
		sf_replay_metric(result, path, &value);
		sf_table_cell(table, "%.*f", integer ? 0 : 6, value);
	}
}

void sf_replay_report_csv(const struct sf_replay_report *reports, size_t n, struct sf_str *out)
{
	struct sf_table *table = sf_table_create();
	sf_table_column(table, "scenario", NULL, SF_ALIGN_LEFT);
	sf_table_column(table, "policy", NULL, SF_ALIGN_LEFT);
	sf_table_column(table, "seed", NULL, SF_ALIGN_RIGHT);
	const char *path;
	bool shown[SF_METRICS_MAX] = {false};
	for (size_t i = 0; (path = sf_replay_metric_path(i, NULL)); i++) {
		shown[i] = has_column(reports, n, i);
		if (shown[i]) {
			sf_table_column(table, path, NULL, SF_ALIGN_RIGHT);
		}
	}
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < reports[i].n; k++) {
			csv_row(table, reports[i].scenario, &reports[i].result[k], shown);
		}
	}
	sf_table_write(table, SF_TABLE_CSV, out);
	sf_table_destroy(table);
}
