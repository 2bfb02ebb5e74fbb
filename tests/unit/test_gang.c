/* Tests of gangs: figures worked out by hand, and all or nothing at each step. */
// SPDX-License-Identifier: Apache-2.0
#include "replay_books.h"
#include "replay_fixture.h"

#include <slicefit/change.h>
#include <slicefit/str.h>

#include <math.h>
#include <stdio.h>

TestSuite(gang, .timeout = 60, .init = open_catalog, .fini = close_catalog);

#define POOL(nodes, gpus) "pools: [{product: A100-80GB, nodes: " #nodes ", gpus: " #gpus "}]\n"

static const struct {
	const char *name;
	const char *text;
	struct figure want[10];
} rows[] = {
	/* The gang of four needs both nodes; the single pod that is there keeps it waiting, and it
         * holds nothing meanwhile: the other three GPUs serve the late pods. */
	{"no partial holding",
         POOL(2, 2) "workloads:\n"
                    "- {request: {gpu: 1}, duration: 100}\n"
                    "- {name: g, count: 4, request: {gpu: 1}, duration: 10, arrival: 1, gang: "
                    "{size: 4}}\n"
                    "- {count: 3, request: {gpu: 1}, duration: 50, arrival: 2}\n",
         {{"gangs.arrived", 1},
          {"gangs.placed", 1},
          {"gangs.waiting", 0},
          {"pods.completed", 8},
          {"wait_s.max", 99},
          {"wait_s.p50", 0},
          {"horizon_s", 110}}},
	{"a gang gives up as a whole",
         POOL(1, 4) "workloads:\n"
                    "- {request: {gpu: 1}, duration: 100}\n"
                    "- {count: 8, request: {gpu: 1}, duration: 10, arrival: {every: 50}, gang: "
                    "{size: 4, timeout: 60}}\n",
         {{"gangs.arrived", 2},
          {"gangs.placed", 1},
          {"gangs.timed_out", 1},
          {"gangs.rejected", 1},
          {"pods.rejected", 4},
          {"pods.placed", 5},
          {"wait_s.max", 50},
          {"horizon_s", 110}}},
	{"a gang that never fits",
         POOL(2, 2) "workloads: [{count: 5, request: {gpu: 1}, gang: {size: 5}},\n"
                    "            {count: 3, request: {gpu: 2}, gang: {size: 3}},\n"
                    "            {count: 4, request: {gpu: 1}, gang: {size: 4}}]\n",
         {{"gangs.arrived", 3}, {"gangs.rejected", 2}, {"gangs.timed_out", 0}, {"pods.placed", 4}}},
	/* The gang wants one more GPU than there is: one of the two less important pods goes, the later
         * one. Its loss is 20 s. */
	{"a gang preempts what it needs",
         POOL(2, 2) "preemption: lower-priority\nworkloads:\n"
                    "- {count: 2, request: {gpu: 1}, duration: 100, arrival: {every: 10}}\n"
                    "- {count: 3, priority: 1, request: {gpu: 1}, duration: 100, arrival: 30, "
                    "gang: {size: 3}}\n",
         {{"preemption.count", 1},
          {"preemption.victims", 1},
          {"preemption.lost_gpu_s", 20},
          {"gangs.placed", 1},
          {"pods.completed", 5},
          {"horizon_s", 200}}},
	/* Even without both pods there are but four GPUs: nobody is harmed in vain. */
	{"no preemption in vain",
         POOL(2, 2) "preemption: lower-priority\nhorizon: 50\nworkloads:\n"
                    "- {count: 2, request: {gpu: 1}}\n"
                    "- {priority: 2, request: {gpu: 1}, duration: 100}\n"
                    "- {count: 4, priority: 1, request: {gpu: 1}, arrival: 30, gang: {size: 4}}\n",
         {{"preemption.count", 0}, {"gangs.waiting", 1}, {"pods.placed", 3}, {"pods.waiting", 4}}},
	/* One pod needs the GPU of one member: the gang of three goes, 3 GPUs for 30 s. */
	{"a gang is lost as a whole",
         POOL(1, 3) "preemption: lower-priority\nworkloads:\n"
                    "- {count: 3, request: {gpu: 1}, duration: 100, gang: {size: 3}}\n"
                    "- {priority: 1, request: {gpu: 1}, duration: 10, arrival: 30}\n",
         {{"preemption.count", 1},
          {"preemption.victims", 3},
          {"preemption.lost_gpu_s", 90},
          {"gangs.placed", 1},
          {"pods.completed", 4},
          {"horizon_s", 140}}},
	/* Rather two single pods than one of the gang of three. */
	{"a gang counts with all its members",
         POOL(2, 2) "preemption: lower-priority\nhorizon: 50\nworkloads:\n"
                    "- {count: 2, request: {gpu: 2}, gang: {size: 2}}\n"
                    "- {priority: 1, request: {gpu: 1}, arrival: 10}\n",
         {{"preemption.victims", 2},
          {"gangs.placed", 0},
          {"gangs.waiting", 1},
          {"pods.placed", 1}}},
	{"gangs of one",
         POOL(1, 1) "workloads: [{count: 2, request: {gpu: 1}, duration: 10, gang: {size: 1}}]\n",
         {{"gangs.placed", 2}, {"pods.completed", 2}, {"horizon_s", 20}}},
};

