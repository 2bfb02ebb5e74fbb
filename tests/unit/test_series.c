/* Tests of the rows over time: they add up to the figures of the whole replay. */
// SPDX-License-Identifier: Apache-2.0
#include "replay_fixture.h"

#include <slicefit/report_series.h>
#include <slicefit/str.h>

#include <stdio.h>

TestSuite(series, .timeout = 60, .init = open_catalog, .fini = close_catalog);

/* The memory of a node is enough for one pod with half of it and one with a quarter: GPUs and
 * instances are stranded. */
static const char text[] =
	"horizon: 9h\n"
	"preemption: lower-priority\n"
	"pools:\n"
	"- {name: w, nodes: 3, product: A100-80GB, gpus: 4, cpu: 16, memory: 64Gi}\n"
	"- name: m\n"
	"  nodes: 2\n"
	"  product: A100-80GB\n"
	"  gpus: 2\n"
	"  cpu: 16\n"
	"  memory: 64Gi\n"
	"  mig: {strategy: mixed, config: [{devices: all, mig-enabled: true,\n"
	"        mig-devices: {1g.10gb: 3, 2g.20gb: 2}}]}\n"
	"workloads:\n"
	"- {name: one, count: 50, request: {gpu: 1, memory: 16Gi}, arrival: {poisson: 7/h},\n"
	"   duration: {exponential: 50m}}\n"
	"- {name: \"big, \\\"loud\\\"\", count: 30, priority: 5, request: {gpu: 2, memory: 32Gi},\n"
	"   arrival: {poisson: 5/h}, duration: {exponential: 20m}}\n"
	"- {name: cut, count: 90, request: {mig: 1g.10gb, memory: 16Gi}, arrival: {poisson: "
	"12/h},\n"
	"   duration: {exponential: 50m}, deadline: 20m}\n"
	"events:\n"
	"- {at: 2h, fail: {pool: w, count: 1}, back: 1h}\n"
	"- {at: 4h, drain: m-0, grace: 10m, back: 1h}\n"
	"- {at: 5h, add: {pool: w, count: 1}}\n";

static struct sf_replay_result run(const struct sf_scenario *scenario, int64_t step_us)
{
	struct sf_error err = {0};
	struct sf_replay_result result = {0};
	const struct sf_replay_watch watch = {.series_step_us = step_us};
	int rc = sf_replay_run(scenario, sf_policy_find("best-fit"), 3, &watch, &result, &err);
	cr_assert(rc == 0, "%s", err.text);
	return result;
}

static size_t column(const struct sf_series *series, const char *name)
{
	size_t i = 0;
	while (i < series->n_columns && strcmp(series->column[i].name, name) != 0) {
		i++;
	}
	cr_assert(i < series->n_columns, "%s", name);
	return i;
}

static double at(const struct sf_series *series, size_t row, const char *name)
{
	return series->value[row * series->n_columns + column(series, name)];
}

/* The time-weighted mean of a column with a row per moment, where the number of GPUs counts. */
static double mean(const struct sf_series *series, const char *name)
{
	double sum = 0;
	double weight = 0;
	for (size_t i = 0; i + 1 < series->n_rows; i++) {
		double dt = at(series, i + 1, "time_s") - at(series, i, "time_s");
		cr_assert(gt(dbl, dt, 0));
		sum += at(series, i, name) * dt * at(series, i, "gpu.total");
		weight += dt * at(series, i, "gpu.total");
	}
	return sum / weight;
}

Test(series, adds_up_to_the_figures_of_the_replay)
{
	static const char *const metrics[] = {
		"gpu.allocated_pct",    "gpu.used_pct",
		"gpu.down_pct",         "gpu.fragmentation_pct",
		"gpu.stranded_pct",     "gpu.stranded_whole_pct",
		"gpu.stranded_mig_pct", "gpu.stranded_shared_pct",
	};
	static const char *const counts[] = {
		"pods.arrived",      "pods.completed",       "pods.rejected",  "pods.waiting",
		"preemption.count",  "preemption.victims",   "evictions.pods", "evictions.failed",
		"evictions.drained", "evictions.lost_gpu_s", "gpu.total",
	};
	struct sf_scenario *scenario = scenario_of(text);
	struct sf_replay_result result = run(scenario, SF_SERIES_EACH);
	const struct sf_series *series = result.series;
	const size_t last = series->n_rows - 1;
	cr_assert(gt(sz, series->n_rows, 200));
	for (size_t i = 0; i < sizeof(metrics) / sizeof(metrics[0]); i++) {
		double want = -1;
		cr_assert(sf_replay_metric(&result, metrics[i], &want));
		cr_expect(epsilon_eq(dbl, mean(series, metrics[i]), want, 1e-9), "%s", metrics[i]);
	}
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		double want = -1;
		cr_assert(sf_replay_metric(&result, counts[i], &want));
		cr_expect(eq(dbl, at(series, last, counts[i]), want), "%s", counts[i]);
	}
	cr_expect(result.stranded_pct > 1 && result.mode[SF_MODE_MIG].stranded_pct > 0.1);
	cr_expect(eq(dbl, at(series, 0, "time_s"), 0));
	cr_expect(eq(dbl, at(series, last, "time_s"), result.horizon_s));
	for (size_t p = 0; p < result.n_profiles; p++) {
		char name[64];
		snprintf(name, sizeof(name), "stranded_pct.%s", result.profile[p].name);
		cr_expect(
			epsilon_eq(dbl, mean(series, name), result.profile[p].stranded_pct, 1e-9));
	}
	for (size_t i = 0; i <= last; i++) {
		double waiting = at(series, i, "waiting.one") + at(series, i, "waiting.cut") +
		                 at(series, i, "waiting.big, \"loud\"");
		cr_expect(eq(dbl, waiting, at(series, i, "pods.waiting")));
	}
	sf_replay_finish(&result);
	sf_scenario_destroy(scenario);
}

