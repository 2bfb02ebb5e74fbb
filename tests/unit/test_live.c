/* test_live: a cluster as the API server tells it, against what it must be at any moment. */
// SPDX-License-Identifier: Apache-2.0
#include "service/live.h"
#include "service/live_file.h"

#include <slicefit/arena.h>
#include <slicefit/catalog.h>
#include <slicefit/error.h>
#include <slicefit/kube_node.h>
#include <slicefit/kube_pod.h>
#include <slicefit/rng.h>
#include <slicefit/str.h>
#include <slicefit/verdicts.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

enum { NODES = 6, PODS = 40, STEPS = 12000, SHAPES = 4 };

static const struct sf_kube_wish_rules all;
static const char gpu[] = "nvidia.com/gpu", shared[] = "nvidia.com/gpu.shared";
static const char mig[] = "nvidia.com/mig-1g.10gb";

/* What a node may say of itself; by counts, as a node without labels does. */
static const struct {
	const char *name;
	uint32_t total;
} shapes[SHAPES][2] = {
	{{gpu, 4}, {mig, 0}},
	{{gpu, 2}, {mig, 7}},
	{{shared, 8}, {mig, 0}},
	{{gpu, 3}, {shared, 0}}, /* one of four is broken */
};

static const struct {
	const char *name;
	uint16_t count;
} wants[] = {{gpu, 1}, {gpu, 2}, {mig, 1}, {shared, 1}, {"nvidia.com/mig-9g.nowhere", 1}, {gpu, 0}};

static struct sf_kube_node describe(uint32_t number, uint32_t shape, uint8_t state, char name[32])
{
	struct sf_kube_node node = {.state = state};
	snprintf(name, 32, "node-%u", number);
	node.spec.name = name;
	node.spec.by_counts = true;
	for (size_t i = 0; i < 2; i++) {
		if (shapes[shape][i].total > 0) {
			uint8_t n = node.spec.n_counts++;
			snprintf(node.spec.count[n].name, SF_NAME_MAX, "%s", shapes[shape][i].name);
			node.spec.count[n].total = shapes[shape][i].total;
		}
	}
	return node;
}

static struct sf_kube_pod ask(uint32_t number, uint32_t want)
{
	struct sf_kube_pod pod = {.cpu_milli = 100 + number, .priority = (int32_t)(number % 3)};
	snprintf(pod.uid, sizeof(pod.uid), "uid-%u", number);
	snprintf(pod.name, sizeof(pod.name), "pod-%u", number);
	snprintf(pod.space, sizeof(pod.space), "default");
	pod.n = wants[want].count > 0;
	snprintf(pod.want[0].name, SF_NAME_MAX, "%s", wants[want].name);
	pod.want[0].count = wants[want].count;
	return pod;
}

/* A pod that the model has no room for is one that does not fit. */
static void check_waiting(const struct sf_live *live, const struct sf_live_pod *pod)
{
	const struct sf_live_node *node = sf_live_node_at(live, pod->node);
	if (node->node == SF_LIVE_NONE || pod->pod != SF_LIVE_NONE || !pod->gpus) {
		return;
	}
	enum sf_fit fit =
		sf_filter(sf_live_cluster(live), node->node, &pod->request, SF_VIEW_COUNTS, NULL);
	cr_assert(ne(int, fit, SF_FITS), "%s waits on %s", pod->name, node->name);
}

