/* Tests of the policies: which node each prefers, and that placers never answer from stale scores. */
// SPDX-License-Identifier: Apache-2.0
#include "replay_fixture.h"

#include <slicefit/change.h>
#include <slicefit/rng.h>

#include "policy/score_tree.h"

#include <stdio.h>
#include <stdlib.h>

TestSuite(policy, .timeout = 60, .init = open_catalog, .fini = close_catalog);

/* Pools for the tables below: node 0 whole-0, 1 whole-1 (8 GPUs), 2 pair-0 (2 GPUs), 3 shared-0,
 * 4 dynamic-0, 5 fixed-0. */
static const char pools[] =
	"pools:\n"
	"- {name: whole, nodes: 2, product: A100-80GB, gpus: 8, cpu: 64, memory: 512Gi}\n"
	"- {name: pair, nodes: 1, product: A100-80GB, gpus: 2, cpu: 64, memory: 512Gi}\n"
	"- name: shared\n"
	"  product: L40S\n"
	"  gpus: 2\n"
	"  cpu: 64\n"
	"  memory: 512Gi\n"
	"  sharing: {timeSlicing: {resources: [{name: nvidia.com/gpu, replicas: 4}]}}\n"
	"- {name: dynamic, product: A100-80GB, gpus: 2, cpu: 64, memory: 512Gi,\n"
	"   mig: {mode: dynamic}}\n"
	"- name: fixed\n"
	"  product: A100-80GB\n"
	"  gpus: 1\n"
	"  cpu: 64\n"
	"  memory: 512Gi\n"
	"  mig:\n"
	"    strategy: mixed\n"
	"    config: [{devices: all, mig-enabled: true, mig-devices: {\"1g.10gb\": 7}}]\n"
	"workloads:\n"
	"- {name: one, request: {gpu: 1, cpu: 4, memory: 16Gi}}\n"
	"- {name: eight, request: {gpu: 8, cpu: 4, memory: 16Gi}}\n"
	"- {name: slice, request: {mig: {1g.10gb: 1}, cpu: 4, memory: 16Gi}}\n"
	"- {name: third, request: {mig: {3g.40gb: 1}, cpu: 4, memory: 16Gi}}\n"
	"- {name: share, request: {shared: 1, cpu: 4, memory: 16Gi}}\n"
	"- {name: plain, request: {cpu: 4, memory: 16Gi}}\n";

enum { ONE, EIGHT, SLICE, THIRD, SHARE, PLAIN, NOBODY };
enum { WHOLE_0, WHOLE_1, PAIR, SHARED, DYNAMIC, FIXED };

/* Places a request on a node as the filter says. */
static void occupy(struct sf_cluster *cluster, uint32_t node, const struct sf_request *request)
{
	struct sf_error err = {0};
	struct sf_grant grant;
	cr_assert(sf_filter(cluster, node, request, SF_VIEW_AWARE, &grant) == SF_FITS);
	uint32_t pod = sf_cluster_add_pod(cluster, request, 0, 0);
	cr_assert(sf_cluster_place(cluster, pod, node, &grant, &err) == 0, "%s", err.text);
}

