/* test_change: what each change does, what it refuses, and that undo brings everything back. */
// SPDX-License-Identifier: Apache-2.0
#include "cluster_fixture.h"

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

TestSuite(change, .init = set_up, .fini = tear_down);

static uint16_t resource(const char *name)
{
	const uint16_t number = sf_resource_find(sf_cluster_resources(cluster), name);

	cr_assert(number != SF_RES_NONE, "%s", name);
	return number;
}

static uint32_t add_pod(const char *name, uint16_t count)
{
	const struct sf_request request = {
		.n = 1, .want = {{resource(name), count}}, .cpu_milli = 1000};

	return sf_cluster_add_pod(cluster, &request, 0, 0);
}

static struct sf_grant one(const char *name, uint8_t gpu, uint8_t device, uint16_t replicas)
{
	return (struct sf_grant){.n = 1,
	                         .held = {{.resource = resource(name),
	                                   .replicas = replicas,
	                                   .gpu = gpu,
	                                   .device = device}}};
}

/* Applies and takes it back; the digest must return. Then applies for good. */
static void apply(const struct sf_change *change)
{
	const uint64_t before = sf_cluster_digest(cluster);
	struct sf_undo undo;
	struct sf_error err;

	cr_assert(sf_cluster_apply(cluster, change, &undo, &err) == 0, "%s", err.text);
	cr_expect(sf_cluster_digest(cluster) != before);
	sf_cluster_undo(cluster, &undo);
	cr_expect(sf_cluster_digest(cluster) == before);
	cr_assert(sf_cluster_apply(cluster, change, NULL, &err) == 0, "%s", err.text);
	cr_expect(sf_cluster_check(cluster, &err) == 0, "%s", err.text);
}

static void refuse(const struct sf_change *change, const char *text)
{
	const uint64_t before = sf_cluster_digest(cluster);
	struct sf_error err = {.text = ""};

	cr_expect(sf_cluster_apply(cluster, change, NULL, &err) == -1, "wanted: %s", text);
	cr_expect(strstr(err.text, text) != NULL, "%s", err.text);
	cr_expect(sf_cluster_digest(cluster) == before, "%s", text);
}

static uint32_t total(uint32_t node, const char *name)
{
	const struct sf_count *count =
		sf_node_count(sf_cluster_node(cluster, node), resource(name));

	return count != NULL ? count->total : UINT32_MAX;
}

Test(change, reserve_bind_release)
{
	const uint32_t node = fixture_add(cluster, "plain");
	const uint32_t pod = add_pod("nvidia.com/gpu", 1);
	const struct sf_grant grant = one("nvidia.com/gpu", 1, 0, 1);
	struct sf_change change = {.node = node, .pod = pod, .grant = &grant};

	change.kind = SF_CHANGE_EXPIRE;
	refuse(&change, "is not placed");
	change.kind = SF_CHANGE_RESERVE;
	apply(&change);
	cr_expect(sf_cluster_pod(cluster, pod)->state == SF_POD_RESERVED);
	refuse(&change, "placed already");
	change.kind = SF_CHANGE_PLACE;
	change.grant = NULL;
	apply(&change); /* bind */
	cr_expect(sf_cluster_pod(cluster, pod)->state == SF_POD_PLACED);
	cr_expect(sf_node_used_milli(sf_cluster_node(cluster, node)) == 1000);
	change.kind = SF_CHANGE_EXPIRE;
	refuse(&change, "no reservation");
	change.kind = SF_CHANGE_RELEASE;
	apply(&change);
	cr_expect(sf_cluster_node(cluster, node)->cpu_used_milli == 0);
}

