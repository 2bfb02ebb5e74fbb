/* Tests of remembered fragments: the same as when every request is asked every time. */
// SPDX-License-Identifier: Apache-2.0
#include "replay_fixture.h"

#include <slicefit/change.h>
#include <slicefit/rng.h>

#include "engine/mix.h"
#include "engine/mix_memo.h"

#include <stdlib.h>

TestSuite(mix_memo, .timeout = 60, .init = open_catalog, .fini = close_catalog);

/* Nodes of every kind; those that look alike must not be taken for each other. */
#define NODES                                                                                      \
	"pools:\n"                                                                                 \
	"- {name: a, nodes: 3, product: A100-80GB, gpus: 4, cpu: 40, memory: 64Gi, pods: 9}\n"     \
	"- {name: a40, nodes: 2, product: A100-40GB, gpus: 4, cpu: 40, memory: 64Gi, pods: 9}\n"   \
	"- {name: free, product: A100-80GB, gpus: 4}\n"                                            \
	"- {name: two, cpu: 40, memory: 64Gi,\n"                                                   \
	"   gpus: [{product: A100-80GB, count: 2}, {product: T4, count: 2}]}\n"                    \
	"- {name: owt, cpu: 40, memory: 64Gi,\n"                                                   \
	"   gpus: [{product: T4, count: 2}, {product: A100-80GB, count: 2}]}\n"                    \
	"- {name: part, nodes: 2, product: A100-80GB, gpus: 4, cpu: 40, memory: 64Gi,\n"           \
	"   sharing: {fraction: true}}\n"                                                          \
	"- {name: cut, product: A100-80GB, gpus: 2, mig: {config: [{devices: all,\n"               \
	"   mig-enabled: true, mig-devices: {1g.10gb: 4, 3g.40gb: 1}}]}}\n"                        \
	"- {name: dyn, product: A100-80GB, gpus: 2, mig: {mode: dynamic}}\n"                       \
	"- {name: shared, product: L40S, gpus: 2, sharing: {timeSlicing: {resources:\n"            \
	"   [{name: nvidia.com/gpu, replicas: 5}]}}}\n"                                            \
	"- {name: cpus, gpus: 0, cpu: 8}\n"                                                        \
	"workloads:\n"                                                                             \
	"- {count: 3, request: {gpu: 2, cpu: 5}}\n"                                                \
	"- {count: 4, request: {gpu: 1, cpu: 7, memory: 9Gi}}\n"                                   \
	"- {count: 5, request: {gpu: 4, cpu: 20, memory: 10Gi}}\n"                                 \
	"- {count: 2, request: {gpu: 1, cpu: 1, product: [T4, A100-40GB]}}\n"                      \
	"- {count: 9, request: {mig: 1g.10gb}}\n"                                                  \
	"- {count: 2, request: {mig: {3g.40gb: 1}}}\n"                                             \
	"- {count: 7, request: {gpu_milli: 300, cpu: 2}}\n"                                        \
	"- {count: 7, request: {gpu_milli: 500, cpu: 3, memory: 5Gi}}\n"                           \
	"- {count: 1, request: {gpu_milli: 400, gpu: 3}}\n"                                        \
	"- {count: 3, request: {resources: {nvidia.com/gpu: 1}, cpu: 2}}\n"                        \
	"- {count: 5, request: {shared: 1}}\n"

static const char *const texts[] = {
	NODES,
	NODES "- {count: 8, request: {gpu: 1, gpu_memory: 30Gi, cpu: 2}}\n"
	      "- {count: 8, request: {gpu: 1, gpu_memory: 60Gi, cpu: 3}}\n"
	      "- {count: 6, request: {gpu_milli: 100, gpu_memory: 20Gi}}\n",
};

