/* test_explain: explanations by example, and against what the filter says of every node. */
// SPDX-License-Identifier: Apache-2.0
#include "cluster_fixture.h"

#include <slicefit/arena.h>
#include <slicefit/explain.h>
#include <slicefit/report_explain.h>
#include <slicefit/rng.h>
#include <slicefit/str.h>

#include <criterion/new/assert.h>
#include <stdlib.h>

static struct sf_catalog *catalog;
static struct sf_cluster *cluster;
static struct sf_arena *arena;

static void set_up(void)
{
	catalog = sf_catalog_create();
	cluster = sf_cluster_create(catalog);
	arena = sf_arena_create(0);
}

static void tear_down(void)
{
	sf_arena_destroy(arena);
	sf_cluster_destroy(cluster);
	sf_catalog_destroy(catalog);
}

TestSuite(explain, .init = set_up, .fini = tear_down);

static uint32_t add(const char *id, const char *name)
{
	struct sf_node_spec spec;
	struct sf_error err;
	fixture_spec(fixture_shape(id), catalog, name, &spec);
	spec.cpu_milli = 24000;
	spec.memory_mib = 96 * 1024;
	spec.pods_max = 5;
	cr_assert(sf_cluster_add_node(cluster, &spec, &err) == 0, "%s", err.text);
	return sf_cluster_nodes(cluster) - 1;
}

static struct sf_request want(const char *resource, uint16_t count)
{
	struct sf_request request = {.n = 1};
	request.want[0].resource = sf_resource_find(sf_cluster_resources(cluster), resource);
	request.want[0].count = count;
	return request;
}

/* One pod by the filter's choice; it must fit. */
static void put(uint32_t node, const char *resource, uint16_t count, int32_t priority)
{
	struct sf_request request = want(resource, count);
	uint32_t pod = sf_cluster_add_pod(cluster, &request, priority, 0);
	struct sf_grant grant;
	cr_assert(sf_filter(cluster, node, &request, SF_VIEW_AWARE, &grant) == SF_FITS);
	cr_assert(sf_cluster_place(cluster, pod, node, &grant, NULL) == 0);
}

static uint8_t deny; /* modes that the rules deny */

static void explain(const struct sf_request *request, const char *name, int32_t priority,
                    struct sf_verdicts *verdicts, struct sf_explanation *out)
{
	struct sf_question question = {.policy = sf_policy_find("best-fit"),
	                               .request = *request,
	                               .serving = {.deny = deny}};
	const char *names[SF_WANTS_MAX] = {name, name};
	struct sf_explain_question asked = {&question, verdicts, NULL, priority, names, NULL};
	cr_assert(sf_verdicts_fill(cluster, &question, true, arena, verdicts) == 0);
	cr_assert(sf_explain(cluster, &asked, arena, out) == 0);
}

/* A cluster of few words. */
static void build(void)
{
	uint32_t a = add("plain", "h100-0"), b = add("plain", "h100-1"), c = add("sliced", "t4-0");
	uint32_t d = add("dynamic", "mig-0");
	struct sf_change cordon = {.kind = SF_CHANGE_CORDON_NODE, .node = c};
	put(a, "nvidia.com/gpu", 2, 5);
	put(b, "nvidia.com/gpu", 1, 0);
	put(b, "nvidia.com/gpu", 1, 7);
	put(d, "nvidia.com/mig-1g.10gb", 1, 0);
	put(d, "nvidia.com/gpu", 1, 9);
	put(d, "nvidia.com/gpu", 1, 9);
	cr_assert(sf_cluster_apply(cluster, &cordon, NULL, NULL) == 0);
}

