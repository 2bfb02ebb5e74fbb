/* test_demand: what is wanted at once: peaks, windows, percentiles, forecasts, and --demand's words. */
// SPDX-License-Identifier: Apache-2.0
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <slicefit/arena.h>
#include <slicefit/catalog.h>
#include <slicefit/demand.h>
#include <slicefit/error.h>
#include <slicefit/rng.h>
#include <slicefit/scenario_yaml.h>
#include <slicefit/str.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WORKLOADS = 4, SECONDS = 120 };

/* One workload of pods in steps of whole seconds. */
struct steps {
	int at, every, count, stay, gpus;
};

static struct sf_scenario *parse(struct sf_catalog *catalog, const char *text)
{
	struct sf_error err = {0};
	struct sf_scenario *scenario = sf_scenario_parse(text, strlen(text), "test", catalog, &err);

	cr_assert(not(zero(ptr, scenario)), "%s", err.text);
	return scenario;
}

static struct sf_scenario *build(struct sf_catalog *catalog, const struct steps *steps, int horizon)
{
	struct sf_str text = {0};
	struct sf_scenario *scenario;

	sf_str_append(&text, "pools: [{nodes: 1, gpus: 8, product: T4}]\n");
	if (horizon >= 0) {
		sf_str_printf(&text, "horizon: %d\n", horizon);
	}
	sf_str_append(&text, "workloads:\n");
	for (int w = 0; w < WORKLOADS; w++) {
		sf_str_printf(
			&text,
			"- {name: w%d, count: %d, arrival: {every: %d, at: %d}, duration: %d, "
			"request: {gpu: %d}}\n",
			w, steps[w].count, steps[w].every, steps[w].at, steps[w].stay,
			steps[w].gpus);
	}
	scenario = parse(catalog, sf_str_get(&text));
	sf_str_finish(&text);
	return scenario;
}

static int there(const struct steps *steps, int second)
{
	int n = 0;

	for (int i = 0; i < steps->count; i++) {
		int from = steps->at + i * steps->every;

		n += second >= from && second < from + steps->stay;
	}
	return n;
}

static void draw(struct sf_rng *rng, struct steps *steps)
{
	for (int w = 0; w < WORKLOADS; w++) {
		steps[w] = (struct steps){(int)sf_rng_below(rng, 20), 1 + (int)sf_rng_below(rng, 5),
		                          1 + (int)sf_rng_below(rng, 9),
		                          1 + (int)sf_rng_below(rng, 30),
		                          1 + (int)sf_rng_below(rng, 3)};
	}
}

static void compute(const struct sf_scenario *scenario, struct sf_demand_spec spec,
                    struct sf_demand *out)
{
	struct sf_error err = {0};

	cr_assert(eq(int, sf_demand_compute(scenario, &spec, scenario->arena, out, &err), 0), "%s",
	          err.text);
}

/* GPUs, then pods, then the earliest: second by second. */
static int peak_by_hand(const struct steps *steps, int from, int to)
{
	int best = from, gpus = -1, pods = -1;

	for (int s = from; s < to; s++) {
		int g = 0, p = 0;

		for (int w = 0; w < WORKLOADS; w++) {
			g += there(&steps[w], s) * steps[w].gpus;
			p += there(&steps[w], s);
		}
		if (g > gpus || (g == gpus && p > pods)) {
			best = s;
			gpus = g;
			pods = p;
		}
	}
	return best;
}

Test(demand, peaks_and_windows_match_counting_by_seconds)
{
	struct sf_catalog *catalog = sf_catalog_create();
	struct sf_rng rng;

	sf_rng_seed(&rng, 3, 1);
	for (int i = 0; i < 60; i++) {
		struct steps steps[WORKLOADS];
		int from = i % 2 ? (int)sf_rng_below(&rng, 50) : 0;
		int to = i % 2 ? from + 1 + (int)sf_rng_below(&rng, 30) : SECONDS;
		struct sf_demand_spec spec = {.basis = i % 2 ? SF_DEMAND_WINDOW : SF_DEMAND_PEAK,
		                              .start_s = from,
		                              .end_s = to};
		struct sf_scenario *scenario;
		struct sf_demand demand;
		int at;

		draw(&rng, steps);
		scenario = build(catalog, steps, -1);
		compute(scenario, spec, &demand);
		at = peak_by_hand(steps, from, to);
		cr_expect(eq(dbl, demand.at_s, at), "round %d", i);
		for (int w = 0; w < WORKLOADS; w++) {
			cr_expect(eq(int, (int)demand.pods[w], there(&steps[w], at)), "round %d",
			          i);
		}
		sf_scenario_destroy(scenario);
	}
	sf_catalog_destroy(catalog);
}

