/* test_remedy: every remedy is taken on a copy of the cluster, by other code, and must help there. */
// SPDX-License-Identifier: Apache-2.0
#include "cluster_fixture.h"

#include <slicefit/arena.h>
#include <slicefit/cluster_rule.h>
#include <slicefit/mig_choices.h>
#include <slicefit/mig_parted.h>
#include <slicefit/remedy.h>
#include <slicefit/rng.h>

#include <criterion/new/assert.h>
#include <stdlib.h>

static struct sf_catalog *catalog;
static struct sf_cluster *cluster;
static struct sf_arena *arena;
static struct sf_mig_choices choices;
static struct sf_remedies remedies;
static const char *names[SF_WANTS_MAX];
static uint32_t asking; /* the pod */

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

TestSuite(remedy, .init = set_up, .fini = tear_down);

static uint32_t add(const char *id, const char *name)
{
	struct sf_node_spec spec;
	struct sf_error err;
	fixture_spec(fixture_shape(id), catalog, name, &spec);
	cr_assert(sf_cluster_add_node(cluster, &spec, &err) == 0, "%s", err.text);
	return sf_cluster_nodes(cluster) - 1;
}

static struct sf_request want(const char *resource, uint16_t count)
{
	struct sf_request request = {.n = 1, .cpu_milli = 1000};
	request.want[0].resource = sf_resource_find(sf_cluster_resources(cluster), resource);
	request.want[0].count = count;
	return request;
}

static bool try_put(uint32_t node, const char *resource, uint16_t count, int32_t priority)
{
	struct sf_request request = want(resource, count);
	struct sf_grant grant;
	if (sf_filter(cluster, node, &request, SF_VIEW_AWARE, &grant) != SF_FITS) {
		return false;
	}
	uint32_t pod = sf_cluster_add_pod(cluster, &request, priority, 0);
	return sf_cluster_place(cluster, pod, node, &grant, NULL) == 0;
}

static void put(uint32_t node, const char *resource, uint16_t count, int32_t priority)
{
	cr_assert(try_put(node, resource, count, priority));
}

/* The cluster is the same afterwards. */
static void find(const struct sf_request *request, const char *name, int32_t priority)
{
	asking = sf_cluster_add_pod(cluster, request, priority, 0);
	cr_assert(sf_mig_choices_usual(cluster, arena, &choices) == 0);
	names[0] = name;
	struct sf_remedy_question question = {
		.pod = asking,
		.layouts = {choices.n, choices.name, sf_mig_choices_apply, &choices},
		.name = names,
	};
	uint64_t before = sf_cluster_digest(cluster);
	cr_assert(sf_remedies_find(cluster, &question, arena, &remedies) == 0);
	cr_assert(eq(u64, sf_cluster_digest(cluster), before));
	cr_assert(sf_cluster_check(cluster, NULL) == 0);
}

static const struct sf_remedy *of_kind(enum sf_remedy_kind kind)
{
	for (size_t i = 0; i < remedies.n; i++) {
		if (remedies.remedy[i].kind == kind) {
			return &remedies.remedy[i];
		}
	}
	return NULL;
}

static bool fits(const struct sf_cluster *in, uint32_t node, const struct sf_request *request)
{
	return sf_filter(in, node, request, SF_VIEW_AWARE, NULL) == SF_FITS;
}

static bool place(struct sf_cluster *in, uint32_t pod, uint32_t node)
{
	struct sf_grant grant;
	const struct sf_request *request = &sf_cluster_pod(in, pod)->request;
	return sf_filter(in, node, request, SF_VIEW_AWARE, &grant) == SF_FITS &&
	       sf_cluster_place(in, pod, node, &grant, NULL) == 0;
}

static void must_apply(struct sf_cluster *in, struct sf_change change)
{
	struct sf_error err = {0};
	cr_assert(sf_cluster_apply(in, &change, NULL, &err) == 0, "%s", err.text);
}

