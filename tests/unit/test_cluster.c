/* test_cluster: devices and counts of new nodes, what is refused, and a check that can fail. */
// SPDX-License-Identifier: Apache-2.0
#include "cluster_fixture.h"

#include <slicefit/scenario.h>

#include <stdlib.h>

static struct sf_catalog *catalog;
static struct sf_cluster *cluster;

static void set_up(void)
{
	catalog = sf_catalog_create();
	cluster = sf_cluster_create(catalog);
}

static void tear_down(void)
{
	sf_cluster_destroy(cluster);
	sf_catalog_destroy(catalog);
}

TestSuite(cluster, .init = set_up, .fini = tear_down);

/* "gpu:8 mig-1g.5gb:2", in the order of the counts. */
static void describe_counts(const struct sf_node *node, char *out, size_t cap)
{
	size_t len = 0;

	out[0] = '\0';
	for (uint8_t i = 0; i < node->n_counts; i++) {
		const char *name =
			sf_resource_name(sf_cluster_resources(cluster), node->count[i].resource);

		len += (size_t)snprintf(out + len, cap - len, "%s%s:%u", i > 0 ? " " : "",
		                        strchr(name, '/') + 1, node->count[i].total);
	}
}

static const struct {
	const char *id;
	const char *counts;
} offers[] = {
	{"mixed", "mig-4g.20gb:1 mig-2g.10gb:2 mig-1g.5gb:3 mig-3g.20gb:1"},
	{"single", "gpu:5"},
	{"one", "gpu:2"},
	{"none", "gpu:1"},
	{"dynamic", "gpu:3"},
	{"dyn30", "gpu:1"},
	{"pro6000", "gpu:2"},
	{"sliced", "gpu:8"},
	{"renamed", "gpu.shared:6"},
	{"mps", "gpu:16"},
	{"migsliced", "mig-1g.5gb:4 mig-2g.10gb:1 gpu:1"},
	{"counts", "gpu:1 mig-1g.5gb:5"},
	{"plain", "gpu:3"},
};

Test(cluster, what_nodes_advertise)
{
	char text[256];

	for (size_t row = 0; row < sizeof(offers) / sizeof(offers[0]); row++) {
		const uint32_t node = fixture_add(cluster, offers[row].id);

		describe_counts(sf_cluster_node(cluster, node), text, sizeof(text));
		cr_expect(strcmp(text, offers[row].counts) == 0, "%s: %s", offers[row].id, text);
		cr_expect(sf_cluster_find_node(cluster, offers[row].id) == node);
	}
	cr_expect(sf_cluster_find_node(cluster, "nowhere") == SF_NODE_NONE);
	cr_expect(sf_cluster_check(cluster, NULL) == 0);
	cr_expect(strcmp(sf_node_label(sf_cluster_node(cluster, 0), "zone"), "b") == 0);
	cr_expect(strcmp(sf_node_label(sf_cluster_node(cluster, 0), "pool"), "a") == 0);
	cr_expect(sf_node_label(sf_cluster_node(cluster, 0), "q") == NULL);
}