static const struct {
	const char *name;
	const char *policy;
	struct {
		int workload;
		uint32_t node;
	} before[3];
	int workload;
	uint32_t want;
} choices[] = {
	{"lowest index", "first-fit", {{NOBODY, 0}}, ONE, WHOLE_0},
	{"lowest index with room", "first-fit", {{EIGHT, WHOLE_0}, {NOBODY, 0}}, ONE, WHOLE_1},
	{"empty eights stay whole", "best-fit", {{NOBODY, 0}}, ONE, PAIR},
	{"smallest leftover", "best-fit", {{ONE, WHOLE_1}, {ONE, PAIR}, {ONE, PAIR}}, ONE, WHOLE_1},
	{"fixed instance before a cut", "best-fit", {{NOBODY, 0}}, SLICE, FIXED},
	{"cut where it hurts least", "best-fit", {{THIRD, DYNAMIC}, {NOBODY, 0}}, THIRD, DYNAMIC},
	{"replicas of shared GPUs", "best-fit", {{NOBODY, 0}}, SHARE, SHARED},
	{"no GPU wanted: least free GPUs", "best-fit", {{NOBODY, 0}}, PLAIN, FIXED},
	{"most room left", "worst-fit", {{ONE, WHOLE_0}, {NOBODY, 0}}, ONE, WHOLE_1},
	{"node in use", "binpack", {{ONE, WHOLE_1}, {NOBODY, 0}}, ONE, WHOLE_1},
	{"fullest node in use",
         "binpack",
         {{ONE, WHOLE_0}, {ONE, WHOLE_1}, {ONE, WHOLE_1}},
         ONE,
         WHOLE_1},
	{"smallest idle node", "binpack", {{NOBODY, 0}}, ONE, PAIR},
};

Test(policy, prefers_the_right_node)
{
	struct sf_scenario *scenario = scenario_of(pools);
	struct sf_request request[NOBODY];
	for (size_t i = 0; i < sizeof(choices) / sizeof(choices[0]); i++) {
		struct sf_cluster *cluster = sf_scenario_cluster(scenario, NULL);
		for (int w = 0; w < NOBODY; w++) {
			sf_request_resolve(&scenario->workload[w].request, cluster, &request[w]);
		}
		for (size_t k = 0; k < 3 && choices[i].before[k].workload != NOBODY; k++) {
			occupy(cluster, choices[i].before[k].node,
			       &request[choices[i].before[k].workload]);
		}
		struct sf_placer *placer =
			sf_placer_create(sf_policy_find(choices[i].policy), cluster, NULL, 1);
		struct sf_candidate best = {0};
		cr_expect(sf_placer_choose(placer, &request[choices[i].workload], &best), "row %s",
		          choices[i].name);
		cr_expect(eq(u32, best.node, choices[i].want), "row %s", choices[i].name);
		sf_placer_destroy(placer);
		sf_cluster_destroy(cluster);
	}
	sf_scenario_destroy(scenario);
}

/* Nothing of either CPU is asked for: all of it is left on both, so the first is as good as any. */
static const struct {
	const char *policy;
	const char *pools;
} idle[] = {
	{"best-fit",
         "pools: [{product: T4, cpu: 16, memory: 8Gi}, {product: T4, cpu: 4, memory: 8Gi}]\n"},
	{"worst-fit",
         "pools: [{product: T4, cpu: 4, memory: 8Gi}, {product: T4, cpu: 16, memory: 8Gi}]\n"},
};

Test(policy, what_is_left_of_the_cpu_is_a_share)
{
	for (size_t i = 0; i < sizeof(idle) / sizeof(idle[0]); i++) {
		char text[256];
		struct sf_request request;
		struct sf_candidate best = {0};
		snprintf(text, sizeof(text), "%sworkloads: [{request: {gpu: 1}}]\n", idle[i].pools);
		struct sf_scenario *scenario = scenario_of(text);
		struct sf_cluster *cluster = sf_scenario_cluster(scenario, NULL);
		sf_request_resolve(&scenario->workload[0].request, cluster, &request);
		struct sf_placer *placer =
			sf_placer_create(sf_policy_find(idle[i].policy), cluster, NULL, 1);
		cr_expect(sf_placer_choose(placer, &request, &best), "%s", idle[i].policy);
		cr_expect(eq(u32, best.node, 0), "%s", idle[i].policy);
		sf_placer_destroy(placer);
		sf_cluster_destroy(cluster);
		sf_scenario_destroy(scenario);
	}
}

