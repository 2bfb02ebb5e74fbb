/* Tests of contention: the law against what others measured, and departures against a simulation
 * that knows no events. */
// SPDX-License-Identifier: Apache-2.0
#include "replay_fixture.h"

#include "engine/arrivals.h"
#include "engine/contention.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

TestSuite(contention, .timeout = 60, .init = open_catalog, .fini = close_catalog);

static const struct {
	enum sf_sharing_mode mode;
	uint32_t n;
	double own, others, want;
} rows[] = {
	{SF_SHARING_TIME_SLICING, 1, 1, 0, 1},
	{SF_SHARING_TIME_SLICING, 2, 1, 1, 2 / 0.9},
	{SF_SHARING_TIME_SLICING, 2, 1, 0, 1}, /* an idle neighbour costs nothing */
	{SF_SHARING_TIME_SLICING, 2, 1, 0.5, 2 / 0.95},
	{SF_SHARING_TIME_SLICING, 3, 1, 0.5, 2 / 0.95},
	{SF_SHARING_TIME_SLICING, 3, 1, 0.75, 3 / 0.925}, /* no less than the fair share */
	{SF_SHARING_TIME_SLICING, 3, 0.5, 2, 0.5 + 0.5 * 3 / 0.9},
	{SF_SHARING_TIME_SLICING, 48, 1, 47, 48 / 0.9},
	{SF_SHARING_MPS, 1, 1, 0, 1},
	{SF_SHARING_MPS, 2, 1, 1, 2},
	{SF_SHARING_MPS, 4, 0.2, 0.6, 1.6},
};

static const struct sf_contention law = {true, true, 0.9};

static double slowdown(enum sf_sharing_mode mode, uint32_t n, double own, double others)
{
	return sf_contention_slowdown(&law, mode, n, llround(own * 1e6), llround(others * 1e6));
}

Test(contention, follows_the_law)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		double got = slowdown(rows[i].mode, rows[i].n, rows[i].own, rows[i].others);
		cr_expect(fabs(got - rows[i].want) < 1e-12, "row %zu: %g, not %g", i, got,
		          rows[i].want);
	}
}

/* Seconds per inference of YOLOS-small on an A100 80GB PCIe with so many pods, all of them always
 * busy: nebuly-ai/nos, demos/gpu-sharing-comparison. Alone it is 0.0882 and 0.0880. */
static const struct {
	uint32_t pods;
	double time_slicing, mps;
} measured[] = {{3, 0.2931, 0.1640}, {5, 0.4890, 0.2409}, {7, 0.6849, 0.3198}};

Test(contention, is_within_two_percent_of_what_nos_measured)
{
	for (size_t i = 0; i < sizeof(measured) / sizeof(measured[0]); i++) {
		uint32_t n = measured[i].pods;
		double turns = 0.0882 * slowdown(SF_SHARING_TIME_SLICING, n, 1, n - 1);
		double both = 0.0880 * slowdown(SF_SHARING_MPS, n, 0.435, 0.435 * (n - 1));
		cr_expect(fabs(turns / measured[i].time_slicing - 1) < 0.02, "%u: %g", n, turns);
		cr_expect(fabs(both / measured[i].mps - 1) < 0.02, "%u: %g", n, both);
	}
}

Test(contention, more_neighbours_never_make_it_faster)
{
	static const enum sf_sharing_mode modes[] = {SF_SHARING_TIME_SLICING, SF_SHARING_MPS};
	for (size_t m = 0; m < 2; m++) {
		for (double own = 0.1; own <= 1; own += 0.1) {
			double before = 1;
			for (double others = 0.05; others < 3; others += 0.05) {
				double now = slowdown(modes[m], 4, own, others);
				cr_expect(now >= before - 1e-12);
				before = now;
			}
		}
	}
}

/* One GPU for `slots` pods; two workloads of different duty come by lot. */
#define SHARED_GPU                                                                                 \
	"pools: [{product: A100-80GB, gpus: 1, sharing: {%s: {resources: "                         \
	"[{name: nvidia.com/gpu, replicas: %d}]}}}]\n"                                             \
	"contention: {efficiency: 0.8}\n"                                                          \
	"workloads:\n"                                                                             \
	"- {count: 150, request: {shared: 1}, gpu_duty: 0.3, arrival: {poisson: 20/h},\n"          \
	"   duration: {exponential: 8m}}\n"                                                        \
	"- {count: 100, request: {shared: 1}, arrival: {poisson: 12/h},\n"                         \
	"   duration: {lognormal: {median: 2m, sigma: 1}}}\n"

static const double duty[] = {0.3, 1};

struct running {
	uint32_t pod;
	double left, start;
};

struct oracle {
	const struct sf_arrival *arrival;
	uint32_t n, next; /* pods, the one that is to start next */
	int slots, used;
	struct running on[64];
	double now, wait, run, work, max;
};

/* The same law, written down again. */
static double slow(const struct oracle *o, bool mps, int i)
{
	double others = 0;
	for (int k = 0; k < o->used; k++) {
		others += k == i ? 0 : duty[o->arrival[o->on[k].pod].workload];
	}
	if (mps) {
		return 1 + others;
	}
	double share = others >= 1 ? 0 : 1 - others;
	share = share < 1.0 / o->used ? 1.0 / o->used : share;
	double own = duty[o->arrival[o->on[i].pod].workload];
	double loss = 0.2 * (others > 1 ? 1 : others);
	return (1 - own) + own / share / (1 - loss);
}

