/* test_gauges: what is counted of nodes of every kind, by table and against the model's own sums. */
// SPDX-License-Identifier: Apache-2.0
#include "cluster_fixture.h"

#include "service/gauges.h"

#include <criterion/new/assert.h>
#include <slicefit/filter.h>
#include <slicefit/rng.h>

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

TestSuite(gauges, .init = set_up, .fini = tear_down);

static bool put(uint32_t node, uint16_t resource, uint16_t count, uint16_t milli)
{
	struct sf_request request = {.n = 1, .gpu_milli = milli};
	struct sf_grant grant;
	request.want[0].resource = resource;
	request.want[0].count = count;
	if (sf_filter(cluster, node, &request, SF_VIEW_AWARE, &grant) != SF_FITS) {
		return false;
	}
	uint32_t pod = sf_cluster_add_pod(cluster, &request, 0, 0);
	cr_assert(sf_cluster_place(cluster, pod, node, &grant, NULL) == 0);
	return true;
}

static const struct sf_gauge_gpus *find(const struct sf_gauges *gauges, const char *product,
                                        enum sf_gauge_mode mode, const char *profile)
{
	for (size_t i = 0; i < gauges->n; i++) {
		const struct sf_gauge_gpus *gpus = &gauges->gpus[i];
		if (strcmp(gpus->product->name, product) == 0 && gpus->mode == mode &&
		    strcmp(gpus->profile, profile) == 0) {
			return gpus;
		}
	}
	return NULL;
}

/* One node of a shape, with pods for one resource. */
static const struct {
	const char *shape, *resource;
	uint16_t count, milli;
	bool cordoned, starved;
	const char *product;
	enum sf_gauge_mode mode;
	const char *profile;
	int64_t capacity, allocated, free, stranded, devices, devices_allocated;
} rows[] = {
	{"plain", "nvidia.com/gpu", 1, 0, false, false, "H100-80GB-SXM", SF_GAUGE_WHOLE, "",
         2000000, 1000000, 1000000, 0, 2, 1},
	{"plain", "nvidia.com/gpu", 1, 0, false, true, "V100-32GB", SF_GAUGE_WHOLE, "", 1000000, 0,
         1000000, 1000000, 1, 0},
	{"plain", "nvidia.com/gpu", 1, 0, true, true, "V100-32GB", SF_GAUGE_WHOLE, "", 1000000, 0,
         0, 0, 1, 0},
	{"sliced", "nvidia.com/gpu", 3, 0, false, false, "T4", SF_GAUGE_TIME_SLICING, "", 2000000,
         750000, 1250000, 0, 8, 3},
	{"mps", "nvidia.com/gpu", 1, 0, false, false, "V100-32GB", SF_GAUGE_MPS, "", 2000000,
         125000, 1875000, 0, 16, 1},
	{"fraction", "nvidia.com/gpu", 1, 300, false, false, "T4", SF_GAUGE_FRACTION, "", 2000000,
         300000, 1700000, 0, 2000, 300},
	{"mixed", "nvidia.com/mig-1g.5gb", 2, 0, false, false, "A100-40GB", SF_GAUGE_MIG, "1g.5gb",
         375000, 250000, 125000, 0, 3, 2},
	/* 4g + 2g + 1g take all but one of eight slices. */
	{"mixed", "nvidia.com/mig-1g.5gb", 2, 0, false, false, "A100-40GB", SF_GAUGE_MIG, "",
         125000, 0, 125000, 0, 0, 0},
	{"single", "nvidia.com/gpu", 2, 0, false, false, "A100-40GB", SF_GAUGE_MIG, "1g.5gb",
         625000, 250000, 375000, 0, 5, 2},
	{"migsliced", "nvidia.com/mig-1g.5gb", 3, 0, false, false, "A100-40GB",
         SF_GAUGE_TIME_SLICING, "1g.5gb", 250000, 187500, 62500, 0, 4, 3},
	{"dynamic", "nvidia.com/mig-3g.40gb", 1, 0, false, false, "H100-80GB-SXM", SF_GAUGE_MIG,
         "3g.40gb", 500000, 500000, 0, 0, 1, 1},
	{"counts", "nvidia.com/mig-1g.5gb", 2, 0, false, false, "A100-40GB", SF_GAUGE_MIG, "1g.5gb",
         625000, 250000, 375000, 0, 5, 2},
};

