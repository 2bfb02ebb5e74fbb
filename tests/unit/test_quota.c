/* Tests of quotas: figures worked out by hand, and what is used against a sum from scratch. */
// SPDX-License-Identifier: Apache-2.0
#include "replay_books.h"
#include "replay_fixture.h"

#include <slicefit/str.h>

#include <math.h>
#include <stdio.h>

TestSuite(quota, .timeout = 60, .init = open_catalog, .fini = close_catalog);

#define POOL(gpus)  "pools: [{product: A100-80GB, gpus: " #gpus ", cpu: 32, memory: 64Gi}]\n"
#define TEAM(quota) "namespaces: [{name: team, quota: {" quota "}}, {name: free}]\nworkloads:\n"

static const struct {
	const char *name;
	const char *text;
	struct figure want[10];
} rows[] = {
	/* One at a time, though there is room for four. */
	{"over quota waits",
         POOL(4) TEAM("requests.nvidia.com/gpu: 1") "- {namespace: team, count: 3, request: {gpu: "
                                                    "1}, duration: 10}\n"
                                                    "- {namespace: free, count: 2, request: {gpu: "
                                                    "1}, duration: 10}\n",
         {{"quota.held", 2},
          {"quota.held_end", 0},
          {"quota.wait_mean_s", 15},
          {"quota.wait_max_s", 20},
          {"wait_s.p50", 0},
          {"wait_s.max", 20},
          {"pods.completed", 5},
          {"horizon_s", 30}}},
	/* Who waits for a place counts, as a pending pod does. */
	{"pending pods count",
         POOL(1) TEAM(
		 "requests.nvidia.com/gpu: 2") "- {namespace: team, count: 4, request: {gpu: 1}}\n",
         {{"pods.placed", 1}, {"pods.waiting", 3}, {"quota.held", 2}, {"quota.held_end", 2}}},
	{"more than the limit alone",
         POOL(4) TEAM("requests.nvidia.com/gpu: 2") "- {namespace: team, request: {gpu: 3}}\n- "
                                                    "{namespace: team, request: {gpu: 2}}\n"
                                                    "- {namespace: team, count: 3, request: {cpu: "
                                                    "1}, gang: {size: 3}}\n"
                                                    "- {namespace: team, count: 3, request: {gpu: "
                                                    "1}, gang: {size: 3}}\n",
         {{"quota.rejected", 4}, {"pods.rejected", 4}, {"gangs.rejected", 1}, {"pods.placed", 4}}},
	{"a gang passes as a whole",
         POOL(8) TEAM("pods: 4") "- {namespace: team, request: {gpu: 1}, duration: 100}\n"
                                 "- {namespace: team, count: 4, request: {gpu: 1}, duration: 5, "
                                 "arrival: 10, gang: {size: 4}}\n",
         {{"quota.held", 4}, {"quota.wait_max_s", 90}, {"horizon_s", 105}}},
	{"a held pod gives up",
         POOL(4) TEAM("pods: 1") "- {namespace: team, request: {gpu: 1}, duration: 100}\n"
                                 "- {namespace: team, request: {gpu: 1}, duration: 5, arrival: 10, "
                                 "deadline: 20}\n",
         {{"quota.held", 1}, {"quota.wait_max_s", 20}, {"pods.rejected", 1}, {"horizon_s", 100}}},
	/* The second gives up at 10 s, which lets the third pass: it runs 10..15 s. */
	{"who gives up lets others pass",
         POOL(1) TEAM(
		 "pods: 1") "- {namespace: free, request: {gpu: 1}, duration: 100}\n"
                            "- {namespace: team, request: {gpu: 1}, deadline: 10}\n"
                            "- {namespace: team, request: {cpu: 1}, duration: 5, arrival: 1}\n",
         {{"quota.held", 1}, {"quota.wait_max_s", 9}, {"wait_s.max", 9}, {"pods.rejected", 1}}},
	/* Both give up at 10 s, so the pair passes before the single, and it is not the single that goes
         * first with what one of them leaves: 100..110 s and 110..130 s. */
	{"who gives up together leaves room together",
         POOL(2) TEAM(
		 "requests.nvidia.com/gpu: 2") "- {namespace: free, request: {gpu: 2}, duration: "
                                               "100}\n"
                                               "- {namespace: team, count: 2, request: {gpu: 1}, "
                                               "deadline: 10}\n"
                                               "- {namespace: team, request: {gpu: 2}, "
                                               "duration: 10, arrival: 5, priority: 1}\n"
                                               "- {namespace: team, request: {gpu: 1}, "
                                               "duration: 20, arrival: 5}\n",
         {{"quota.held", 2}, {"quota.wait_max_s", 105}, {"wait_s.max", 105}, {"horizon_s", 130}}},
	{"by priority, then arrival",
         POOL(4) TEAM(
		 "pods: 1") "- {namespace: team, request: {gpu: 1}, duration: 10}\n"
                            "- {namespace: team, request: {gpu: 1}, duration: 10, arrival: 1}\n"
                            "- {namespace: team, request: {gpu: 1}, duration: 10, arrival: 2, "
                            "priority: 1}\n",
         {{"quota.wait_max_s", 19}, {"wait_s.p50", 8}, {"horizon_s", 30}}},
	{"nobody blocks the gate",
         POOL(4) TEAM("requests.nvidia.com/gpu: 2") "- {namespace: team, request: {gpu: 1}, "
                                                    "duration: 100}\n"
                                                    "- {namespace: team, request: {gpu: 2}, "
                                                    "duration: 10, arrival: 1}\n"
                                                    "- {namespace: team, request: {gpu: 1}, "
                                                    "duration: 10, arrival: 2}\n",
         {{"quota.held", 1}, {"quota.wait_max_s", 99}, {"horizon_s", 110}}},
	{"CPU and memory",
         POOL(4) TEAM("requests.cpu: 1500m, memory: 3Gi") "- {namespace: team, count: 2, request: "
                                                          "{cpu: 1}, duration: 10}\n"
                                                          "- {namespace: team, count: 2, request: "
                                                          "{memory: 2Gi}, duration: 10}\n",
         {{"quota.held", 2}, {"quota.wait_max_s", 10}, {"horizon_s", 20}}},
	{"replicas go by the name of the manifest",
         "pools: [{product: L40S, gpus: 1, sharing: {timeSlicing: {renameByDefault: true, "
         "resources: "
         "[{name: nvidia.com/gpu, replicas: 4}]}}}]\n" TEAM(
		 "requests.nvidia.com/gpu: 0, requests.nvidia.com/gpu.shared: 2") "- {namespace: "
                                                                                  "team, count: 3, "
                                                                                  "request: "
                                                                                  "{shared: 1}, "
                                                                                  "duration: 10}\n",
         {{"quota.held", 1}, {"horizon_s", 20}}},
	{"replicas that are not renamed",
         "pools: [{product: L40S, gpus: 1, sharing: {timeSlicing: {resources: "
         "[{name: nvidia.com/gpu, replicas: 4}]}}}]\n" TEAM(
		 "requests.nvidia.com/gpu: 2") "- {namespace: team, count: 3, request: {shared: "
                                               "1}, duration: 10}\n",
         {{"quota.held", 1}, {"horizon_s", 20}}},
	{"MIG instances",
         "pools: [{product: A100-80GB, gpus: 1, mig: {mode: dynamic}}]\n" TEAM(
		 "requests.nvidia.com/mig-1g.10gb: 2") "- {namespace: team, count: 3, request: "
                                                       "{mig: 1g.10gb}, duration: 10}\n",
         {{"quota.held", 1}, {"horizon_s", 20}}},
	/* The victim still counts while it waits, so the third is held till both are done. */
	{"who lost its place still counts",
         POOL(1) "preemption: lower-priority\n" TEAM(
		 "pods: 1") "- {namespace: team, request: {gpu: 1}, duration: 10}\n"
                            "- {namespace: free, priority: 1, request: {gpu: 1}, duration: 10, "
                            "arrival: 5}\n"
                            "- {namespace: team, request: {cpu: 1}, duration: 5, arrival: 6}\n",
         {{"preemption.victims", 1}, {"quota.wait_max_s", 19}, {"horizon_s", 30}}},
};