/* The books add up, from the lists and from the cluster. */
static void check(const struct sf_live *live)
{
	struct sf_error err = {0};
	struct sf_live_counts counts = sf_live_count(live), seen = {0};
	cr_assert(sf_cluster_check(sf_live_cluster(live), &err) == 0, "%s", err.text);
	for (uint32_t i = 0; i < sf_live_nodes_end(live); i++) {
		const struct sf_live_node *node = sf_live_node_at(live, i);
		uint32_t waiting = 0;
		int64_t cpu = 0;
		if (node == NULL) {
			continue;
		}
		for (uint32_t k = node->first; k != SF_LIVE_NONE;) {
			const struct sf_live_pod *pod = sf_live_pod_at(live, k);
			cr_assert(eq(u32, pod->node, i));
			check_waiting(live, pod);
			waiting += pod->gpus && pod->pod == SF_LIVE_NONE;
			cpu += pod->cpu_milli;
			k = pod->behind;
		}
		cr_assert(eq(u32, waiting, node->waiting));
		cr_assert(eq(i64, cpu, node->cpu_used_milli));
		seen.nodes += node->node != SF_LIVE_NONE;
		seen.waiting += waiting;
	}
	for (uint32_t i = 0; i < sf_live_pods_end(live); i++) {
		const struct sf_live_pod *pod = sf_live_pod_at(live, i);
		seen.pods += pod != NULL;
		seen.reserved += pod != NULL && pod->state == SF_LIVE_RESERVED;
	}
	cr_assert(eq(u32, seen.nodes, counts.nodes));
	cr_assert(eq(u32, seen.waiting, counts.waiting));
	cr_assert(eq(u32, seen.pods, counts.pods));
	cr_assert(eq(u32, seen.reserved, counts.reserved));
}

/* Remembered verdicts are those that a look at every node gives. */
static void check_verdicts(const struct sf_live *live, struct sf_verdict_cache *cache,
                           uint32_t want)
{
	struct sf_kube_pod pod = ask(0, want);
	struct sf_question question = {
		.policy = sf_policy_find("best-fit"),
		.serving = {.deny = (uint8_t)(want % SF_SERVING_ALL), .level = {want % 3, 1}},
	};
	struct sf_verdicts fresh;
	const struct sf_cluster *cluster = sf_live_cluster(live);
	struct sf_arena *arena = sf_arena_create(0);
	sf_kube_pod_request(&pod, cluster, &question.request);
	struct sf_verdicts kept = sf_verdict_cache_get(cache, &question, want % 2 == 0);
	cr_assert(eq(int, sf_verdicts_fill(cluster, &question, true, arena, &fresh), 0));
	for (uint32_t i = 0; i < sf_cluster_nodes(cluster); i++) {
		cr_assert(eq(int, kept.node[i].fit, fresh.node[i].fit));
		cr_assert(eq(int, kept.node[i].above, fresh.node[i].above));
		cr_assert(eq(int, kept.node[i].level, fresh.node[i].level));
		if (kept.score != NULL && kept.node[i].fit == SF_FITS) {
			cr_assert(eq(i64, kept.score[i], fresh.score[i]));
		}
	}
	sf_arena_destroy(arena);
}

/* One thing happens. What a pod asks for hangs on its number; where it is bound, Kubernetes says. */
static void step(struct sf_live *live, struct sf_rng *rng, uint64_t now)
{
	uint32_t n = (uint32_t)sf_rng_below(rng, PODS);
	static const uint8_t states[] = {SF_NODE_READY, SF_NODE_READY, SF_NODE_READY,
	                                 SF_NODE_CORDONED, SF_NODE_CORDONED | SF_NODE_FAILED};
	struct sf_kube_pod pod = ask(n, n % (sizeof(wants) / sizeof(wants[0])));
	char name[32];
	struct sf_kube_node node =
		describe((uint32_t)sf_rng_below(rng, NODES), (uint32_t)sf_rng_below(rng, SHAPES),
	                 states[sf_rng_below(rng, sizeof(states))], name);
	const struct sf_live_pod *known = sf_live_find(live, pod.uid);
	switch (sf_rng_below(rng, 14)) {
	case 0:
		sf_live_node(live, &node, NULL);
		break;
	case 1:
		if (sf_rng_below(rng, 4) == 0) {
			sf_live_node_gone(live, name);
		}
		break;
	case 2:
	case 3:
		sf_live_pod_gone(live, pod.uid);
		break;
	case 4:
		pod.finished = true;
		sf_live_pod(live, &pod, NULL);
		break;
	case 5:
	case 6:
	case 7:
		sf_live_pod(live, &pod, NULL);
		break;
	case 8:
		sf_live_expire(live, now);
		break;
	case 9:
		sf_live_unreserve(live, pod.uid);
		break;
	case 10:
	case 11:
	case 12:
		sf_live_reserve(live, pod.uid, name, now + 200, NULL);
		break;
	default:
		/* Mostly where it was promised to be. */
		if (known != NULL && known->state == SF_LIVE_RESERVED) {
			snprintf(name, sizeof(name), "%s",
			         sf_live_node_at(live, known->node)->name);
		}
		snprintf(pod.node, sizeof(pod.node), "%s", name);
		sf_live_pod(live, &pod, NULL);
		break;
	}
}