/* Scores of kube-scheduler's plugins worked out by hand from their formulas. */
static const struct {
	const char *name;
	int64_t cpu_milli, memory_mib; /* of the node */
	int64_t cpu_used, memory_used; /* by one pod that is there already */
	int64_t cpu_asks, memory_asks;
	int64_t want;
} kube[] = {
	/* (75 + 75) / 2; no difference between the fractions: 100 */
	{"a quarter of an empty node", 4000, 8192, 0, 0, 1000, 2048, 75 + 100},
	/* (50 + 75) / 2 = 62; |0.5 - 0.25| / 2 = 0.125: 87 */
	{"lop-sided", 4000, 8192, 0, 0, 2000, 2048, 62 + 87},
	/* (25 + 50) / 2 = 37; |0.75 - 0.5| / 2: 87 */
	{"second pod", 4000, 8192, 1000, 2048, 2000, 2048, 37 + 87},
	/* 100 m and 200 MiB by default: (97 + 97) / 2; unscored: 0 */
	{"asks for nothing", 4000, 8192, 0, 0, 0, 0, 97 + 0},
	/* the pod there counts 100 m and 200 MiB, in LeastAllocated only:
	 * (4000 - 1100) * 100 / 4000 = 72, (8192 - 2248) * 100 / 8192 = 72; 0.25 and 0.25: 100 */
	{"beside one that asks for nothing", 4000, 8192, -1, -1, 1000, 2048, 72 + 100},
};

Test(policy, kube_default_scores_as_kube_scheduler)
{
	for (size_t i = 0; i < sizeof(kube) / sizeof(kube[0]); i++) {
		struct sf_error err = {0};
		struct sf_cluster *cluster = sf_cluster_create(catalog);
		struct sf_node_spec spec = {.name = "n",
		                            .cpu_milli = kube[i].cpu_milli,
		                            .memory_mib = kube[i].memory_mib};
		cr_assert(sf_cluster_add_node(cluster, &spec, &err) == 0, "%s", err.text);
		struct sf_placer *placer =
			sf_placer_create(sf_policy_find("kube-default"), cluster, NULL, 1);
		if (kube[i].cpu_used != 0) {
			struct sf_request there = {
				.cpu_milli = kube[i].cpu_used < 0 ? 0 : kube[i].cpu_used,
				.memory_mib = kube[i].memory_used < 0 ? 0 : kube[i].memory_used};
			occupy(cluster, 0, &there);
		}
		struct sf_request request = {.cpu_milli = kube[i].cpu_asks,
		                             .memory_mib = kube[i].memory_asks};
		struct sf_candidate best = {0};
		cr_assert(sf_placer_choose(placer, &request, &best), "row %s", kube[i].name);
		cr_expect(eq(i64, best.score, kube[i].want), "row %s", kube[i].name);
		sf_placer_destroy(placer);
		sf_cluster_destroy(cluster);
	}
}

/* The same node and score, and the same devices. */
static bool same_candidate(const struct sf_candidate *a, const struct sf_candidate *b)
{
	return a->node == b->node && a->score == b->score &&
	       memcmp(&a->grant, &b->grant, sizeof(a->grant)) == 0;
}

/* Random placements and releases; before each, the placer must agree with the slow search. */
Test(policy, placer_agrees_with_a_full_search)
{
	struct sf_scenario *scenario = scenario_of(pools);
	for (size_t p = 0; sf_policies[p]; p++) {
		const struct sf_policy *policy = sf_policies[p];
		struct sf_cluster *cluster = sf_scenario_cluster(scenario, NULL);
		struct sf_placer *placer = sf_placer_create(policy, cluster, NULL, 7);
		struct sf_placer *reference = sf_placer_create(policy, cluster, NULL, 7);
		struct sf_rng rng;
		sf_rng_seed(&rng, 99, p);
		for (int step = 0; step < 1500; step++) {
			struct sf_request request;
			size_t w = (size_t)sf_rng_below(&rng, scenario->n_workloads);
			sf_request_resolve(&scenario->workload[w].request, cluster, &request);
			struct sf_candidate fast = {0};
			struct sf_candidate slow = {0};
			bool found = sf_placer_choose(placer, &request, &fast);
			cr_assert(found == sf_placer_choose_slowly(reference, &request, &slow),
			          "%s step %d", policy->name, step);
			if (found) {
				cr_assert(same_candidate(&fast, &slow), "%s step %d", policy->name,
				          step);
				uint32_t pod = sf_cluster_add_pod(cluster, &request, 0, 0);
				sf_cluster_place(cluster, pod, fast.node, &fast.grant, NULL);
			}
			uint32_t pods = sf_cluster_pods(cluster);
			uint32_t victim = (uint32_t)sf_rng_below(&rng, pods + 1);
			if (victim < pods &&
			    sf_cluster_pod(cluster, victim)->state == SF_POD_PLACED) {
				sf_cluster_release(cluster, victim, NULL);
			}
		}
		sf_placer_destroy(placer);
		sf_placer_destroy(reference);
		sf_cluster_destroy(cluster);
	}
	sf_scenario_destroy(scenario);
}