Test(quota, matches_the_figures_worked_out_by_hand)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		expect_replay(rows[i].name, rows[i].text, rows[i].want,
		              sizeof(rows[i].want) / sizeof(rows[i].want[0]));
	}
}

/* All features together, under load, while nodes come and go. */
static const char busy[] =
	"seed: 8\n"
	"horizon: 16h\n"
	"preemption: lower-priority\n"
	"pools:\n"
	"- {name: whole, nodes: 4, product: A100-80GB, gpus: 4, cpu: 24, memory: 256Gi}\n"
	"- {name: cut, nodes: 1, product: A100-80GB, gpus: 2, mig: {strategy: mixed, config:\n"
	"   [{devices: all, mig-enabled: true, mig-devices: {\"1g.10gb\": 4, \"3g.40gb\": 1}}]}}\n"
	"events:\n"
	"- {at: 2h, fail: {pool: whole, count: 1}, back: 40m}\n"
	"- {at: 5h, drain: whole-1, grace: 10m, back: 1h}\n"
	"- {at: 7h, add: {pool: whole, count: 2}}\n"
	"- {at: 9h, remove: whole-0, grace: 5m}\n"
	"- {at: 10h, repartition: {nodes: {pool: cut}, grace: 5m, config: [{devices: all,\n"
	"   mig-enabled: true, mig-devices: {\"1g.10gb\": 7}}]}}\n"
	"namespaces:\n"
	"- {name: red, quota: {requests.nvidia.com/gpu: 8, requests.nvidia.com/mig-1g.10gb: 3}}\n"
	"- {name: blue, quota: {requests.nvidia.com/gpu: 6, requests.cpu: 20, pods: 10}}\n"
	"- {name: open}\n"
	"workloads:\n"
	"- {name: solo, namespace: red, count: 120, request: {gpu: 1, cpu: 2}, arrival: {poisson: "
	"8/h},\n"
	"   duration: {exponential: 1h}, disruption: {max_unavailable: 2}}\n"
	"- {name: small, namespace: red, count: 90, request: {mig: {1g.10gb: 1}}, deadline: 1h,\n"
	"   arrival: {poisson: 6/h}, duration: {exponential: 1h}}\n"
	"- {name: pair, namespace: blue, count: 40, priority: 1, request: {gpu: 2, cpu: 6}, "
	"arrival:\n"
	"   {poisson: 2/h}, duration: {exponential: 1h}, gang: {size: 2, timeout: 3h}}\n"
	"- {name: blues, namespace: blue, count: 90, request: {gpu: 1, cpu: 1}, arrival:\n"
	"   {poisson: 6/h}, duration: {exponential: 1h}, checkpoint: 10m, priority: -1}\n"
	"- {name: anyone, namespace: open, count: 60, request: {gpu: 2}, arrival: {poisson: 4/h},\n"
	"   duration: {exponential: 1h}}\n"
	"- {name: urgent, count: 16, priority: 9, request: {gpu: 4, cpu: 8}, arrival: {every: "
	"1h},\n"
	"   duration: 30m, deadline: 20m}\n";