Test(live, books_add_up_whatever_happens)
{
	struct sf_catalog *catalog = sf_catalog_create();
	for (uint64_t seed = 0; seed < 4; seed++) {
		struct sf_live *live = sf_live_create(catalog);
		struct sf_verdict_cache *cache = sf_verdict_cache_create(sf_live_cluster(live));
		struct sf_rng rng;
		sf_rng_seed(&rng, seed, 0);
		for (uint32_t i = 0; i < STEPS; i++) {
			step(live, &rng, i);
			if (i % 8 == 0) {
				check(live);
				check_verdicts(live, cache, i / 8 % 5);
			}
		}
		struct sf_live_counts counts = sf_live_count(live);
		cr_assert(gt(u64, counts.reservations, 100));
		cr_assert(gt(u64, counts.settled, 10));
		cr_assert(gt(u64, counts.expired, 10));
		sf_verdict_cache_destroy(cache);
		sf_live_destroy(live);
	}
	sf_catalog_destroy(catalog);
}

/* What there is to choose from: the nodes in order, what each of them holds, and what it says to all wants. */
static void note(const struct sf_live *live, struct sf_str *out)
{
	const struct sf_cluster *cluster = sf_live_cluster(live);
	for (uint32_t i = 0; i < sf_cluster_nodes(cluster); i++) {
		const struct sf_node *node = sf_cluster_node(cluster, i);
		if ((node->state & SF_NODE_REMOVED) != 0) {
			continue;
		}
		sf_str_printf(out, "\n%s %u %u", node->name, node->state, node->pods);
		for (uint32_t want = 0; want < sizeof(wants) / sizeof(wants[0]); want++) {
			struct sf_kube_pod pod = ask(0, want);
			struct sf_request request;
			sf_kube_pod_request(&pod, cluster, &request);
			sf_str_printf(out, " %d",
			              sf_filter(cluster, i, &request, SF_VIEW_AWARE, NULL));
		}
	}
}

/* Nodes come and go under new names for a long time: the same things happen when what they leave behind is
 * thrown away. */
Test(live, gathers_what_is_left)
{
	enum { TURNS = 6000 };
	struct sf_catalog *catalog = sf_catalog_create();
	struct sf_live *kept = sf_live_create(catalog), *live = sf_live_create(catalog);
	struct sf_live *const both[] = {kept, live};
	struct sf_rng rng[2];
	uint32_t most = 0;
	for (uint32_t i = 0; i < 2; i++) {
		sf_rng_seed(&rng[i], 7, 0);
	}
	for (uint32_t turn = 0; turn < TURNS; turn++) {
		for (uint32_t i = 0; i < 2; i++) {
			char name[32], gone[32];
			struct sf_kube_node node = describe(turn + NODES, turn % SHAPES, 0, name);
			sf_live_node(both[i], &node, NULL);
			snprintf(gone, sizeof(gone), "node-%u", turn + NODES - NODES / 2);
			sf_live_node_gone(both[i], gone);
			step(both[i], &rng[i], turn);
		}
		if (sf_live_is_loose(live)) {
			sf_live_gather(live);
			check(live);
		}
		uint32_t n = sf_cluster_nodes(sf_live_cluster(live));
		most = n > most ? n : most;
		if (turn % 64 == 0) {
			struct sf_str a = {0}, b = {0};
			note(kept, &a);
			note(live, &b);
			cr_assert(eq(str, a.text, b.text), "turn %u", turn);
			sf_str_finish(&a);
			sf_str_finish(&b);
		}
	}
	cr_assert(gt(u64, sf_live_count(live).gathered, 4));
	cr_assert(lt(u32, most, 1200));
	cr_assert(gt(u32, sf_cluster_nodes(sf_live_cluster(kept)), TURNS));
	sf_live_destroy(kept);
	sf_live_destroy(live);
	sf_catalog_destroy(catalog);
}