/* A row of a step is the latest row per moment, but for its time. */
Test(series, steps_sample_the_moments)
{
	struct sf_scenario *scenario = scenario_of(text);
	struct sf_replay_result each = run(scenario, SF_SERIES_EACH);
	struct sf_replay_result steps = run(scenario, INT64_C(450) * 1000000);
	size_t k = 0;
	cr_assert(eq(sz, steps.series->n_rows, 9 * 8 + 1));
	for (size_t i = 0; i < steps.series->n_rows; i++) {
		double time = at(steps.series, i, "time_s");
		cr_expect(eq(dbl, time, 450.0 * (double)i));
		while (k + 1 < each.series->n_rows && at(each.series, k + 1, "time_s") <= time) {
			k++;
		}
		for (size_t c = 1; c < each.series->n_columns; c++) {
			cr_expect(each.series->value[k * each.series->n_columns + c] ==
			                  steps.series->value[i * each.series->n_columns + c],
			          "row %zu: %s", i, each.series->column[c].name);
		}
	}
	sf_replay_finish(&each);
	sf_replay_finish(&steps);
	sf_scenario_destroy(scenario);
}

Test(series, changes_no_figure)
{
	struct sf_scenario *scenario = scenario_of(text);
	struct sf_replay_result with = run(scenario, SF_SERIES_EACH);
	struct sf_replay_result without = run(scenario, 0);
	cr_expect(zero(ptr, without.series));
	for (size_t m = 0; sf_replay_metric_path(m, NULL); m++) {
		cr_expect(sf_replay_metric_at(&with, m) == sf_replay_metric_at(&without, m), "%s",
		          sf_replay_metric_path(m, NULL));
	}
	sf_replay_finish(&with);
	sf_replay_finish(&without);
	sf_scenario_destroy(scenario);
}

static const char tiny[] =
	"pools: [{product: T4}]\n"
	"workloads: [{name: 'a \"b\", c', count: 2, request: {gpu: 1}, duration: "
	"10, arrival: 5}]\n";

Test(series, is_written_as_csv)
{
	struct sf_scenario *scenario = scenario_of(tiny);
	struct sf_replay_result result = run(scenario, SF_SERIES_EACH);
	const struct sf_replay_report report = {.scenario = scenario, .n = 1, .result = &result};
	struct sf_str out = {0};
	sf_report_series(&report, &out);
	const char *csv = sf_str_get(&out);
	cr_expect(strstr(csv, "a \"b\"") == NULL, "%s", csv);
	cr_expect(strncmp(csv, "policy,seed,time_s,pods.arrived,", 32) == 0, "%s", csv);
	cr_expect(strstr(csv, ",\"waiting.a \"\"b\"\", c\"\n") != NULL, "%s", csv);
	cr_expect(strstr(csv, "\nbest-fit,3,0.000000,0,0,0,0,0,1,0.000000,") != NULL, "%s", csv);
	cr_expect(strstr(csv, "\nbest-fit,3,5.000000,2,0,0,1,1,1,100.000000,") != NULL, "%s", csv);
	cr_expect(strstr(csv, "\nbest-fit,3,15.000000,2,1,0,0,1,1,100.000000,") != NULL, "%s", csv);
	cr_expect(strstr(csv, "\nbest-fit,3,25.000000,2,2,0,0,0,1,0.000000,") != NULL, "%s", csv);
	sf_str_finish(&out);
	sf_replay_finish(&result);
	sf_scenario_destroy(scenario);
}
