/* test_serving: the mode of what nodes of every shape give, by name and by the devices granted. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/serving.h>

#include "cluster_fixture.h"

#include <slicefit/filter.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#define GPU    "nvidia.com/gpu"
#define SHARED "nvidia.com/gpu.shared"
#define MIG    "nvidia.com/mig-1g.5gb"

#define BIT(mode) SF_SERVING_BIT(SF_SERVING_##mode)

/* What a pod asks a node of this shape for, and the modes in which it gets it. */
static const struct {
	const char *shape;
	const char *name[2];
	unsigned bits;
} rows[] = {
	{"plain", {GPU}, BIT(WHOLE)},
	{"mixed", {MIG}, BIT(MIG)},
	{"mixed", {MIG, "nvidia.com/mig-2g.10gb"}, BIT(MIG)},
	{"single", {GPU}, BIT(MIG)},
	{"none", {GPU}, BIT(WHOLE)},
	{"sliced", {GPU}, BIT(TIME_SLICING)},
	{"renamed", {SHARED}, BIT(TIME_SLICING)},
	{"mps", {GPU}, BIT(MPS)},
	{"migsliced", {MIG}, BIT(TIME_SLICING)},
	{"migsliced", {GPU}, BIT(WHOLE)},
	{"migsliced", {GPU, "nvidia.com/mig-2g.10gb"}, BIT(WHOLE) | BIT(MIG)},
	{"migsliced", {"nvidia.com/mig-2g.10gb", MIG}, BIT(MIG) | BIT(TIME_SLICING)},
	{"counts", {GPU}, BIT(WHOLE)},
	{"counts", {MIG}, BIT(MIG)},
	{"dynamic", {GPU}, BIT(WHOLE)},
	{"dynamic", {"nvidia.com/mig-1g.10gb"}, BIT(MIG)},
	{"fraction", {GPU}, BIT(WHOLE)},
	{"plain", {NULL}, 0},
};

/* The node's answer to a request for one of each name, asked both ways. */
static void expect_bits(const char *shape, const char *const *name, enum sf_sharing_wish wish,
                        unsigned bits)
{
	struct sf_catalog *catalog = sf_catalog_create();
	struct sf_cluster *cluster = sf_cluster_create(catalog);
	uint32_t number = fixture_add(cluster, shape);
	const struct sf_node *node = sf_cluster_node(cluster, number);
	struct sf_request request = {.sharing = wish};
	struct sf_grant grant;
	for (int k = 0; k < 2 && name[k] != NULL; k++) {
		request.want[request.n].resource =
			sf_resource_find(sf_cluster_resources(cluster), name[k]);
		request.want[request.n++].count = 1;
	}
	cr_assert(eq(int, sf_filter(cluster, number, &request, SF_VIEW_AWARE, &grant), SF_FITS),
	          "%s", shape);
	cr_expect(eq(uint, sf_serving_of_request(node, &request), bits), "%s", shape);
	cr_expect(eq(uint, sf_serving_of_grant(node, &grant), bits), "%s", shape);
	sf_cluster_destroy(cluster);
	sf_catalog_destroy(catalog);
}

Test(serving, by_name_as_by_grant)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		expect_bits(rows[i].shape, rows[i].name, SF_WISH_BY_NAME, rows[i].bits);
	}
}

Test(serving, replicas_only)
{
	static const char *const name[2] = {GPU};
	expect_bits("sliced", name, SF_WISH_SHARED, BIT(TIME_SLICING));
	expect_bits("renamed", name, SF_WISH_SHARED, BIT(TIME_SLICING));
	expect_bits("mps", name, SF_WISH_SHARED, BIT(MPS));
}

Test(serving, fractions)
{
	struct sf_catalog *catalog = sf_catalog_create();
	struct sf_cluster *cluster = sf_cluster_create(catalog);
	uint32_t number = fixture_add(cluster, "fraction");
	const struct sf_node *node = sf_cluster_node(cluster, number);
	struct sf_request request = {
		.n = 1, .want = {{.resource = SF_RES_GPU, .count = 1}}, .gpu_milli = 400};
	struct sf_grant grant;
	cr_assert(eq(int, sf_filter(cluster, number, &request, SF_VIEW_AWARE, &grant), SF_FITS));
	cr_expect(eq(uint, sf_serving_of_request(node, &request), BIT(TIME_SLICING)));
	cr_expect(eq(uint, sf_serving_of_grant(node, &grant), BIT(TIME_SLICING)));
	sf_cluster_destroy(cluster);
	sf_catalog_destroy(catalog);
}

Test(serving, levels)
{
	const struct sf_serving_rules rules = {
		.level = {[SF_SERVING_WHOLE] = 2, [SF_SERVING_MIG] = 1}};
	struct sf_serving_rules other = rules;
	cr_expect(eq(u8, sf_serving_level(&rules, BIT(WHOLE)), 2));
	cr_expect(eq(u8, sf_serving_level(&rules, BIT(WHOLE) | BIT(MIG)), 1));
	cr_expect(eq(u8, sf_serving_level(&rules, BIT(WHOLE) | BIT(MPS)), 0));
	cr_expect(eq(u8, sf_serving_level(&rules, 0), 0));
	cr_expect(sf_serving_rules_same(&rules, &other));
	other.deny = BIT(MPS);
	cr_expect(not(sf_serving_rules_same(&rules, &other)));
	other = rules;
	other.level[SF_SERVING_MPS] = 1;
	cr_expect(not(sf_serving_rules_same(&rules, &other)));
}
