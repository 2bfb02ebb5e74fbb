/* Tests of the metrics: figures kept per change against figures worked out from the pods anew. */
// SPDX-License-Identifier: Apache-2.0
#include "replay_fixture.h"

#include <slicefit/change.h>
#include <slicefit/rng.h>

#include "engine/metrics.h"
#include "engine/mix.h"

#include <stdio.h>
#include <stdlib.h>

TestSuite(metrics, .timeout = 60, .init = open_catalog, .fini = close_catalog);

static const char mixed[] =
	"pools:\n"
	"- {name: whole, nodes: 2, product: A100-80GB, gpus: 4, cpu: 12, memory: 64Gi}\n"
	"- {name: cut, product: A100-80GB, gpus: 2, mig: {strategy: mixed, config: [{devices: all, "
	"mig-enabled: true, mig-devices: {\"1g.10gb\": 4, \"3g.40gb\": 1}}]}}\n"
	"- {name: dyn, product: A100-80GB, gpus: 2, mig: {mode: dynamic}}\n"
	"- {name: shared, product: L40S, gpus: 2, sharing: {timeSlicing: {resources: [{name: "
	"nvidia.com/gpu, replicas: 5}]}}}\n"
	"workloads:\n"
	"- {name: two, count: 3, request: {gpu: 2, cpu: 5}}\n"
	"- {name: one, count: 4, request: {gpu: 1, cpu: 5}}\n"
	"- {name: slice, count: 9, request: {mig: {1g.10gb: 1}}}\n"
	"- {name: third, count: 2, request: {mig: {3g.40gb: 1}}}\n"
	"- {name: share, count: 5, request: {shared: 1}}\n";

/* Share of one GPU that a workload of `mixed` takes. */
static const double share[] = {2, 1, 1.0 / 8, 4.0 / 8, 1.0 / 5};

struct naive {
	double used, fragment, stranded, active;
};

/* Used from what the pods asked for; active from the devices that they hold. */
static void add_pods(const struct sf_cluster *cluster, struct naive *out)
{
	bool busy[8][SF_GPUS_MAX] = {{false}};
	for (uint32_t i = 0; i < sf_cluster_pods(cluster); i++) {
		const struct sf_pod *pod = sf_cluster_pod(cluster, i);
		if (pod->node == SF_NODE_NONE) {
			continue;
		}
		out->used += share[pod->tag];
		for (uint8_t k = 0; k < pod->grant.n; k++) {
			bool *gpu = &busy[pod->node][pod->grant.held[k].gpu];
			out->active += !*gpu;
			*gpu = true;
		}
	}
}

static struct naive figures_anew(const struct sf_cluster *cluster, const struct sf_mix *mix)
{
	struct naive out = {0};
	add_pods(cluster, &out);
	for (uint32_t i = 0; i < sf_cluster_nodes(cluster); i++) {
		const struct sf_node *node = sf_cluster_node(cluster, i);
		int64_t free = sf_node_total_milli(node) - sf_node_used_milli(node);
		double fragment = (double)sf_mix_fragment(mix, cluster, i, free);
		out.fragment += fragment / 1000 / (double)mix->weights;
		/* Only the pool `whole` has a CPU limit, and only the MIG and shared classes ask
		 * for none: nothing is ever stranded here. */
		out.stranded += (double)sf_mix_stranded(mix, node, free) / 1000;
	}
	return out;
}

/* A random pod comes or goes. */
static void change(struct sf_cluster *cluster, const struct sf_scenario *scenario,
                   struct sf_rng *rng)
{
	uint32_t pods = sf_cluster_pods(cluster);
	if (pods > 0 && sf_rng_below(rng, 2) == 0) {
		uint32_t victim = (uint32_t)sf_rng_below(rng, pods);
		if (sf_cluster_pod(cluster, victim)->state == SF_POD_PLACED) {
			cr_assert(eq(int, sf_cluster_release(cluster, victim, NULL), 0));
		}
		return;
	}
	uint32_t tag = (uint32_t)sf_rng_below(rng, scenario->n_workloads);
	uint32_t node = (uint32_t)sf_rng_below(rng, sf_cluster_nodes(cluster));
	struct sf_request request;
	struct sf_grant grant;
	sf_request_resolve(&scenario->workload[tag].request, cluster, &request);
	if (sf_filter(cluster, node, &request, SF_VIEW_AWARE, &grant) == SF_FITS) {
		uint32_t pod = sf_cluster_add_pod(cluster, &request, 0, tag);
		cr_assert(eq(int, sf_cluster_place(cluster, pod, node, &grant, NULL), 0));
	}
}