/* Cuts the whole node as the configuration says. */
static void cut(struct sf_cluster *in, uint32_t number, const char *layout)
{
	const struct sf_node *node = sf_cluster_node(in, number);
	struct sf_gpu_spec gpu[SF_GPUS_MAX];
	size_t at = 0;
	for (uint8_t i = 0; i < node->n_gpus; i++) {
		gpu[i] = (struct sf_gpu_spec){node->gpu[i].product, node->gpu[i].mig,
		                              node->gpu[i].layout};
	}
	while (strcmp(choices.name[at], layout) != 0) {
		at++;
		cr_assert(at < choices.n, "no %s", layout);
	}
	cr_assert(sf_mig_choices_apply(&choices, at, gpu, node->n_gpus));
	must_apply(in, (struct sf_change){.kind = SF_CHANGE_CORDON_NODE, .node = number});
	for (uint8_t i = 0; i < node->n_gpus; i++) {
		must_apply(in, (struct sf_change){.kind = SF_CHANGE_REPARTITION,
		                                  .node = number,
		                                  .gpu = i,
		                                  .mig = gpu[i].mig,
		                                  .layout = gpu[i].layout});
	}
	must_apply(in, (struct sf_change){.kind = SF_CHANGE_READY_NODE, .node = number});
}

/* Everything that the remedy says of pods, in its order; nobody stops for whom there was room. */
static void take_pods(struct sf_cluster *in, const struct sf_remedy *remedy)
{
	uint32_t node = sf_cluster_find_node(in, remedy->node), stopped = 0, not_lower = 0;
	for (size_t i = 0; i < remedy->n_pods; i++) {
		cr_assert(sf_cluster_pod(in, remedy->pod[i].pod)->node == node);
		cr_assert(sf_cluster_release(in, remedy->pod[i].pod, NULL) == 0);
	}
	if (remedy->kind == SF_REMEDY_LAYOUT) {
		cut(in, node, remedy->layout);
	}
	cr_assert(place(in, asking, node), "%s", remedy->node);
	for (size_t i = 0; i < remedy->n_pods; i++) {
		const struct sf_remedy_pod *pod = &remedy->pod[i];
		int32_t priority = sf_cluster_pod(in, asking)->priority;
		stopped += pod->to == NULL;
		not_lower += pod->to == NULL && pod->priority >= priority;
		cr_assert(pod->to == NULL ||
		          place(in, pod->pod, sf_cluster_find_node(in, pod->to)));
	}
	for (size_t i = 0; i < remedy->n_pods; i++) {
		for (uint32_t k = 0; k < sf_cluster_nodes(in); k++) {
			bool open = k != node || remedy->kind == SF_REMEDY_LAYOUT;
			cr_assert(remedy->pod[i].to != NULL || !open ||
			          !fits(in, k, &sf_cluster_pod(in, remedy->pod[i].pod)->request));
		}
	}
	cr_assert(eq(u32, stopped, remedy->disturbs.stopped));
	cr_assert(eq(u32, not_lower, remedy->disturbs.not_lower));
	cr_assert(eq(u32, (uint32_t)remedy->n_pods - stopped, remedy->disturbs.moved));
	cr_assert(remedy->kind == SF_REMEDY_LAYOUT ||
	          (remedy->kind == SF_REMEDY_FREE) == (stopped > 0));
}

static void take_replicas(struct sf_cluster *in, const struct sf_remedy *remedy)
{
	uint32_t number = sf_cluster_find_node(in, remedy->node);
	const struct sf_node *node = sf_cluster_node(in, number);
	uint16_t base = sf_resource_find(sf_cluster_resources(in), remedy->resource);
	const struct sf_shared *shared = sf_node_shared(node, base);
	cr_assert(not(zero(ptr, (void *)shared)));
	cr_assert(eq(int, shared->replicas, (int)remedy->have));
	for (int64_t n = remedy->have; n <= remedy->need; n++) {
		struct sf_cluster *copy = sf_cluster_clone(in);
		must_apply(copy, (struct sf_change){.kind = SF_CHANGE_RESHARE,
		                                    .node = number,
		                                    .resource = shared->resource,
		                                    .replicas = (uint16_t)n,
		                                    .rename = shared->resource != base});
		cr_assert(eq(int, place(copy, asking, number), n == remedy->need));
		sf_cluster_destroy(copy);
	}
}

