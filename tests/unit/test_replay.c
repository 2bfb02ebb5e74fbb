/* Tests of the replay: small scenarios worked out by hand, and properties of any scenario. */
// SPDX-License-Identifier: Apache-2.0
#include "replay_fixture.h"

#include <slicefit/expect.h>
#include <slicefit/report_replay.h>
#include <slicefit/str.h>

#include "engine/arrivals.h"
#include "engine/events.h"
#include "engine/waits.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

TestSuite(replay, .timeout = 60, .init = open_catalog, .fini = close_catalog);

static struct sf_replay_result run(const struct sf_scenario *scenario, const char *policy)
{
	struct sf_error err = {0};
	struct sf_replay_result result = {0};
	int rc = sf_replay_run(scenario, sf_policy_find(policy), scenario->seed, NULL, &result,
	                       &err);
	cr_assert(rc == 0, "%s", err.text);
	return result;
}

#define POOL(gpus, cpu)                                                                            \
	"pools: [{product: A100-80GB, gpus: " #gpus ", cpu: " #cpu ", memory: 64Gi}]\n"

static const struct {
	const char *name;
	const char *policy;
	const char *text;
	struct figure want[12];
} rows[] = {
	/* Two run 0..10 s, the third 10..20 s: 30 GPU seconds of 40. Of the waits 0, 0, 10 s the
         * second is the median, the third the 95th percentile. */
	{"a third pod waits",
         "first-fit",
         POOL(2,
              8) "workloads: [{count: 3, request: {gpu: 1, cpu: 1}, duration: 10, arrival: 0}]\n",
         {{"pods.arrived", 3},
          {"pods.placed", 3},
          {"pods.completed", 3},
          {"gpu.total", 2},
          {"gpu.allocated_pct", 75},
          {"gpu.allocated_end_pct", 0},
          {"gpu.allocated_peak_pct", 100},
          {"gpu.active_mean", 1.5},
          {"wait_s.p50", 0},
          {"wait_s.p95", 10},
          {"wait_s.mean", 10.0 / 3},
          {"horizon_s", 20}}},
	/* Two CPUs carry two pods; the other two GPUs have none left: stranded, and of no use to the
         * one class there is. */
	{"stranded",
         "best-fit",
         POOL(4, 2) "horizon: 100\nworkloads: [{count: 3, request: {gpu: 1, cpu: 1}}]\n",
         {{"pods.placed", 2},
          {"pods.waiting", 1},
          {"gpu.allocated_pct", 50},
          {"gpu.stranded_pct", 50},
          {"gpu.stranded_end_pct", 50},
          {"gpu.fragmentation_pct", 50},
          {"gpu.allocated_end_pct", 50},
          {"horizon_s", 100}}},
	/* Two GPUs stay free: useful to the class of one half of the pods, not to the other. */
	{"fragment of half the mix",
         "best-fit",
         POOL(4, 64) "horizon: 100\nworkloads:\n- {request: {gpu: 2}}\n"
                     "- {request: {gpu: 4}, arrival: 50}\n",
         {{"pods.arrived", 2},
          {"pods.waiting", 1},
          {"gpu.fragmentation_pct", 25},
          {"gpu.stranded_pct", 0},
          {"gpu.allocated_pct", 50}}},
	/* Seven instances of one of eight memory slices each: the eighth slice serves nobody. */
	{"fixed instances",
         "best-fit",
         "horizon: 10\n"
         "pools:\n"
         "- product: A100-80GB\n"
         "  gpus: 1\n"
         "  mig: {strategy: mixed, config: [{devices: all, mig-enabled: true,\n"
         "        mig-devices: {\"1g.10gb\": 7}}]}\n"
         "workloads: [{request: {mig: {1g.10gb: 1}}}]\n",
         {{"gpu.allocated_pct", 12.5}, {"gpu.fragmentation_pct", 12.5}, {"gpu.active_mean", 1}}},
	/* A 4g instance takes half the memory; the other half carries a second one no more (seven
         * compute slices, starts at 0 only), but a 3g. */
	{"dynamic instances",
         "best-fit",
         "horizon: 10\n"
         "pools: [{product: A100-80GB, gpus: 1, mig: {mode: dynamic}}]\n"
         "workloads:\n"
         "- {count: 2, request: {mig: {4g.40gb: 1}}}\n"
         "- {count: 2, request: {mig: {3g.40gb: 1}}, arrival: 20}\n",
         {{"pods.placed", 1},
          {"pods.waiting", 1},
          {"gpu.allocated_pct", 50},
          {"gpu.fragmentation_pct", 25}}},
	{"replicas",
         "best-fit",
         "horizon: 10\n"
         "pools: [{product: L40S, gpus: 1, sharing: {timeSlicing: {resources: [{name: "
         "nvidia.com/gpu, replicas: 4}]}}}]\n"
         "workloads: [{count: 5, request: {shared: 1}}]\n",
         {{"pods.placed", 4}, {"pods.waiting", 1}, {"gpu.allocated_pct", 100}}},
	/* Both wait from 0..10 s; the later, more important one goes first and stays 10 s. */
	{"priority before arrival",
         "first-fit",
         POOL(2, 64) "workloads:\n"
                     "- {request: {gpu: 2}, duration: 10, arrival: 0}\n"
                     "- {request: {gpu: 1}, duration: 10, arrival: 1}\n"
                     "- {request: {gpu: 2}, duration: 10, arrival: 2, priority: 5}\n",
         {{"wait_s.p50", 8}, {"wait_s.max", 19}, {"horizon_s", 30}}},
	/* The pair has to wait till 20 s, the single one behind it has not. */
	{"nobody blocks the queue",
         "first-fit",
         POOL(2, 64) "workloads:\n"
                     "- {request: {gpu: 1}, duration: 20, arrival: 0}\n"
                     "- {request: {gpu: 2}, duration: 10, arrival: 1}\n"
                     "- {request: {gpu: 1}, duration: 5, arrival: 2}\n",
         {{"wait_s.p50", 0}, {"wait_s.max", 19}, {"horizon_s", 30}}},
	/* The second gives up at 40 s; the third may wait till 100 s, which is when room comes. */
	{"deadlines",
         "first-fit",
         POOL(1, 64) "workloads:\n"
                     "- {request: {gpu: 1}, duration: 100, arrival: 0}\n"
                     "- {request: {gpu: 1}, duration: 10, arrival: 10, deadline: 30}\n"
                     "- {request: {gpu: 1}, duration: 10, arrival: 90, deadline: 10}\n",
         {{"pods.placed", 2}, {"pods.rejected", 1}, {"wait_s.max", 10}, {"horizon_s", 110}}},
	{"an unused deadline is no event",
         "first-fit",
         POOL(1, 64) "workloads: [{request: {gpu: 1}, duration: 5, deadline: 1000}]\n",
         {{"pods.placed", 1}, {"pods.rejected", 0}, {"horizon_s", 5}}},
	{"fits nowhere, ever",
         "best-fit",
         POOL(2, 64) "workloads: [{count: 2, request: {gpu: 4}}, {request: {mig: {1g.10gb: 1}}}]\n",
         {{"pods.arrived", 3}, {"pods.rejected", 3}, {"pods.placed", 0}, {"gpu.allocated_pct", 0}}},
	{"the horizon cuts",
         "first-fit",
         POOL(2,
              64) "horizon: 10\n"
                  "workloads: [{count: 4, request: {gpu: 1}, duration: 4, arrival: {every: 6}}]\n",
         {{"pods.arrived", 2},
          {"pods.completed", 2},
          {"gpu.allocated_pct", 40},
          {"gpu.allocated_end_pct", 0},
          {"horizon_s", 10}}},
	{"no time at all",
         "first-fit",
         POOL(4, 64) "workloads: [{request: {gpu: 1}}]\n",
         {{"pods.placed", 1},
          {"gpu.allocated_pct", 25},
          {"gpu.allocated_end_pct", 25},
          {"horizon_s", 0}}},
	{"pods without a GPU",
         "best-fit",
         POOL(2, 4) "workloads: [{count: 5, request: {cpu: 1}}]\n",
         {{"pods.placed", 4},
          {"pods.waiting", 1},
          {"gpu.fragmentation_pct", 0},
          {"gpu.stranded_pct", 0}}},
};

