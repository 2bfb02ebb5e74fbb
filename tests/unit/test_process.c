/* Tests of the arrival processes and of the laws of durations: drawn figures against formulas. */
// SPDX-License-Identifier: Apache-2.0
#include "replay_fixture.h"

#include "engine/arrivals.h"
#include "engine/process.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

TestSuite(process, .timeout = 60, .init = open_catalog, .fini = close_catalog);

enum { PODS = 200000 };

static double *times_of(const struct sf_arrival_spec *spec, uint64_t seed)
{
	struct sf_process process;
	double *at_s = calloc(PODS, sizeof(*at_s));
	cr_assert(at_s != NULL);
	sf_process_init(&process, spec, seed, 0);
	for (uint32_t i = 0; i < PODS; i++) {
		at_s[i] = sf_process_next(&process, i);
		cr_assert(at_s[i] >= spec->at_s);
	}
	return at_s;
}

static const double office[SF_HOURS] = {[8] = 1, 2, 3, 3, 1, 2, 3, 3, 2, 1};
static const double weekdays[SF_DAYS] = {1, 1, 1, 1, 1, 0.25, 0};
static const double last_hour[SF_HOURS] = {[SF_HOURS - 1] = 1};
static const double hardly[SF_HOURS] = {1e-9, [12] = 1};
static const double sundays[SF_DAYS] = {[SF_DAYS - 1] = 1};

static const struct sf_arrival_spec daily[] = {
	{.kind = SF_ARRIVAL_DIURNAL, .every_s = 60, .swing = 0.9, .peak_s = 50400},
	{.kind = SF_ARRIVAL_DIURNAL, .every_s = 30, .swing = 0.5, .at_s = 5e5, .day = weekdays},
	{.kind = SF_ARRIVAL_DIURNAL, .every_s = 20, .hour = office},
	{.kind = SF_ARRIVAL_DIURNAL, .every_s = 20, .hour = office, .day = weekdays},
};

/* A million pods per second, and none for most of the time: only what comes is drawn. */
Test(process, idle_hours_cost_nothing)
{
	static const struct {
		struct sf_arrival_spec spec;
		double first_s, last_s; /* hours of the first pods */
	} rush[] = {
		{{.kind = SF_ARRIVAL_DIURNAL, .every_s = 1e-6, .hour = last_hour}, 82800, 86400},
		{{.kind = SF_ARRIVAL_DIURNAL, .every_s = 1e-6, .hour = hardly, .at_s = 3600},
	         43200,
	         46800},
		{{.kind = SF_ARRIVAL_DIURNAL, .every_s = 1e-6, .swing = 0.8, .day = sundays},
	         518400,
	         604800},
	};
	for (size_t row = 0; row < sizeof(rush) / sizeof(rush[0]); row++) {
		double *at_s = times_of(&rush[row].spec, 3);
		cr_expect(at_s[0] >= rush[row].first_s && at_s[PODS - 1] < rush[row].last_s,
		          "row %zu: %g to %g", row, at_s[0], at_s[PODS - 1]);
		free(at_s);
	}
}

/* Over whole weeks each hour gets its share, and all of them the mean rate. */
Test(process, diurnal_follows_its_rate)
{
	const double week_s = 7 * 86400;
	for (size_t row = 0; row < sizeof(daily) / sizeof(daily[0]); row++) {
		const struct sf_arrival_spec *spec = &daily[row];
		double *at_s = times_of(spec, 11);
		double weeks = floor((at_s[PODS - 1] - spec->at_s) / week_s);
		double end_s = spec->at_s + weeks * week_s;
		double got[SF_DAYS * SF_HOURS] = {0};
		double all = 0;
		for (uint32_t i = 0; i < PODS && at_s[i] < end_s; i++) {
			cr_assert(i == 0 || at_s[i] >= at_s[i - 1]);
			got[(int)fmod(at_s[i] / 3600, SF_DAYS * SF_HOURS)]++;
			all++;
		}
		cr_assert(weeks >= 6, "row %zu: %g weeks", row, weeks);
		double due = weeks * week_s / spec->every_s;
		cr_expect(fabs(all - due) < 5 * sqrt(due), "row %zu: %g of %g", row, all, due);
		for (int hour = 0; hour < SF_DAYS * SF_HOURS; hour++) {
			double share = sf_process_rate(spec, 3600.0 * hour + 1800);
			double want = share * due / (SF_DAYS * SF_HOURS);
			/* The rate at half past is the hour's mean but for the curve of the cosine. */
			cr_expect(fabs(got[hour] - want) <= 5 * sqrt(want) + 0.01 * want,
			          "row %zu hour %d: %g of %g", row, hour, got[hour], want);
		}
		free(at_s);
	}
}

Test(process, the_rate_has_the_mean_it_was_given)
{
	for (size_t row = 0; row < sizeof(daily) / sizeof(daily[0]); row++) {
		double sum = 0;
		enum { STEPS = 7 * 24 * 60 };
		for (int i = 0; i < STEPS; i++) {
			sum += sf_process_rate(&daily[row], 60.0 * i + 30);
		}
		cr_expect(epsilon_eq(dbl, sum / STEPS, 1, 1e-9), "row %zu", row);
	}
}

