/* test_target: typical pods by table, and the fragments of nodes against sums from the definition. */
// SPDX-License-Identifier: Apache-2.0
#include "cluster_fixture.h"

#include <slicefit/filter.h>
#include <slicefit/rng.h>
#include <slicefit/target.h>

#include <criterion/new/assert.h>

#include <math.h>

static struct sf_request request_of(int64_t cpu, int gpus, int milli)
{
	struct sf_request request = {
		.cpu_milli = cpu, .memory_mib = 1, .gpu_milli = (uint16_t)milli};

	if (gpus > 0) {
		request.n = 1;
		request.want[0] = (struct sf_want){SF_RES_GPU, (uint16_t)gpus};
	}
	return request;
}

static const struct {
	int64_t cpu;
	int gpus, milli;
	const char *spec;
	uint64_t count;
	int rank; /* among the typical pods; -1: not one of them */
} pods[] = {
	{4000, 1, 500, "", 30, 0}, {8000, 1, 1000, "", 20, 1},    {8000, 1, 500, "", 10, 3},
	{8000, 2, 500, "", 10, 2}, {4000, 1, 1000, "A|B", 10, 5}, {4000, 1, 1000, "B|A", 10, 4},
	{4000, 0, 0, "", 5, 6},    {2000, 1, 100, "", 2, -1},     {1000, 1, 100, "", 2, -1},
	{500, 0, 0, "", 1, -1},
};

enum { PODS = sizeof(pods) / sizeof(pods[0]) };

/* 95 of the 100 pods belong to the first seven classes. */
Test(target, typical_pods)
{
	struct sf_target target = {0};

	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < PODS; i++) {
			struct sf_request request =
				request_of(pods[i].cpu, pods[i].gpus, pods[i].milli);

			request.memory_mib = round; /* tells nobody apart */
			request.gpu_milli =
				round == 0 && pods[i].milli == 1000 ? 0 : request.gpu_milli;
			sf_target_add(&target, &request, pods[i].count, pods[i].spec);
		}
	}
	sf_target_close(&target);
	cr_assert(eq(sz, target.n, 7));
	for (int i = 0; i < PODS; i++) {
		const struct sf_target_class *class = &target.class[pods[i].rank];

		if (pods[i].rank < 0) {
			continue;
		}
		cr_expect(eq(i64, class->request.cpu_milli, pods[i].cpu), "row %d", i);
		cr_expect(eq(u64, class->count, 2 * pods[i].count), "row %d", i);
		cr_expect(eq(int, class->gpus, pods[i].gpus), "row %d", i);
		cr_expect(eq(int, class->milli, pods[i].milli), "row %d", i);
		cr_expect(strcmp(class->spec, pods[i].spec) == 0, "row %d", i);
		cr_expect(epsilon_eq(dbl, class->weight, (double)pods[i].count / 95, 1e-15));
	}
	sf_target_finish(&target);
	cr_expect(target.n == 0 && target.class == NULL);
}

Test(target, nothing_is_typical_of_nothing)
{
	struct sf_target target = {0};

	sf_target_close(&target);
	cr_expect(eq(sz, target.n, 0));
	sf_target_finish(&target);
}

/* The definition, device by device, class by class. */
static struct sf_fragment oracle(const struct sf_target *target, const struct sf_node *node)
{
	const int64_t cpu = node->cpu_milli - node->cpu_used_milli;
	struct sf_fragment sum = {0};
	double all = 0;

	for (int g = 0; g < node->n_gpus; g++) {
		const struct sf_device *device = &node->gpu[g].device[0];

		all += 1000.0 * (device->replicas - device->used) / device->replicas;
	}
	for (size_t i = 0; i < target->n; i++) {
		const struct sf_target_class *class = &target->class[i];
		const bool has_cpu = cpu >= class->request.cpu_milli;
		const uint64_t products = class->request.products;
		double below = 0;
		int fit = 0;

		for (int g = 0; g < node->n_gpus; g++) {
			const struct sf_device *device = &node->gpu[g].device[0];
			const bool fraction = node->sharing_mode == SF_SHARING_FRACTION;
			const int free = device->replicas - device->used;
			const int milli = fraction ? free : 1000 * free;

			if (milli >= class->milli && (fraction || class->milli == 1000)) {
				fit++;
			} else {
				below += milli;
			}
		}
		if (class->request.n == 0) {
			*(has_cpu ? &sum.xl : &sum.xr) += class->weight * all;
		} else if (products != 0 && (products & node->products) == 0) {
			sum.na += class->weight * all;
		} else if (class->request.want[0].resource != SF_RES_GPU || fit < class->gpus) {
			*(has_cpu ? &sum.q2 : &sum.q1) += class->weight * all;
		} else if (!has_cpu) {
			sum.q4 += class->weight * all;
		} else {
			sum.q2 += class->weight * below;
			sum.q3 += class->weight * (all - below);
		}
	}
	return sum;
}