Test(replay, matches_the_figures_worked_out_by_hand)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sf_scenario *scenario = scenario_of(rows[i].text);
		struct sf_replay_result result = run(scenario, rows[i].policy);
		expect_figures(rows[i].name, &result, rows[i].want,
		               sizeof(rows[i].want) / sizeof(rows[i].want[0]));
		sf_replay_finish(&result);
		sf_scenario_destroy(scenario);
	}
}

/* One node shares its GPU four ways under its plain name, the other does not share. */
static const char sharing[] =
	"horizon: 100\n"
	"pools:\n"
	"- name: shared\n"
	"  product: A100-80GB\n"
	"  gpus: 1\n"
	"  sharing: {timeSlicing: {resources: [{name: nvidia.com/gpu, replicas: 4}]}}\n"
	"- {name: whole, product: A100-80GB, gpus: 1}\n"
	"workloads:\n"
	"- {name: train, count: 5, request: {gpu: 1, gpu_memory: 60Gi}}\n";

Test(replay, kube_default_sees_names_only)
{
	struct sf_scenario *scenario = scenario_of(sharing);
	struct sf_replay_result kube = run(scenario, "kube-default");
	cr_expect(eq(u32, kube.placed, 5));
	cr_expect(eq(u32, kube.misplaced, 4));
	cr_expect(eq(u32, kube.gpu_memory_unchecked, 5));
	struct sf_replay_result best = run(scenario, "best-fit");
	cr_expect(eq(u32, best.placed, 1));
	cr_expect(eq(u32, best.waiting, 4));
	cr_expect(eq(u32, best.misplaced, 0));
	cr_expect(eq(u32, best.gpu_memory_unchecked, 0));
	sf_replay_finish(&kube);
	sf_replay_finish(&best);
	sf_scenario_destroy(scenario);
}