Test(process, bursts_have_their_size_and_gaps)
{
	const struct sf_arrival_spec spec = {
		.kind = SF_ARRIVAL_BURSTS, .at_s = 10, .every_s = 1e5, .size = 8, .gap_s = 2};
	double *at_s = times_of(&spec, 3);
	double bursts = 1, inside_s = 0;
	cr_expect(eq(dbl, at_s[0], 10));
	for (uint32_t i = 1; i < PODS; i++) {
		double gap_s = at_s[i] - at_s[i - 1];
		bool same = gap_s >= 0 && gap_s < 60;
		bursts += !same;
		inside_s += same ? gap_s : 0;
	}
	/* A burst that begins within a minute of the last pod is counted as one with it: rare. */
	cr_expect(fabs(PODS / bursts - 8) < 0.25, "size %g", PODS / bursts);
	cr_expect(fabs(inside_s / (PODS - bursts) - 2) < 0.05);
	cr_expect(fabs((at_s[PODS - 1] - 10) / bursts / 1e5 - 1) < 0.05);
	free(at_s);
}

Test(process, on_and_off_share_the_time)
{
	const struct sf_arrival_spec spec = {
		.kind = SF_ARRIVAL_ON_OFF, .every_s = 10, .on_s = 600, .off_s = 1800};
	double *at_s = times_of(&spec, 5);
	/* One quarter of the time is on. */
	cr_expect(fabs(at_s[PODS - 1] / PODS / 40 - 1) < 0.05, "%g", at_s[PODS - 1] / PODS);
	double sum = 0, squares = 0;
	for (uint32_t i = 1; i < PODS; i++) {
		double gap_s = at_s[i] - at_s[i - 1];
		sum += gap_s;
		squares += gap_s * gap_s;
	}
	/* Interrupted Poisson process (Kuczura, "The interrupted Poisson process as an overflow
	 * process", 1973): the squared coefficient of variation of the gaps is 1 + 2 r a / (a + b)^2
	 * with the rate r while on, a = 1 / on and b = 1 / off. */
	double mean = sum / (PODS - 1);
	double cv2 = squares / (PODS - 1) / (mean * mean) - 1;
	double want = 1 + 2 * 0.1 / 600 / pow(1.0 / 600 + 1.0 / 1800, 2);
	cr_expect(fabs(cv2 / want - 1) < 0.1, "%g of %g", cv2, want);
	free(at_s);
}

struct law {
	struct sf_duration_spec spec;
	double x, above; /* P(X > x) */
};

static const struct law laws[] = {
	{{.kind = SF_DURATION_WEIBULL, .s = 100, .shape = 0.5}, 100, 0.36787944117144233},
	{{.kind = SF_DURATION_WEIBULL, .s = 100, .shape = 0.5}, 900, 0.049787068367863944},
	{{.kind = SF_DURATION_WEIBULL, .s = 50, .shape = 3}, 40, 0.5993},
	{{.kind = SF_DURATION_PARETO, .s = 10, .max_s = 1000, .shape = 1}, 20, 0.494949494949},
	{{.kind = SF_DURATION_PARETO, .s = 10, .max_s = 1000, .shape = 1}, 500, 0.010101010101},
	{{.kind = SF_DURATION_PARETO, .s = 10, .max_s = 1000, .shape = 1}, 1000, 0},
	{{.kind = SF_DURATION_PARETO, .s = 10, .max_s = 1e5, .shape = 0.5}, 1000, 0.0909090909},
	{{.kind = SF_DURATION_PARETO, .s = 7, .max_s = 7, .shape = 2}, 6.999, 1},
	{{.kind = SF_DURATION_PARETO, .s = 7, .max_s = 7, .shape = 2}, 7, 0},
};

Test(process, durations_follow_their_law)
{
	for (size_t row = 0; row < sizeof(laws) / sizeof(laws[0]); row++) {
		struct sf_workload workload = {.count = PODS, .duration = laws[row].spec};
		struct sf_scenario scenario = {.n_workloads = 1, .workload = &workload};
		uint32_t n = 0;
		struct sf_error err = {0};
		struct sf_arrival *pod = sf_arrivals_create(&scenario, 17, &n, &err);
		cr_assert(pod != NULL && n == PODS);
		double above = 0;
		for (uint32_t i = 0; i < n; i++) {
			above += (double)pod[i].duration_us / 1e6 > laws[row].x;
		}
		double want = PODS * laws[row].above;
		cr_expect(fabs(above - want) <= 5 * sqrt(want), "row %zu: %g of %g", row, above,
		          want);
		free(pod);
	}
}

Test(process, a_stream_depends_on_nothing_else)
{
	struct sf_scenario *one = scenario_of(
		"pools: [{product: T4}]\nworkloads:\n"
		"- {count: 50, request: {gpu: 1}, arrival: {diurnal: 5/h, swing: 1}, duration: 1}\n"
		"- {count: 50, request: {gpu: 1}, arrival: {bursts: 5/h, size: 4, gap: 1s}}\n");
	struct sf_scenario *two = scenario_of(
		"pools: [{product: T4}]\nworkloads:\n"
		"- {count: 9, request: {gpu: 1}, arrival: {on_off: 9/h, on: 1h, off: 1h}}\n"
		"- {count: 50, request: {gpu: 1}, arrival: {bursts: 5/h, size: 4, gap: 1s}}\n");
	struct sf_error err = {0};
	uint32_t n_one, n_two;
	struct sf_arrival *a = sf_arrivals_create(one, 1, &n_one, &err);
	struct sf_arrival *b = sf_arrivals_create(two, 1, &n_two, &err);
	uint32_t same = 0;
	for (uint32_t i = 0, k = 0; i < n_one; i++) {
		cr_expect(i == 0 || a[i].time_us >= a[i - 1].time_us);
		if (a[i].workload == 1) {
			for (; b[k].workload != 1; k++) {
			}
			same += a[i].time_us == b[k++].time_us;
		}
	}
	cr_expect(eq(u32, same, 50));
	free(a);
	free(b);
	sf_scenario_destroy(one);
	sf_scenario_destroy(two);
}
