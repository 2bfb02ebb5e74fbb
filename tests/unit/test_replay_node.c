/* Tests of what happens to nodes in a replay: days worked out by hand, and the books after each
 * moment of busy ones. */
// SPDX-License-Identifier: Apache-2.0
#include "replay_fixture.h"

#include <slicefit/rng.h>
#include <slicefit/str.h>

#include "engine/node_pick.h"
#include "engine/replay_impl.h"

#include <math.h>
#include <stdio.h>

TestSuite(replay_node, .timeout = 60, .init = open_catalog, .fini = close_catalog);

#define NODES(n, gpus) "pools: [{name: a, nodes: " #n ", product: A100-80GB, gpus: " #gpus "}]\n"
#define MIG                                                                                        \
	"pools:\n"                                                                                 \
	"- name: m\n"                                                                              \
	"  nodes: 2\n"                                                                             \
	"  product: A100-80GB\n"                                                                   \
	"  gpus: 2\n"                                                                              \
	"  mig: {strategy: mixed, config: [{devices: all, mig-enabled: true,\n"                    \
	"        mig-devices: {1g.10gb: 7}}]}\n"
#define CUT(strategy, profile, n)                                                                  \
	"pools:\n"                                                                                 \
	"- name: m\n"                                                                              \
	"  product: A100-80GB\n"                                                                   \
	"  gpus: 2\n"                                                                              \
	"  mig: {strategy: " strategy ", config: [{devices: all, mig-enabled: true,\n"             \
	"        mig-devices: {" profile ": " #n "}}]}\n"
#define TO(profile, n)                                                                             \
	"config: [{devices: all, mig-enabled: true, mig-devices: {" profile ": " #n "}}]"