Test(gang, matches_the_figures_worked_out_by_hand)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		expect_replay(rows[i].name, rows[i].text, rows[i].want,
		              sizeof(rows[i].want) / sizeof(rows[i].want[0]));
	}
}

static const char busy[] =
	"seed: 5\n"
	"horizon: 20h\n"
	"pools:\n"
	"- {name: whole, nodes: 4, product: A100-80GB, gpus: 4, cpu: 24, memory: 256Gi}\n"
	"- {name: cut, nodes: 2, product: A100-80GB, gpus: 2, mig: {strategy: mixed, config:\n"
	"   [{devices: all, mig-enabled: true, mig-devices: {\"1g.10gb\": 4, \"3g.40gb\": 1}}]}}\n"
	"workloads:\n"
	"- {name: solo, count: 200, request: {gpu: 1, cpu: 2}, arrival: {poisson: 10/h},\n"
	"   duration: {exponential: 1h}}\n"
	"- {name: small, count: 120, request: {mig: {1g.10gb: 1}}, arrival: {poisson: 10/h},\n"
	"   duration: {exponential: 1h}}\n"
	"- {name: pair, count: 60, priority: 1, request: {gpu: 2, cpu: 6}, arrival: {poisson: "
	"2/h},\n"
	"   duration: {exponential: 1h}, gang: {size: 2, timeout: 3h}}\n"
	"- {name: four, count: 60, request: {gpu: 1, cpu: 7}, arrival: {poisson: 1/h},\n"
	"   duration: {exponential: 1h}, gang: {size: 4, timeout: 2h}}\n"
	"- {name: slices, count: 60, request: {mig: {1g.10gb: 1}}, arrival: {poisson: 1/h},\n"
	"   duration: {exponential: 1h}, gang: {size: 6}}\n";

/* Pods of the workload that would fit beside what runs, placed from the last node to the first. */
static uint32_t room_for(const struct sf_replay *r, uint32_t workload)
{
	struct sf_cluster *copy = sf_cluster_clone(r->cluster);
	struct sf_grant grant;
	uint32_t n = 0;
	for (uint32_t node = sf_cluster_nodes(copy); node > 0; node--) {
		while (sf_filter(copy, node - 1, &r->request[workload], r->policy->view, &grant) ==
		       SF_FITS) {
			uint32_t pod = sf_cluster_add_pod(copy, &r->request[workload], 0, 0);
			cr_assert(sf_cluster_place(copy, pod, node - 1, &grant, NULL) == 0);
			n++;
		}
	}
	sf_cluster_destroy(copy);
	return n;
}