static double seconds(int64_t us)
{
	return (double)us / 1e6;
}

static void leave(struct oracle *o, int i)
{
	double work = seconds(o->arrival[o->on[i].pod].duration_us);
	double run = o->now - o->on[i].start;
	o->run += run;
	o->work += work;
	o->max = fmax(o->max, run / work);
	o->on[i] = o->on[--o->used];
}

/* To the next departure or the next arrival that finds a slot, whichever is first. */
static void step(struct oracle *o, bool mps)
{
	double pace[64];
	double dt = HUGE_VAL;
	int first = -1;
	for (int i = 0; i < o->used; i++) {
		pace[i] = slow(o, mps, i);
		if (o->on[i].left * pace[i] < dt) {
			dt = o->on[i].left * pace[i];
			first = i;
		}
	}
	double come = HUGE_VAL;
	if (o->next < o->n && o->used < o->slots) {
		come = fmax(0, seconds(o->arrival[o->next].time_us) - o->now);
	}
	double go = fmin(dt, come);
	for (int i = 0; i < o->used; i++) {
		o->on[i].left -= go / pace[i];
	}
	o->now += go;
	if (dt <= come) {
		leave(o, first);
		return;
	}
	const struct sf_arrival *pod = &o->arrival[o->next];
	o->wait += o->now - seconds(pod->time_us);
	o->on[o->used++] = (struct running){o->next++, seconds(pod->duration_us), o->now};
}

Test(contention, departures_are_those_of_a_simulation_from_moment_to_moment)
{
	static const struct {
		const char *mode;
		int slots;
	} cases[] = {{"timeSlicing", 2}, {"timeSlicing", 7}, {"mps", 3}, {"mps", 48}};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[1024];
		snprintf(text, sizeof(text), SHARED_GPU, cases[i].mode, cases[i].slots);
		struct sf_scenario *scenario = scenario_of(text);
		struct sf_replay_result got = {0};
		struct oracle o = {.slots = cases[i].slots};
		struct sf_arrival *arrival = sf_arrivals_create(scenario, 5, &o.n, NULL);
		o.arrival = arrival;
		while (o.next < o.n || o.used > 0) {
			step(&o, strcmp(cases[i].mode, "mps") == 0);
		}
		cr_assert(
			eq(int,
		           sf_replay_run(scenario, sf_policy_find("best-fit"), 5, NULL, &got, NULL),
		           0));
		cr_expect(eq(u32, got.completed, o.n));
		cr_expect(o.run / o.work > 1.2, "no contention");
		cr_expect(epsilon_eq(dbl, got.horizon_s, o.now, 1e-3));
		cr_expect(epsilon_eq(dbl, got.wait_mean_s, o.wait / o.n, 1e-3));
		cr_expect(epsilon_eq(dbl, got.stretch_mean, o.run / o.work, 1e-6));
		cr_expect(epsilon_eq(dbl, got.stretch_max, o.max, 1e-3));
		sf_replay_finish(&got);
		free(arrival);
		sf_scenario_destroy(scenario);
	}
}

static const char quiet[] =
	"horizon: 5h\n"
	"%s"
	"pools:\n"
	"- {product: T4, gpus: 2, sharing: {timeSlicing: {resources: [{name: nvidia.com/gpu,"
	" replicas: 4}]}}}\n"
	"- {product: A100-80GB, gpus: 2, mig: {config: [{devices: all, mig-enabled: true,"
	" mig-devices: {1g.10gb: 7}}]}}\n"
	"workloads:\n"
	"- {count: 90, request: {mig: 1g.10gb}, arrival: {poisson: 20/h}, duration: {exponential: "
	"1h}}\n"
	"- {count: 60, request: {shared: 1}, arrival: {poisson: 20/h}, duration: {exponential: "
	"1h}}\n";

/* Where the law is switched off, or nobody shares, nothing differs but what is shown. */
Test(contention, without_it_every_figure_is_the_same)
{
	static const char *const keys[] = {"", "contention: {time_slicing: false, mps: true}\n"};
	struct sf_replay_result result[2] = {0};
	for (size_t i = 0; i < 2; i++) {
		char text[1024];
		snprintf(text, sizeof(text), quiet, keys[i]);
		struct sf_scenario *scenario = scenario_of(text);
		cr_assert(eq(int,
		             sf_replay_run(scenario, sf_policy_find("best-fit"), 1, NULL,
		                           &result[i], NULL),
		             0));
		sf_scenario_destroy(scenario);
	}
	for (size_t m = 0; sf_replay_metric_path(m, NULL); m++) {
		if (sf_replay_metric_shown(&result[0], m)) {
			cr_expect(sf_replay_metric_at(&result[0], m) ==
			                  sf_replay_metric_at(&result[1], m),
			          "%s", sf_replay_metric_path(m, NULL));
		}
	}
	cr_expect(eq(dbl, result[1].stretch_mean, 1));
	sf_replay_finish(&result[0]);
	sf_replay_finish(&result[1]);
}