static const struct {
	uint16_t count;
	struct sf_held held;
	const char *error;
} bad_grants[] = {
	{2, {.replicas = 1}, "grant of 1 devices for a pod that wants 2"},
	{1, {.replicas = 1, .gpu = 3}, "no gpu 3"},
	{1, {.replicas = 1, .gpu = 1, .device = 4}, "device 4 is no nvidia.com/gpu"},
	{1, {.replicas = 1, .device = 200}, "no gpu 0 with device 200"},
	{1, {.replicas = 1, .resource = SF_RES_GPU_SHARED}, "is no nvidia.com/gpu.shared"},
	{2, {.replicas = 2}, "0 of 1 in use, 2 more do not fit"},
	{1, {.replicas = 1, .create = 1}, "instances are not created here"},
	{1, {.replicas = 1, .gpu = SF_GPU_NONE}, "no gpu 255"},
};

Test(change, bad_grants)
{
	const uint32_t node = fixture_add(cluster, "plain");

	for (size_t row = 0; row < sizeof(bad_grants) / sizeof(bad_grants[0]); row++) {
		const struct sf_grant grant = {.n = 1, .held = {bad_grants[row].held}};
		const struct sf_change change = {
			.kind = SF_CHANGE_PLACE,
			.node = node,
			.pod = add_pod("nvidia.com/gpu", bad_grants[row].count),
			.grant = &grant,
		};

		refuse(&change, bad_grants[row].error);
	}
}

/* The second entry is wrong: the first must be taken back. */
Test(change, half_a_grant_is_no_grant)
{
	const uint32_t node = fixture_add(cluster, "plain");
	const struct sf_grant grant = {
		.n = 2, .held = {{.replicas = 1, .gpu = 1}, {.replicas = 1, .gpu = 1}}};
	const struct sf_change change = {
		.kind = SF_CHANGE_PLACE,
		.node = node,
		.pod = add_pod("nvidia.com/gpu", 2),
		.grant = &grant,
	};

	refuse(&change, "1 of 1 in use");
}

Test(change, dynamic_instances_come_and_go)
{
	const uint32_t node = fixture_add(cluster, "dyn30");
	const struct sf_gpu *gpu = &sf_cluster_node(cluster, node)->gpu[0];
	const uint32_t pod = add_pod("nvidia.com/mig-1g.6gb", 1);
	struct sf_grant grant = one("nvidia.com/mig-1g.6gb", 0, 3, 1);
	struct sf_change change = {
		.kind = SF_CHANGE_PLACE, .node = node, .pod = pod, .grant = &grant};

	grant.held[0].create = 1;
	grant.held[0].profile = (uint8_t)sf_product_profile(gpu->product, "1g.6gb");
	apply(&change);
	cr_expect(gpu->layout.n == 1 && gpu->device[3].used == 1);
	cr_expect(gpu->device[0].resource == SF_RES_NONE);
	cr_expect(total(node, "nvidia.com/gpu") == 0, "the whole GPU is gone");

	grant.held[0].device = 3;
	change.pod = add_pod("nvidia.com/mig-1g.6gb", 1);
	refuse(&change, "no room for 1g.6gb at 3");

	change.kind = SF_CHANGE_RELEASE;
	change.pod = pod;
	apply(&change);
	cr_expect(gpu->layout.n == 0 && gpu->device[0].resource == SF_RES_GPU);
	cr_expect(total(node, "nvidia.com/gpu") == 1);
}