static const struct {
	const char *resource;
	uint16_t count;
	int32_t priority;
	const char *text;
} examples[] = {
	{"nvidia.com/gpu", 1, 0,
         "p fits on 2 of 4 nodes\n"
         "wants 1 nvidia.com/gpu; priority 0, policy best-fit\n"
         "\n"
         "where the policy would put it:\n"
         "rank  node    devices\n"
         "----  ------  -------\n"
         "   1  h100-0  GPU 2\n"
         "   2  h100-1  GPU 2\n"
         "\n"
         "nodes  say                 evict?  have                        examples\n"
         "-----  ------------------  ------  --------------------------  --------\n"
         "    1  GPU devices in use  maybe   H100-80GB-SXM, dynamic mig  mig-0\n"
         "    1  node takes no pods  no      T4, time-slicing            t4-0\n"},
	{"nvidia.com/gpu", 3, 6,
         "p fits on 0 of 4 nodes\n"
         "wants 3 nvidia.com/gpu; priority 6, policy best-fit\n"
         "\n"
         "nodes  say                 evict?  have                        examples\n"
         "-----  ------------------  ------  --------------------------  --------------\n"
         "    2  GPU devices in use  maybe   H100-80GB-SXM, whole        h100-0, h100-1\n"
         "    1  GPU devices in use  maybe   H100-80GB-SXM, dynamic mig  mig-0\n"
         "    1  node takes no pods  no      T4, time-slicing            t4-0\n"
         "\n"
         "it would fit\n"
         "  - after evicting pod 0 (priority 5) from h100-0\n"
         "  - once the node takes pods again; 1 node: t4-0\n"
         "  - with 2 more nvidia.com/gpu free: 1 of 3 would fit now; 2 nodes: h100-0, h100-1\n"},
	{"nvidia.com/gpu", 3, 0,
         "p fits on 0 of 4 nodes\n"
         "wants 3 nvidia.com/gpu; priority 0, policy best-fit\n"
         "\n"
         "nodes  say                 evict?  have                        examples\n"
         "-----  ------------------  ------  --------------------------  --------------\n"
         "    2  GPU devices in use  maybe   H100-80GB-SXM, whole        h100-0, h100-1\n"
         "    1  GPU devices in use  maybe   H100-80GB-SXM, dynamic mig  mig-0\n"
         "    1  node takes no pods  no      T4, time-slicing            t4-0\n"
         "\n"
         "it would fit\n"
         "  - once the node takes pods again; 1 node: t4-0\n"
         "  - with 2 more nvidia.com/gpu free: 1 of 3 would fit now; 2 nodes: h100-0, h100-1\n"
         "  - after evicting pod 0 (priority 5) from h100-0, which preemption will not do: not all "
         "have a lower priority\n"},
	{"nvidia.com/gpu", 9, 0,
         "p fits on 0 of 4 nodes\n"
         "wants 9 nvidia.com/gpu; priority 0, policy best-fit\n"
         "\n"
         "nodes  say                                 evict?  have                        examples\n"
         "-----  ----------------------------------  ------  --------------------------  "
         "--------------\n"
         "    2  more GPU devices than the node has  no      H100-80GB-SXM, whole        h100-0, "
         "h100-1\n"
         "    1  more GPU devices than the node has  no      H100-80GB-SXM, dynamic mig  mig-0\n"
         "    1  node takes no pods                  no      T4, time-slicing            t4-0\n"
         "\n"
         "it would fit\n"
         "  - asking for 3 nvidia.com/gpu or less, not 9; 3 nodes: h100-0, h100-1, mig-0\n"},
	{"nvidia.com/mig-7g.80gb", 2, 0,
         "p fits on 0 of 4 nodes\n"
         "wants 2 nvidia.com/mig-7g.80gb; priority 0, policy best-fit\n"
         "\n"
         "nodes  say                            evict?  have                        examples\n"
         "-----  -----------------------------  ------  --------------------------  "
         "--------------\n"
         "    2  node has no such GPU resource  no      H100-80GB-SXM, whole        h100-0, "
         "h100-1\n"
         "    1  GPU devices in use             maybe   H100-80GB-SXM, dynamic mig  mig-0\n"
         "    1  node takes no pods             no      T4, time-slicing            t4-0\n"
         "\n"
         "it would fit\n"
         "  - with 2 more nvidia.com/mig-7g.80gb free: 0 of 2 would fit now; 1 node: mig-0\n"
         "  - after evicting pod 5 (priority 9) and pod 3 (priority 0) from mig-0, which "
         "preemption will not do: not all have a lower priority\n"},
	{"nvidia.com/mig-1g.5gb", 1, 0,
         "p fits on 0 of 4 nodes\n"
         "wants 1 nvidia.com/mig-1g.5gb; priority 0, policy best-fit\n"
         "\n"
         "nodes  say                            evict?  have                        examples\n"
         "-----  -----------------------------  ------  --------------------------  "
         "--------------\n"
         "    2  node has no such GPU resource  no      H100-80GB-SXM, whole        h100-0, "
         "h100-1\n"
         "    1  node has no such GPU resource  no      H100-80GB-SXM, dynamic mig  mig-0\n"
         "    1  node takes no pods             no      T4, time-slicing            t4-0\n"
         "\n"
         "it would fit\n"
         "  - asking for nvidia.com/mig-1g.10gb, the nearest name that nodes have; 1 node: "
         "mig-0\n"},
};