/* Says what became of a pod, in a word. */
static const char *seat_of(const struct sf_live *live, const char *uid)
{
	const struct sf_live_pod *pod = sf_live_find(live, uid);
	if (pod == NULL) {
		return "gone";
	}
	if (pod->node == SF_LIVE_NONE) {
		return "pending";
	}
	return pod->pod != SF_LIVE_NONE ? sf_live_node_at(live, pod->node)->name : "waiting";
}

/* Pods are told before their node, and the node shrinks and grows under them. */
Test(live, pods_wait_for_their_node)
{
	struct sf_catalog *catalog = sf_catalog_create();
	struct sf_live *live = sf_live_create(catalog);
	char name[32];
	for (uint32_t i = 0; i < 4; i++) {
		struct sf_kube_pod pod = ask(i, 0);
		snprintf(pod.node, sizeof(pod.node), "node-1");
		cr_assert(eq(int, sf_live_pod(live, &pod, NULL), -1));
	}
	cr_assert(eq(str, (char *)seat_of(live, "uid-0"), "waiting"));
	struct sf_kube_node four = describe(1, 0, SF_NODE_CORDONED, name);
	struct sf_kube_node three = describe(1, 3, SF_NODE_READY, name);
	cr_assert(eq(int, sf_live_node(live, &four, NULL), true));
	cr_assert(eq(int, sf_live_node(live, &four, NULL), false));
	cr_assert(eq(u32, sf_live_count(live).waiting, 0));
	cr_assert(eq(int, sf_live_node(live, &three, NULL), true));
	cr_assert(eq(str, (char *)seat_of(live, "uid-3"), "waiting"));
	sf_live_pod_gone(live, "uid-1");
	cr_assert(eq(str, (char *)seat_of(live, "uid-3"), "node-1"));
	sf_live_node_gone(live, "node-1");
	cr_assert(eq(u32, sf_live_count(live).waiting, 3));
	check(live);
	sf_live_destroy(live);
	sf_catalog_destroy(catalog);
}

Test(live, a_promise_is_kept_moved_settled_or_given_back)
{
	struct sf_catalog *catalog = sf_catalog_create();
	struct sf_live *live = sf_live_create(catalog);
	char first[32], second[32];
	struct sf_kube_node a = describe(1, 1, SF_NODE_READY, first);
	struct sf_kube_node b = describe(2, 1, SF_NODE_READY, second);
	struct sf_error err = {0};
	sf_live_node(live, &a, NULL);
	sf_live_node(live, &b, NULL);
	struct sf_kube_pod pod = ask(1, 1), other = ask(7, 1);
	sf_live_pod(live, &pod, NULL);
	sf_live_pod(live, &other, NULL);
	cr_assert(eq(int, sf_live_reserve(live, "uid-1", "node-9", 10, &err), -1));
	cr_assert(eq(int, sf_live_reserve(live, "uid-5", "node-1", 10, &err), -1));
	cr_assert(eq(int, sf_live_reserve(live, "uid-1", "node-1", 10, NULL), 0));
	cr_assert(eq(int, sf_live_reserve(live, "uid-1", "node-1", 20, NULL), 0));
	cr_assert(eq(sz, sf_live_expire(live, 19), 0));
	cr_assert(eq(int, sf_live_reserve(live, "uid-7", "node-1", 10, &err), -1));
	cr_assert(eq(str, err.text, "node node-1: GPU devices in use"), "%s", err.text);
	cr_assert(eq(int, sf_live_reserve(live, "uid-1", "node-2", 30, &err), -1));
	cr_assert(eq(str, err.text, "the pod is being bound to node node-1"), "%s", err.text);
	cr_assert(eq(str, (char *)seat_of(live, "uid-1"), "node-1"));
	sf_live_unreserve(live, "uid-1");
	cr_assert(eq(int, sf_live_reserve(live, "uid-1", "node-2", 30, NULL), 0));
	cr_assert(eq(int, sf_live_reserve(live, "uid-7", "node-1", 40, NULL), 0));
	snprintf(pod.node, sizeof(pod.node), "node-2");
	cr_assert(eq(int, sf_live_pod(live, &pod, NULL), 0));
	cr_assert(eq(sz, sf_live_expire(live, 40), 1));
	cr_assert(eq(str, (char *)seat_of(live, "uid-7"), "pending"));
	cr_assert(eq(str, (char *)seat_of(live, "uid-1"), "node-2"));
	cr_assert(eq(int, sf_live_reserve(live, "uid-1", "node-2", 50, NULL), 0));
	cr_assert(eq(int, sf_live_reserve(live, "uid-1", "node-1", 50, &err), -1));
	cr_assert(eq(str, err.text, "the pod is bound to node node-2"), "%s", err.text);
	check(live);
	sf_live_destroy(live);
	sf_catalog_destroy(catalog);
}