/* Everything at once, under load. */
static const char busy[] =
	"seed: 11\n"
	"horizon: 20h\n"
	"pools:\n"
	"- {name: whole, nodes: 3, product: A100-80GB, gpus: 8, cpu: 48, memory: 512Gi}\n"
	"- {name: cut, nodes: 2, product: A100-80GB, gpus: 2, cpu: 32, memory: 128Gi, mig: "
	"{strategy: "
	"mixed, config: [{devices: all, mig-enabled: true, mig-devices: {\"1g.10gb\": 4, "
	"\"3g.40gb\": "
	"1}}]}}\n"
	"- {name: dyn, nodes: 2, product: A100-80GB, gpus: 2, mig: {mode: dynamic}}\n"
	"- {name: shared, nodes: 2, product: L40S, gpus: 2, sharing: {timeSlicing: "
	"{renameByDefault: "
	"true, resources: [{name: nvidia.com/gpu, replicas: 3}]}}}\n"
	"workloads:\n"
	"- {name: train, count: 60, priority: 2, request: {gpu: 4, cpu: 8, memory: 32Gi}, arrival: "
	"{poisson: 4/h}, duration: {exponential: 3h}}\n"
	"- {name: solo, count: 150, request: {gpu: 1, cpu: 6, memory: 8Gi}, arrival: {poisson: "
	"8/h}, "
	"duration: {lognormal: {median: 1h, sigma: 1}}, deadline: 2h}\n"
	"- {name: serve, count: 200, request: {mig: {1g.10gb: 1}, cpu: 1}, arrival: {poisson: "
	"20/h}, "
	"duration: {exponential: 1h}}\n"
	"- {name: big, count: 60, priority: 1, request: {mig: {3g.40gb: 1}, cpu: 1}, arrival: "
	"{every: "
	"15m}, duration: 2h, deadline: 1h}\n"
	"- {name: share, count: 90, request: {shared: 1, gpu_memory: 12Gi}, arrival: {poisson: "
	"6/h}, "
	"duration: {exponential: 2h}}\n"
	"- {name: never, count: 3, request: {gpu: 9}}\n";

static void check_conservation(const struct sf_replay_result *r)
{
	uint32_t arrived = 0;
	cr_expect(r->arrived == r->placed + r->rejected + r->waiting, "%s", r->policy);
	cr_expect(r->completed <= r->placed, "%s", r->policy);
	for (size_t i = 0; i < r->n_workloads; i++) {
		const struct sf_replay_workload *w = &r->workload[i];
		cr_expect(w->arrived == w->placed + w->rejected + w->waiting, "%s", r->policy);
		arrived += w->arrived;
	}
	cr_expect(eq(u32, arrived, r->arrived));
	double parts = r->allocated_pct + fmax(r->fragmentation_pct, r->stranded_pct);
	cr_expect(parts <= 100 + 1e-9, "%s: %g %% of the GPUs", r->policy, parts);
	cr_expect(r->allocated_pct <= r->allocated_peak_pct + 1e-9, "%s", r->policy);
}

