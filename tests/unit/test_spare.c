/* test_spare: the number is exact: by placing so many, and by every way to place one more. */
// SPDX-License-Identifier: Apache-2.0
#include "cluster_fixture.h"

#include <slicefit/arena.h>
#include <slicefit/cluster_rule.h>
#include <slicefit/rng.h>
#include <slicefit/spare.h>

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

TestSuite(spare, .init = set_up, .fini = tear_down);

static const char *const resources[] = {
	"nvidia.com/gpu",         "nvidia.com/gpu",         "nvidia.com/mig-1g.5gb",
	"nvidia.com/mig-2g.10gb", "nvidia.com/mig-3g.20gb", "nvidia.com/mig-1g.10gb",
	"nvidia.com/mig-2g.20gb", "nvidia.com/gpu.shared",  "nvidia.com/mig-1g.6gb",
	"nvidia.com/mig-2g.12gb", "nvidia.com/mig-1g.24gb", "nvidia.com/mig-1g.20gb",
};
enum { RESOURCES = sizeof(resources) / sizeof(resources[0]) };

static uint16_t resource_of(const char *name)
{
	return sf_resource_find(sf_cluster_resources(cluster), name);
}

static struct sf_request random_request(struct sf_rng *rng, uint16_t most)
{
	struct sf_request request = {.n = (uint8_t)(1 + (sf_rng_below(rng, 4) == 0))};
	for (uint8_t i = 0; i < request.n; i++) {
		request.want[i].resource = resource_of(resources[sf_rng_below(rng, RESOURCES)]);
		request.want[i].count = (uint16_t)(1 + sf_rng_below(rng, most));
	}
	request.cpu_milli = 1000 * (int64_t)sf_rng_below(rng, 12);
	request.gpu_memory_mib = sf_rng_below(rng, 5) == 0 ? 6000 : 0;
	return request;
}

static bool put(struct sf_cluster *in, uint32_t node, const struct sf_request *request)
{
	struct sf_grant grant;
	if (sf_filter(in, node, request, SF_VIEW_AWARE, &grant) != SF_FITS) {
		return false;
	}
	uint32_t pod = sf_cluster_add_pod(in, request, 0, 0);
	cr_assert(sf_cluster_place(in, pod, node, &grant, NULL) == 0);
	return true;
}

static uint32_t add_random_node(struct sf_rng *rng, const char *name)
{
	struct sf_node_spec spec;
	struct sf_error err;
	fixture_spec(&shapes[sf_rng_below(rng, SHAPES)], catalog, name, &spec);
	spec.allocation =
		sf_rng_below(rng, 3) == 0 ? SF_ALLOCATION_DISTRIBUTED : SF_ALLOCATION_KNOWN;
	cr_assert(sf_cluster_add_node(cluster, &spec, &err) == 0, "%s", err.text);
	uint32_t node = sf_cluster_nodes(cluster) - 1;
	uint64_t pods = sf_rng_below(rng, 6);
	for (uint64_t i = 0; i < pods; i++) {
		struct sf_request request = random_request(rng, 2);
		put(cluster, node, &request);
	}
	return node;
}

/* The node is filled one by one. */
static uint32_t fill(uint32_t node, const struct sf_request *request)
{
	struct sf_cluster *copy = sf_cluster_clone(cluster);
	uint32_t n = 0;
	while (put(copy, node, request)) {
		n++;
	}
	sf_cluster_destroy(copy);
	return n;
}

/* So many copies at once as one large request: the filter's own search over all placements. */
static bool fits_at_once(uint32_t node, struct sf_request request, uint32_t n)
{
	for (uint8_t i = 0; i < request.n; i++) {
		request.want[i].count = (uint16_t)(request.want[i].count * n);
	}
	request.cpu_milli *= n;
	cr_assert(request.want[0].count + request.want[1].count <= SF_GRANTS_MAX);
	return sf_filter(cluster, node, &request, SF_VIEW_AWARE, NULL) == SF_FITS;
}

static bool is_dynamic(const struct sf_node *node)
{
	return node->dynamic && !node->by_counts;
}