Test(change, repartition)
{
	const uint32_t node = fixture_add(cluster, "mixed");
	const uint32_t single = fixture_add(cluster, "single");
	const struct sf_product *product = sf_cluster_node(cluster, node)->gpu[0].product;
	const struct sf_grant grant = one("nvidia.com/mig-1g.5gb", 0, 6, 1);
	struct sf_change change = {.kind = SF_CHANGE_REPARTITION, .node = node, .gpu = 1};

	apply(&change); /* leaves MIG mode */
	cr_expect(total(node, "nvidia.com/gpu") == 1);
	cr_expect(total(node, "nvidia.com/mig-3g.20gb") == 0, "the old name stays with 0");
	change.mig = true;
	change.layout = fixture_layout(product, "1g.5gb@6 3g.20gb@0");
	apply(&change);
	cr_expect(total(node, "nvidia.com/gpu") == 0);
	cr_expect(total(node, "nvidia.com/mig-3g.20gb") == 1);
	cr_expect(sf_cluster_node(cluster, node)->gpu[1].layout.instance[0].start == 0, "sorted");

	change.layout = fixture_layout(product, "3g.20gb@0 4g.20gb@0");
	refuse(&change, "4g.20gb@0 cannot exist beside '3g.20gb@0'");
	change.gpu = 2;
	refuse(&change, "no such GPU");
	change.gpu = 0;
	change.layout = fixture_layout(product, "7g.40gb@0");
	cr_assert(sf_cluster_place(cluster, add_pod("nvidia.com/mig-1g.5gb", 1), node, &grant,
	                           NULL) == 0);
	refuse(&change, "in use, drain it first");
	change.node = single;
	refuse(&change, "more than one MIG device type");
}

/* The plugin does not run while the GPUs are cut; when it does again, they must be alike. */
Test(change, strategy_single_is_judged_when_the_node_is_back)
{
	const uint32_t node = fixture_add(cluster, "single");
	const uint8_t gpus = sf_cluster_node(cluster, node)->n_gpus;
	const struct sf_product *product = sf_cluster_node(cluster, node)->gpu[0].product;
	struct sf_change change = {.kind = SF_CHANGE_CORDON_NODE, .node = node, .mig = true};

	cr_assert(gpus > 1);
	apply(&change);
	change.layout = fixture_layout(product, "7g.40gb@0");
	for (uint8_t g = 0; g < gpus; g++) {
		change.kind = SF_CHANGE_READY_NODE;
		if (g > 0) {
			refuse(&change, "more than one MIG device type");
		}
		change.kind = SF_CHANGE_REPARTITION;
		change.gpu = g;
		apply(&change);
	}
	change.kind = SF_CHANGE_READY_NODE;
	apply(&change);
	cr_expect(total(node, "nvidia.com/gpu") == gpus);
}

Test(change, reshare)
{
	const uint32_t node = fixture_add(cluster, "plain");
	const uint32_t pod = add_pod("nvidia.com/gpu", 1);
	const struct sf_grant grant = one("nvidia.com/gpu", 0, 0, 1);
	struct sf_change change = {
		.kind = SF_CHANGE_RESHARE,
		.node = node,
		.resource = SF_RES_GPU,
		.replicas = 4,
		.rename = true,
	};

	apply(&change);
	cr_expect(total(node, "nvidia.com/gpu") == 0, "the old name stays with 0");
	cr_expect(total(node, "nvidia.com/gpu.shared") == 12);
	cr_expect(sf_cluster_has_renamed(cluster));
	cr_expect(sf_cluster_node(cluster, node)->sharing_mode == SF_SHARING_TIME_SLICING);
	refuse(&change, "has no nvidia.com/gpu");

	change.resource = SF_RES_GPU_SHARED;
	change.rename = false;
	change.replicas = 2;
	apply(&change);
	cr_expect(total(node, "nvidia.com/gpu") == 6 && !sf_cluster_has_renamed(cluster));

	cr_assert(sf_cluster_place(cluster, pod, node, &grant, NULL) == 0);
	change.resource = SF_RES_GPU;
	change.rename = true;
	refuse(&change, "1 replicas in use, 0 would be left under this name");
	change.rename = false;
	change.replicas = 1;
	apply(&change);
	cr_expect(sf_cluster_node(cluster, node)->n_shared == 0);
	cr_expect(sf_cluster_node(cluster, node)->sharing_mode == SF_SHARING_NONE);
	change.replicas = 0;
	refuse(&change, "replicas must be 1 to 1000");
	change.node = fixture_add(cluster, "mps");
	change.replicas = 17;
	refuse(&change, "replicas must be 1 to 16");
	change.node = fixture_add(cluster, "counts");
	refuse(&change, "by counts only");
	change.node = fixture_add(cluster, "dynamic");
	refuse(&change, "dynamic MIG excludes sharing");
}

