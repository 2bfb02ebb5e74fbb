/* fuzz_baseline: any bytes as a baseline; what is read is sound, and a gate can work with it. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/baseline.h>
#include <slicefit/error.h>
#include <slicefit/gate.h>
#include <slicefit/report_gate.h>
#include <slicefit/str.h>

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect_that(bool condition)
{
	if (!condition) {
		abort();
	}
}

/* Each replay is found again, and has a value for each of its metrics. */
static void look(const struct sf_baseline *baseline)
{
	for (size_t i = 0; i < baseline->n_scenarios; i++) {
		const struct sf_baseline_scenario *scenario = &baseline->scenario[i];
		size_t cursor = 0;
		expect_that(sf_baseline_find(baseline, scenario->name) == scenario);
		for (size_t k = 0; k < scenario->n_runs; k++) {
			const struct sf_baseline_run *run = &scenario->run[k];
			expect_that(sf_baseline_run_of(scenario, run->policy, run->seed, &cursor) ==
			            run);
			double value;
			for (size_t m = 0; m < run->n_values; m++) {
				expect_that(
					sf_baseline_value_of(run, run->value[m].metric, &value));
			}
		}
	}
}

/* A trial of one policy with one seed against it. */
static void judge(const struct sf_baseline *baseline)
{
	struct sf_scenario scenario = {.name = "s", .path = "s.yaml"};
	const struct sf_replay_result result = {.policy = "p", .seed = 1, .placed = 3};
	const struct sf_trial trial = {&scenario, 1, 1, &result};
	const struct sf_replay_report report = {.scenario = &scenario, .n = 1, .result = &result};
	struct sf_gate gate = {0};
	struct sf_str out = {0};
	sf_gate_check(baseline, &trial, 1, NULL, 0, &gate);
	expect_that(gate.n_items + gate.n_gaps > 0);
	const struct sf_findings findings = {1, &report, &gate, "b.json"};
	sf_gate_report(&findings, SF_TABLE_TEXT, &out);
	sf_gate_report_update(&findings, &out);
	sf_gate_report_junit(&findings, &out);
	sf_gate_report_github(&findings, &out);
	sf_str_finish(&out);
	sf_gate_finish(&gate);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sf_baseline baseline = {0};
	struct sf_error err = {0};
	if (sf_baseline_parse((const char *)data, size, "b.json", &baseline, &err) == 0) {
		look(&baseline);
		judge(&baseline);
	} else {
		expect_that(err.code != SF_OK && strncmp(err.text, "b.json:", 7) == 0);
	}
	sf_baseline_finish(&baseline);
	return 0;
}