static const struct {
	const char *name;
	const char *text;
	struct figure want[14];
} rows[] = {
	/* a-0 runs two from 0 to 1 h, a-1 two till 2 h. The two that fail wait from 1 h to 1.5 h
         * (the node is back) and run again for 2 h. */
	{"a node fails and comes back",
         NODES(2, 2) "workloads: [{count: 4, request: {gpu: 1}, duration: 2h}]\n"
                     "events: [{at: 1h, fail: a-0, back: 30m}]\n",
         {{"pods.placed", 4},
          {"pods.completed", 4},
          {"evictions.pods", 2},
          {"evictions.failed", 2},
          {"evictions.lost_gpu_s", 7200},
          {"evictions.failed_lost_gpu_s", 7200},
          {"horizon_s", 3.5 * 3600},
          {"gpu.allocated_pct", 100 * 10.0 / 14},
          {"gpu.down_pct", 100 * 1.0 / 14},
          {"gpu.fragmentation_pct", 0},
          {"wait_s.max", 0}}},
	{"a node fails for good",
         NODES(2, 1) "horizon: 4h\nworkloads: [{count: 2, request: {gpu: 1}, duration: 3h}]\n"
                     "events: [{at: 2h, fail: a-1}]\n",
         {{"pods.placed", 2},
          {"pods.completed", 1},
          {"evictions.lost_gpu_s", 7200},
          {"gpu.total", 2},
          {"gpu.down_pct", 25},
          {"gpu.allocated_pct", 75}}},
	/* Nobody comes to the cordoned node, who is there stays; it is back in time for the third. */
	{"cordon",
         NODES(2, 1) "workloads:\n- {request: {gpu: 1}, duration: 3h}\n"
                     "- {count: 2, request: {gpu: 1}, duration: 1h, arrival: 2h}\n"
                     "events: [{at: 1h, cordon: a, back: 90m}]\n",
         {{"evictions.pods", 0},
          {"wait_s.max", 3600},
          {"wait_s.p50", 1800},
          {"horizon_s", 4 * 3600},
          {"gpu.down_pct", 100 * 1.5 / 8}}},
	/* The pod on a-0 ends within the grace, that on a-1 does not. */
	{"drain with a grace",
         NODES(2, 1) "workloads:\n- {request: {gpu: 1}, duration: 80m}\n"
                     "- {request: {gpu: 1}, duration: 3h}\n"
                     "events: [{at: 1h, drain: [a-0, a-1, a-0], grace: 30m, back: 1h}]\n",
         {{"evictions.drained", 1},
          {"evictions.drained_lost_gpu_s", 5400},
          {"pods.completed", 2},
          {"horizon_s", 5 * 3600}}},
	{"drain waits for ever",
         NODES(1, 1) "workloads: [{count: 2, request: {gpu: 1}, duration: 3h}]\n"
                     "events:\n- {at: 1h, drain: a-0, grace: forever}\n- {at: 5h, ready: a}\n",
         {{"evictions.pods", 0}, {"pods.completed", 2}, {"horizon_s", 8 * 3600}}},
	/* The cordon ends at 2 h, but the failure not before 4 h. */
	{"two events hold a node",
         NODES(1,
               1) "workloads: [{request: {gpu: 1}, duration: 1h, arrival: 90m}]\n"
                  "events:\n- {at: 1h, fail: a-0, back: 3h}\n- {at: 1h, cordon: a-0, back: 1h}\n",
         {{"wait_s.max", 2.5 * 3600}, {"horizon_s", 5 * 3600}}},
	{"ready ends both, and their ways back mean nothing any more",
         NODES(1, 1) "workloads: [{count: 2, request: {gpu: 1}, duration: 1h, arrival: 90m}]\n"
                     "events:\n- {at: 1h, fail: a-0, back: 3h}\n- {at: 1h, cordon: a-0}\n"
                     "- {at: 2h, ready: a-0}\n- {at: 3h, fail: a-0, back: 2h}\n",
         {{"wait_s.p50", 1800}, {"wait_s.max", 3.5 * 3600}, {"horizon_s", 6 * 3600}}},
	/* G is 1 for an hour, then 3: pods 1 + 2 + 1 hours of 1 + 3 + 3 GPU hours. */
	{"nor do they prolong the replay",
         NODES(1, 2) "workloads: [{count: 2, request: {gpu: 2}}]\n"
                     "events: [{at: 1h, cordon: a-0, back: 3h}, {at: 2h, ready: a-0}]\n",
         {{"pods.waiting", 1}, {"horizon_s", 7200}}},
	{"nodes are added",
         NODES(1, 1) "horizon: 3h\nworkloads: [{count: 4, request: {gpu: 1}, duration: 1h}]\n"
                     "events: [{at: 1h, add: {pool: a, count: 2}}]\n",
         {{"pods.completed", 4},
          {"gpu.total", 3},
          {"gpu.allocated_pct", 100 * 4.0 / 7},
          {"gpu.allocated_peak_pct", 100},
          {"horizon_s", 3 * 3600}}},
	/* a-1 is gone at 2 h, when its pod is done; G: 2 GPUs for 2 h, then 1. */
	{"a node is removed, and its number is not given again",
         NODES(2, 1) "horizon: 4h\nworkloads: [{count: 2, request: {gpu: 1}, duration: 2h}]\n"
                     "events:\n- {at: 1h, remove: a-1, grace: forever}\n- {at: 3h, fail: a-1}\n",
         {{"pods.completed", 2},
          {"evictions.pods", 0},
          {"gpu.total", 1},
          {"gpu.down_pct", 0},
          {"gpu.allocated_pct", 100 * 4.0 / 6}}},
	/* The 3g request waits for the layout: 10 min of grace, 5 of cutting. */
	{"another layout",
         MIG "workloads:\n- {count: 14, request: {mig: 1g.10gb}, duration: 2h}\n"
             "- {request: {mig: 3g.40gb}, duration: 1h, arrival: 30m}\n"
             "events: [{at: 1h, repartition: {nodes: m-0, takes: 5m, grace: 10m, " TO("3g.40gb",
                                                                                      2) "}}]\n",
         {{"pods.rejected", 0},
          {"evictions.repartitioned", 14},
          {"evictions.repartitioned_lost_gpu_s", 2 * 875 * 4200 / 1e3},
          {"wait_s.max", 45 * 60},
          {"gpu_hours.mig", (14 * (7.0 / 6 + 2) / 8 + 0.5)},
          {"gpu_hours.whole", 0}}},
	/* Both nodes are cut; the pods of the second find the first one ready. */
	{"an empty node is cut at once",
         MIG "horizon: 2h\nworkloads: [{request: {mig: 7g.80gb}, duration: 30m, arrival: 1h}]\n"
             "events: [{at: 1h, repartition: {nodes: m, grace: 10m, " TO("7g.80gb", 1) "}}]\n",
         {{"wait_s.max", 300}, {"gpu.down_pct", 100 * 5.0 / 120}}},
	{"strategy single changes its one profile",
         CUT("single", "1g.10gb", 7) "workloads:\n"
                                     "- {count: 4, request: {mig: 3g.40gb}, duration: 1h}\n"
                                     "events: [{at: 1h, repartition: {nodes: m, " TO("3g.40gb",
                                                                                     2) "}}]\n",
         {{"pods.completed", 4}, {"wait_s.max", 3900}}},
	/* While the first layout is cut the second comes up; both take their time. */
	{"one layout after the other",
         CUT("mixed", "1g.10gb", 7) "workloads: [{request: {mig: 7g.80gb}, duration: 1h}]\n"
                                    "events:\n"
                                    "- {at: 1h, repartition: {nodes: m, " TO(
					    "3g.40gb", 2) "}}\n"
                                                          "- {at: 61m, repartition: {nodes: m, " TO(
								  "7g.80gb", 1) "}}\n",
         {{"wait_s.max", 4200}, {"horizon_s", 7800}}},
	/* The node fails while it is drained: its pods go at once, and the layout is cut; it is back
         * when the failure is over. */
	{"a failure in the middle of a drain",
         CUT("mixed", "1g.10gb", 7) "workloads:\n- {request: {mig: 1g.10gb}, duration: 4h}\n"
                                    "- {request: {mig: 7g.80gb}, duration: 1h, arrival: 1h}\n"
                                    "events:\n"
                                    "- {at: 1h, repartition: {nodes: m, grace: 1h, " TO(
					    "7g.80gb", 1) "}}\n- {at: 90m, fail: m-0, back: 1h}\n",
         {{"evictions.failed", 1},
          {"evictions.repartitioned", 0},
          {"wait_s.max", 5400},
          {"pods.waiting", 1}}},
	/* The last departure is at 2 h; nothing that happens to nodes later moves the horizon. */
	{"events do not prolong the replay",
         NODES(1,
               1) "workloads: [{request: {gpu: 1}, duration: 2h}]\n"
                  "events:\n- {at: 3h, fail: a-0, back: 1h}\n- {at: 1h, cordon: a-0, back: 4h}\n",
         {{"horizon_s", 7200}, {"evictions.pods", 0}}},
	/* A checkpoint each hour keeps one of the 1.5 hours; 1 of 2 hours remains to be done. */
	/* One node fails, both members lose their place; they want two nodes at once. */
	{"a gang goes with one of its nodes",
         NODES(2, 1) "workloads: [{count: 2, gang: {size: 2}, request: {gpu: 1}, duration: 2h}]\n"
                     "events: [{at: 1h, fail: a-1, back: 1h}]\n",
         {{"evictions.failed", 2},
          {"evictions.lost_gpu_s", 7200},
          {"gangs.placed", 1},
          {"horizon_s", 4 * 3600}}},
	{"a gang waits for nodes that are added",
         NODES(1, 2) "workloads:\n"
                     "- {count: 4, gang: {size: 4}, request: {gpu: 1}, duration: 1h}\n"
                     "- {count: 5, gang: {size: 5}, request: {gpu: 1}, duration: 1h}\n"
                     "events: [{at: 1h, add: {pool: a, count: 1}}]\n",
         {{"gangs.placed", 1}, {"gangs.rejected", 1}, {"wait_s.max", 3600}, {"gpu.total", 4}}},
	{"checkpoints keep work",
         NODES(1, 1) "workloads: [{request: {gpu: 1}, duration: 2h, checkpoint: 1h}]\n"
                     "events: [{at: 90m, fail: a-0, back: 30m}]\n",
         {{"evictions.lost_gpu_s", 1800}, {"horizon_s", 3 * 3600}}},
};