Test(spare, so_many_and_not_one_more)
{
	enum { ROUNDS = 4000 };
	struct sf_rng rng;
	uint32_t some = 0;
	sf_rng_seed(&rng, 7, 0);
	for (int round = 0; round < ROUNDS; round++) {
		if (round % 100 == 0) {
			tear_down();
			set_up();
		}
		char name[16];
		snprintf(name, sizeof(name), "n%d", round);
		uint32_t node = add_random_node(&rng, name);
		struct sf_request request = random_request(&rng, 2);
		uint32_t pods = sf_cluster_pods(cluster);
		uint64_t before = sf_cluster_digest(cluster);
		uint32_t n = sf_spare_on(cluster, node, &request),
			 one_by_one = fill(node, &request);
		cr_assert(sf_cluster_check(cluster, NULL) == 0);
		some += n > 0;
		if (!is_dynamic(sf_cluster_node(cluster, node))) {
			cr_assert(sf_cluster_pods(cluster) > pods ||
			          sf_cluster_digest(cluster) == before);
			cr_assert(eq(u32, n, one_by_one), "round %d", round);
			continue;
		}
		uint32_t room = 12 - sf_cluster_node(cluster, node)->pods;
		cr_assert(n >= one_by_one, "round %d", round);
		cr_assert(n == 0 || fits_at_once(node, request, n), "round %d", round);
		cr_assert(n == room || !fits_at_once(node, request, n + 1), "round %d", round);
	}
	cr_assert(some > ROUNDS / 8);
}

static const struct {
	const char *shape, *resource;
	uint16_t each;
	uint64_t copies;
} empty[] = {
	{"plain", "nvidia.com/gpu", 1, 3},
	{"plain", "nvidia.com/gpu", 2, 1},
	{"sliced", "nvidia.com/gpu", 1, 8},
	{"renamed", "nvidia.com/gpu.shared", 1, 6},
	{"mixed", "nvidia.com/mig-1g.5gb", 1, 3},
	{"dyn30", "nvidia.com/mig-1g.6gb", 1, 4},
	{"dyn30", "nvidia.com/mig-2g.12gb", 1, 2},
	{"dyn30", "nvidia.com/gpu", 1, 1},
	{"dynamic", "nvidia.com/gpu", 2, 1},
	{"dynamic", "nvidia.com/mig-1g.10gb", 1, 12}, /* 14, but for the limit of pods */
	{"counts", "nvidia.com/mig-1g.5gb", 1, 5},
};

Test(spare, table)
{
	for (size_t i = 0; i < sizeof(empty) / sizeof(empty[0]); i++) {
		struct sf_spare_row *row;
		size_t n, found = 0;
		tear_down();
		set_up();
		fixture_add(cluster, empty[i].shape);
		cr_assert(sf_spare_table(cluster, arena, &row, &n) == 0);
		for (size_t k = 0; k < n; k++) {
			if (strcmp(row[k].resource, empty[i].resource) == 0 &&
			    row[k].each == empty[i].each) {
				found++;
				cr_expect(eq(u64, row[k].spare.copies, empty[i].copies), "row %zu",
				          i);
			}
		}
		cr_expect(eq(sz, found, 1), "row %zu", i);
	}
}

Test(spare, over_nodes)
{
	struct sf_spare_row *row;
	struct sf_request request = {.n = 1};
	size_t n;
	for (int i = 0; i < 4; i++) {
		struct sf_node_spec spec;
		char name[16];
		snprintf(name, sizeof(name), "n%d", i);
		fixture_spec(fixture_shape("plain"), catalog, name, &spec);
		cr_assert(sf_cluster_add_node(cluster, &spec, NULL) == 0);
	}
	request.want[0] = (struct sf_want){SF_RES_GPU, 1};
	cr_assert(put(cluster, 1, &request));
	cr_assert(sf_spare_pods(cluster, &request, arena, &row, &n) == 0);
	cr_assert(eq(sz, n, 1));
	cr_assert(eq(u64, row->spare.copies, 11));
	cr_assert(eq(u32, row->spare.nodes, 4));
	cr_assert(eq(u32, row->spare.most, 3));
	cr_assert(eq(u32, row->spare.best, 0));
	static const char *const even[] = {"n0", "n2"};
	static const struct sf_node_expr odd = {.op = SF_NODE_OP_NOT_IN, .n = 2, .value = even};
	static const struct sf_node_term term = {.n = 1, .expr = &odd};
	static const struct sf_node_rule rule = {.n_terms = 1, .term = &term};
	const struct sf_rule_spec spec = {.rule = &rule, .own = SF_GROUP_NONE};
	request.rule = sf_cluster_add_rule(cluster, &spec);
	cr_assert(sf_spare_pods(cluster, &request, arena, &row, &n) == 0);
	cr_assert(eq(u64, row->spare.copies, 5));
	cr_assert(eq(u32, row->spare.best, 3));
}

enum { SPREAD_NODES = 3, SPREAD_COPIES = 6 };

/* Every way to place copies one after the other, each as the filter lets them. */
struct ways {
	struct sf_request request;
	bool seen[SPREAD_COPIES][SPREAD_COPIES][SPREAD_COPIES];
	uint32_t copies[SPREAD_NODES];
	uint32_t most;
};