/* Another request, which is placed as a pod of its own. */
static void take_request(struct sf_cluster *in, const struct sf_remedy *remedy)
{
	struct sf_request request = sf_cluster_pod(in, asking)->request;
	int64_t step = remedy->kind == SF_REMEDY_LESS;
	for (int64_t more = 0; more <= step; more++) {
		uint32_t n = 0;
		if (remedy->kind == SF_REMEDY_NAME) {
			request.want[0].resource =
				sf_resource_find(sf_cluster_resources(in), remedy->instead);
		} else if (remedy->less == SF_LESS_DEVICES) {
			request.want[0].count = (uint16_t)(remedy->have + more);
		} else if (remedy->less == SF_LESS_CPU) {
			request.cpu_milli = remedy->have + more;
		} else {
			cr_assert(remedy->less == SF_LESS_GPU_MEMORY);
			request.gpu_memory_mib = (int32_t)(remedy->have + more);
		}
		for (uint32_t i = 0; i < sf_cluster_nodes(in); i++) {
			n += fits(in, i, &request);
		}
		cr_assert(eq(u32, n, more == 0 ? remedy->others + 1 : 0));
		cr_assert(more > 0 || place(in, sf_cluster_add_pod(in, &request, 0, 0),
		                            sf_cluster_find_node(in, remedy->node)));
	}
}

static void take(const struct sf_remedy *remedy)
{
	struct sf_cluster *copy = sf_cluster_clone(cluster);
	uint32_t node = sf_cluster_find_node(copy, remedy->node);
	switch (remedy->kind) {
	case SF_REMEDY_READY:
		must_apply(copy, (struct sf_change){.kind = SF_CHANGE_READY_NODE, .node = node});
		cr_assert(place(copy, asking, node));
		break;
	case SF_REMEDY_NAME:
	case SF_REMEDY_LESS:
		take_request(copy, remedy);
		break;
	case SF_REMEDY_REPLICAS:
		take_replicas(copy, remedy);
		break;
	default:
		take_pods(copy, remedy);
		break;
	}
	struct sf_error err = {0};
	cr_assert(sf_cluster_check(copy, &err) == 0, "%s", err.text);
	sf_cluster_destroy(copy);
}

/* Is there a pod whose move to another node would make room? By trying each. */
static bool one_can_move(const struct sf_request *request)
{
	bool found = false;
	for (uint32_t i = 0; i < sf_cluster_pods(cluster) && !found; i++) {
		const struct sf_pod *pod = sf_cluster_pod(cluster, i);
		if (pod->state != SF_POD_PLACED) {
			continue;
		}
		struct sf_cluster *copy = sf_cluster_clone(cluster);
		uint32_t from = pod->node;
		cr_assert(sf_cluster_release(copy, i, NULL) == 0);
		if (fits(copy, from, request) && place(copy, asking, from)) {
			for (uint32_t k = 0; k < sf_cluster_nodes(copy); k++) {
				found = found || (k != from && fits(copy, k, &pod->request));
			}
		}
		sf_cluster_destroy(copy);
	}
	return found;
}

static const char *const resources[] = {
	"nvidia.com/gpu",         "nvidia.com/gpu",         "nvidia.com/gpu",
	"nvidia.com/mig-1g.5gb",  "nvidia.com/mig-2g.10gb", "nvidia.com/mig-3g.20gb",
	"nvidia.com/mig-1g.10gb", "nvidia.com/mig-7g.80gb", "nvidia.com/gpu.shared",
	"nvidia.com/mig-2g.12gb", "nvidia.com/mig-1g.24gb", "nvidia.com/mig-4g.20gb",
};
enum { RESOURCES = sizeof(resources) / sizeof(resources[0]) };

/* A cluster of a few nodes that are mostly full. */
static void build_random(struct sf_rng *rng)
{
	uint32_t n = 2 + (uint32_t)sf_rng_below(rng, 6);
	for (uint32_t i = 0; i < n; i++) {
		char name[16];
		snprintf(name, sizeof(name), "n%u", i);
		bool sliced = sf_rng_below(rng, 4) == 0;
		uint32_t node = add(sliced ? "sliced" : shapes[sf_rng_below(rng, SHAPES)].id, name);
		for (int k = 0; sliced && k < 8; k++) {
			put(node, "nvidia.com/gpu", 1, 1);
		}
		uint64_t pods = sf_rng_below(rng, 16);
		for (uint64_t k = 0; k < pods; k++) {
			try_put(node, resources[sf_rng_below(rng, RESOURCES)],
			        (uint16_t)(1 + sf_rng_below(rng, 2)),
			        (int32_t)sf_rng_below(rng, 4));
		}
		if (sf_rng_below(rng, 6) == 0) {
			must_apply(cluster,
			           (struct sf_change){.kind = SF_CHANGE_CORDON_NODE, .node = node});
		}
	}
}