static struct sf_replay_result run(const struct sf_scenario *scenario, const char *policy)
{
	struct sf_error err = {0};
	struct sf_replay_result result = {0};
	int rc = sf_replay_run(scenario, sf_policy_find(policy), scenario->seed, NULL, &result,
	                       &err);
	cr_assert(rc == 0, "%s", err.text);
	return result;
}

Test(replay_node, matches_the_days_worked_out_by_hand)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sf_scenario *scenario = scenario_of(rows[i].text);
		struct sf_replay_result result = run(scenario, "first-fit");
		expect_figures(rows[i].name, &result, rows[i].want,
		               sizeof(rows[i].want) / sizeof(rows[i].want[0]));
		sf_replay_finish(&result);
		sf_scenario_destroy(scenario);
	}
}

/* Nodes by lot: as many as asked for, each as likely, the same under every policy. */
Test(replay_node, lots_are_drawn_from_the_seed)
{
	static const char text[] = NODES(10, 1) "horizon: 1h\nworkloads: [{request: {gpu: 1}}]\n"
						"events: [{at: 0, cordon: {pool: a, count: 3}}]\n";
	struct sf_scenario *scenario = scenario_of(text);
	struct sf_cluster *cluster = sf_scenario_cluster(scenario, NULL);
	struct sf_node_set set = {0};
	struct sf_node_set again = {0};
	uint32_t drawn[10] = {0};
	for (uint64_t seed = 0; seed < 1000; seed++) {
		sf_node_pick(scenario, cluster, 0, seed, &set);
		sf_node_pick(scenario, cluster, 0, seed, &again);
		cr_assert(eq(sz, set.n, 3));
		for (size_t i = 0; i < set.n; i++) {
			cr_assert(eq(u32, set.node[i], again.node[i]));
			cr_assert(i == 0 || set.node[i - 1] < set.node[i]);
			drawn[set.node[i]]++;
		}
	}
	for (size_t i = 0; i < 10; i++) { /* 300 on average, 14.5 is sigma */
		cr_expect(drawn[i] > 235 && drawn[i] < 365, "node %zu: %u", i, drawn[i]);
	}
	sf_node_set_finish(&set);
	sf_node_set_finish(&again);
	sf_cluster_destroy(cluster);
	sf_scenario_destroy(scenario);
}