/* The smallest number of pods that was not exceeded in enough of the seconds. */
static int percentile_by_hand(const struct steps *steps, double percent, int from, int to)
{
	int k = 0;

	for (;; k++) {
		int enough = 0;

		for (int s = from; s < to; s++) {
			enough += there(steps, s) <= k;
		}
		if (enough * 100.0 >= percent * (to - from)) {
			return k;
		}
	}
}

Test(demand, percentiles_match_counting_by_seconds)
{
	static const double percents[] = {10, 50, 95, 99.5, 100};
	struct sf_catalog *catalog = sf_catalog_create();
	struct sf_rng rng;

	sf_rng_seed(&rng, 4, 1);
	for (int i = 0; i < 60; i++) {
		struct sf_demand_spec spec = {.basis = SF_DEMAND_PERCENTILE,
		                              .percent = percents[i % 5]};
		struct steps steps[WORKLOADS];
		struct sf_scenario *scenario;
		struct sf_demand demand;
		int from = SECONDS, to = 0;

		draw(&rng, steps);
		for (int w = 0; w < WORKLOADS; w++) {
			int last =
				steps[w].at + (steps[w].count - 1) * steps[w].every + steps[w].stay;

			from = steps[w].at < from ? steps[w].at : from;
			to = last > to ? last : to;
		}
		to = i % 2 ? from + 30 : to;
		scenario = build(catalog, steps, i % 2 ? to : -1);
		compute(scenario, spec, &demand);
		for (int w = 0; w < WORKLOADS; w++) {
			cr_expect(eq(int, (int)demand.pods[w],
			             percentile_by_hand(&steps[w], spec.percent, from, to)),
			          "round %d, workload %d", i, w);
		}
		sf_scenario_destroy(scenario);
	}
	sf_catalog_destroy(catalog);
}

/* Two weeks: 4 pods on day 3 of the first, 6 on day 3 of the second, for two hours each; and one
 * that stays. */
static const char two_weeks[] =
	"pools: [{nodes: 1, gpus: 8, product: T4}]\n"
	"horizon: 14d\n"
	"workloads:\n"
	"- {name: first, count: 4, arrival: {at: 2d8h}, duration: 2h, request: {gpu: 1}}\n"
	"- {name: second, count: 6, arrival: {at: 9d8h}, duration: 2h, request: {gpu: 1}}\n"
	"- {name: stays, count: 1, arrival: {at: 0}, request: {gpu: 1}}\n";

Test(demand, forecast_is_last_week_times_growth)
{
	struct sf_catalog *catalog = sf_catalog_create();
	struct sf_scenario *scenario = parse(catalog, two_weeks);
	/* GPU hours: 12 + 168 in the last week, 8 + 168 in the one before. */
	const double trend = 180.0 / 176.0;
	static const struct {
		double ahead_days, growth, at_hours;
		uint32_t second, stays;
	} rows[] = {
		{7, 1, 336 + 56, 6, 1}, {7, 1.5, 336 + 56, 9, 2},  {14, 1.5, 504 + 56, 14, 3},
		{1, 1, 336, 0, 1},      {21, 0.5, 336 + 56, 3, 1}, {7, 0, 336 + 56, 7, 2},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct sf_demand_spec spec = {.basis = SF_DEMAND_FORECAST,
		                              .ahead_s = rows[i].ahead_days * 86400,
		                              .growth = rows[i].growth};
		struct sf_demand demand;

		compute(scenario, spec, &demand);
		cr_expect(eq(dbl, demand.at_s, rows[i].at_hours * 3600), "row %zu", i);
		cr_expect(eq(u32, demand.pods[0], 0), "row %zu", i);
		cr_expect(eq(u32, demand.pods[1], rows[i].second), "row %zu", i);
		cr_expect(eq(u32, demand.pods[2], rows[i].stays), "row %zu", i);
		if (rows[i].growth <= 0) {
			cr_expect(epsilon_eq(dbl, demand.spec.growth, trend, 1e-12));
		}
	}
	sf_scenario_destroy(scenario);
	sf_catalog_destroy(catalog);
}

