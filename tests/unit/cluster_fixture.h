/* cluster_fixture: node shapes of every kind for the tests of the cluster. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_TEST_CLUSTER_FIXTURE_H
#define SF_TEST_CLUSTER_FIXTURE_H

#include <slicefit/catalog.h>
#include <slicefit/change.h>
#include <slicefit/error.h>

#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

/* One row per kind of node; layouts are "PROFILE@START ..." per GPU, "" without MIG, "-" for MIG
 * mode without instances. */
struct shape {
	const char *id;
	enum sf_strategy strategy;
	bool dynamic;
	enum sf_sharing_mode mode;
	const char *shared;
	uint16_t replicas;
	bool rename;
	bool fail_above_1;
	const char *product[4];
	const char *layout[4];
	struct {
		const char *name;
		uint32_t total;
	} count[3]; /* by counts when given */
};

static const struct shape shapes[] = {
	{.id = "mixed",
         .strategy = SF_STRATEGY_MIXED,
         .product = {"A100-40GB", "A100-40GB"},
         .layout = {"4g.20gb@0 2g.10gb@4 1g.5gb@6", "1g.5gb@0 1g.5gb@1 2g.10gb@2 3g.20gb@4"}},
	{.id = "single",
         .strategy = SF_STRATEGY_SINGLE,
         .product = {"A100-40GB", "A100-40GB"},
         .layout = {"1g.5gb@0 1g.5gb@1 1g.5gb@2", "1g.5gb@0 1g.5gb@6"}},
	{.id = "one",
         .strategy = SF_STRATEGY_SINGLE,
         .product = {"A30"},
         .layout = {"2g.12gb@0 2g.12gb@2"}},
	{.id = "none", .product = {"A100-40GB"}, .layout = {"3g.20gb@0 3g.20gb@4"}},
	{.id = "dynamic",
         .dynamic = true,
         .product = {"H100-80GB-SXM", "H100-80GB-SXM", "H100-80GB-SXM"},
         .layout = {"-", "-", ""}},
	{.id = "dyn30", .dynamic = true, .product = {"A30"}, .layout = {"-"}},
	{.id = "pro6000",
         .dynamic = true,
         .product = {"RTXPRO6000-96GB", "A100-40GB"},
         .layout = {"-", "-"}},
	{.id = "sliced",
         .mode = SF_SHARING_TIME_SLICING,
         .shared = "nvidia.com/gpu",
         .replicas = 4,
         .product = {"T4", "T4"}},
	{.id = "renamed",
         .mode = SF_SHARING_TIME_SLICING,
         .shared = "nvidia.com/gpu",
         .replicas = 3,
         .rename = true,
         .fail_above_1 = true,
         .product = {"T4", "T4"}},
	{.id = "mps",
         .mode = SF_SHARING_MPS,
         .shared = "nvidia.com/gpu",
         .replicas = 8,
         .fail_above_1 = true,
         .product = {"V100-32GB", "V100-32GB"}},
	{.id = "migsliced",
         .strategy = SF_STRATEGY_MIXED,
         .mode = SF_SHARING_TIME_SLICING,
         .shared = "nvidia.com/mig-1g.5gb",
         .replicas = 2,
         .product = {"A100-40GB", "T4"},
         .layout = {"1g.5gb@0 1g.5gb@1 2g.10gb@2", ""}},
	{.id = "counts",
         .strategy = SF_STRATEGY_MIXED,
         .product = {"A100-40GB", "A100-40GB"},
         .count = {{"nvidia.com/gpu", 1}, {"nvidia.com/mig-1g.5gb", 5}}},
	{.id = "fraction", .mode = SF_SHARING_FRACTION, .product = {"T4", "T4", "V100-32GB"}},
	{.id = "plain", .product = {"H100-80GB-SXM", "H100-80GB-SXM", "V100-32GB"}},
};

enum { SHAPES = sizeof(shapes) / sizeof(shapes[0]) };

static inline const struct sf_product *fixture_product(const struct sf_catalog *catalog,
                                                       const char *name)
{
	const struct sf_product *product = sf_catalog_find(catalog, name);

	cr_assert(product != NULL, "catalog has no %s", name);
	return product;
}

/* "1g.5gb@0 2g.10gb@2" */
static inline struct sf_mig_layout fixture_layout(const struct sf_product *product,
                                                  const char *text)
{
	struct sf_mig_layout layout = {0};
	char name[24];
	int start;
	int used;

	while (sscanf(text, "%23[^@]@%d%n", name, &start, &used) == 2) {
		const int profile = sf_product_profile(product, name);

		cr_assert(profile >= 0, "%s has no %s", product->name, name);
		layout.instance[layout.n].profile = (uint8_t)profile;
		layout.instance[layout.n].start = (uint8_t)start;
		layout.n++;
		text += used;
		text += strspn(text, " ");
	}
	return layout;
}

static inline void fixture_gpus(const struct shape *shape, const struct sf_catalog *catalog,
                                struct sf_node_spec *spec)
{
	for (int g = 0; g < 4 && shape->product[g] != NULL; g++) {
		const char *layout = shape->layout[g] != NULL ? shape->layout[g] : "";

		spec->gpu[g].product = fixture_product(catalog, shape->product[g]);
		spec->gpu[g].mig = layout[0] != '\0';
		if (strcmp(layout, "-") != 0) {
			spec->gpu[g].layout = fixture_layout(spec->gpu[g].product, layout);
		}
		spec->n_gpus++;
	}
}

static inline void fixture_spec(const struct shape *shape, const struct sf_catalog *catalog,
                                const char *name, struct sf_node_spec *spec)
{
	static const struct sf_label labels[] = {{"zone", "b"}, {"pool", "a"}};

	memset(spec, 0, sizeof(*spec));
	spec->name = name;
	spec->strategy = shape->strategy;
	spec->dynamic = shape->dynamic;
	spec->pods_max = 12;
	spec->cpu_milli = 64000;
	spec->memory_mib = 256 * 1024;
	spec->label = labels;
	spec->n_labels = 2;
	fixture_gpus(shape, catalog, spec);
	spec->sharing.mode = shape->mode;
	if (shape->shared != NULL) {
		spec->sharing.rename = shape->rename;
		spec->sharing.fail_above_1 = shape->fail_above_1;
		spec->sharing.n = 1;
		spec->sharing.resource[0].replicas = shape->replicas;
		strcpy(spec->sharing.resource[0].name, shape->shared);
	}
	for (int i = 0; i < 3 && shape->count[i].name != NULL; i++) {
		spec->by_counts = true;
		strcpy(spec->count[i].name, shape->count[i].name);
		spec->count[i].total = shape->count[i].total;
		spec->n_counts++;
	}
}

static inline const struct shape *fixture_shape(const char *id)
{
	for (int i = 0; i < SHAPES; i++) {
		if (strcmp(shapes[i].id, id) == 0) {
			return &shapes[i];
		}
	}
	cr_assert_fail("no shape %s", id);
	return NULL;
}

/* Adds a node of the shape, named like it. */
static inline uint32_t fixture_add(struct sf_cluster *cluster, const char *id)
{
	struct sf_node_spec spec;
	struct sf_error err;

	fixture_spec(fixture_shape(id), sf_cluster_catalog(cluster), id, &spec);
	cr_assert(sf_cluster_add_node(cluster, &spec, &err) == 0, "%s", err.text);
	return sf_cluster_nodes(cluster) - 1;
}

#endif