static const char *const bodies[] = {
	"fail: {pool: m, count: 1}, back: 20m",
	"fail: w-1, back: 5m",
	"fail: [s-0, w-0], back: 1h",
	"drain: {pool: m, count: 2}, grace: 7m, back: 40m",
	"drain: s, grace: forever",
	"cordon: {pool: w, count: 2}, back: 30m",
	"ready: {pool: m}",
	"ready: [s-0, s-1, w-2]",
	"add: {pool: m, count: 1}",
	"add: {pool: w, count: 2}",
	"remove: {pool: w, count: 1}, grace: 5m",
	"repartition: {nodes: {pool: m, count: 2}, grace: 3m, takes: 4m, " TO("3g.40gb", 2) "}",
	"repartition: {nodes: {pool: m, count: 1}, grace: forever, " TO("1g.10gb", 7) "}",
	"repartition: {nodes: m-0, takes: 0, config: [{devices: [0], mig-enabled: false}]}",
};

static const char busy[] =
	"horizon: 9h\n"
	"contention: {}\n"
	"preemption: lower-priority\n"
	"pools:\n"
	"- {name: w, nodes: 4, product: A100-80GB, gpus: 2, cpu: 16, memory: 64Gi,\n"
	"   cost_per_gpu_hour: 2}\n"
	"- name: m\n"
	"  nodes: 3\n"
	"  product: A100-80GB\n"
	"  gpus: 2\n"
	"  mig: {strategy: mixed, config: [{devices: all, mig-enabled: true,\n"
	"        mig-devices: {1g.10gb: 3, 2g.20gb: 2}}]}\n"
	"- name: s\n"
	"  nodes: 2\n"
	"  product: T4\n"
	"  gpus: 2\n"
	"  sharing: {mps: {resources: [{name: nvidia.com/gpu, replicas: 4}]}}\n"
	"workloads:\n"
	"- {name: big, count: 60, priority: 5, request: {gpu: 2, cpu: 4},\n"
	"   arrival: {poisson: 7/h}, duration: {exponential: 30m}, checkpoint: 10m}\n"
	"- {name: one, count: 120, request: {gpu: 1, cpu: 9}, arrival: {poisson: 14/h},\n"
	"   duration: {exponential: 20m}, deadline: 2h}\n"
	"- {name: cut, count: 200, request: {mig: 1g.10gb}, arrival: {poisson: 24/h},\n"
	"   duration: {exponential: 25m}, gpu_duty: 0.4}\n"
	"- {name: half, count: 40, request: {mig: 3g.40gb}, arrival: {poisson: 5/h},\n"
	"   duration: {exponential: 25m}}\n"
	"- {name: note, count: 200, request: {shared: 1}, arrival: {poisson: 24/h},\n"
	"   duration: {exponential: 30m}, gpu_duty: 0.3}\n"
	"- {name: gang, count: 60, priority: 3, gang: {size: 4, timeout: 3h}, request: {gpu: 1},\n"
	"   arrival: {poisson: 8/h}, duration: {exponential: 30m}}\n"
	"- {name: stays, count: 2, request: {gpu: 1}, arrival: 2h}\n"
	"events:\n";

static char *busy_text(struct sf_str *out, uint64_t seed)
{
	struct sf_rng rng;
	sf_rng_seed(&rng, seed, 77);
	sf_str_append(out, busy);
	for (int i = 0; i < 60; i++) {
		const char *body = bodies[sf_rng_below(&rng, sizeof(bodies) / sizeof(bodies[0]))];
		sf_str_printf(out, "- {at: %um, %s}\n", (unsigned)sf_rng_below(&rng, 540), body);
	}
	return out->text;
}