Test(gauges, by_product_mode_and_profile)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sf_gauges got = {0};
		uint32_t node = fixture_add(cluster, rows[i].shape);
		uint16_t resource =
			sf_resource_find(sf_cluster_resources(cluster), rows[i].resource);
		struct sf_change cordon = {.kind = SF_CHANGE_CORDON_NODE, .node = node};
		cr_assert(put(node, resource, rows[i].count, rows[i].milli), "row %zu", i);
		if (rows[i].cordoned) {
			cr_assert(sf_cluster_apply(cluster, &cordon, NULL, NULL) == 0);
		}
		sf_gauges_add_node(&got, cluster, sf_cluster_node(cluster, node), rows[i].starved);
		const struct sf_gauge_gpus *gpus =
			find(&got, rows[i].product, rows[i].mode, rows[i].profile);
		cr_assert(gpus != NULL, "row %zu: not there", i);
		cr_expect(eq(i64, gpus->capacity, rows[i].capacity), "row %zu", i);
		cr_expect(eq(i64, gpus->allocated, rows[i].allocated), "row %zu", i);
		cr_expect(eq(i64, gpus->free, rows[i].free), "row %zu", i);
		cr_expect(eq(i64, gpus->stranded, rows[i].stranded), "row %zu", i);
		cr_expect(eq(i64, gpus->devices, rows[i].devices), "row %zu", i);
		cr_expect(eq(i64, gpus->devices_allocated, rows[i].devices_allocated), "row %zu",
		          i);
		sf_gauges_finish(&got);
		tear_down();
		set_up();
	}
}

/* Whatever runs there, the parts of a node whose layout is known add up to its GPUs, and what is
 * allocated to what the model counts, but for the rounding of each device. */
Test(gauges, parts_add_up)
{
	struct sf_rng rng;
	sf_rng_seed(&rng, 7, 0);
	for (int round = 0; round < 300; round++) {
		const struct shape *shape = &shapes[sf_rng_below(&rng, SHAPES)];
		uint32_t node = fixture_add(cluster, shape->id);
		const struct sf_node *now = sf_cluster_node(cluster, node);
		struct sf_gauges got = {0};
		int64_t capacity = 0, allocated = 0, free = 0, slack;
		for (int i = 0; i < 12; i++) {
			uint16_t names = sf_resource_count(sf_cluster_resources(cluster));
			uint16_t resource = (uint16_t)sf_rng_below(&rng, names);
			put(node, resource, 1, sf_rng_below(&rng, 3) == 0 ? 250 : 0);
		}
		now = sf_cluster_node(cluster, node);
		sf_gauges_add_node(&got, cluster, now, false);
		for (size_t i = 0; i < got.n; i++) {
			capacity += got.gpus[i].capacity;
			allocated += got.gpus[i].allocated;
			free += got.gpus[i].free;
		}
		slack = 16 * now->n_gpus;
		cr_expect(eq(i64, capacity, allocated + free), "%s", shape->id);
		cr_expect(now->by_counts || (capacity <= 1000000 * now->n_gpus &&
		                             capacity >= 1000000 * now->n_gpus - slack),
		          "%s: %lld", shape->id, (long long)capacity);
		int64_t model = 1000 * sf_node_used_milli(now);
		cr_expect(allocated >= model && allocated <= model + 1000 * slack, "%s: %lld, %lld",
		          shape->id, (long long)allocated, (long long)model);
		sf_gauges_finish(&got);
		tear_down();
		set_up();
	}
}