Test(policy, random_reaches_every_node_and_follows_the_seed)
{
	struct sf_scenario *scenario = scenario_of(pools);
	struct sf_cluster *cluster = sf_scenario_cluster(scenario, NULL);
	struct sf_request request;
	sf_request_resolve(&scenario->workload[PLAIN].request, cluster, &request);
	struct sf_placer *a = sf_placer_create(sf_policy_find("random"), cluster, NULL, 5);
	struct sf_placer *b = sf_placer_create(sf_policy_find("random"), cluster, NULL, 5);
	unsigned reached = 0;
	for (int i = 0; i < 200; i++) {
		struct sf_candidate x = {0};
		struct sf_candidate y = {0};
		cr_assert(sf_placer_choose(a, &request, &x) && sf_placer_choose(b, &request, &y));
		cr_assert(eq(u32, x.node, y.node));
		reached |= 1U << x.node;
	}
	cr_expect(eq(uint, reached, (1U << sf_cluster_nodes(cluster)) - 1));
	sf_placer_destroy(a);
	sf_placer_destroy(b);
	sf_cluster_destroy(cluster);
	sf_scenario_destroy(scenario);
}

Test(policy, score_tree_agrees_with_a_scan)
{
	static const uint32_t sizes[] = {1, 2, 3, 17, 64, 100};
	for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
		uint32_t n = sizes[s];
		struct sf_score_tree tree;
		int64_t *score = calloc(n, sizeof(*score));
		struct sf_rng rng;
		sf_rng_seed(&rng, s, 0);
		sf_score_tree_init(&tree, n);
		cr_expect(eq(u32, sf_score_tree_ties(&tree), 0));
		for (uint32_t i = 0; i < n; i++) {
			score[i] = SF_SCORE_NONE;
		}
		for (int step = 0; step < 500; step++) {
			uint32_t at = (uint32_t)sf_rng_below(&rng, n);
			int64_t value = (int64_t)sf_rng_below(&rng, 5) - 3;
			score[at] = value == -3 ? SF_SCORE_NONE : value;
			sf_score_tree_set(&tree, at, score[at]);
			int64_t best = SF_SCORE_NONE;
			uint32_t ties = 0;
			for (uint32_t i = 0; i < n; i++) {
				best = score[i] > best ? score[i] : best;
			}
			for (uint32_t i = 0; i < n && best != SF_SCORE_NONE; i++) {
				if (score[i] == best) {
					cr_assert(eq(u32, sf_score_tree_pick(&tree, ties), i));
					ties++;
				}
			}
			cr_assert(eq(u32, sf_score_tree_ties(&tree), ties));
		}
		free(score);
		sf_score_tree_finish(&tree);
	}
}

Test(policy, names_are_unique_and_found)
{
	for (size_t i = 0; sf_policies[i]; i++) {
		cr_expect(sf_policy_find(sf_policies[i]->name) == sf_policies[i]);
		cr_expect(sf_policies[i]->help != NULL && sf_policies[i]->score != NULL);
	}
	cr_expect(sf_policy_find("no-such-policy") == NULL);
}