/* The figures of this moment, from scratch. */
static void check_figures(const struct sf_replay *r)
{
	const int64_t *now = sf_metrics_now(r->metrics);
	int64_t used = 0;
	int64_t total = 0;
	int64_t down = 0;
	int64_t pods = 0;
	for (uint32_t i = 0; i < sf_cluster_nodes(r->cluster); i++) {
		const struct sf_node *node = sf_cluster_node(r->cluster, i);
		const struct sf_node_split split = sf_node_split(node);
		const int64_t mine = sf_node_used_milli(node);
		int64_t all = 0;
		for (int m = 0; m < SF_MODES; m++) {
			all += split.used[m] + split.free[m];
			cr_assert(split.used[m] >= 0 && split.free[m] >= 0);
		}
		cr_assert(eq(i64, all, sf_node_total_milli(node)));
		cr_assert(eq(i64, split.used[0] + split.used[1] + split.used[2], mine));
		if (node->state & SF_NODE_REMOVED) {
			cr_assert(zero(u32, node->pods));
			continue;
		}
		cr_assert(node->pods == 0 || !(node->state & SF_NODE_FAILED));
		used += mine;
		total += all;
		down += node->state ? all - mine : 0;
		pods += node->pods;
	}
	cr_assert(eq(i64, now[SF_FIGURE_USED], used));
	cr_assert(eq(i64, now[SF_FIGURE_TOTAL], total));
	cr_assert(eq(i64, now[SF_FIGURE_DOWN], down));
	cr_assert(eq(i64, now[SF_FIGURE_PODS], pods));
	cr_assert(now[SF_FIGURE_STRANDED] + used + down <= total);
	cr_assert(now[SF_FIGURE_STRANDED_MIG] + now[SF_FIGURE_STRANDED_SHARED] <=
	          now[SF_FIGURE_STRANDED]);
	cr_assert(now[SF_FIGURE_BUSY] >= 0 && now[SF_FIGURE_BUSY] <= total);
}

static void check_books(const struct sf_replay *r)
{
	struct sf_error err;
	uint32_t placed = 0;
	uint32_t waiting = 0;
	uint32_t ending = 0;
	cr_assert(sf_cluster_check(r->cluster, &err) == 0, "%s", err.text);
	for (uint32_t i = 0; i < r->n_pods; i++) {
		const struct sf_replay_pod *pod = &r->pod[i];
		placed += pod->state == SF_REPLAY_PLACED || pod->state == SF_REPLAY_GONE;
		waiting += pod->state == SF_REPLAY_WAITING;
		if (pod->state == SF_REPLAY_PLACED) {
			ending += r->arrival[i].duration_us != SF_DURATION_NONE;
			cr_assert(eq(int, (int)sf_cluster_pod(r->cluster, pod->cluster_pod)->state,
			             (int)SF_POD_PLACED));
		}
	}
	cr_assert(eq(u32, placed, r->out.placed));
	cr_assert(eq(u32, waiting, r->out.waiting));
	cr_assert(eq(u32, ending, r->n_ending));
	cr_assert(eq(u32, r->out.arrived, placed + waiting + r->out.rejected));
}

Test(replay_node, the_books_are_right_after_every_moment)
{
	static const char *const policies[] = {"best-fit", "kube-default", "random"};
	uint32_t evicted[SF_EVICT_CAUSES] = {0};
	for (uint64_t seed = 0; seed < 9; seed++) {
		struct sf_str text = {0};
		struct sf_error err = {0};
		struct sf_replay r;
		uint32_t steps = 0;
		struct sf_scenario *scenario = scenario_of(busy_text(&text, seed));
		int rc = sf_replay_open(&r, scenario, sf_policy_find(policies[seed % 3]), seed,
		                        &err);
		for (; rc == 0 && (rc = sf_replay_step(&r, &err)) > 0; rc = 0, steps++) {
			check_books(&r);
			check_figures(&r);
		}
		cr_assert(rc == 0, "seed %llu: %s", (unsigned long long)seed, err.text);
		cr_expect(steps > 400, "%u", steps);
		for (int c = 0; c < SF_EVICT_CAUSES; c++) {
			evicted[c] += r.out.evicted[c].pods;
		}
		sf_replay_close(&r);
		sf_scenario_destroy(scenario);
		sf_str_finish(&text);
	}
	for (int c = 0; c < SF_EVICT_CAUSES; c++) {
		cr_expect(evicted[c] > 20, "cause %d: %u", c, evicted[c]);
	}
}