static const struct {
	struct shape shape;
	const char *error;
} refusals[] = {
	{{.strategy = SF_STRATEGY_SINGLE,
          .product = {"A100-40GB", "A100-40GB"},
          .layout = {"7g.40gb@0", ""}},
         "same migEnabled value"},
	{{.strategy = SF_STRATEGY_SINGLE, .product = {"A30"}, .layout = {"-"}},
         "no MIG devices configured"},
	{{.strategy = SF_STRATEGY_SINGLE,
          .product = {"A100-40GB"},
          .layout = {"3g.20gb@0 2g.10gb@4"}},
         "more than one MIG device type"},
	{{.strategy = SF_STRATEGY_SINGLE,
          .product = {"A100-40GB"},
          .layout = {"1g.5gb@0 1g.5gb+me@1"}},
         "more than one MIG device type"},
	{{.strategy = SF_STRATEGY_MIXED, .product = {"T4"}, .layout = {"-"}}, "non MIG-capable"},
	{{.strategy = SF_STRATEGY_MIXED,
          .product = {"A100-40GB"},
          .layout = {"4g.20gb@0 3g.20gb@0"}},
         "3g.20gb@0 cannot exist beside '4g.20gb@0'"},
	{{.strategy = SF_STRATEGY_MIXED, .product = {"A100-40GB"}, .layout = {"2g.10gb@1"}},
         "2g.10gb@1 cannot exist"},
	{{.dynamic = true, .product = {"A100-40GB"}, .layout = {"2g.10gb@0"}},
         "starts without instances"},
	{{.dynamic = true,
          .mode = SF_SHARING_TIME_SLICING,
          .shared = "nvidia.com/gpu",
          .replicas = 2,
          .product = {"A100-40GB"},
          .layout = {"-"}},
         "excludes sharing"},
	{{.mode = SF_SHARING_MPS,
          .shared = "nvidia.com/gpu",
          .replicas = 4,
          .product = {"A100-40GB"},
          .layout = {"3g.20gb@0"}},
         "not supported for MIG devices"},
	{{.mode = SF_SHARING_MPS,
          .shared = "nvidia.com/gpu",
          .replicas = 17,
          .product = {"V100-32GB"}},
         "17 > 16"},
	{{.mode = SF_SHARING_FRACTION, .product = {"A100-40GB"}, .layout = {"3g.20gb@0"}},
         "fraction: excludes MIG"},
	{{.mode = SF_SHARING_FRACTION, .count = {{"nvidia.com/gpu", 1}}},
         "excludes nodes by counts"},
	{{.mode = SF_SHARING_FRACTION, .dynamic = true, .product = {"T4"}}, "excludes dynamic MIG"},
	{{.count = {{"nvidia.com/gpu", 1}, {"nvidia.com/gpu", 1}}}, "given twice"},
	{{.count = {{"amd.com/gpu", 1}}}, "not a GPU resource"},
	{{.dynamic = true, .count = {{"nvidia.com/gpu", 1}}}, "needs a known layout"},
};

Test(cluster, what_is_refused)
{
	struct sf_node_spec spec;
	uint64_t before;

	fixture_add(cluster, "mixed");
	before = sf_cluster_digest(cluster);
	for (size_t row = 0; row < sizeof(refusals) / sizeof(refusals[0]); row++) {
		struct sf_error err = {.text = ""};

		fixture_spec(&refusals[row].shape, catalog, "new", &spec);
		cr_expect(sf_cluster_add_node(cluster, &spec, &err) == -1, "row %zu", row);
		cr_expect(strstr(err.text, refusals[row].error) != NULL, "row %zu: %s", row,
		          err.text);
		cr_expect(strncmp(err.text, "node new", 8) == 0, "row %zu: %s", row, err.text);
		cr_expect(sf_cluster_digest(cluster) == before, "row %zu", row);
		cr_expect(sf_cluster_find_node(cluster, "new") == SF_NODE_NONE);
	}
	fixture_spec(&shapes[0], catalog, "mixed", &spec);
	cr_expect(sf_cluster_add_node(cluster, &spec, NULL) == -1, "same name");
}

/* A cluster tells products apart by the bits of one word. */
Test(cluster, too_many_products)
{
	struct sf_node_spec spec = {.name = "n", .n_gpus = 1};
	struct sf_catalog *many = sf_catalog_create();
	struct sf_product product = *fixture_product(many, "T4");
	struct sf_cluster *full;
	struct sf_error err = {.text = ""};
	char name[32];
	int rc = 0;

	for (int i = 0; i <= SF_CLUSTER_PRODUCTS_MAX; i++) {
		snprintf(name, sizeof(name), "X%d", i);
		product.name = name;
		product.labels = NULL;
		product.device_ids = NULL;
		cr_assert(sf_catalog_add(many, &product, &err) == 0, "%s", err.text);
	}
	full = sf_cluster_create(many);
	for (int i = 0; i <= SF_CLUSTER_PRODUCTS_MAX; i++) {
		cr_assert(rc == 0, "%s", err.text);
		snprintf(name, sizeof(name), "X%d", i);
		spec.name = name;
		spec.gpu[0].product = fixture_product(many, name);
		rc = sf_cluster_add_node(full, &spec, &err);
	}
	cr_expect(rc == -1);
	cr_expect(strcmp(err.text, "node X63: product X63: more than 63 GPU products in one "
	                           "cluster") == 0,
	          "%s", err.text);
	cr_expect(sf_cluster_nodes(full) == 63 && sf_cluster_check(full, &err) == 0);
	sf_cluster_destroy(full);
	sf_catalog_destroy(many);
}