static void json_of(const struct sf_scenario *scenario, const struct sf_replay_result *result,
                    struct sf_str *out)
{
	struct sf_replay_report report = {.scenario = scenario, .n = 1, .result = result};
	sf_replay_report_json(&report, 1, out);
}

Test(replay, counts_every_pod_and_repeats_itself)
{
	struct sf_scenario *scenario = scenario_of(busy);
	for (size_t i = 0; sf_policies[i]; i++) {
		struct sf_replay_result first = run(scenario, sf_policies[i]->name);
		struct sf_replay_result again = run(scenario, sf_policies[i]->name);
		struct sf_str a = {0};
		struct sf_str b = {0};
		check_conservation(&first);
		cr_expect(gt(u32, first.waiting + first.rejected, 3), "no load");
		json_of(scenario, &first, &a);
		json_of(scenario, &again, &b);
		cr_expect(eq(str, a.text, b.text));
		sf_str_finish(&a);
		sf_str_finish(&b);
		sf_replay_finish(&first);
		sf_replay_finish(&again);
	}
	sf_scenario_destroy(scenario);
}

static const char servers[] =
	"seed: 3\n"
	"pools: [{nodes: 3, product: A100-80GB, gpus: 2}]\n"
	"workloads: [{count: 400, request: {gpu: 1}, arrival: {poisson: 30/h},\n"
	"             duration: {exponential: 10m}}]\n";

/* Equal pods on equal GPUs are a queue with six servers: first come, first served, whatever the
 * policy. Worked out here pod by pod, without events. */
Test(replay, agrees_with_a_queue_of_servers)
{
	struct sf_scenario *scenario = scenario_of(servers);
	uint32_t n;
	struct sf_arrival *pods = sf_arrivals_create(scenario, scenario->seed, &n, NULL);
	struct sf_waits waits = {0};
	int64_t free_at[6] = {0};
	int64_t end = 0;
	double busy_us = 0;
	for (uint32_t i = 0; i < n; i++) {
		size_t server = 0;
		for (size_t k = 1; k < 6; k++) {
			server = free_at[k] < free_at[server] ? k : server;
		}
		int64_t start =
			pods[i].time_us > free_at[server] ? pods[i].time_us : free_at[server];
		free_at[server] = start + pods[i].duration_us;
		end = free_at[server] > end ? free_at[server] : end;
		busy_us += (double)pods[i].duration_us;
		sf_waits_add(&waits, start - pods[i].time_us);
	}
	struct sf_wait_figures want = sf_waits_figures(&waits);
	cr_assert(want.p95_s > 0, "no load");
	for (size_t i = 0; sf_policies[i]; i++) {
		struct sf_replay_result got = run(scenario, sf_policies[i]->name);
		cr_expect(epsilon_eq(dbl, got.horizon_s, (double)end / 1e6, 1e-9));
		cr_expect(epsilon_eq(dbl, got.allocated_pct, 100 * busy_us / (6 * (double)end),
		                     1e-6));
		cr_expect(epsilon_eq(dbl, got.gpus_active_mean, busy_us / (double)end, 1e-6));
		cr_expect(epsilon_eq(dbl, got.wait_p50_s, want.p50_s, 1e-9));
		cr_expect(epsilon_eq(dbl, got.wait_p95_s, want.p95_s, 1e-9));
		cr_expect(epsilon_eq(dbl, got.wait_mean_s, want.mean_s, 1e-6));
		sf_replay_finish(&got);
	}
	sf_waits_finish(&waits);
	free(pods);
	sf_scenario_destroy(scenario);
}

static void note_progress(void *ctx, uint64_t done, uint64_t total)
{
	uint64_t *last = ctx;
	cr_expect(done > *last && done <= total, "%llu of %llu after %llu",
	          (unsigned long long)done, (unsigned long long)total, (unsigned long long)*last);
	*last = done;
}

Test(replay, tells_its_progress)
{
	struct sf_scenario *scenario = scenario_of(servers);
	scenario->workload[0].count = 4000;
	uint64_t last = 0;
	struct sf_replay_watch watch = {.tell = note_progress, .ctx = &last};
	struct sf_replay_result result = {0};
	cr_assert(eq(int, sf_replay_run(scenario, sf_policies[0], 1, &watch, &result, NULL), 0));
	cr_expect(gt(u64, last, 4000));
	sf_replay_finish(&result);
	sf_scenario_destroy(scenario);
}