Test(explain, reads_well)
{
	build();
	for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
		struct sf_explain_subject subject = {
			.pod = "p", .policy = "best-fit", .priority = examples[i].priority, .n = 1};
		struct sf_request request = want(examples[i].resource, examples[i].count);
		struct sf_verdicts verdicts;
		struct sf_explanation explanation;
		struct sf_str got = {0};
		strcpy(subject.want[0].name, examples[i].resource);
		subject.want[0].count = examples[i].count;
		explain(&request, examples[i].resource, examples[i].priority, &verdicts,
		        &explanation);
		sf_report_explain_text(&subject, &explanation, &got);
		cr_expect(eq(str, got.text, (char *)examples[i].text), "row %zu", i);
		sf_str_finish(&got);
	}
}

static bool alive(uint32_t node)
{
	return (sf_cluster_node(cluster, node)->state & SF_NODE_REMOVED) == 0;
}

static enum sf_fit ask(uint32_t node, const struct sf_request *request)
{
	enum sf_fit fit = sf_filter(cluster, node, request, SF_VIEW_AWARE, NULL);
	bool denied = (deny & sf_serving_of_request(sf_cluster_node(cluster, node), request)) != 0;
	return denied && !sf_fit_unresolvable(fit) ? SF_FIT_MODE : fit;
}

/* How many of a single want fit, by trying every number. */
static int64_t count_free(uint32_t node, struct sf_request request)
{
	uint16_t most = request.want[0].count;
	request.cpu_milli = request.memory_mib = 0;
	for (request.want[0].count = most; request.want[0].count > 0; request.want[0].count--) {
		if (ask(node, &request) == SF_FITS) {
			break;
		}
	}
	return request.want[0].count;
}

static void expect_groups(const struct sf_request *request, const struct sf_verdicts *verdicts,
                          const struct sf_explanation *got)
{
	uint32_t nodes = 0, feasible = 0, refused = 0;
	for (uint32_t i = 0; i < sf_cluster_nodes(cluster); i++) {
		nodes += alive(i);
		feasible += alive(i) && ask(i, request) == SF_FITS;
	}
	cr_assert(eq(u32, got->nodes, nodes));
	cr_assert(eq(u32, got->feasible, feasible));
	cr_assert(eq(u32, got->n_choices, feasible < 10 ? feasible : 10));
	for (uint32_t i = 0; i < got->n_groups; i++) {
		const struct sf_explain_group *group = &got->group[i];
		refused += group->nodes.n;
		for (uint32_t k = 0; k < group->nodes.n_examples; k++) {
			uint32_t node = sf_cluster_find_node(cluster, group->nodes.example[k]);
			cr_assert(verdicts->node[node].fit == group->fit);
			cr_assert(sf_verdict_unresolvable(&verdicts->node[node], 0) ==
			          group->unresolvable);
		}
		cr_assert(i == 0 || group->nodes.n <= group[-1].nodes.n);
	}
	cr_assert(eq(u32, refused, nodes - feasible));
}