static void try_all(struct ways *ways)
{
	bool *seen = &ways->seen[ways->copies[0]][ways->copies[1]][ways->copies[2]];
	uint32_t sum = ways->copies[0] + ways->copies[1] + ways->copies[2];
	if (*seen) {
		return;
	}
	*seen = true;
	ways->most = sum > ways->most ? sum : ways->most;
	for (uint32_t i = 0; i < SPREAD_NODES; i++) {
		struct sf_grant grant;
		if (sf_filter(cluster, i, &ways->request, SF_VIEW_AWARE, &grant) != SF_FITS) {
			continue;
		}
		uint32_t pod = sf_cluster_add_pod(cluster, &ways->request, 0, 0);
		cr_assert(sf_cluster_place(cluster, pod, i, &grant, NULL) == 0);
		ways->copies[i]++;
		try_all(ways);
		ways->copies[i]--;
		struct sf_change gone = {.kind = SF_CHANGE_RELEASE, .pod = pod};
		cr_assert(sf_cluster_apply(cluster, &gone, NULL, NULL) == 0);
		sf_cluster_remove_pod(cluster, pod);
	}
}

/* Nodes with and without the label, a taint on some; others of the copies' group, or some to keep apart
 * from, are there. */
static void set_scene(struct sf_rng *rng, struct sf_node_rule *rule, struct ways *ways)
{
	static const struct sf_label zone = {"zone", "b"};
	static const struct sf_taint taint = {"gpu", "", SF_TAINT_NO_SCHEDULE};
	static const uint32_t groups[] = {0, 1};
	for (int i = 0; i < SPREAD_NODES; i++) {
		struct sf_node_spec spec;
		char name[16];
		snprintf(name, sizeof(name), "n%d", i);
		fixture_spec(fixture_shape("plain"), catalog, name, &spec);
		spec.label = &zone;
		spec.n_labels = sf_rng_below(rng, 4) > 0;
		spec.taint = &taint;
		spec.n_taints = sf_rng_below(rng, 5) == 0;
		cr_assert(sf_cluster_add_node(cluster, &spec, NULL) == 0);
	}
	*rule = (struct sf_node_rule){
		.n_selector = sf_rng_below(rng, 2),
		.selector = &zone,
		.n_apart = sf_rng_below(rng, 3) == 0,
		.apart = &groups[sf_rng_below(rng, 2)],
		.max_skew = (uint32_t)sf_rng_below(rng, 4),
		.spread = 1,
		.min_nodes = (uint32_t)sf_rng_below(rng, 4),
		.spread_everywhere = sf_rng_below(rng, 3) == 0,
		.spread_untainted = sf_rng_below(rng, 3) == 0,
	};
	const struct sf_rule_spec own = {.rule = rule,
	                                 .n_groups = sf_rng_below(rng, 4) > 0,
	                                 .group = groups,
	                                 .own = SF_GROUP_NONE};
	const struct sf_rule_spec other = {
		.n_groups = 1, .group = &groups[sf_rng_below(rng, 2)], .own = SF_GROUP_NONE};
	*ways = (struct ways){.request = {.n = 1}};
	ways->request.want[0] = (struct sf_want){SF_RES_GPU, 1};
	ways->request.rule = sf_cluster_add_rule(cluster, &own);
	struct sf_request there = ways->request;
	there.rule = sf_cluster_add_rule(cluster, &other);
	for (int i = 0; i < 3; i++) {
		put(cluster, (uint32_t)sf_rng_below(rng, SPREAD_NODES), &there);
	}
}

Test(spare, copies_that_keep_apart_or_spread)
{
	struct sf_rng rng;
	uint32_t limited = 0;
	sf_rng_seed(&rng, 11, 0);
	for (int round = 0; round < 300; round++) {
		struct sf_node_rule rule;
		struct ways ways;
		uint32_t copies[SPREAD_NODES];
		tear_down();
		set_up();
		set_scene(&rng, &rule, &ways);
		sf_spare_everywhere(cluster, &ways.request, copies);
		try_all(&ways);
		cr_assert(eq(u32, copies[0] + copies[1] + copies[2], ways.most), "round %d", round);
		cr_assert(sf_cluster_check(cluster, NULL) == 0);
		ways.request.rule = 0;
		sf_spare_everywhere(cluster, &ways.request, copies);
		limited += copies[0] + copies[1] + copies[2] > ways.most;
	}
	cr_assert(gt(u32, limited, 100));
	cr_assert(lt(u32, limited, 280));
}