Test(replay, draws_of_one_workload_do_not_move_another)
{
	struct sf_scenario *scenario = scenario_of(busy);
	uint32_t n;
	struct sf_arrival *before = sf_arrivals_create(scenario, 1, &n, NULL);
	scenario->workload[0].count += 5;
	scenario->workload[0].duration.kind = SF_DURATION_FIXED;
	uint32_t m;
	struct sf_arrival *after = sf_arrivals_create(scenario, 1, &m, NULL);
	cr_assert(eq(u32, m, n + 5));
	uint32_t k = 0;
	for (uint32_t i = 0; i < n; i++) {
		if (before[i].workload == 0) {
			continue;
		}
		while (after[k].workload == 0) {
			k++;
		}
		cr_assert(eq(i64, after[k].time_us, before[i].time_us));
		cr_assert(eq(i64, after[k].duration_us, before[i].duration_us));
		k++;
	}
	free(before);
	free(after);
	sf_scenario_destroy(scenario);
}

Test(replay, events_come_in_one_order)
{
	struct sf_events events = {0};
	struct sf_event event;
	for (uint32_t i = 0; i < 3000; i++) {
		uint32_t x = i * 2654435761U;
		sf_events_push(&events, (struct sf_event){x % 50, x / 50 % 3, i});
	}
	struct sf_event last = {-1, 0, 0};
	for (uint32_t i = 0; i < 3000; i++) {
		cr_assert(sf_events_pop(&events, &event));
		bool after = event.time_us > last.time_us ||
		             (event.time_us == last.time_us && event.kind > last.kind) ||
		             (event.time_us == last.time_us && event.kind == last.kind &&
		              (event.pod > last.pod || last.time_us < 0));
		cr_assert(after, "event %u", i);
		last = event;
	}
	cr_expect(not(sf_events_pop(&events, &event)));
	sf_events_finish(&events);
}

Test(replay, time_does_not_overflow)
{
	cr_expect(eq(i64, sf_time_from_s(1.5), 1500000));
	cr_expect(eq(i64, sf_time_from_s(1e300), SF_TIME_MAX));
	cr_expect(eq(i64, sf_time_from_s(-1), 0));
	cr_expect(eq(i64, sf_time_from_s((double)NAN), 0));
	cr_expect(eq(i64, sf_time_add(SF_TIME_MAX, SF_TIME_MAX), SF_TIME_MAX));
	cr_expect(eq(i64, sf_time_add(2, 3), 5));
}

static const struct {
	int n;
	int64_t p50, p95;
} ranks[] = {{1, 1, 1},    {2, 1, 2},     {3, 2, 3},    {10, 5, 10},
             {20, 10, 19}, {100, 50, 95}, {101, 51, 96}};

Test(replay, percentiles_by_nearest_rank)
{
	for (size_t i = 0; i < sizeof(ranks) / sizeof(ranks[0]); i++) {
		struct sf_waits waits = {0};
		for (int k = ranks[i].n; k > 0; k--) {
			sf_waits_add(&waits, k * INT64_C(1000000));
		}
		struct sf_wait_figures got = sf_waits_figures(&waits);
		cr_expect(epsilon_eq(dbl, got.p50_s, (double)ranks[i].p50, 1e-9));
		cr_expect(epsilon_eq(dbl, got.p95_s, (double)ranks[i].p95, 1e-9));
		cr_expect(epsilon_eq(dbl, got.max_s, (double)ranks[i].n, 1e-9));
		cr_expect(epsilon_eq(dbl, got.mean_s, (ranks[i].n + 1) / 2.0, 1e-9));
		sf_waits_finish(&waits);
	}
}

static const char thresholds[] = "horizon: 100\n"
				 "pools: [{product: A100-80GB, gpus: 4}]\n"
				 "workloads: [{count: 3, request: {gpu: 1}}]\n"
				 "expect:\n"
				 "- {policy: best-fit, metric: pods.placed, min: 3}\n"
				 "- {policy: best-fit, metric: pods.placed, min: 4}\n"
				 "- {metric: gpu.allocated_pct, max: 75}\n"
				 "- {metric: gpu.allocated_pct, max: 74.5}\n"
				 "- {policy: random, metric: pods.placed, min: 1}\n";