/* After the queue was tried nobody waits for whom there is room. */
static uint32_t check_nobody_waits_in_vain(const struct sf_replay *r)
{
	uint32_t waiting = 0;
	for (uint32_t pod = 0; pod < r->n_pods; pod++) {
		struct sf_replay_gang gang = sf_replay_gang(r, pod);
		if (r->pod[pod].state != SF_REPLAY_WAITING || pod != gang.first) {
			continue;
		}
		uint32_t room = room_for(r, r->arrival[pod].workload);
		cr_assert(room < gang.end - gang.first, "gang of pod %u, room for %u", pod, room);
		waiting++;
	}
	return waiting;
}

Test(gang, is_placed_as_soon_as_there_is_room_and_holds_nothing_before)
{
	static const char *const policies[] = {"best-fit", "worst-fit", "kube-default"};
	struct sf_scenario *scenario = scenario_of(busy);
	for (size_t p = 0; p < 3; p++) {
		struct sf_error err = {0};
		struct sf_replay r;
		uint32_t waiting = 0;
		int rc = sf_replay_open(&r, scenario, sf_policy_find(policies[p]), 5, &err);
		for (; rc == 0 && (rc = sf_replay_step(&r, &err)) > 0; rc = 0) {
			check_books(&r);
			waiting += check_nobody_waits_in_vain(&r);
		}
		cr_assert(eq(int, rc, 0), "%s", err.text);
		cr_expect(gt(u32, waiting, 300));
		cr_expect(r.out.gangs_placed > 20 && r.out.gangs_timed_out > 0,
		          "%u gangs placed, %u timed out", r.out.gangs_placed,
		          r.out.gangs_timed_out);
		sf_replay_close(&r);
	}
	sf_scenario_destroy(scenario);
}

static const struct {
	const char *text;
	const char *message;
} refused[] = {
	{"count: 5, gang: {size: 2}",
         "s.yaml:2:49: count 5 is no multiple of the gang's size 2: give the pods of whole gangs"},
	{"count: 4, gang: {sise: 2}", "s.yaml:2:50: unknown key 'sise', did you mean 'size'?"},
	{"count: 4, gang: {timeout: 2}",
         "s.yaml:2:49: a gang needs a size: {size: 4, timeout: 10m}"},
	{"count: 4, gang: {size: 0}", "s.yaml:2:56: '0' is not in 1..4096"},
	{"count: 4, deadline: 5, gang: {size: 2}",
         "s.yaml:2:62: a gang gives up as a whole: timeout instead of deadline"},
};

Test(gang, says_what_is_wrong)
{
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		char text[256];
		snprintf(text, sizeof(text),
		         "pools: [{product: T4}]\nworkloads: [{request: {gpu: 1}, %s}]\n",
		         refused[i].text);
		expect_refused(text, refused[i].message);
	}
}

Test(gang, is_read_and_written)
{
	struct sf_error err = {0};
	struct sf_str text = {0};
	struct sf_scenario *a =
		scenario_of("pools: [{product: T4}]\nworkloads:\n"
	                    "- {count: 8, request: {gpu: 1}, gang: {size: 4, timeout: 10m}}\n"
	                    "- {count: 8, request: {gpu: 1}, gang: {size: 8, timeout: never}}\n"
	                    "- {count: 8, request: {gpu: 1}}\n");
	cr_assert(eq(int, sf_scenario_write(a, true, &text, &err), 0), "%s", err.text);
	struct sf_scenario *b = scenario_of(text.text);
	const struct sf_workload *w = b->workload;
	cr_expect(w[0].gang == 4 && w[0].gang_timeout_s == 600);
	cr_expect(w[1].gang == 8 && w[1].gang_timeout_s < 0);
	cr_expect(eq(u32, w[2].gang, 0));
	sf_str_finish(&text);
	sf_scenario_destroy(a);
	sf_scenario_destroy(b);
}