/* What a pod of the workload takes of limit `k` of its namespace, by its specification. */
static int64_t need(const struct sf_workload *workload, const char *resource)
{
	const struct sf_request_spec *spec = &workload->request;
	if (strcmp(resource, "pods") == 0) {
		return 1;
	}
	if (strcmp(resource, "requests.cpu") == 0) {
		return spec->cpu_milli;
	}
	return strcmp(resource, "requests.nvidia.com/gpu") == 0 ? spec->gpu
	       : spec->n_mig > 0                                ? spec->mig[0].count
	                                                        : 0;
}

static int64_t used(const struct sf_replay *r, uint32_t number, const char *resource)
{
	int64_t sum = 0;
	for (uint32_t pod = 0; pod < r->n_pods; pod++) {
		const struct sf_workload *workload = sf_replay_workload(r, pod);
		if (workload->namespace == number && (r->pod[pod].state == SF_REPLAY_WAITING ||
		                                      r->pod[pod].state == SF_REPLAY_PLACED)) {
			sum += need(workload, resource);
		}
	}
	return sum;
}

/* Is there a limit in the way of this held pod? */
static bool is_stopped(const struct sf_replay *r, uint32_t pod)
{
	const struct sf_workload *workload = sf_replay_workload(r, pod);
	const struct sf_namespace *namespace = &r->scenario->namespace[workload->namespace - 1];
	struct sf_replay_gang gang = sf_replay_gang(r, pod);
	for (size_t k = 0; k < namespace->n_limits; k++) {
		const char *resource = namespace->limit[k].resource;
		if (used(r, workload->namespace, resource) +
		            need(workload, resource) * (gang.end - gang.first) >
		    namespace->limit[k].hard) {
			return true;
		}
	}
	return false;
}