static bool fits_anywhere(const struct sf_request *request)
{
	bool any = false;
	for (uint32_t i = 0; i < sf_cluster_nodes(cluster); i++) {
		any = any || fits(cluster, i, request);
	}
	return any;
}

Test(remedy, each_helps)
{
	enum { ROUNDS = 2000 };
	uint32_t seen[SF_REMEDIES] = {0};
	struct sf_rng rng;
	sf_rng_seed(&rng, 81, 0);
	for (int round = 0; round < ROUNDS; round++) {
		tear_down();
		set_up();
		build_random(&rng);
		const char *name = resources[sf_rng_below(&rng, RESOURCES)];
		struct sf_request request = want(name, (uint16_t)(1 + sf_rng_below(&rng, 3)));
		request.cpu_milli = sf_rng_below(&rng, 8) == 0 ? 70000 : 1000;
		request.gpu_memory_mib = sf_rng_below(&rng, 6) == 0 ? 30000 : 0;
		if (fits_anywhere(&request)) {
			continue;
		}
		find(&request, name, (int32_t)sf_rng_below(&rng, 4));
		for (size_t i = 0; i < remedies.n; i++) {
			const struct sf_remedy *remedy = &remedies.remedy[i];
			seen[remedy->kind]++;
			take(remedy);
			cr_assert(i == 0 || sf_disturbance_compare(&remedy[-1].disturbs,
			                                           &remedy->disturbs) <= 0);
		}
		const struct sf_remedy *move = of_kind(SF_REMEDY_MOVE);
		cr_assert(
			eq(int, one_can_move(&request), move != NULL && move->disturbs.moved == 1));
	}
	for (int kind = 0; kind < SF_REMEDIES; kind++) {
		cr_expect(kind == SF_REMEDY_RULE || seen[kind] > 10, "kind %d: %u", kind,
		          seen[kind]);
	}
}

Test(remedy, prefers_what_disturbs_least)
{
	uint32_t a = add("plain", "a"), b = add("plain", "b");
	put(a, "nvidia.com/gpu", 2, 0);
	put(a, "nvidia.com/gpu", 1, 0);
	put(b, "nvidia.com/gpu", 2, 0);
	struct sf_request request = want("nvidia.com/gpu", 2);
	find(&request, "nvidia.com/gpu", 0);
	/* The one GPU that is free on `b` helps neither of the pods with two. */
	cr_assert(eq(int, (int)remedies.n, 2));
	cr_assert(eq(int, (int)remedies.remedy[0].kind, SF_REMEDY_LESS));
	cr_assert(eq(int, (int)remedies.remedy[1].kind, SF_REMEDY_FREE));
	cr_assert(eq(int, (int)remedies.remedy[1].n_pods, 1));
}

static bool is_held(const void *ctx, uint32_t pod)
{
	return pod == *(const uint32_t *)ctx;
}

/* A rule of the cluster: not on this node. */
static uint16_t keep_off(const char *const *node)
{
	struct sf_node_expr *expr = sf_arena_alloc(arena, sizeof(*expr));
	struct sf_node_term *term = sf_arena_alloc(arena, sizeof(*term));
	struct sf_node_rule *rule = sf_arena_alloc(arena, sizeof(*rule));
	*expr = (struct sf_node_expr){.op = SF_NODE_OP_NOT_IN, .n = 1, .value = node};
	*term = (struct sf_node_term){.n = 1, .expr = expr};
	*rule = (struct sf_node_rule){.n_terms = 1, .term = term};
	const struct sf_rule_spec spec = {.rule = rule, .own = SF_GROUP_NONE};
	return sf_cluster_add_rule(cluster, &spec);
}

