/* plan_replayed: a plan's roll-out in short, and the replay before and after it. */
// SPDX-License-Identifier: Apache-2.0
#include "plan_more.h"

#include "report_text.h"

#include <slicefit/json.h>
#include <slicefit/plan_replay.h>
#include <slicefit/str.h>

#include <math.h>

void plan_rollout_text(const struct sf_rollout *rollout, struct sf_str *out)
{
	if (!rollout || rollout->n_evicted == 0) {
		return;
	}
	sf_str_printf(out, "Roll-out: %u wave%s of at most %u node%s, ", rollout->n_waves,
	              sf_report_plural(rollout->n_waves), rollout->max_unavailable,
	              sf_report_plural(rollout->max_unavailable));
	if (rollout->n_joining > 0) {
		sf_str_printf(out, "after %zu new one%s joined, ", rollout->n_joining,
		              rollout->n_joining == 1 ? " has" : "s have");
	}
	if (rollout->n_waiting == 0) {
		sf_str_append(out, "every pod has a place before it goes\n");
		return;
	}
	sf_str_printf(out, "%u pod%s interrupted", rollout->n_waiting,
	              sf_report_plural(rollout->n_waiting));
	if (rollout->n_lost > 0) {
		sf_str_printf(out, ", %u for good", rollout->n_lost);
	}
	sf_str_append(out, "\n");
}

void plan_rollout_json(const struct sf_rollout *rollout, struct sf_json *json)
{
	if (!rollout) {
		sf_json_null(json, "rollout");
		return;
	}
	sf_json_object(json, "rollout");
	sf_json_int(json, "waves", rollout->n_waves);
	sf_json_int(json, "nodes", (int64_t)rollout->n_nodes);
	sf_json_int(json, "joining", (int64_t)rollout->n_joining);
	sf_json_int(json, "max_unavailable", rollout->max_unavailable);
	sf_json_int(json, "evicted", rollout->n_evicted);
	sf_json_int(json, "interrupted", rollout->n_waiting);
	sf_json_int(json, "lost", rollout->n_lost);
	sf_json_end(json);
}

/* What is compared: metrics of docs/scenario-format.md by their paths. */
static const struct {
	const char *title, *path;
	enum { COUNT, SECONDS, PERCENT } unit;
} metrics[] = {
	{"pods that came", "pods.arrived", COUNT},
	{"served", "pods.placed", COUNT},
	{"still waiting", "pods.waiting", COUNT},
	{"gave up", "pods.rejected", COUNT},
	{"wait, median", "wait_s.p50", SECONDS},
	{"wait, 95th percentile", "wait_s.p95", SECONDS},
	{"wait, longest", "wait_s.max", SECONDS},
	{"GPU allocated, %", "gpu.allocated_pct", PERCENT},
	{"GPU stranded, %", "gpu.stranded_pct", PERCENT},
	{"GPU fragmented, %", "gpu.fragmentation_pct", PERCENT},
};

static void metric_cell(struct sf_table *table, size_t i, const struct sf_replay_result *result)
{
	char text[SF_DURATION_MAX];
	double value = 0;

	sf_replay_metric(result, metrics[i].path, &value);
	sf_table_cell(table, "%s",
	              metrics[i].unit == SECONDS ? sf_report_duration(value, text)
	                                         : sf_report_decimals(value, 1, text));
}

static void metrics_table(const struct sf_plan_replay *replay, enum sf_table_format format,
                          struct sf_str *out)
{
	struct sf_table *table = sf_table_create();

	sf_table_column(table, "replayed", NULL, SF_ALIGN_LEFT);
	sf_table_column(table, "before", NULL, SF_ALIGN_RIGHT);
	sf_table_column(table, "planned", NULL, SF_ALIGN_RIGHT);
	for (size_t i = 0; i < sizeof metrics / sizeof metrics[0]; i++) {
		if (metrics[i].unit == SECONDS && !replay->timed) {
			continue; /* all are there at once */
		}
		sf_table_cell(table, "%s", metrics[i].title);
		metric_cell(table, i, &replay->before);
		metric_cell(table, i, &replay->after);
	}
	sf_table_write(table, format, out);
	sf_table_destroy(table);
}

