/* Tests of baseline: results read back, and what is no result. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/baseline.h>

#include "replay_fixture.h"

#include <slicefit/report_replay.h>
#include <slicefit/str.h>

#include <math.h>
#include <stdio.h>

TestSuite(baseline, .timeout = 20, .init = open_catalog, .fini = close_catalog);

static int parse(const char *text, struct sf_baseline *out, struct sf_error *err)
{
	return sf_baseline_parse(text, strlen(text), "b.json", out, err);
}

/* What replay writes is read back, metric by metric and seed by seed. */
Test(baseline, reads_what_replay_writes)
{
	struct sf_scenario *scenario = scenario_of(
		"name: a/b\npools: [{product: T4, gpus: 3}]\n"
		"workloads: [{count: 9, request: {gpu: 1}, arrival: {poisson: 20/h}, duration: "
		"{exponential: 20m}}]\n");
	struct sf_replay_result result[4];
	for (size_t i = 0; i < 4; i++) {
		const struct sf_policy *policy = sf_policy_find(i < 2 ? "best-fit" : "random");
		cr_assert(
			eq(int, sf_replay_run(scenario, policy, i % 2, NULL, &result[i], NULL), 0));
	}
	struct sf_replay_report reports[2] = {
		{.scenario = scenario, .n = 4, .result = result, .n_seeds = 2},
	};
	struct sf_scenario other = *scenario;
	other.name = "other";
	reports[1] = reports[0];
	reports[1].scenario = &other;
	for (size_t n = 1; n <= 2; n++) {
		struct sf_str text = {0};
		struct sf_baseline baseline = {0};
		struct sf_error err = {0};
		size_t cursor = 0;
		sf_replay_report_json(reports, n, &text);
		cr_assert(eq(int, parse(text.text, &baseline, &err), 0), "%s", err.text);
		cr_expect(eq(sz, baseline.n_scenarios, n));
		const struct sf_baseline_scenario *got = sf_baseline_find(&baseline, "a/b");
		cr_assert(got != NULL);
		cr_expect(ge(sz, got->n_formulas, 4));
		for (size_t i = 0; i < 4; i++) {
			const struct sf_baseline_run *run = sf_baseline_run_of(
				got, result[3 - i].policy, result[3 - i].seed, &cursor);
			cr_assert(run != NULL);
			const char *path;
			for (size_t m = 0; (path = sf_replay_metric_path(m, NULL)); m++) {
				double value = (double)NAN;
				bool found = sf_baseline_value_of(run, path, &value);
				double want = sf_replay_metric_at(&result[3 - i], m);
				cr_assert(eq(int, found, sf_replay_metric_shown(&result[0], m)),
				          "%s", path);
				cr_expect(found ? fabs(value - want) < 1e-6 : isnan(value), "%s",
				          path);
			}
		}
		cursor = 0;
		cr_expect(sf_baseline_run_of(got, "random", 2, &cursor) == NULL);
		cr_expect(sf_baseline_run_of(got, "worst-fit", 1, &cursor) == NULL);
		cr_expect(sf_baseline_find(&baseline, "none") == NULL);
		sf_baseline_finish(&baseline);
		sf_str_finish(&text);
	}
	for (size_t i = 0; i < 4; i++) {
		sf_replay_finish(&result[i]);
	}
	sf_scenario_destroy(scenario);
}

#define HEAD "{\"schema\": \"slicefit.replay/1\", "
#define RUN  "\"policy\": \"p\", \"seed\": 1"