/* One of two pods could move, were it not a DaemonSet's, or excluded from the other node. */
Test(remedy, who_stays_and_where_they_may_go)
{
	uint32_t a = add("plain", "a"), held = 1, nobody = SF_POD_NONE;
	add("plain", "b");
	static const char *const second = "b";
	struct sf_request kept = want("nvidia.com/gpu", 2);
	put(a, "nvidia.com/gpu", 2, 0);
	put(1, "nvidia.com/gpu", 1, 9);
	struct sf_request request = want("nvidia.com/gpu", 3);
	asking = sf_cluster_add_pod(cluster, &request, 5, 0);
	names[0] = "nvidia.com/gpu";
	struct sf_remedy_question question = {.pod = asking, .name = names, .ctx = &nobody};
	question.stays = is_held;
	cr_assert(sf_remedies_find(cluster, &question, arena, &remedies) == 0);
	cr_assert(eq(str, (char *)of_kind(SF_REMEDY_MOVE)->node, "b"));
	cr_assert(eq(str, (char *)of_kind(SF_REMEDY_MOVE)->pod[0].to, "a"));
	question.ctx = &held;
	cr_assert(sf_remedies_find(cluster, &question, arena, &remedies) == 0);
	cr_assert(eq(str, (char *)of_kind(SF_REMEDY_MOVE)->node, "a"));
	/* The same pods, but neither the one on `a` nor the one that asks may go to `b`. */
	struct sf_grant grant;
	must_apply(cluster, (struct sf_change){.kind = SF_CHANGE_RELEASE, .pod = 0});
	kept.rule = request.rule = keep_off(&second);
	cr_assert(sf_filter(cluster, a, &kept, SF_VIEW_AWARE, &grant) == SF_FITS);
	uint32_t pod = sf_cluster_add_pod(cluster, &kept, 0, 0);
	cr_assert(sf_cluster_place(cluster, pod, a, &grant, NULL) == 0);
	question.pod = sf_cluster_add_pod(cluster, &request, 5, 0);
	cr_assert(sf_remedies_find(cluster, &question, arena, &remedies) == 0);
	cr_assert(zero(ptr, (void *)of_kind(SF_REMEDY_MOVE)));
	cr_assert(eq(str, (char *)of_kind(SF_REMEDY_FREE)->node, "a"));
}

/* Node 0 is excluded by a taint, 1 by the selector, 2 by both, which is too much; 3 is full. */
static enum sf_rule_fit change_rule(const void *ctx, uint32_t node, struct sf_remedy_rule *out)
{
	static const enum sf_rule_fit fit[] = {SF_RULE_TAINT, SF_RULE_SELECTOR};
	(void)ctx;
	*out = (struct sf_remedy_rule){
		.words = node == 0 ? "tolerate" : "drop",
		.command = "command",
	};
	return node < 2 ? fit[node] : SF_RULE_FITS;
}

static bool opens(const void *ctx, uint32_t node)
{
	(void)ctx;
	return node != 3;
}

Test(remedy, rules_of_the_pod)
{
	for (int i = 0; i < 4; i++) {
		char name[16];
		snprintf(name, sizeof(name), "n%d", i);
		add("plain", name);
	}
	put(3, "nvidia.com/gpu", 3, 9);
	must_apply(cluster, (struct sf_change){.kind = SF_CHANGE_CORDON_NODE, .node = 3});
	static const char *const three[] = {"n0", "n1", "n2"};
	static const struct sf_node_expr not_these = {
		.op = SF_NODE_OP_NOT_IN, .n = 3, .value = three};
	static const struct sf_node_term term = {.n = 1, .expr = &not_these};
	static const struct sf_node_rule rule = {.n_terms = 1, .term = &term};
	const struct sf_rule_spec spec = {.rule = &rule, .own = SF_GROUP_NONE};
	struct sf_request request = want("nvidia.com/gpu", 1);
	request.rule = sf_cluster_add_rule(cluster, &spec);
	asking = sf_cluster_add_pod(cluster, &request, 0, 0);
	names[0] = "nvidia.com/gpu";
	struct sf_remedy_question question = {
		.pod = asking,
		.name = names,
		.rule = change_rule,
		.opens = opens,
	};
	cr_assert(sf_remedies_find(cluster, &question, arena, &remedies) == 0);
	cr_assert(eq(sz, remedies.n, 2));
	cr_assert(eq(str, (char *)remedies.remedy[0].rule, "tolerate"));
	cr_assert(eq(str, (char *)remedies.remedy[0].node, "n0"));
	cr_assert(eq(str, (char *)remedies.remedy[1].rule, "drop"));
	cr_assert(eq(str, (char *)remedies.remedy[1].node, "n1"));
}