static uint32_t check_limits(const struct sf_replay *r)
{
	uint32_t held = 0;
	for (uint32_t i = 0; i < r->scenario->n_namespaces; i++) {
		const struct sf_namespace *namespace = &r->scenario->namespace[i];
		for (size_t k = 0; k < namespace->n_limits; k++) {
			int64_t now = used(r, i + 1, namespace->limit[k].resource);
			cr_assert(now <= namespace->limit[k].hard, "%s %s: %lld", namespace->name,
			          namespace->limit[k].resource, (long long)now);
		}
	}
	for (uint32_t pod = 0; pod < r->n_pods; pod++) {
		if (r->pod[pod].state == SF_REPLAY_HELD) {
			cr_assert(is_stopped(r, pod), "pod %u is held in vain", pod);
			held++;
		}
	}
	return held;
}

Test(quota, is_never_exceeded_and_holds_nobody_in_vain)
{
	static const char *const policies[] = {"best-fit", "kube-default"};
	struct sf_scenario *scenario = scenario_of(busy);
	for (size_t p = 0; p < 4; p++) {
		scenario->backs_off = p >= 2;
		scenario->backoff_initial_s = 1;
		scenario->backoff_max_s = 10;
		struct sf_error err = {0};
		struct sf_replay r;
		uint32_t held = 0;
		int rc = sf_replay_open(&r, scenario, sf_policy_find(policies[p % 2]), 5, &err);
		for (; rc == 0 && (rc = sf_replay_step(&r, &err)) > 0; rc = 0) {
			check_books(&r);
			held += check_limits(&r);
		}
		cr_assert(eq(int, rc, 0), "%s", err.text);
		cr_expect(gt(u32, r.out.evicted[SF_EVICT_NODE_FAILED].pods, 0));
		cr_expect(gt(u32, r.out.evicted[SF_EVICT_DRAINED].pods, 0));
		cr_expect(held > 1000 && r.out.preemptions > 10 && r.out.gangs_placed > 5,
		          "%u held, %u preemptions, %u gangs", held, r.out.preemptions,
		          r.out.gangs_placed);
		sf_replay_close(&r);
	}
	sf_scenario_destroy(scenario);
}

Test(quota, reports_each_limit)
{
	struct sf_error err = {0};
	struct sf_replay_result result = {0};
	struct sf_scenario *scenario = scenario_of(POOL(4) TEAM(
		"requests.cpu: 3, requests.nvidia.com/gpu: 2") "- {namespace: team, count: 3, "
	                                                       "request: {gpu: 1, cpu: 500m}}\n"
	                                                       "- {namespace: team, count: 2, "
	                                                       "request: {cpu: 1500m}, duration: "
	                                                       "10}\n"
	                                                       "- {count: 1, request: {gpu: 1}}\n");
	cr_assert(sf_replay_run(scenario, sf_policy_find("best-fit"), 1, NULL, &result, &err) == 0,
	          "%s", err.text);
	cr_assert(eq(sz, result.n_limits, 2));
	const struct sf_replay_limit *limit = result.limit;
	cr_expect(eq(str, (char *)limit[0].namespace, "team"));
	cr_expect(eq(str, (char *)limit[0].resource, "requests.cpu"));
	cr_expect(limit[0].hard == 3 && limit[0].peak == 2.5 && limit[0].used == 1);
	cr_expect(limit[1].hard == 2 && limit[1].peak == 2 && limit[1].used == 2);
	cr_expect(limit[0].held == 1 && limit[1].held == 1);
	cr_expect(eq(str, (char *)result.workload[0].held_by, "requests.nvidia.com/gpu"));
	cr_expect(eq(str, (char *)result.workload[1].held_by, "requests.cpu"));
	cr_expect(result.workload[0].held_end == 1 && result.workload[1].held_end == 0);
	cr_expect(result.workload[2].held == 0 && result.workload[2].held_by == NULL);
	sf_replay_finish(&result);
	sf_scenario_destroy(scenario);
}