static const struct {
	const char *text, *says;
} bad[] = {
	{"", "b.json:1:0: not JSON"},
	{"{", "b.json:1:1: not JSON"},
	{"{\"schema\": 1, \"schema\": 2}", "not JSON: duplicate object key"},
	{"[]", "b.json: /: expected an object"},
	{"3", "b.json: /: expected an object"},
	{"{}", "b.json: /schema: expected slicefit.replay/1"},
	{"{\"schema\": \"slicefit.replay/2\"}", "b.json: /schema: expected slicefit.replay/1"},
	{HEAD "\"scenarios\": {}}", "b.json: /scenarios: expected a list"},
	{HEAD "\"scenarios\": [1]}", "b.json: /scenarios/0: expected an object"},
	{HEAD "\"x\": 1}", "b.json: /scenario: expected a text"},
	{HEAD "\"scenario\": \"\"}", "b.json: /scenario: expected a text"},
	{HEAD "\"scenario\": \"a\\u001b[31m\"}", "b.json: /scenario: expected a text"},
	{HEAD "\"scenario\": \"s\"}", "b.json: /policies: expected a list"},
	{HEAD "\"scenario\": \"s\", \"policies\": {}}", "b.json: /policies: expected a list"},
	{HEAD "\"scenario\": \"s\", \"policies\": [{}]}", "/policies/0/policy: expected a text"},
	{HEAD "\"scenario\": \"s\", \"policies\": [{" RUN "}, 7]}",
         "/policies/1: expected an object"},
	{HEAD "\"scenario\": \"s\", \"policies\": [{\"policy\": \"p\"}]}",
         "/policies/0/seed: expected an integer from 0"},
	{HEAD "\"scenario\": \"s\", \"policies\": [{\"policy\": \"p\", \"seed\": -1}]}",
         "/policies/0/seed: expected an integer from 0"},
	{HEAD "\"scenario\": \"s\", \"policies\": [{\"policy\": \"p\", \"seed\": 1.5}]}",
         "/policies/0/seed: expected an integer from 0"},
	{HEAD "\"scenario\": \"s\", \"policies\": [{" RUN ", \"pods\": {\"a/b~\": \"many\"}}]}",
         "/policies/0/pods/a~1b~0: expected a number"},
	{HEAD "\"scenario\": \"s\", \"policies\": [{" RUN "}, {" RUN "}]}",
         "/policies/1: the same policy and seed again"},
	{HEAD "\"scenario\": \"s\", \"formulas\": [], \"policies\": []}",
         "/formulas: expected an object"},
	{HEAD "\"scenario\": \"s\", \"formulas\": {\"wait\": 1}, \"policies\": []}",
         "/formulas/wait: expected a text"},
	{HEAD "\"scenarios\": [{\"scenario\": \"s\", \"policies\": []}, {\"scenario\": \"s\", "
              "\"policies\": []}]}",
         "/scenarios/1: the same scenario again"},
	{HEAD "\"scenario\": \"s\", \"policies\": [{" RUN ", \"pods\": {\"placed\": 1e999}}]}",
         "not JSON"},
};

Test(baseline, what_is_no_result_is_refused_with_its_place)
{
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct sf_baseline baseline = {0};
		struct sf_error err = {0};
		cr_expect(eq(int, parse(bad[i].text, &baseline, &err), -1), "%s", bad[i].text);
		cr_expect(strstr(err.text, bad[i].says) != NULL, "%s: %s", bad[i].text, err.text);
		cr_expect(baseline.arena == NULL);
	}
}

Test(baseline, unknown_members_are_passed_over)
{
	struct sf_baseline baseline = {0};
	struct sf_error err = {0};
	const char *text = HEAD "\"new\": [1], \"scenario\": \"s\", \"policies\": [{" RUN
				", \"note\": \"x\", \"list\": [], \"horizon_s\": 5, \"gpu\": "
				"{\"deep\": {\"x\": 1}, "
				"\"none\": null, \"total\": 4}}]}";
	cr_assert(eq(int, parse(text, &baseline, &err), 0), "%s", err.text);
	const struct sf_baseline_run *run = baseline.scenario[0].run;
	cr_expect(eq(sz, run->n_values, 2));
	double value = 0;
	cr_expect(sf_baseline_value_of(run, "gpu.total", &value) && value > 3.5 && value < 4.5);
	cr_expect(sf_baseline_value_of(run, "horizon_s", &value) && value > 4.5);
	sf_baseline_finish(&baseline);
}

Test(baseline, more_than_the_limits_is_refused)
{
	struct sf_str text = {0};
	struct sf_baseline baseline = {0};
	struct sf_error err = {0};
	sf_str_append(&text, HEAD "\"scenario\": \"s\", \"policies\": [{" RUN ", \"x\": {");
	for (int i = 0; i <= SF_BASELINE_VALUES_MAX; i++) {
		sf_str_printf(&text, "%s\"k%d\": 1", i ? "," : "", i);
	}
	sf_str_append(&text, "}}]}");
	cr_expect(eq(int, parse(text.text, &baseline, &err), -1));
	cr_expect(strstr(err.text, "/policies/0: too many members") != NULL, "%s", err.text);
	sf_str_finish(&text);
	for (int i = 0; i < 5000; i++) {
		sf_str_append(&text, "[");
	}
	cr_expect(eq(int, parse(text.text, &baseline, &err), -1));
	sf_str_finish(&text);
}