static void put(struct sf_cluster *cluster, uint32_t node, const struct sf_request *request)
{
	struct sf_grant grant;

	if (sf_filter(cluster, node, request, SF_VIEW_AWARE, &grant) == SF_FITS) {
		const uint32_t pod = sf_cluster_add_pod(cluster, request, 0, 0);

		cr_assert(sf_cluster_place(cluster, pod, node, &grant, NULL) == 0);
	}
}

static struct sf_request random_request(struct sf_rng *rng)
{
	struct sf_request request =
		request_of((int64_t)(500 * sf_rng_below(rng, 40)), (int)sf_rng_below(rng, 4), 0);

	if (request.n > 0 && sf_rng_below(rng, 2) == 0) {
		request.gpu_milli = (uint16_t)(1 + sf_rng_below(rng, 1000));
	}
	if (sf_rng_below(rng, 4) == 0) {
		request.products = 1 + sf_rng_below(rng, 7);
	}
	if (request.n > 0 && sf_rng_below(rng, 16) == 0) {
		request.want[0].resource = SF_RES_GPU_SHARED;
	}
	return request;
}

/* Sums in the same order are equal to the last bit. */
Test(target, fragments_are_as_defined)
{
	static const char *const ids[] = {"plain", "fraction", "none"};
	struct sf_catalog *catalog = sf_catalog_create();
	struct sf_rng rng;
	double seen = 0;

	sf_rng_seed(&rng, 12, 0);
	for (int round = 0; round < 300; round++) {
		struct sf_cluster *cluster = sf_cluster_create(catalog);
		struct sf_target target = {0};

		for (int i = 0; i < 3; i++) {
			fixture_add(cluster, ids[i]);
		}
		for (int i = 0; i < 30; i++) {
			const struct sf_request request = random_request(&rng);

			sf_target_add(&target, &request, 1 + sf_rng_below(&rng, 9), NULL);
		}
		sf_target_close(&target);
		for (int step = 0; step < 12; step++) {
			const uint32_t node = (uint32_t)sf_rng_below(&rng, 3);
			const struct sf_request request = random_request(&rng);
			struct sf_fragment want, got;

			put(cluster, node, &request);
			if (node == 2) {
				continue; /* MIG mode: by the filter */
			}
			want = oracle(&target, sf_cluster_node(cluster, node));
			got = sf_target_fragment(&target, cluster, node);
			cr_assert(memcmp(&want, &got, sizeof(want)) == 0, "round %d, step %d",
			          round, step);
			seen += sf_fragment_sum(&got);
		}
		sf_target_finish(&target);
		sf_cluster_destroy(cluster);
	}
	cr_expect(seen > 0);
	sf_catalog_destroy(catalog);
}

/* On every kind of node fragments and useful capacity are what is free. */
Test(target, buckets_add_up_to_what_is_free)
{
	struct sf_catalog *catalog = sf_catalog_create();
	struct sf_cluster *cluster = sf_cluster_create(catalog);
	struct sf_rng rng;

	for (int i = 0; i < SHAPES; i++) {
		fixture_add(cluster, shapes[i].id);
	}
	sf_rng_seed(&rng, 13, 0);
	for (int step = 0; step < 400; step++) {
		const uint16_t n = sf_resource_count(sf_cluster_resources(cluster));
		const uint32_t node = (uint32_t)sf_rng_below(&rng, SHAPES);
		struct sf_request request = random_request(&rng);
		struct sf_target target = {0};
		struct sf_fragment sum;
		double free;

		if (request.n > 0 && sf_rng_below(&rng, 2) == 0) {
			request.want[0].resource = (uint16_t)sf_rng_below(&rng, n);
			request.gpu_milli = 0;
		}
		sf_target_add(&target, &request, 3, NULL);
		sf_target_close(&target);
		sum = sf_target_fragment(&target, cluster, node);
		free = (double)(sf_node_total_milli(sf_cluster_node(cluster, node)) -
		                sf_node_used_milli(sf_cluster_node(cluster, node)));
		cr_assert(fabs(sf_fragment_sum(&sum) + sum.q3 - free) < 1e-9, "%s",
		          shapes[node].id);
		put(cluster, node, &request);
		sf_target_finish(&target);
	}
	sf_cluster_destroy(cluster);
	sf_catalog_destroy(catalog);
}