Test(replay, checks_expectations)
{
	static const bool met[] = {true, false, true, true, false, false};
	struct sf_scenario *scenario = scenario_of(thresholds);
	struct sf_replay_result results[] = {run(scenario, "best-fit"), run(scenario, "first-fit")};
	cr_assert(eq(int, sf_expect_validate(scenario, NULL), 0));
	size_t n;
	const struct sf_trial trial = {scenario, 2, 1, results};
	struct sf_expect_outcome *outcome = sf_expect_check(&trial, &n);
	cr_assert(eq(sz, n, 6));
	for (size_t i = 0; i < n; i++) {
		cr_expect(outcome[i].met == met[i], "outcome %zu", i);
	}
	struct sf_replay_report report = {scenario, 2, results, n, outcome, 1};
	struct sf_str text = {0};
	sf_replay_report_unmet(&report, &outcome[1], &text);
	sf_replay_report_unmet(&report, &outcome[5], &text);
	cr_expect(
		eq(str, text.text,
	           (char *)"test.yaml:6: expected pods.placed >= 4 for policy best-fit, got 3\n"
	                   "test.yaml:8: expected gpu.allocated_pct <= 74.5 for policy first-fit, "
	                   "got 75\n"));
	sf_str_finish(&text);
	free(outcome);
	sf_replay_finish(&results[0]);
	sf_replay_finish(&results[1]);
	sf_scenario_destroy(scenario);
}

Test(replay, refuses_expectations_of_what_does_not_exist)
{
	static const char *const wrong[][2] = {
		{"{policy: bestfit, metric: pods.placed, min: 1}",
	         "unknown policy 'bestfit', did you mean"},
		{"{metric: pods.plced, min: 1}",
	         "unknown metric 'pods.plced', did you mean 'pods.placed'"},
		{"{metric: placed, min: 1}", "'placed', did you mean 'pods.placed'"},
		{"{metric: p95, max: 1}", "'p95', did you mean 'wait_s.p95'"},
		{"{metric: fragmentation, max: 1}", "did you mean 'gpu.fragmentation_pct'"},
		{"{metric: gpu.p95, max: 1}", "docs/scenario-format.md lists them under Metrics"},
	};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		char text[256];
		struct sf_error err = {0};
		snprintf(text, sizeof(text),
		         "pools: [{product: T4, gpus: 1}]\nworkloads: [{request: {gpu: "
		         "1}}]\nexpect:\n- %s\n",
		         wrong[i][0]);
		struct sf_scenario *scenario = scenario_of(text);
		cr_expect(eq(int, sf_expect_validate(scenario, &err), -1));
		cr_expect(strncmp(err.text, "test.yaml:4:3: ", 15) == 0, "%s", err.text);
		cr_expect(strstr(err.text, wrong[i][1]) != NULL, "%s", err.text);
		sf_scenario_destroy(scenario);
	}
}

Test(replay, best_ranks_pods_placed_as_asked_by_priority)
{
	struct sf_workload workloads[] = {{.priority = 0}, {.priority = 5}};
	struct sf_scenario scenario = {.n_workloads = 2, .workload = workloads};
	struct sf_replay_workload pods[][2] = {
		{{.placed = 10, .misplaced = 4}, {.placed = 1}},
		{{.placed = 7}, {.placed = 1}},
		{{.placed = 7}, {.placed = 1}},
		{{.placed = 7}, {.placed = 1}},
		{{.placed = 7}, {.placed = 1}},
		{{.placed = 2}, {.placed = 2}},
	};
	struct sf_replay_result results[] = {
		{.policy = "a", .allocated_pct = 90, .workload = pods[0]},
		{.policy = "b", .allocated_pct = 60, .wait_mean_s = 5, .workload = pods[1]},
		{.policy = "c", .allocated_pct = 61, .wait_mean_s = 9, .workload = pods[2]},
		{.policy = "d", .allocated_pct = 61.01, .wait_mean_s = 8, .workload = pods[3]},
		{.policy = "kube-default",
	         .allocated_pct = 61,
	         .wait_mean_s = 8,
	         .workload = pods[4]},
		{.policy = "e", .allocated_pct = 1, .wait_mean_s = 99, .workload = pods[5]},
	};
	struct sf_replay_report report = {.scenario = &scenario, .result = results};
	for (report.n = 1; report.n <= 6; report.n++) {
		cr_expect(eq(sz, sf_replay_report_best(&report), report.n - 1));
	}
	report.n = 5;
	results[4].gpu_memory_unchecked = 1;
	cr_expect(eq(sz, sf_replay_report_best(&report), 3));
	report.result = &results[4];
	results[5] = results[3];
	report.n = 2;
	cr_expect(eq(sz, sf_replay_report_best(&report), 1));
}