/* The pods leave a copy of the cluster: the request fits there, and does not when one of them
 * stays. */
static void expect_eviction(const struct sf_request *request, const struct sf_mend *mend,
                            int32_t priority)
{
	struct sf_cluster *real = cluster;
	uint32_t node = sf_cluster_find_node(real, mend->nodes.example[0]);
	for (int64_t stays = -1; stays < mend->need; stays++) {
		cluster = sf_cluster_clone(real);
		for (int64_t i = 0; i < mend->need; i++) {
			const struct sf_pod *pod = sf_cluster_pod(cluster, mend->pod[i].pod);
			cr_assert(pod->node == node && pod->priority == mend->pod[i].priority);
			cr_assert(mend->kind == SF_MEND_EVICT_ANY || pod->priority < priority);
			cr_assert(i == stays ||
			          sf_cluster_release(cluster, mend->pod[i].pod, NULL) == 0);
		}
		cr_assert(stays >= 0 || ask(node, request) == SF_FITS);
		cr_assert(stays < 0 || ask(node, request) != SF_FITS, "too many victims");
		sf_cluster_destroy(cluster);
	}
	cluster = real;
}

/* Would the request fit if all pods of a priority below left the node? */
static bool empties(const struct sf_request *request, uint32_t node, int64_t below)
{
	struct sf_cluster *real = cluster;
	cluster = sf_cluster_clone(real);
	for (uint32_t i = 0; i < sf_cluster_pods(cluster); i++) {
		const struct sf_pod *pod = sf_cluster_pod(cluster, i);
		if (pod->state == SF_POD_PLACED && pod->node == node && pod->priority < below) {
			cr_assert(sf_cluster_release(cluster, i, NULL) == 0);
		}
	}
	bool fits = ask(node, request) == SF_FITS;
	sf_cluster_destroy(cluster);
	cluster = real;
	return fits;
}

static const struct sf_mend *find_mend(const struct sf_explanation *got, enum sf_mend_kind kind)
{
	for (uint32_t i = 0; i < got->n_mends; i++) {
		if (got->mend[i].kind == kind) {
			return &got->mend[i];
		}
	}
	return NULL;
}

/* No eviction is told only where none would do. */
static void expect_no_more_evictions(const struct sf_request *request, int32_t priority,
                                     const struct sf_explanation *got)
{
	bool lower = false, any = false;
	for (uint32_t i = 0; i < sf_cluster_nodes(cluster); i++) {
		bool tried = alive(i) && sf_cluster_node(cluster, i)->state == SF_NODE_READY;
		lower |= tried && empties(request, i, priority);
		any |= tried && empties(request, i, (int64_t)INT32_MAX + 1);
	}
	cr_assert(eq(int, find_mend(got, SF_MEND_EVICT) != NULL, lower));
	cr_assert(eq(int, find_mend(got, SF_MEND_EVICT_ANY) != NULL, !lower && any));
}

static void expect_ready(const struct sf_request *request, const struct sf_mend *mend)
{
	uint32_t node = sf_cluster_find_node(cluster, mend->nodes.example[0]);
	struct sf_change ready = {.kind = SF_CHANGE_READY_NODE, .node = node};
	struct sf_undo undo;
	cr_assert(sf_cluster_apply(cluster, &ready, &undo, NULL) == 0);
	cr_assert(ask(node, request) == SF_FITS);
	sf_cluster_undo(cluster, &undo);
}

/* Only the rules are in the way. */
static void expect_mode(const struct sf_request *request, const struct sf_mend *mend)
{
	uint32_t node = sf_cluster_find_node(cluster, mend->nodes.example[0]);
	cr_assert(ask(node, request) == SF_FIT_MODE);
	cr_assert(sf_filter(cluster, node, request, SF_VIEW_AWARE, NULL) == SF_FITS);
}

