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

Test(serving, by_name_as_by_grant)
{
	struct sf_catalog *catalog = sf_catalog_create();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sf_cluster *cluster = sf_cluster_create(catalog);
		uint32_t number = fixture_add(cluster, rows[i].shape);
		const struct sf_node *node = sf_cluster_node(cluster, number);
		struct sf_request request = {0};
		struct sf_grant grant;
		for (int k = 0; k < 2 && rows[i].name[k] != NULL; k++) {
			request.want[request.n].resource =
				sf_resource_find(sf_cluster_resources(cluster), rows[i].name[k]);
			request.want[request.n++].count = 1;
		}
		cr_assert(eq(int, sf_filter(cluster, number, &request, SF_VIEW_AWARE, &grant),
		             SF_FITS),
		          "row %zu", i);
		cr_expect(eq(uint, sf_serving_of_request(node, &request), rows[i].bits), "row %zu",
		          i);
		cr_expect(eq(uint, sf_serving_of_grant(node, &grant), rows[i].bits), "row %zu", i);
		sf_cluster_destroy(cluster);
	}
	sf_catalog_destroy(catalog);
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
