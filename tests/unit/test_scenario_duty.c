/* test_scenario_duty: how busy pods are, as a mean or as samples: read, written, refused. */
// SPDX-License-Identifier: Apache-2.0
#include "replay_fixture.h"

#include <slicefit/str.h>

TestSuite(scenario_duty, .timeout = 60, .init = open_catalog, .fini = close_catalog);

#define HEAD "pools: [{product: T4}]\nworkloads:\n"

Test(scenario_duty, says_what_is_wrong)
{
	static const struct {
		const char *text, *message;
	} rows[] = {
		{HEAD "- {request: {shared: 1}, gpu_duty: [0.5]}\n",
	         "s.yaml:3:36: expected 2 to 96 samples of gpu_duty, or their mean"},
		{HEAD "- {request: {shared: 1}, gpu_duty: [0.5, 1.5]}\n",
	         "s.yaml:3:42: '1.5' is not in 0..1"},
		{HEAD "- {request: {shared: 1}, gpu_duty: [0, 0]}\n",
	         "s.yaml:3:36: the mean of gpu_duty is at least 0.001"},
		{HEAD "- {request: {shared: 1}, gpu_duty: [0.5, 0.1], gpu_duty_sd: 0.1}\n",
	         "s.yaml:3:36: samples of gpu_duty have a deviation of their own: leave "
	         "gpu_duty_sd out"},
		{HEAD "- {request: {shared: 1}, gpu_duty: [0.5, 0.1]}\n"
	              "- {request: {shared: 1}, gpu_duty: [0.5, 0.1, 0.2]}\n",
	         "s.yaml:4:36: 3 samples of gpu_duty, another workload has 2: all are of the same "
	         "times"},
		{HEAD "- {request: {shared: 1}}\nplan: {duty_percentile: 0}\n",
	         "s.yaml:4:25: '0' is not in 1..100"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		expect_refused(rows[i].text, rows[i].message);
	}
}

static void check(const struct sf_scenario *scenario)
{
	const struct sf_workload *w = scenario->workload;

	cr_assert(eq(sz, w[0].n_duty_samples, 3));
	cr_expect(w[0].duty_sample[0] == 100 && w[0].duty_sample[2] == 801);
	cr_expect(fabs(w[0].gpu_duty - 0.3) < 0.01);
	cr_expect(zero(sz, w[1].n_duty_samples));
	cr_expect(w[1].gpu_duty == 0.25 && scenario->plan.duty_percentile == 90);
}

Test(scenario_duty, samples_are_read_and_written)
{
	struct sf_scenario *scenario =
		scenario_of(HEAD "- {request: {shared: 1}, gpu_duty: [0.1, 0, 0.8001]}\n"
	                         "- {request: {shared: 1}, gpu_duty: 0.25}\n"
	                         "plan: {duty_percentile: 90}\n");
	struct sf_scenario *again;
	struct sf_error err = {0};
	struct sf_str text = {0};

	check(scenario);
	cr_assert(zero(int, sf_scenario_write(scenario, true, &text, &err)), "%s", err.text);
	again = scenario_of(sf_str_get(&text));
	check(again);
	sf_str_finish(&text);
	sf_scenario_destroy(again);
	sf_scenario_destroy(scenario);
}