static void place_or_release(struct sf_cluster *cluster, const struct sf_scenario *scenario,
                             struct sf_rng *rng)
{
	uint32_t pods = sf_cluster_pods(cluster);
	uint32_t victim = pods > 0 ? (uint32_t)sf_rng_below(rng, pods) : 0;
	if (pods > 0 && sf_rng_below(rng, 2) == 0) {
		if (sf_cluster_pod(cluster, victim)->state == SF_POD_PLACED) {
			cr_assert(eq(int, sf_cluster_release(cluster, victim, NULL), 0));
			sf_cluster_remove_pod(cluster, victim);
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

static void change(struct sf_cluster *cluster, const struct sf_scenario *scenario,
                   struct sf_rng *rng)
{
	static const enum sf_change_kind states[] = {SF_CHANGE_FAIL_NODE, SF_CHANGE_CORDON_NODE,
	                                             SF_CHANGE_READY_NODE, SF_CHANGE_READY_NODE};
	if (sf_rng_below(rng, 20) > 0) {
		place_or_release(cluster, scenario, rng);
		return;
	}
	struct sf_change state = {
		.kind = states[sf_rng_below(rng, 4)],
		.node = (uint32_t)sf_rng_below(rng, sf_cluster_nodes(cluster)),
	};
	cr_assert(eq(int, sf_cluster_apply(cluster, &state, NULL, NULL), 0));
}

Test(mix_memo, agrees_with_asking_every_time)
{
	for (size_t t = 0; t < sizeof(texts) / sizeof(texts[0]); t++) {
		struct sf_scenario *scenario = scenario_of(texts[t]);
		struct sf_cluster *cluster = sf_scenario_cluster(scenario, NULL);
		struct sf_mix quick;
		struct sf_rng rng;
		uint64_t keys = 0, hits = 0;
		sf_mix_init(&quick, scenario, cluster);
		cr_assert(quick.memo != NULL);
		struct sf_mix slow = quick;
		slow.memo = NULL;
		sf_rng_seed(&rng, t, 0);
		for (int step = 0; step < 20000; step++) {
			change(cluster, scenario, &rng);
			uint32_t i = (uint32_t)sf_rng_below(&rng, sf_cluster_nodes(cluster));
			const struct sf_node *node = sf_cluster_node(cluster, i);
			int64_t free = sf_node_total_milli(node) - sf_node_used_milli(node);
			bool known = false;
			int64_t want = sf_mix_fragment(&slow, cluster, i, free);
			cr_assert(eq(i64, sf_mix_fragment(&quick, cluster, i, free), want),
			          "%s, step %d", node->name, step);
			keys += sf_mix_memo_find(quick.memo, node, &known) != NULL;
			hits += known;
		}
		cr_expect(keys > 8000 && hits == keys, "%lu of %lu", (unsigned long)hits,
		          (unsigned long)keys);
		sf_mix_finish(&quick);
		sf_cluster_destroy(cluster);
		sf_scenario_destroy(scenario);
	}
}

/* Pods that hold GPU memory on fractions have no key; few requests no memo. */
Test(mix_memo, knows_its_limits)
{
	struct sf_scenario *scenario = scenario_of(texts[1]);
	struct sf_cluster *cluster = sf_scenario_cluster(scenario, NULL);
	struct sf_mix mix;
	bool known = false;
	sf_mix_init(&mix, scenario, cluster);
	static const struct {
		const char *node;
		bool key;
	} rows[] = {{"a-0", true},     {"two-0", true},  {"free-0", true}, {"cpus-0", true},
	            {"part-0", false}, {"cut-0", false}, {"dyn-0", false}, {"shared-0", false}};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct sf_node *node =
			sf_cluster_node(cluster, sf_cluster_find_node(cluster, rows[i].node));
		bool key = sf_mix_memo_find(mix.memo, node, &known) != NULL;
		cr_expect(eq(int, key, rows[i].key), "%s", rows[i].node);
	}
	sf_mix_finish(&mix);
	struct sf_scenario few = *scenario;
	few.n_workloads = 3;
	sf_mix_init(&mix, &few, cluster);
	cr_expect(mix.memo == NULL);
	sf_mix_finish(&mix);
	sf_cluster_destroy(cluster);
	sf_scenario_destroy(scenario);
}