Test(metrics, integrals_match_naive_recomputation)
{
	struct sf_scenario *scenario = scenario_of(mixed);
	for (uint64_t seed = 0; seed < 5; seed++) {
		struct sf_cluster *cluster = sf_scenario_cluster(scenario, NULL);
		struct sf_metrics *metrics = sf_metrics_create(scenario, cluster);
		struct sf_mix mix;
		struct sf_rng rng;
		struct naive sum = {0};
		struct naive now = {0};
		int64_t time_us = 0;
		double peak = 0;
		sf_mix_init(&mix, scenario, cluster);
		sf_rng_seed(&rng, seed, 0);
		for (int step = 0; step < 1000; step++) {
			change(cluster, scenario, &rng);
			int64_t gap = (int64_t)sf_rng_below(&rng, 3) * 700000;
			time_us += gap;
			sf_metrics_advance(metrics, time_us);
			now = figures_anew(cluster, &mix);
			double s = (double)gap / 1e6;
			sum.used += now.used * s;
			sum.fragment += now.fragment * s;
			sum.active += now.active * s;
			peak = gap > 0 && now.used > peak ? now.used : peak;
		}
		struct sf_replay_result got = {0};
		sf_metrics_report(metrics, &got);
		double horizon = (double)time_us / 1e6;
		double percent = 100.0 / 14;
		peak = now.used > peak ? now.used : peak;
		cr_expect(eq(i64, got.gpus, 14));
		cr_expect(epsilon_eq(dbl, got.horizon_s, horizon, 1e-9));
		cr_expect(gt(dbl, got.allocated_pct, 10), "no load");
		cr_expect(epsilon_eq(dbl, got.allocated_pct, percent * sum.used / horizon, 1e-6));
		cr_expect(epsilon_eq(dbl, got.allocated_end_pct, percent * now.used, 1e-6));
		cr_expect(epsilon_eq(dbl, got.allocated_peak_pct, percent * peak, 1e-6));
		cr_expect(epsilon_eq(dbl, got.fragmentation_pct, percent * sum.fragment / horizon,
		                     1e-6));
		cr_expect(epsilon_eq(dbl, got.fragmentation_end_pct, percent * now.fragment, 1e-6));
		cr_expect(epsilon_eq(dbl, got.gpus_active_mean, sum.active / horizon, 1e-6));
		cr_expect(epsilon_eq(dbl, got.stranded_pct, 0, 1e-9));
		sf_replay_finish(&got);
		sf_mix_finish(&mix);
		sf_metrics_destroy(metrics);
		sf_cluster_destroy(cluster);
	}
	sf_scenario_destroy(scenario);
}

/* Fragments of single nodes of `mixed`, in milli-GPUs for one class of the mix, by hand. */
static const struct {
	const char *name;
	uint32_t node;
	int before[4]; /* workloads placed there first; -1 ends */
	int class;
	int64_t want;
} fragments[] = {
	{"four whole GPUs for a pair", 0, {-1}, 0, 0},
	{"one of four is taken, a pair fits", 0, {1, -1}, 0, 0},
	{"two pods of five CPUs: two CPUs left", 0, {1, 1, -1}, 1, 2000},
	{"whole GPUs for a slice", 0, {-1}, 2, 4000},
	{"instances for their profile", 2, {-1}, 2, 1000},
	{"the other instances of the GPUs", 2, {3, -1}, 2, 500},
	{"both large instances taken", 2, {3, 3, -1}, 3, 1000},
	{"dynamic, all free", 3, {-1}, 3, 0},
	{"dynamic, halves of two GPUs taken", 3, {3, 3, 3, -1}, 0, 500},
	{"dynamic, three halves taken", 3, {3, 3, 3, -1}, 3, 0},
	{"replicas", 4, {4, 4, -1}, 4, 0},
	{"replicas for a whole GPU", 4, {4, -1}, 1, 1800},
};