/* Exactly `have` fit on each example, and no busy node of a single want is nearer. */
static void expect_gap(const struct sf_request *request, const struct sf_verdicts *verdicts,
                       const struct sf_mend *mend)
{
	if (request->n != 1) {
		return;
	}
	for (uint32_t i = 0; i < mend->nodes.n_examples; i++) {
		uint32_t node = sf_cluster_find_node(cluster, mend->nodes.example[i]);
		cr_assert(eq(i64, count_free(node, *request), mend->have));
	}
	for (uint32_t i = 0; i < sf_cluster_nodes(cluster); i++) {
		if (alive(i) && verdicts->node[i].fit == SF_FIT_BUSY) {
			cr_assert(count_free(i, *request) <= mend->have);
		}
	}
}

static void expect_share(struct sf_request request, const struct sf_mend *mend)
{
	uint32_t node = sf_cluster_find_node(cluster, mend->nodes.example[0]);
	request.gpu_memory_milli = (uint16_t)mend->have;
	cr_assert(ask(node, &request) == SF_FITS);
	request.gpu_memory_milli++;
	cr_assert(ask(node, &request) == SF_FIT_GPU_MEMORY);
}

static void expect_wish(struct sf_request request, const struct sf_mend *mend)
{
	uint32_t node = sf_cluster_find_node(cluster, mend->nodes.example[0]);
	request.gpu_memory_mib = (int32_t)mend->have;
	cr_assert(ask(node, &request) == SF_FITS);
	request.gpu_memory_mib++;
	cr_assert(ask(node, &request) == SF_FIT_GPU_MEMORY);
}

static void expect_less(struct sf_request request, const struct sf_mend *mend)
{
	uint32_t node = sf_cluster_find_node(cluster, mend->nodes.example[0]);
	if (request.n != 1) {
		return;
	}
	request.cpu_milli = request.memory_mib = 0;
	request.want[0].count = (uint16_t)mend->have;
	cr_assert(sf_filter_ever(cluster, node, &request, SF_VIEW_AWARE) == SF_FITS);
	request.want[0].count++;
	cr_assert(sf_filter_ever(cluster, node, &request, SF_VIEW_AWARE) != SF_FITS);
}

static unsigned told[SF_MENDS];

static void expect_mends(const struct sf_request *request, const struct sf_verdicts *verdicts,
                         int32_t priority, const struct sf_explanation *got)
{
	cr_assert(got->feasible == 0 || got->n_mends == 0);
	for (uint32_t i = 0; i < got->n_mends; i++) {
		const struct sf_mend *mend = &got->mend[i];
		told[mend->kind]++;
		cr_assert(mend->nodes.n > 0 && mend->nodes.n_examples > 0);
		switch (mend->kind) {
		case SF_MEND_EVICT:
		case SF_MEND_EVICT_ANY:
			expect_eviction(request, mend, priority);
			break;
		case SF_MEND_READY:
			expect_ready(request, mend);
			break;
		case SF_MEND_MODE:
			expect_mode(request, mend);
			break;
		case SF_MEND_FREE:
			expect_gap(request, verdicts, mend);
			break;
		case SF_MEND_GPU_MEMORY:
			expect_wish(*request, mend);
			break;
		case SF_MEND_GPU_SHARE:
			expect_share(*request, mend);
			break;
		case SF_MEND_ASK_LESS:
			expect_less(*request, mend);
			break;
		default:
			break;
		}
	}
	if (got->feasible == 0) {
		expect_no_more_evictions(request, priority, got);
	}
}