/* While a call goes on its devices are neither free nor to be had elsewhere. */
Test(live, a_promise_holds_while_its_bind_goes_on)
{
	struct sf_catalog *catalog = sf_catalog_create();
	struct sf_live *live = sf_live_create(catalog);
	char first[32], second[32];
	struct sf_kube_node a = describe(1, 1, SF_NODE_READY, first);
	struct sf_kube_node b = describe(2, 1, SF_NODE_READY, second);
	struct sf_kube_pod pod = ask(1, 1);
	struct sf_error err = {0};
	sf_live_node(live, &a, NULL);
	sf_live_node(live, &b, NULL);
	sf_live_pod(live, &pod, NULL);
	cr_assert(eq(int, sf_live_bind_begin(live, "uid-1", "node-1", 10, NULL), 0));
	cr_assert(eq(int, sf_live_bind_begin(live, "uid-1", "node-1", 10, NULL), 0));
	cr_assert(eq(int, sf_live_bind_begin(live, "uid-1", "node-2", 10, &err), -1));
	cr_assert(eq(str, err.text, "the pod is being bound to node node-1"), "%s", err.text);
	cr_assert(eq(sz, sf_live_expire(live, 99), 0));
	sf_live_bind_end(live, "uid-1", false, 0);
	cr_assert(eq(str, (char *)seat_of(live, "uid-1"), "node-1"), "the other call goes on");
	sf_live_bind_end(live, "uid-1", false, 0);
	cr_assert(eq(str, (char *)seat_of(live, "uid-1"), "pending"));
	cr_assert(eq(int, sf_live_bind_begin(live, "uid-1", "node-2", 10, NULL), 0));
	sf_live_bind_end(live, "uid-1", true, 50);
	cr_assert(eq(sz, sf_live_expire(live, 49), 0));
	snprintf(pod.node, sizeof(pod.node), "node-2");
	sf_live_pod(live, &pod, NULL);
	cr_assert(eq(int, sf_live_bind_begin(live, "uid-1", "node-2", 10, NULL), 1));
	cr_assert(eq(sz, sf_live_expire(live, 99), 0));
	sf_live_pod_gone(live, "uid-1");
	sf_live_bind_end(live, "uid-1", true, 90);
	cr_assert(eq(u32, sf_live_count(live).pods, 0));
	check(live);
	sf_live_destroy(live);
	sf_catalog_destroy(catalog);
}