/* A name that the node has not is silently skipped; so is what is no GPU resource. */
Test(cluster, sharing_of_absent_names_is_skipped)
{
	struct shape shape = *fixture_shape("one");
	struct sf_node_spec spec;
	char text[256];

	shape.mode = SF_SHARING_TIME_SLICING;
	shape.shared = "nvidia.com/mig-2g.12gb"; /* called nvidia.com/gpu under single */
	shape.replicas = 4;
	fixture_spec(&shape, catalog, "a", &spec);
	cr_assert(sf_cluster_add_node(cluster, &spec, NULL) == 0);
	describe_counts(sf_cluster_node(cluster, 0), text, sizeof(text));
	cr_expect(strcmp(text, "gpu:2") == 0, "%s", text);

	shape.shared = "example.com/other";
	fixture_spec(&shape, catalog, "b", &spec);
	cr_assert(sf_cluster_add_node(cluster, &spec, NULL) == 0);
	describe_counts(sf_cluster_node(cluster, 1), text, sizeof(text));
	cr_expect(strcmp(text, "gpu:2") == 0, "%s", text);

	shape.shared = "gpu"; /* the prefix is added */
	fixture_spec(&shape, catalog, "c", &spec);
	cr_assert(sf_cluster_add_node(cluster, &spec, NULL) == 0);
	describe_counts(sf_cluster_node(cluster, 2), text, sizeof(text));
	cr_expect(strcmp(text, "gpu:8") == 0, "%s", text);
}

static uint32_t place(uint32_t node, const struct sf_request *request, const struct sf_grant *grant)
{
	const uint32_t pod = sf_cluster_add_pod(cluster, request, 0, 0);
	struct sf_error err;

	cr_assert(sf_cluster_place(cluster, pod, node, grant, &err) == 0, "%s", err.text);
	return pod;
}

static const struct {
	const char *id;
	const char *resource;
	struct sf_held held;
	int64_t milli;
} uses[] = {
	{"plain", "nvidia.com/gpu", {.replicas = 1, .gpu = 1}, 1000},
	{"sliced", "nvidia.com/gpu", {.replicas = 3, .gpu = 1}, 750},
	{"renamed", "nvidia.com/gpu.shared", {.replicas = 1}, 333},
	{"renamed", "nvidia.com/gpu.shared", {.replicas = 2}, 666},
	{"mixed", "nvidia.com/mig-1g.5gb", {.replicas = 1, .device = 6}, 125},
	{"mixed", "nvidia.com/mig-4g.20gb", {.replicas = 1}, 500},
	{"migsliced", "nvidia.com/mig-1g.5gb", {.replicas = 1, .device = 1}, 62},
	{"single", "nvidia.com/gpu", {.replicas = 1, .gpu = 1, .device = 6}, 125},
	{"counts", "nvidia.com/gpu", {.replicas = 1, .gpu = SF_GPU_NONE}, 1000},
	{"counts", "nvidia.com/mig-1g.5gb", {.replicas = 3, .gpu = SF_GPU_NONE}, 375},
	{"dynamic", "nvidia.com/gpu", {.replicas = 1, .gpu = 2}, 1000},
	{"dynamic", "nvidia.com/gpu", {.replicas = 1, .gpu = 0}, 1000},
	{"dynamic",
         "nvidia.com/mig-3g.40gb",
         {.replicas = 1, .gpu = 0, .device = 4, .create = 1},
         500},
};

Test(cluster, used_milli)
{
	for (size_t row = 0; row < sizeof(uses) / sizeof(uses[0]); row++) {
		uint32_t node = sf_cluster_find_node(cluster, uses[row].id);
		struct sf_request request = {.n = 1};
		struct sf_grant grant = {.n = 1, .held = {uses[row].held}};
		const struct sf_node *n;
		uint32_t pod;

		node = node == SF_NODE_NONE ? fixture_add(cluster, uses[row].id) : node;
		n = sf_cluster_node(cluster, node);
		request.want[0].resource =
			sf_resource_find(sf_cluster_resources(cluster), uses[row].resource);
		request.want[0].count = uses[row].held.replicas;
		grant.held[0].resource = request.want[0].resource;
		if (grant.held[0].create == 1) {
			grant.held[0].profile =
				(uint8_t)sf_product_profile(n->gpu[0].product, "3g.40gb");
		}
		pod = place(node, &request, &grant);
		cr_expect(sf_node_used_milli(n) == uses[row].milli, "row %zu: %ld", row,
		          (long)sf_node_used_milli(n));
		cr_expect(sf_cluster_release(cluster, pod, NULL) == 0);
		cr_expect(sf_node_used_milli(n) == 0, "row %zu", row);
	}
}