Test(demand, forecast_needs_to_know_enough)
{
	static const struct {
		const char *horizon;
		double growth;
		int rc;
	} rows[] = {{"14d", 0, 0}, {"13d", 0, -1}, {"7d", 1.1, 0}, {"6d", 1.1, -1}};
	struct sf_catalog *catalog = sf_catalog_create();

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct sf_demand_spec spec = {
			.basis = SF_DEMAND_FORECAST, .ahead_s = 86400, .growth = rows[i].growth};
		struct sf_str text = {0};
		struct sf_error err = {0};
		struct sf_scenario *scenario;
		struct sf_demand demand;

		sf_str_printf(&text,
		              "pools: [{nodes: 1, gpus: 8, product: T4}]\nhorizon: %s\n"
		              "workloads: [{count: 1, arrival: {at: 0}, request: {gpu: 1}}]\n",
		              rows[i].horizon);
		scenario = parse(catalog, sf_str_get(&text));
		cr_expect(eq(int,
		             sf_demand_compute(scenario, &spec, scenario->arena, &demand, &err),
		             rows[i].rc),
		          "row %zu", i);
		cr_expect(eq(int, err.code != SF_OK, rows[i].rc != 0), "row %zu", i);
		sf_scenario_destroy(scenario);
		sf_str_finish(&text);
	}
	sf_catalog_destroy(catalog);
}

Test(demand, running_pods_are_always_wanted)
{
	static const char text[] =
		"pools: [{name: p, nodes: 1, gpus: 8, product: T4}]\n"
		"workloads: [{name: w, count: 3, running: {p-0: 3}, arrival: {at: 0},"
		" duration: 1h, request: {gpu: 1}}]\n";
	const struct sf_demand_spec spec = {
		.basis = SF_DEMAND_WINDOW, .start_s = 7200, .end_s = 7201};
	struct sf_catalog *catalog = sf_catalog_create();
	struct sf_scenario *scenario = parse(catalog, text);
	struct sf_demand demand;

	compute(scenario, spec, &demand);
	cr_expect(eq(u32, demand.pods[0], 3));
	sf_scenario_destroy(scenario);
	sf_catalog_destroy(catalog);
}

Test(demand, words)
{
	static const struct {
		const char *text;
		int rc;
		struct sf_demand_spec spec;
	} rows[] = {
		{"peak", 0, {.basis = SF_DEMAND_PEAK}},
		{"all", 0, {.basis = SF_DEMAND_ALL}},
		{"p95", 0, {.basis = SF_DEMAND_PERCENTILE, .percent = 95}},
		{"p99.9", 0, {.basis = SF_DEMAND_PERCENTILE, .percent = 99.9}},
		{"p100", 0, {.basis = SF_DEMAND_PERCENTILE, .percent = 100}},
		{"window=9h..17h30m", 0, {SF_DEMAND_WINDOW, 0, 32400, 63000, 0, 0}},
		{"forecast=7d", 0, {SF_DEMAND_FORECAST, 0, 0, 0, 604800, 0}},
		{"forecast=7d,growth=1.1", 0, {SF_DEMAND_FORECAST, 0, 0, 0, 604800, 1.1}},
		{"p0", -1, {0}},
		{"p100.1", -1, {0}},
		{"p1.2.3", -1, {0}},
		{"window=9h", -1, {0}},
		{"window=9h..9h", -1, {0}},
		{"window=9h..x", -1, {0}},
		{"forecast=", -1, {0}},
		{"forecast=0", -1, {0}},
		{"forecast=53w", -1, {0}},
		{"forecast=7d,grow=2", -1, {0}},
		{"forecast=7d,growth=", -1, {0}},
		{"forecast=7d,growth=0", -1, {0}},
		{"forecast=7d,growth=1e1", -1, {0}},
		{"demand.csv", 1, {0}},
		{"pods", 1, {0}},
		{"p", 1, {0}},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct sf_demand_spec spec;
		struct sf_error err = {0};

		cr_expect(eq(int, sf_demand_spec_parse(rows[i].text, &spec, &err), rows[i].rc),
		          "%s", rows[i].text);
		cr_expect(eq(int, err.text[0] != '\0', rows[i].rc < 0), "%s", rows[i].text);
		if (rows[i].rc == 0) {
			cr_expect(eq(int, (int)spec.basis, (int)rows[i].spec.basis), "%s",
			          rows[i].text);
			cr_expect(eq(dbl, spec.percent, rows[i].spec.percent), "%s", rows[i].text);
			cr_expect(eq(dbl, spec.start_s, rows[i].spec.start_s), "%s", rows[i].text);
			cr_expect(eq(dbl, spec.end_s, rows[i].spec.end_s), "%s", rows[i].text);
			cr_expect(eq(dbl, spec.ahead_s, rows[i].spec.ahead_s), "%s", rows[i].text);
			cr_expect(eq(dbl, spec.growth, rows[i].spec.growth), "%s", rows[i].text);
		}
	}
}
