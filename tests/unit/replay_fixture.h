/* replay_fixture: scenarios from text, for the tests of policies, metrics and replay. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_REPLAY_FIXTURE_H
#define SF_REPLAY_FIXTURE_H

#include <slicefit/catalog.h>
#include <slicefit/error.h>
#include <slicefit/replay.h>
#include <slicefit/scenario_yaml.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <math.h>
#include <string.h>

static struct sf_catalog *catalog;

static void open_catalog(void)
{
	catalog = sf_catalog_create();
}

static void close_catalog(void)
{
	sf_catalog_destroy(catalog);
}

static struct sf_scenario *scenario_of(const char *text)
{
	struct sf_error err = {0};
	struct sf_scenario *scenario =
		sf_scenario_parse(text, strlen(text), "test.yaml", catalog, &err);
	cr_assert(scenario != NULL, "%s", err.text);
	return scenario;
}

/* The scenario is refused with this message. */
static inline void expect_refused(const char *text, const char *message)
{
	struct sf_error err = {0};
	struct sf_scenario *scenario =
		sf_scenario_parse(text, strlen(text), "s.yaml", catalog, &err);
	cr_expect(scenario == NULL, "%s", text);
	cr_expect(eq(str, err.text, (char *)message));
	sf_scenario_destroy(scenario);
}

/* A metric and what it must be, worked out by hand. */
struct figure {
	const char *metric; /* NULL: no more */
	double value;
};

static inline void expect_figures(const char *name, const struct sf_replay_result *result,
                                  const struct figure *want, size_t n)
{
	for (size_t k = 0; k < n && want[k].metric; k++) {
		double got = -1;
		cr_expect(sf_replay_metric(result, want[k].metric, &got), "%s: no metric %s", name,
		          want[k].metric);
		cr_expect(fabs(got - want[k].value) < 1e-9, "%s: %s is %g, not %g", name,
		          want[k].metric, got, want[k].value);
	}
}

/* Replays the scenario under first-fit. */
static inline void expect_replay(const char *name, const char *text, const struct figure *want,
                                 size_t n)
{
	struct sf_error err = {0};
	struct sf_replay_result result = {0};
	struct sf_scenario *scenario = scenario_of(text);
	cr_assert(sf_replay_run(scenario, sf_policy_find("first-fit"), 1, NULL, &result, &err) == 0,
	          "%s", err.text);
	expect_figures(name, &result, want, n);
	sf_replay_finish(&result);
	sf_scenario_destroy(scenario);
}

#endif
