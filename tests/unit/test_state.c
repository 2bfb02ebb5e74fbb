/* test_state: where eviction helps, and from which priority on, while pods come and go. */
// SPDX-License-Identifier: Apache-2.0
#include "service/state.h"

#include <slicefit/catalog.h>
#include <slicefit/change.h>
#include <slicefit/error.h>
#include <slicefit/kube_node.h>
#include <slicefit/kube_pod.h>
#include <slicefit/rng.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>

enum { NODES = 4, PODS = 24, STEPS = 1500, PRIORITIES = 4 };

static void add_nodes(struct sf_live *live)
{
	for (uint32_t i = 0; i < NODES; i++) {
		char name[16];
		struct sf_error err;
		struct sf_kube_node node = {.spec.by_counts = true, .spec.n_counts = 1};
		snprintf(name, sizeof(name), "node-%u", i);
		node.spec.name = name;
		snprintf(node.spec.count[0].name, SF_NAME_MAX, "nvidia.com/gpu");
		node.spec.count[0].total = 2 + i % 3;
		cr_assert(sf_live_node(live, &node, &err));
	}
}

/* Pod `number` asks for one or two GPUs, and is on a node, or was and is gone. */
static void step(struct sf_live *live, struct sf_rng *rng)
{
	uint32_t number = (uint32_t)sf_rng_below(rng, PODS);
	struct sf_kube_pod pod = {
		.priority = (int32_t)(number % PRIORITIES),
		.n = 1,
		.want = {{"nvidia.com/gpu", (uint16_t)(1 + number % 2)}},
		.finished = sf_rng_below(rng, 2) == 0,
	};
	snprintf(pod.uid, sizeof(pod.uid), "uid-%u", number);
	snprintf(pod.node, sizeof(pod.node), "node-%u", (unsigned)sf_rng_below(rng, NODES));
	sf_live_pod(live, &pod, NULL);
}

/* Would it fit if all pods of lower priority left the node? */
static bool helps(const struct sf_cluster *cluster, uint32_t node, const struct sf_request *request,
                  int32_t priority)
{
	struct sf_cluster *copy = sf_cluster_clone(cluster);
	for (uint32_t i = 0; i < sf_cluster_pods(copy); i++) {
		const struct sf_pod *pod = sf_cluster_pod(copy, i);
		if (pod->state == SF_POD_PLACED && pod->node == node && pod->priority < priority) {
			sf_cluster_release(copy, i, NULL);
		}
	}
	bool fits = sf_filter(copy, node, request, SF_VIEW_AWARE, NULL) == SF_FITS;
	sf_cluster_destroy(copy);
	return fits;
}

Test(state, knows_whose_eviction_helps, .timeout = 60)
{
	struct sf_catalog *catalog = sf_catalog_create();
	struct sf_live *live = sf_live_create(catalog);
	struct sf_state state;
	struct sf_rng rng;
	uint32_t never = 0, some = 0;
	sf_rng_seed(&rng, 3, 0);
	add_nodes(live);
	sf_state_init(&state, live);
	struct sf_question question = {
		.policy = sf_policy_find("best-fit"),
		.request = {.n = 1, .want = {{SF_RES_GPU, 2}}},
	};
	for (int i = 0; i < STEPS; i++) {
		sf_state_lock(&state);
		step(live, &rng);
		const struct sf_cluster *cluster = sf_live_cluster(live);
		question.request.want[0].count = (uint16_t)(1 + i % 3);
		uint64_t digest = sf_cluster_digest(cluster);
		struct sf_verdicts verdicts = sf_state_judge(&state, &question, i % 5 == 0);
		cr_assert(eq(u64, sf_cluster_digest(cluster), digest));
		for (uint32_t node = 0; node < NODES; node++) {
			const struct sf_verdict *verdict = &verdicts.node[node];
			for (int32_t p = -1; p <= PRIORITIES; p++) {
				bool final = verdict->fit != SF_FITS &&
				             !helps(cluster, node, &question.request, p);
				cr_assert(eq(int, sf_verdict_unresolvable(verdict, p), final),
				          "step %d, node %u, priority %d", i, node, p);
				never += final;
				some += verdict->fit != SF_FITS && !final;
			}
		}
		sf_state_unlock(&state);
	}
	cr_expect(never > 1000 && some > 1000, "%u never, %u some", never, some);
	sf_state_finish(&state);
	sf_catalog_destroy(catalog);
}