static const struct {
	const char *top;
	const char *workload;
	const char *message;
} refused[] = {
	{"", "namespace: a", "s.yaml:3:44: no namespace 'a' under 'namespaces:'"},
	{"namespaces: [{name: team}]", "namespace: tema",
         "s.yaml:3:44: no namespace 'tema' under 'namespaces:', did you mean 'team'?"},
	{"namespaces: [{quota: {}}]", "", "s.yaml:2:14: a namespace needs a name"},
	{"namespaces: [{name: a}, {name: a}]", "",
         "s.yaml:2:25: namespace a is already given in line 2"},
	{"namespaces: []", "",
         "s.yaml:2:13: no namespaces: expected a list with at least one entry ('- ...')"},
	{"namespaces: [{name: a, quota: {nvidia.com/gpu: 1}}]", "",
         "s.yaml:2:32: 'nvidia.com/gpu' is none of pods, requests.cpu, requests.memory, "
         "requests.nvidia.com/gpu, requests.nvidia.com/mig-... (with or without .shared)"},
	{"namespaces: [{name: a, quota: {cpu: 1, requests.cpu: 1}}]", "",
         "s.yaml:2:40: requests.cpu is limited twice in this quota"},
	{"namespaces: [{name: a, quota: {pods: -1}}]", "",
         "s.yaml:2:38: '-1' is not in 0..1000000000"},
	{"namespaces: [{name: a, quota: 5}]", "",
         "s.yaml:2:31: expected at most 32 limits: {requests.nvidia.com/gpu: 8}"},
};

Test(quota, says_what_is_wrong)
{
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		char text[512];
		snprintf(text, sizeof(text),
		         "pools: [{product: T4}]\n%s\nworkloads: [{request: {gpu: 1}, %s}]\n",
		         refused[i].top, refused[i].workload);
		expect_refused(text, refused[i].message);
	}
}

Test(quota, is_read_and_written)
{
	struct sf_error err = {0};
	struct sf_str text = {0};
	struct sf_scenario *a =
		scenario_of("pools: [{product: T4}]\nnamespaces:\n- {name: none}\n"
	                    "- {name: team, quota: {cpu: 1500m, memory: 3Gi, count/pods: 5, "
	                    "requests.nvidia.com/gpu: '2'}}\n"
	                    "workloads:\n- {request: {gpu: 1}, namespace: team}\n"
	                    "- {request: {gpu: 1}, namespace: none}\n- {request: {gpu: 1}}\n");
	cr_assert(eq(int, sf_scenario_write(a, true, &text, &err), 0), "%s", err.text);
	struct sf_scenario *b = scenario_of(text.text);
	cr_assert(eq(sz, b->n_namespaces, 2));
	const struct sf_namespace *team = &b->namespace[1];
	cr_assert(eq(sz, team->n_limits, 4));
	cr_expect(eq(str, (char *)team->limit[0].resource, "requests.cpu"));
	cr_expect(team->limit[0].hard == 1500 && team->limit[1].hard == 3072);
	cr_expect(eq(str, (char *)team->limit[2].resource, "pods"));
	cr_expect(team->limit[2].hard == 5 && team->limit[3].hard == 2);
	cr_expect(b->workload[0].namespace == 2 && b->workload[1].namespace == 1);
	cr_expect(eq(u32, b->workload[2].namespace, 0));
	sf_str_finish(&text);
	sf_scenario_destroy(a);
	sf_scenario_destroy(b);
}

Test(quota, names_the_limit_that_refuses)
{
	struct sf_error err = {0};
	struct sf_replay_result result = {0};
	struct sf_scenario *s = scenario_of(
		"namespaces: [{name: s, quota: {pods: 9, requests.nvidia.com/gpu: 4}}]\n"
		"pools: [{product: T4, gpus: 8}]\nworkloads:\n"
		"- {namespace: s, count: 2, request: {gpu: 6}}\n"
		"- {namespace: s, count: 3, gang: {size: 3}, request: {gpu: 2}}\n"
		"- {namespace: s, count: 2, request: {gpu: 2}}\n");
	cr_assert(sf_replay_run(s, sf_policy_find("first-fit"), 1, NULL, &result, &err) == 0);
	for (size_t i = 0; i < 2; i++) {
		cr_assert(result.workload[i].beyond != NULL);
		cr_expect(eq(str, (char *)result.workload[i].beyond, "requests.nvidia.com/gpu"));
	}
	cr_expect(result.workload[2].beyond == NULL && result.workload[2].placed == 2);
	sf_replay_finish(&result);
	sf_scenario_destroy(s);
}