Test(metrics, fragments_by_hand)
{
	struct sf_scenario *scenario = scenario_of(mixed);
	for (size_t i = 0; i < sizeof(fragments) / sizeof(fragments[0]); i++) {
		struct sf_cluster *cluster = sf_scenario_cluster(scenario, NULL);
		for (size_t k = 0; fragments[i].before[k] >= 0; k++) {
			struct sf_request request;
			struct sf_grant grant;
			sf_request_resolve(&scenario->workload[fragments[i].before[k]].request,
			                   cluster, &request);
			cr_assert(sf_filter(cluster, fragments[i].node, &request, SF_VIEW_AWARE,
			                    &grant) == SF_FITS,
			          "row %s", fragments[i].name);
			uint32_t pod = sf_cluster_add_pod(cluster, &request, 0, 0);
			sf_cluster_place(cluster, pod, fragments[i].node, &grant, NULL);
		}
		struct sf_mix mix;
		sf_mix_init(&mix, scenario, cluster);
		struct sf_mix one = {1, &mix.class[fragments[i].class], 0, NULL};
		int64_t weight = one.class->weight;
		const struct sf_node *node = sf_cluster_node(cluster, fragments[i].node);
		int64_t free = sf_node_total_milli(node) - sf_node_used_milli(node);
		cr_expect(eq(i64, sf_mix_fragment(&one, cluster, fragments[i].node, free) / weight,
		             fragments[i].want),
		          "row %s", fragments[i].name);
		sf_mix_finish(&mix);
		sf_cluster_destroy(cluster);
	}
	sf_scenario_destroy(scenario);
}

/* What is busy of three GPUs when nobody says how busy pods are, and when all say 1. */
static const struct {
	const char *name;
	const char *sharing;
	const char *request;
	double want;
} busy[] = {
	{"two parts of one GPU", "{fraction: true}", "{gpu_milli: 300}", 20},
	{"parts of two GPUs", "{fraction: true}", "{gpu_milli: 700}", 140 / 3.0},
	{"parts of three GPUs each", "{fraction: true}", "{gpu: 3, gpu_milli: 400}", 80},
	{"whole GPUs that may be shared", "{fraction: true}", "{gpu: 1}", 200 / 3.0},
	{"replicas of two GPUs", "{timeSlicing: {resources: [{name: gpu, replicas: 4}]}}",
         "{shared: 1}", 200 / 3.0},
};

Test(metrics, a_fraction_keeps_no_more_than_itself_busy)
{
	for (size_t i = 0; i < 2 * (sizeof(busy) / sizeof(busy[0])); i++) {
		char text[512];
		double got = -1;
		struct sf_error err = {0};
		struct sf_replay_result result = {0};
		snprintf(text, sizeof(text),
		         "horizon: 10\npools: [{product: A100-80GB, gpus: 3, sharing: %s}]\n"
		         "workloads: [{count: 2, request: %s%s}]\n",
		         busy[i / 2].sharing, busy[i / 2].request,
		         i % 2 == 0 ? "" : ", gpu_duty: 1");
		struct sf_scenario *scenario = scenario_of(text);
		cr_assert(sf_replay_run(scenario, sf_policy_find("first-fit"), 1, NULL, &result,
		                        &err) == 0,
		          "%s", err.text);
		cr_expect(sf_replay_metric(&result, "gpu.used_pct", &got));
		cr_expect(epsilon_eq(dbl, got, busy[i / 2].want, 1e-9), "%s", busy[i / 2].name);
		sf_replay_finish(&result);
		sf_scenario_destroy(scenario);
	}
}