Test(cluster, numbers_of_removed_pods_are_given_again)
{
	uint32_t node = fixture_add(cluster, "plain");
	struct sf_request request = {.n = 1, .want = {{SF_RES_GPU, 1}}, .cpu_milli = 100};
	struct sf_grant grant = {.n = 1, .held = {{.resource = SF_RES_GPU, .replicas = 1}}};
	struct sf_error err = {0};
	uint32_t first = sf_cluster_add_pod(cluster, &request, 7, 1);
	uint32_t other = sf_cluster_add_pod(cluster, &request, 8, 2);
	cr_assert(sf_cluster_place(cluster, first, node, &grant, &err) == 0, "%s", err.text);
	cr_assert(sf_cluster_release(cluster, first, &err) == 0);
	sf_cluster_remove_pod(cluster, first);
	cr_expect(sf_cluster_place(cluster, first, node, &grant, &err) == -1);
	cr_expect(strcmp(err.text, "pod 0: no such pod") == 0);
	cr_expect(sf_cluster_release(cluster, first, &err) == -1);
	cr_expect(sf_cluster_check(cluster, &err) == 0, "%s", err.text);

	struct sf_cluster *copy = sf_cluster_clone(cluster);
	request.cpu_milli = 200;
	cr_expect(sf_cluster_add_pod(cluster, &request, 9, 3) == first);
	cr_expect(sf_cluster_add_pod(copy, &request, 9, 3) == first);
	cr_expect(sf_cluster_digest(cluster) == sf_cluster_digest(copy));
	const struct sf_pod *pod = sf_cluster_pod(cluster, first);
	cr_expect(pod->priority == 9 && pod->tag == 3 && pod->request.cpu_milli == 200);
	cr_expect(sf_cluster_add_pod(cluster, &request, 0, 0) == other + 1);
	cr_expect(sf_cluster_place(cluster, first, node, &grant, &err) == 0, "%s", err.text);
	cr_expect(sf_cluster_check(cluster, &err) == 0, "%s", err.text);
	sf_cluster_destroy(copy);
}

/* Wrong bytes, one kind per number; false: no such kind. */
static bool corrupt(struct sf_cluster *copy, int kind)
{
	struct sf_node *node = (struct sf_node *)sf_cluster_node(copy, 0);
	struct sf_pod *pod = (struct sf_pod *)sf_cluster_pod(copy, 0);

	switch (kind) {
	case 0:
		node->pods++;
		return true;
	case 1:
		node->cpu_used_milli--;
		return true;
	case 2:
		node->memory_used_mib += 7;
		return true;
	case 3:
		node->count[0].used++;
		return true;
	case 4:
		node->count[0].total++;
		return true;
	case 5:
		node->gpu[0].device[6].used--;
		return true;
	case 6:
		node->gpu[0].device[6].held_mib++;
		return true;
	case 7:
		node->gpu[0].device[6].replicas = 2;
		return true;
	case 8:
		node->gpu[0].device[6].resource = SF_RES_GPU;
		return true;
	case 9:
		node->gpu[0].layout.instance[0].start = 2;
		return true;
	case 10:
		node->gpu[0].mig = false;
		return true;
	case 11:
		node->strategy = SF_STRATEGY_SINGLE;
		return true;
	case 12:
		pod->state = SF_POD_PENDING;
		return true;
	case 13:
		pod->node = 1;
		return true;
	case 14:
		pod->grant.held[0].replicas = 2;
		return true;
	case 15:
		pod->grant.held[0].device = 0;
		return true;
	case 16:
		pod->grant.n = 0;
		return true;
	case 17:
		node->state = SF_NODE_REMOVED;
		return true;
	case 18:
		node->pods_max = 0;
		return true;
	case 19:
		node->count[1].resource = node->count[0].resource;
		return true;
	case 20:
		node->n_shared = 1;
		node->shared[0] = (struct sf_shared){.base = node->count[0].resource,
		                                     .resource = node->count[0].resource,
		                                     .replicas = 2};
		return true;
	case 21:
		node->dynamic = true;
		return true;
	case 22:
		node->gpu[0].device[5].resource = SF_RES_GPU;
		return true;
	case 23:
		node->name = "other";
		return true;
	case 24:
		node->used_milli++;
		return true;
	default:
		return false;
	}
}