static void workloads_table(const struct sf_plan_report *report, enum sf_table_format format,
                            struct sf_str *out)
{
	const struct sf_plan_replay *replay = report->replay;
	struct sf_table *table = sf_table_create();

	sf_table_column(table, "workload", NULL, SF_ALIGN_LEFT);
	sf_table_column(table, "came", NULL, SF_ALIGN_RIGHT);
	sf_table_column(table, "served before", NULL, SF_ALIGN_RIGHT);
	sf_table_column(table, "planned", NULL, SF_ALIGN_RIGHT);
	if (replay->timed) {
		sf_table_column(table, "wait p95 before", NULL, SF_ALIGN_RIGHT);
		sf_table_column(table, "planned", NULL, SF_ALIGN_RIGHT);
	}
	for (size_t w = 0; w < replay->before.n_workloads; w++) {
		const struct sf_replay_workload *before = &replay->before.workload[w];
		const struct sf_replay_workload *after = &replay->after.workload[w];
		char text[SF_DURATION_MAX];

		sf_table_cell(table, "%s", report->scenario->workload[w].name);
		sf_table_cell(table, "%u", before->arrived);
		sf_table_cell(table, "%u", before->placed);
		sf_table_cell(table, "%u", after->placed);
		if (replay->timed) {
			sf_table_cell(table, "%s", sf_report_duration(before->wait_p95_s, text));
			sf_table_cell(table, "%s", sf_report_duration(after->wait_p95_s, text));
		}
	}
	sf_table_write(table, format, out);
	sf_table_destroy(table);
}

void plan_replay_table(const struct sf_plan_report *report, enum sf_table_format format,
                       struct sf_str *out)
{
	metrics_table(report->replay, format, out);
	sf_str_append(out, "\n");
	workloads_table(report, format, out);
	sf_str_printf(out,
	              "\nThe scenario under %s with its seed, before and on the planned nodes.\n",
	              report->replay->policy);
}

static double rounded(double value)
{
	return round(value * 1e6) / 1e6;
}

static void write_side(struct sf_json *json, const char *key, const struct sf_replay_result *side,
                       const struct sf_scenario *scenario)
{
	sf_json_object(json, key);
	for (size_t i = 0; i < sizeof metrics / sizeof metrics[0]; i++) {
		double value;

		if (sf_replay_metric(side, metrics[i].path, &value)) {
			sf_json_real(json, metrics[i].path, rounded(value));
		}
	}
	sf_json_array(json, "workloads");
	for (size_t w = 0; w < side->n_workloads; w++) {
		sf_json_object(json, NULL);
		sf_json_str(json, "workload", scenario->workload[w].name);
		sf_json_int(json, "arrived", side->workload[w].arrived);
		sf_json_int(json, "placed", side->workload[w].placed);
		sf_json_real(json, "wait_p95_s", rounded(side->workload[w].wait_p95_s));
		sf_json_end(json);
	}
	sf_json_end(json);
	sf_json_end(json);
}

void plan_replay_json(const struct sf_plan_report *report, struct sf_json *json)
{
	const struct sf_plan_replay *replay = report->replay;

	if (!replay) {
		sf_json_null(json, "replay");
		return;
	}
	sf_json_object(json, "replay");
	sf_json_str(json, "policy", replay->policy);
	sf_json_int(json, "seed", (int64_t)replay->before.seed);
	sf_json_bool(json, "timed", replay->timed);
	write_side(json, "before", &replay->before, report->scenario);
	write_side(json, "planned", &replay->after, report->scenario);
	sf_json_end(json);
}