/* A budget that covers the pods with an even number, and lets `allowed` of them go. */
static void guard_even(const void *ctx, struct sf_remedy_pod *pod, size_t n)
{
	uint32_t left = *(const uint32_t *)ctx;
	for (size_t i = 0; i < n; i++) {
		bool covered = pod[i].pod % 2 == 0;
		pod[i].budget = covered && left == 0 ? "team/even" : NULL;
		left -= covered && left > 0;
	}
}

/* Three pods with a GPU each, of which the budget covers 0 and 2: how many go, and how many of them may
 * not. */
static const struct {
	uint32_t allowed;
	uint16_t gpus; /* asked for */
	size_t n_pods;
	uint32_t guarded;
} guarded[] = {
	{0, 1, 1, 0}, {1, 1, 1, 0}, {1, 2, 2, 0}, {0, 2, 2, 1}, {1, 3, 3, 1}, {2, 3, 3, 0},
};

Test(remedy, disruption_budgets)
{
	for (size_t i = 0; i < sizeof(guarded) / sizeof(guarded[0]); i++) {
		tear_down();
		set_up();
		uint32_t a = add("plain", "a");
		put(a, "nvidia.com/gpu", 1, 0);
		put(a, "nvidia.com/gpu", 1, 0);
		put(a, "nvidia.com/gpu", 1, 0);
		struct sf_request request = want("nvidia.com/gpu", guarded[i].gpus);
		asking = sf_cluster_add_pod(cluster, &request, 5, 0);
		names[0] = "nvidia.com/gpu";
		struct sf_remedy_question question = {
			.pod = asking,
			.name = names,
			.guard = guard_even,
			.ctx = &guarded[i].allowed,
		};
		cr_assert(sf_remedies_find(cluster, &question, arena, &remedies) == 0);
		const struct sf_remedy *remedy = NULL;
		for (size_t k = 0; k < remedies.n && remedy == NULL; k++) {
			remedy = remedies.remedy[k].n_pods > 0 ? &remedies.remedy[k] : NULL;
		}
		cr_assert(not(zero(ptr, (void *)remedy)), "row %zu", i);
		cr_expect(eq(sz, remedy->n_pods, guarded[i].n_pods), "row %zu", i);
		cr_expect(eq(u32, remedy->disturbs.guarded, guarded[i].guarded), "row %zu", i);
	}
}

/* What mig-manager makes of its usual names. */
static const struct {
	const char *product, *config, *layout;
} usual[] = {
	{"A100-40GB", "all-disabled", ""},
	{"A100-40GB", "all-1g.5gb", "1g.5gb*7"},
	{"A100-40GB", "all-3g.20gb", "3g.20gb*2"},
	{"A100-40GB", "all-balanced", "1g.5gb*2 2g.10gb 3g.20gb"},
	{"H100-80GB-SXM", "all-1g.10gb.me", "1g.10gb+me"},
	{"A30", "all-balanced", "1g.6gb*2 2g.12gb"},
	{"A30", "all-1g.5gb", NULL},
	{"T4", "all-disabled", NULL},
};

Test(remedy, usual_configurations)
{
	for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++) {
		const struct sf_product *product = fixture_product(catalog, usual[i].product);
		struct sf_gpu_spec gpu = {.product = product};
		struct sf_mig_geometry got = {{0}}, expected = {{0}};
		struct sf_mig_choices one = {.n = 1, .name = (const char *[]){usual[i].config}};
		bool applied = sf_mig_choices_apply(&one, 0, &gpu, 1);
		cr_assert(eq(int, applied, usual[i].layout != NULL), "row %zu", i);
		char text[64], *at = text, *word;
		snprintf(text, sizeof(text), "%s", applied ? usual[i].layout : "");
		while (applied && (word = strsep(&at, " ")) != NULL && *word != '\0') {
			char *star = strchr(word, '*');
			uint8_t count = star != NULL ? (uint8_t)(star[1] - '0') : 1;
			if (star != NULL) {
				*star = '\0';
			}
			expected.count[sf_product_profile(product, word)] = count;
		}
		sf_mig_geometry_of(&gpu.layout, &got);
		cr_assert(memcmp(&got, &expected, sizeof(got)) == 0, "row %zu", i);
	}
}
