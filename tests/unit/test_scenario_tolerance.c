/* Tests of scenario_tolerance: `tolerance` is read, written back, and refused with its place. */
// SPDX-License-Identifier: Apache-2.0
#include "replay_fixture.h"

#include <slicefit/str.h>

#include <stdio.h>

TestSuite(scenario_tolerance, .timeout = 20, .init = open_catalog, .fini = close_catalog);

#define HEAD "pools: [{product: T4}]\nworkloads: [{request: {gpu: 1}}]\n"

static void expect_read(const struct sf_scenario *scenario)
{
	const struct sf_tolerance *t = scenario->tolerance;
	cr_assert(eq(sz, scenario->n_tolerances, 4));
	cr_expect(eq(str, (char *)t[0].metric, "*"));
	cr_expect(epsilon_eq(dbl, t[0].relative, 0.01, 1e-12));
	cr_expect(eq(str, (char *)t[1].metric, "wait_s.*"));
	cr_expect(epsilon_eq(dbl, t[1].relative, 0.1, 1e-12));
	cr_expect(epsilon_eq(dbl, t[1].absolute, 30, 1e-12));
	cr_expect(epsilon_eq(dbl, t[2].absolute, 2.5, 1e-12));
	cr_expect(t[3].any);
}

Test(scenario_tolerance, is_read_and_written_back)
{
	struct sf_scenario *scenario = scenario_of(HEAD "tolerance:\n"
	                                                "  \"*\": 1%\n"
	                                                "  wait_s.*: 10%,30\n"
	                                                "  pods.placed: 2.5\n"
	                                                "  gpu.total: any\n");
	expect_read(scenario);
	cr_expect(eq(u32, scenario->tolerance[1].line, 5));
	cr_expect(eq(u32, scenario->tolerance[1].column, 3));
	struct sf_str text = {0};
	cr_assert(eq(int, sf_scenario_write(scenario, true, &text, NULL), 0));
	struct sf_scenario *again = scenario_of(text.text);
	expect_read(again);
	sf_str_finish(&text);
	cr_assert(eq(int, sf_scenario_write(scenario, false, &text, NULL), 0));
	cr_expect(strstr(text.text, "tolerance") == NULL);
	sf_str_finish(&text);
	sf_scenario_destroy(again);
	sf_scenario_destroy(scenario);
}

static const struct {
	const char *text, *says;
} wrong[] = {
	{"tolerance: 1%\n", "test.yaml:3:12: expected at most"},
	{"tolerance: [1]\n", "test.yaml:3:12: expected at most"},
	{"tolerance: {pods.placed: -1}\n", "test.yaml:3:26: tolerance '-1': expected a number"},
	{"tolerance: {pods.placed: [1]}\n", "test.yaml:3:26: tolerance "},
	{"tolerance:\n  a: 1\n  a: 2\n", "test.yaml:5:3: "},
};

Test(scenario_tolerance, mistakes_are_refused_with_their_place)
{
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		char text[256];
		struct sf_error err = {0};
		snprintf(text, sizeof(text), "%s%s", HEAD, wrong[i].text);
		cr_expect(sf_scenario_parse(text, strlen(text), "test.yaml", catalog, &err) ==
		          NULL);
		cr_expect(strncmp(err.text, wrong[i].says, strlen(wrong[i].says)) == 0, "%s",
		          err.text);
	}
}
