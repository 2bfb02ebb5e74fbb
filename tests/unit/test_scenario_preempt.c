/* Tests of reading and writing who may take whose place. */
// SPDX-License-Identifier: Apache-2.0
#include "replay_fixture.h"

#include <slicefit/str.h>

TestSuite(scenario_preempt, .timeout = 20, .init = open_catalog, .fini = close_catalog);

#define POOL "pools: [{product: T4}]\n"

static const struct {
	const char *text;
	const char *message;
} refused[] = {
	{"preemption: always\n" POOL "workloads: [{request: {gpu: 1}}]\n",
         "s.yaml:1:13: expected never or lower-priority"},
	{POOL "workloads: [{request: {gpu: 1}, preemption: [never]}]\n",
         "s.yaml:2:45: expected never or lower-priority"},
	{POOL "workloads: [{request: {gpu: 1}, checkpoint: often}]\n",
         "s.yaml:2:45: expected a duration such as 90, 90s, 15m, 1h30m or 2d"},
	{POOL "workloads: [{request: {gpu: 1}, disruption: {max_unavailble: 1}}]\n",
         "s.yaml:2:46: unknown key 'max_unavailble', did you mean 'max_unavailable'?"},
	{POOL "workloads: [{request: {gpu: 1}, disruption: {}}]\n",
         "s.yaml:2:45: disruption needs max_unavailable: {max_unavailable: 1}"},
	{POOL "workloads: [{request: {gpu: 1}, disruption: {max_unavailable: -1}}]\n",
         "s.yaml:2:63: '-1' is not in 0..1000000"},
};

Test(scenario_preempt, says_what_is_wrong)
{
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		struct sf_error err = {0};
		struct sf_scenario *scenario = sf_scenario_parse(
			refused[i].text, strlen(refused[i].text), "s.yaml", catalog, &err);
		cr_expect(scenario == NULL, "row %zu", i);
		cr_expect(eq(str, err.text, (char *)refused[i].message));
		sf_scenario_destroy(scenario);
	}
}

static const char whole[] = "preemption: lower-priority\n" POOL "workloads:\n"
			    "- {request: {gpu: 1}, checkpoint: 10m, disruption: "
			    "{max_unavailable: 0}}\n"
			    "- {request: {gpu: 1}, preemption: never, checkpoint: 0}\n"
			    "- {request: {gpu: 1}, checkpoint: never, disruption: "
			    "{max_unavailable: 7}}\n";

static void expect_whole(const struct sf_scenario *s)
{
	const struct sf_workload *w = s->workload;
	cr_assert(eq(sz, s->n_workloads, 3));
	cr_expect(w[0].preempts && w[0].saves && w[0].save_s == 600);
	cr_expect(w[0].has_budget && w[0].max_unavailable == 0);
	cr_expect(w[1].saves && !w[1].preempts && w[1].save_s == 0 && !w[1].has_budget);
	cr_expect(w[2].preempts && !w[2].saves && w[2].max_unavailable == 7);
}

Test(scenario_preempt, is_read_and_written)
{
	struct sf_error err = {0};
	struct sf_str text = {0};
	struct sf_scenario *a = scenario_of(whole);
	expect_whole(a);
	cr_assert(eq(int, sf_scenario_write(a, true, &text, &err), 0), "%s", err.text);
	struct sf_scenario *b = scenario_of(text.text);
	expect_whole(b);
	sf_str_finish(&text);
	sf_scenario_destroy(a);
	sf_scenario_destroy(b);
}