static struct sf_request random_request(struct sf_rng *rng)
{
	struct sf_request request = {.n = (uint8_t)(1 + (sf_rng_below(rng, 8) == 0))};
	for (uint8_t i = 0; i < request.n; i++) {
		uint16_t names = sf_resource_count(sf_cluster_resources(cluster));
		bool gpu = sf_rng_below(rng, 3) == 0;
		request.want[i].resource = gpu ? 0 : (uint16_t)sf_rng_below(rng, names);
		request.want[i].count = (uint16_t)(1 + sf_rng_below(rng, 4) * sf_rng_below(rng, 3));
	}
	request.gpu_memory_mib = sf_rng_below(rng, 4) == 0 ? (int32_t)sf_rng_below(rng, 40000) : 0;
	if (request.gpu_memory_mib == 0 && sf_rng_below(rng, 4) == 0) {
		request.gpu_memory_milli = (uint16_t)(1 + sf_rng_below(rng, 1000));
	}
	if (sf_rng_below(rng, 6) == 0) {
		request.n = 1;
		request.want[0].resource = SF_RES_GPU;
		request.gpu_milli = (uint16_t)(100 + sf_rng_below(rng, 900));
	}
	request.cpu_milli = 1000 * (int64_t)(sf_rng_below(rng, 5) * sf_rng_below(rng, 5));
	request.memory_mib = 4096 * (int64_t)(sf_rng_below(rng, 5) * sf_rng_below(rng, 5));
	return request;
}

/* A few nodes of any shape, filled with pods where they fit, some of which left again. */
static void build_random(struct sf_rng *rng)
{
	char name[16];
	unsigned nodes = 1 + (unsigned)sf_rng_below(rng, 6);
	for (unsigned i = 0; i < nodes; i++) {
		snprintf(name, sizeof(name), "n%u", i);
		uint32_t node = add(shapes[sf_rng_below(rng, SHAPES)].id, name);
		struct sf_change cordon = {.kind = SF_CHANGE_CORDON_NODE, .node = node};
		if (i > 0 && i == nodes - 1) {
			cr_assert(sf_cluster_apply(cluster, &cordon, NULL, NULL) == 0);
		}
	}
	for (unsigned i = 0; i < 60; i++) {
		struct sf_request request = random_request(rng);
		uint32_t node = (uint32_t)sf_rng_below(rng, nodes);
		struct sf_grant grant;
		if (sf_filter(cluster, node, &request, SF_VIEW_AWARE, &grant) != SF_FITS) {
			continue;
		}
		uint32_t pod =
			sf_cluster_add_pod(cluster, &request, (int32_t)sf_rng_below(rng, 4), 0);
		cr_assert(sf_cluster_place(cluster, pod, node, &grant, NULL) == 0);
		if (sf_rng_below(rng, 3) == 0) {
			cr_assert(sf_cluster_release(cluster, pod, NULL) == 0);
		}
	}
}

Test(explain, agrees_with_the_filter)
{
	enum { CLUSTERS = 400, QUESTIONS = 20 };
	struct sf_rng rng;
	sf_rng_seed(&rng, 1, 0);
	for (int i = 0; i < CLUSTERS; i++) {
		deny = 0;
		build_random(&rng);
		for (int k = 0; k < QUESTIONS; k++) {
			struct sf_request request = random_request(&rng);
			int32_t priority = (int32_t)sf_rng_below(&rng, 5);
			struct sf_verdicts verdicts;
			struct sf_explanation got;
			deny = (uint8_t)(sf_rng_below(&rng, 3) == 0
			                         ? sf_rng_below(&rng, 1U << SF_SERVINGS)
			                         : 0);
			uint64_t before = sf_cluster_digest(cluster);
			explain(&request, "nvidia.com/gpu", priority, &verdicts, &got);
			cr_assert(eq(u64, sf_cluster_digest(cluster), before));
			expect_groups(&request, &verdicts, &got);
			expect_mends(&request, &verdicts, priority, &got);
		}
		tear_down();
		set_up();
	}
	for (int i = 0; i < SF_MENDS; i++) {
		cr_expect(i == SF_MEND_NAME || told[i] > 0, "kind %d was never told", i);
	}
}
