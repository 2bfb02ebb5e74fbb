/* Tests of replays that begin with running pods and cordoned nodes. */
// SPDX-License-Identifier: Apache-2.0
#include "replay_books.h"
#include "replay_fixture.h"

#include <slicefit/running.h>

TestSuite(replay_running, .timeout = 20, .init = open_catalog, .fini = close_catalog);

#define POOL  "pools: [{name: a, names: [x, y], product: T4, gpus: 4}]\nworkloads:\n"
#define SPACE "namespaces: [{name: s, quota: {requests.nvidia.com/gpu: 4}}]\n"

static const struct {
	const char *name;
	const char *text;
	struct figure want[8];
} worked[] = {
	{"part of count, in place before others come",
         POOL "- {count: 4, request: {gpu: 2}, running: {y: 2}, duration: 10}\n"
              "- {count: 1, request: {gpu: 4}, priority: 5, duration: 10}\n",
         /* Two run on y; the other comes first of the queue and takes x; two wait for 10 s. */
         {{"pods.arrived", 5},
          {"pods.placed", 5},
          {"wait_s.max", 10},
          {"wait_s.mean", 20. / 3},
          {"horizon_s", 20}}},
	{"those to come follow their own process",
         POOL "- {count: 4, request: {gpu: 1}, running: {x: 2}, arrival: {every: 100}, "
              "duration: 10}\n",
         {{"pods.placed", 4}, {"horizon_s", 110}, {"gpu_hours.whole", 40. / 3600}}},
	{"a cordoned node takes no others",
         "pools: [{name: a, product: T4, gpus: 4, cordoned: true}]\nworkloads:\n"
         "- {count: 3, request: {gpu: 1}, running: {a-0: 2}}\n",
         {{"pods.placed", 2}, {"pods.waiting", 1}, {"gpu.down_pct", 50}}},
	{"until it is ready",
         "pools: [{name: a, product: T4, gpus: 4, cordoned: true}]\nworkloads:\n"
         "- {count: 3, request: {gpu: 1}, running: {a-0: 2}, duration: 100}\n"
         "events: [{at: 60, ready: a-0}]\n",
         {{"pods.placed", 3}, {"wait_s.max", 60}, {"horizon_s", 160}}},
	{"a quota counts them, beyond its limit, too",
         SPACE POOL "- {namespace: s, count: 7, request: {gpu: 1}, running: {x: 4, y: 2}, "
                    "duration: 10}\n",
         {{"pods.placed", 7}, {"quota.held", 1}, {"wait_s.max", 10}}},
	{"a gang that runs, and one that comes",
         POOL "- {count: 4, gang: {size: 2}, request: {gpu: 3}, running: {x: 1, y: 1}, "
              "duration: 10}\n",
         {{"gangs.arrived", 2}, {"gangs.placed", 2}, {"pods.placed", 4}, {"wait_s.max", 10}}},
	{"they lose their place as others do",
         POOL "- {count: 1, request: {gpu: 4}, running: {x: 1}, duration: 100}\n"
              "- {count: 1, request: {gpu: 4}, running: {y: 1}, duration: 100}\n"
              "- {count: 1, request: {gpu: 1}, priority: 1, preemption: lower-priority, "
              "duration: 10}\n",
         {{"evictions.pods", 1}, {"preemption.count", 1}, {"horizon_s", 110}}},
	{"with contention their work goes on",
         "pools: [{name: a, product: T4, sharing: {timeSlicing: {resources: [{name: gpu, "
         "replicas: 4}]}}}]\nworkloads:\n"
         "- {count: 2, request: {shared: 1}, running: {a-0: 2}, duration: 90}\n"
         "contention: {}\n",
         /* Two that are always busy take 2 / 0.9 times as long. */
         {{"pods.placed", 2}, {"horizon_s", 200}, {"stretch.mean", 20. / 9}}},
};

Test(replay_running, worked_examples)
{
	for (size_t i = 0; i < sizeof(worked) / sizeof(worked[0]); i++) {
		expect_replay(worked[i].name, worked[i].text, worked[i].want,
		              sizeof(worked[i].want) / sizeof(worked[i].want[0]));
	}
}

static const struct {
	const char *text;
	const char *message;
} refused[] = {
	{POOL "- {name: w, count: 5, request: {gpu: 1}, running: {x: 5}}\n",
         "test.yaml: workload w: a pod cannot run on node x: GPU devices in use"},
	{POOL "- {name: w, count: 2, request: {gpu: 3}, running: {y: [t/a, t/b]}}\n",
         "test.yaml: workload w: pod t/b cannot run on node y: GPU devices in use"},
	{POOL "- {name: w, request: {mig: 1g.5gb}, running: {y: [t/a]}}\n",
         "test.yaml: workload w: pod t/a cannot run on node y: node has no such GPU resource"},
};

Test(replay_running, says_who_cannot_run)
{
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		struct sf_error err = {0};
		struct sf_replay_result result = {0};
		struct sf_scenario *s = scenario_of(refused[i].text);
		cr_expect(sf_replay_run(s, sf_policy_find("binpack"), 1, NULL, &result, &err) != 0);
		cr_expect(eq(str, err.text, (char *)refused[i].message));
		struct sf_cluster *cluster = sf_scenario_cluster(s, &err);
		cr_expect(sf_running_fill(s, cluster, &err) != 0);
		cr_expect(eq(str, err.text, (char *)refused[i].message));
		sf_cluster_destroy(cluster);
		sf_scenario_destroy(s);
	}
}

/* A wish that only the eyes of a policy see keeps no pod from running where it runs. */
static const char seen_by_names[] =
	"pools: [{name: a, product: T4, gpus: 2, sharing: {timeSlicing: {resources: [{name: gpu, "
	"replicas: 2}]}}}, {name: b, cordoned: true, product: T4}]\n"
	"workloads:\n"
	"- {count: 1, request: {gpu: 1}, running: {a-0: 1}}\n"
	"- {count: 2, request: {resources: {nvidia.com/gpu: 1}}, running: {a-0: 1, b-0: 1}}\n"
	"- {count: 1, request: {shared: 1, gpu_memory: 15Gi}, running: {a-0: 1}}\n";

Test(replay_running, fills_a_cluster_as_the_replay_begins)
{
	struct sf_error err = {0};
	struct sf_scenario *s = scenario_of(seen_by_names);
	struct sf_cluster *cluster = sf_scenario_cluster(s, &err);
	struct sf_replay r;
	cr_assert(sf_running_fill(s, cluster, &err) == 0, "%s", err.text);
	cr_assert(sf_cluster_check(cluster, &err) == 0, "%s", err.text);
	cr_expect(eq(u32, sf_cluster_node(cluster, 0)->pods, 3));
	cr_expect(eq(u32, sf_cluster_node(cluster, 1)->pods, 1));
	cr_expect(sf_cluster_node(cluster, 1)->state == SF_NODE_CORDONED);
	cr_assert(sf_replay_open(&r, s, sf_policy_find("best-fit"), 1, &err) == 0, "%s", err.text);
	check_books(&r);
	cr_expect(eq(u64, sf_cluster_digest(r.cluster), sf_cluster_digest(cluster)));
	sf_replay_close(&r);
	sf_cluster_destroy(cluster);
	sf_scenario_destroy(s);
}