Test(cluster, check_finds_corruption)
{
	const uint32_t node = fixture_add(cluster, "mixed");
	const uint16_t resource =
		sf_resource_find(sf_cluster_resources(cluster), "nvidia.com/mig-1g.5gb");
	const struct sf_request request = {
		.n = 1,
		.want = {{resource, 1}},
		.gpu_memory_mib = 100,
		.cpu_milli = 1000,
		.memory_mib = 10,
	};
	const struct sf_grant grant = {
		.n = 1, .held = {{.resource = resource, .replicas = 1, .device = 6}}};
	const uint64_t digest = (place(node, &request, &grant), sf_cluster_digest(cluster));
	int kind = 0;

	for (bool more = true; more; kind++) {
		struct sf_cluster *copy = sf_cluster_clone(cluster);
		struct sf_error err = {.text = ""};

		cr_expect(sf_cluster_check(copy, &err) == 0, "%s", err.text);
		cr_expect(sf_cluster_digest(copy) == digest);
		more = corrupt(copy, kind);
		cr_expect(!more || sf_cluster_check(copy, &err) == -1, "kind %d", kind);
		cr_expect(!more || sf_cluster_digest(copy) != digest, "kind %d", kind);
		sf_cluster_destroy(copy);
	}
	cr_expect(kind > 20);
	cr_expect(sf_cluster_check(cluster, NULL) == 0, "clones are deep");
}

static const struct {
	struct sf_request_spec spec;
	enum sf_sharing_wish wish;
	const char *wants; /* "NAME*COUNT ..." */
} resolutions[] = {
	{{.gpu = 2}, SF_WISH_EXCLUSIVE, "nvidia.com/gpu*2"},
	{{.shared = 3}, SF_WISH_SHARED, "nvidia.com/gpu*3"},
	{{.gpu = 1, .shared = 1}, SF_WISH_EXCLUSIVE, "nvidia.com/gpu*1 nvidia.com/gpu.shared*1"},
	{{.n_mig = 2, .mig = {{"1g.5gb", 1}, {"1g.5gb", 2}}},
         SF_WISH_EXCLUSIVE,
         "nvidia.com/mig-1g.5gb*3"},
	{{.n_mig = 1, .mig = {{"1g.5gb+me", 1}}}, SF_WISH_EXCLUSIVE, "nvidia.com/mig-1g.5gb.me*1"},
	{{.n_mig = 1, .mig = {{"9g.99gb", 1}}}, SF_WISH_EXCLUSIVE, "(none)*1"},
	{{.n_resources = 1, .resource = {{"nvidia.com/gpu", 4}}},
         SF_WISH_BY_NAME,
         "nvidia.com/gpu*4"},
	{{.n_resources = 1, .resource = {{"amd.com/gpu", 4}}}, SF_WISH_BY_NAME, "(none)*4"},
	{{.cpu_milli = 4}, SF_WISH_EXCLUSIVE, ""},
};

Test(cluster, resolve)
{
	fixture_add(cluster, "mixed");
	for (size_t row = 0; row < sizeof(resolutions) / sizeof(resolutions[0]); row++) {
		struct sf_request request;
		char text[512] = "";
		size_t len = 0;

		sf_request_resolve(&resolutions[row].spec, cluster, &request);
		for (uint8_t i = 0; i < request.n; i++) {
			len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s*%d",
			                        i > 0 ? " " : "",
			                        sf_resource_name(sf_cluster_resources(cluster),
			                                         request.want[i].resource),
			                        request.want[i].count);
		}
		cr_expect(strcmp(text, resolutions[row].wants) == 0, "row %zu: %s", row, text);
		cr_expect(request.sharing == resolutions[row].wish, "row %zu", row);
		cr_expect(request.cpu_milli == resolutions[row].spec.cpu_milli, "row %zu", row);
	}
}

Test(cluster, scenario_pools)
{
	struct sf_scenario *scenario = sf_scenario_create(catalog, 0);
	struct sf_pool pools[2] = {{.name = "a", .count = 2}, {.name = "b", .count = 3}};
	struct sf_cluster *built;
	struct sf_error err = {.text = ""};

	fixture_spec(fixture_shape("mixed"), catalog, NULL, &pools[0].node);
	fixture_spec(fixture_shape("renamed"), catalog, NULL, &pools[1].node);
	scenario->n_pools = 2;
	scenario->pool = pools;
	built = sf_scenario_cluster(scenario, &err);
	cr_assert(built != NULL, "%s", err.text);
	cr_expect(sf_cluster_nodes(built) == 5);
	cr_expect(sf_cluster_find_node(built, "b-2") == 4);
	cr_expect(sf_cluster_node(built, 4)->pool == 1);
	cr_expect(sf_cluster_has_renamed(built));
	sf_cluster_destroy(built);

	pools[1].node.sharing.resource[0].replicas = 1;
	built = sf_scenario_cluster(scenario, &err);
	cr_expect(built == NULL);
	cr_expect(strncmp(err.text, "pool b: node b-0: ", 18) == 0, "%s", err.text);
	sf_scenario_destroy(scenario);
}