static uint32_t used(const struct sf_cluster *cluster, const char *node, const char *resource)
{
	uint32_t number = sf_cluster_find_node(cluster, node);
	cr_assert(ne(u32, number, SF_NODE_NONE), "%s", node);
	const struct sf_count *count =
		sf_node_count(sf_cluster_node(cluster, number),
	                      sf_resource_find(sf_cluster_resources(cluster), resource));
	return count != NULL ? count->used : UINT32_MAX;
}

/* Two 3g.20gb run on worker-00, 8 whole GPUs on worker-05 although it is cordoned; what is done,
 * not bound or asks for no GPU holds nothing. */
Test(live, bound_pods_of_a_file_hold_their_devices)
{
	struct sf_catalog *catalog = sf_catalog_create();
	struct sf_error err = {0};
	struct sf_live *live = sf_live_load(SF_SOURCE_DIR "/tests/data/extender/cluster.json",
	                                    catalog, &all, &err);
	cr_assert(live != NULL, "%s", err.text);
	struct sf_cluster *cluster = sf_live_cluster(live);
	cr_assert(eq(u32, sf_cluster_nodes(cluster), 7));
	cr_assert(eq(u32, used(cluster, "worker-00.gpu.example", "nvidia.com/mig-3g.20gb"), 2));
	cr_assert(eq(u32, used(cluster, "worker-00.gpu.example", "nvidia.com/mig-2g.10gb"), 0));
	cr_assert(eq(u32, used(cluster, "worker-00.gpu.example", gpu), 0));
	cr_assert(eq(u32, used(cluster, "worker-05.gpu.example", gpu), 8));
	uint32_t cordoned = sf_cluster_find_node(cluster, "worker-05.gpu.example");
	cr_assert(eq(int, sf_cluster_node(cluster, cordoned)->state, SF_NODE_CORDONED));
	check(live);
	sf_live_destroy(live);
	sf_catalog_destroy(catalog);
}

Test(live, names_the_file_that_cannot_be_read)
{
	struct sf_catalog *catalog = sf_catalog_create();
	struct sf_error err = {0};
	cr_assert(sf_live_load("/nonexistent/x", catalog, &all, &err) == NULL);
	cr_assert(strstr(err.text, "/nonexistent/x") != NULL, "%s", err.text);
	sf_catalog_destroy(catalog);
}

/* A bound pod may get any of the devices until it has started; then it has one, and no other will. */
Test(live, devices_are_given_when_a_pod_starts)
{
	struct sf_catalog *catalog = sf_catalog_create();
	struct sf_live *live = sf_live_create(catalog);
	struct sf_error err = {0};
	struct sf_kube_node node = {.spec = {.name = "n", .n_gpus = 2}};
	node.spec.gpu[0].product = node.spec.gpu[1].product = sf_catalog_find(catalog, "Tesla-T4");
	node.spec.allocation = SF_ALLOCATION_DISTRIBUTED;
	node.spec.sharing.mode = SF_SHARING_TIME_SLICING;
	node.spec.sharing.n = 1;
	node.spec.sharing.resource[0].replicas = 4;
	snprintf(node.spec.sharing.resource[0].name, SF_NAME_MAX, "%s", gpu);
	cr_assert(sf_live_node(live, &node, &err), "%s", err.text);
	const struct sf_request any = {.n = 1, .want = {{SF_RES_GPU, 1}}};
	for (int64_t start_us = INT64_MAX; start_us > 0; start_us -= INT64_MAX - 1) {
		for (uint32_t i = 0; i < 2; i++) {
			struct sf_kube_pod pod = ask(i, 0);
			pod.gpu_memory_mib = 11000; /* of 15360 */
			pod.start_us = start_us;
			snprintf(pod.node, sizeof(pod.node), "n");
			cr_assert(sf_live_pod(live, &pod, &err) == 0, "%s", err.text);
		}
		enum sf_fit fit = start_us < INT64_MAX ? SF_FITS : SF_FIT_GPU_MEMORY;
		cr_assert(sf_filter(sf_live_cluster(live), 0, &any, SF_VIEW_AWARE, NULL) == fit);
		check(live);
	}
	sf_live_destroy(live);
	sf_catalog_destroy(catalog);
}