Test(change, reshare_refuses_what_is_held)
{
	const uint32_t node = fixture_add(cluster, "sliced");
	const struct sf_grant grant = one("nvidia.com/gpu", 1, 0, 3);
	const struct sf_change change = {
		.kind = SF_CHANGE_RESHARE, .node = node, .resource = SF_RES_GPU, .replicas = 2};

	cr_assert(sf_cluster_place(cluster, add_pod("nvidia.com/gpu", 3), node, &grant, NULL) == 0);
	refuse(&change, "gpu 1: 3 replicas in use, 2 would be left");
}

Test(change, node_states)
{
	const uint32_t node = fixture_add(cluster, "plain");
	const uint32_t pod = add_pod("nvidia.com/gpu", 1);
	const struct sf_grant grant = one("nvidia.com/gpu", 0, 0, 1);
	const struct sf_change place = {
		.kind = SF_CHANGE_PLACE, .node = node, .pod = pod, .grant = &grant};
	struct sf_change change = {.kind = SF_CHANGE_CORDON_NODE, .node = node};

	apply(&change);
	refuse(&place, "takes no pods");
	change.kind = SF_CHANGE_READY_NODE;
	apply(&change);
	apply(&place);
	change.kind = SF_CHANGE_REMOVE_NODE;
	refuse(&change, "has 1 pods, release them first");
	cr_assert(sf_cluster_release(cluster, pod, NULL) == 0);
	apply(&change);
	cr_expect(sf_cluster_find_node(cluster, "plain") == SF_NODE_NONE);
	refuse(&place, "was removed");
	change.node = 77;
	refuse(&change, "no such node");
}

/* A removed node's name is free again, and undo gives it back. */
Test(change, names_return)
{
	const uint32_t first = fixture_add(cluster, "plain");
	struct sf_change change = {.kind = SF_CHANGE_REMOVE_NODE, .node = first};
	struct sf_undo removed;
	struct sf_undo added;
	struct sf_node_spec spec;

	cr_assert(sf_cluster_apply(cluster, &change, &removed, NULL) == 0);
	fixture_spec(fixture_shape("mixed"), catalog, "plain", &spec);
	change = (struct sf_change){.kind = SF_CHANGE_ADD_NODE, .spec = &spec};
	cr_assert(sf_cluster_apply(cluster, &change, &added, NULL) == 0);
	cr_expect(sf_cluster_find_node(cluster, "plain") == 1);
	sf_cluster_undo(cluster, &added);
	cr_expect(sf_cluster_find_node(cluster, "plain") == SF_NODE_NONE);
	sf_cluster_undo(cluster, &removed);
	cr_expect(sf_cluster_find_node(cluster, "plain") == first);
	cr_expect(sf_cluster_check(cluster, NULL) == 0);
}

static void note(void *ctx, const struct sf_cluster *told, uint32_t node)
{
	uint32_t *seen = ctx;

	cr_expect(told == cluster);
	*seen = *seen * 10 + node + 1;
}

Test(change, observers_are_told)
{
	struct sf_change change = {.kind = SF_CHANGE_CORDON_NODE, .node = 1};
	struct sf_undo undo;
	uint32_t seen = 0;

	cr_assert(sf_cluster_observe(cluster, note, &seen) == 0);
	fixture_add(cluster, "plain");
	fixture_add(cluster, "mixed");
	cr_assert(sf_cluster_apply(cluster, &change, &undo, NULL) == 0);
	sf_cluster_undo(cluster, &undo);
	change.node = 9;
	cr_assert(sf_cluster_apply(cluster, &change, &undo, NULL) == -1);
	cr_expect(seen == 1222, "%u", seen);
}
