/* test_fgd: scores of the policies of the FGD paper, computed by hand, and their choice of devices. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/catalog.h>
#include <slicefit/change.h>
#include <slicefit/policy.h>
#include <slicefit/target.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

TestSuite(fgd, .timeout = 20);

/* "large": 96 CPU and 8 GPUs, one of them half used by a pod with 4 CPU. "small": 64 CPU, 2 GPUs. */
enum { LARGE, SMALL };

static struct sf_request request_of(int gpus, int milli)
{
	struct sf_request request = {.cpu_milli = 4000, .gpu_milli = (uint16_t)milli};

	if (gpus > 0) {
		request.n = 1;
		request.want[0] = (struct sf_want){SF_RES_GPU, (uint16_t)gpus};
	}
	return request;
}

static void add_node(struct sf_cluster *cluster, const char *name, uint8_t gpus, int64_t cpu)
{
	struct sf_node_spec spec = {.name = name, .n_gpus = gpus, .cpu_milli = cpu};

	spec.sharing.mode = SF_SHARING_FRACTION;
	for (uint8_t g = 0; g < gpus; g++) {
		spec.gpu[g].product = sf_catalog_find(sf_cluster_catalog(cluster), "T4");
	}
	cr_assert(sf_cluster_add_node(cluster, &spec, NULL) == 0);
}

static struct sf_cluster *cluster_of(const struct sf_catalog *catalog)
{
	struct sf_cluster *cluster = sf_cluster_create(catalog);
	const struct sf_request half = request_of(1, 500);
	struct sf_grant grant;

	add_node(cluster, "large", 8, 96000);
	add_node(cluster, "small", 2, 64000);
	cr_assert(sf_filter(cluster, LARGE, &half, SF_VIEW_AWARE, &grant) == SF_FITS);
	const uint32_t pod = sf_cluster_add_pod(cluster, &half, 0, 0);
	cr_assert(sf_cluster_place(cluster, pod, LARGE, &grant, NULL) == 0);
	return cluster;
}

/* The target of fgd is pods of 700 milli-GPUs. */
static const struct {
	const char *policy;
	int gpus, milli;
	int64_t large, small; /* scores */
	int gpu;              /* on the large node; -1: none */
} rows[] = {
	/* 100 (1 - (88/128 + 7/8) / 2), 100 (1 - (60/128 + 1.5/8) / 2) */
	{"fgd-bestfit", 1, 500, 21, 67, 0},
	{"fgd-bestfit", 1, 0, 25, 70, 1},
	{"fgd-bestfit", 0, 0, 18, 64, -1},
	/* 100 (1 - (92/128 * 4/128 + 7.5/8 * 0.5/8) / 2), 100 (1 - (64/128 * 4/128 + 2/8 * 0.5/8) / 2) */
	{"fgd-dotprod", 1, 500, 95, 98, 0},
	{"fgd-dotprod", 2, 0, 87, 96, 1},
	/* a GPU in use, 50 % free; an idle GPU; an idle node with 2 GPUs */
	{"fgd-packing", 1, 500, 95, 31, 0},
	{"fgd-packing", 1, 501, 49, 31, 1},
	{"fgd-packing", 2, 0, 48, 31, 1},
	{"fgd-packing", 0, 0, 0, 0, -1},
	/* 1 and 18 for what is used of 8 GPUs; only its like, none, others */
	{"fgd-clustering", 1, 500, 76, 43, 0},
	{"fgd-clustering", 1, 0, 1, 43, 1},
	{"fgd-clustering", 0, 0, 0, 0, -1},
	/* 500 milli-GPUs less of no use, 500 more; 300 less, none (700 are left); none */
	{"fgd", 1, 500, 62, 37, 0},
	{"fgd", 1, 300, 57, 50, 0},
	{"fgd", 1, 0, 50, 50, 1},
	{"fgd", 0, 0, 50, 50, -1},
};

Test(fgd, scores)
{
	struct sf_catalog *catalog = sf_catalog_create();
	struct sf_cluster *cluster = cluster_of(catalog);
	const struct sf_request typical = request_of(1, 700);
	struct sf_target target = {0};

	sf_target_add(&target, &typical, 1, NULL);
	sf_target_close(&target);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct sf_request request = request_of(rows[i].gpus, rows[i].milli);
		struct sf_placer *placer =
			sf_placer_create(sf_policy_find(rows[i].policy), cluster, &target, 1);
		struct sf_candidate large = {0}, small = {0};

		cr_assert(sf_placer_choose_on(placer, LARGE, &request, &large));
		cr_assert(sf_placer_choose_on(placer, SMALL, &request, &small));
		cr_expect(eq(i64, large.score, rows[i].large), "row %zu, large", i);
		cr_expect(eq(i64, small.score, rows[i].small), "row %zu, small", i);
		cr_expect(eq(int, large.grant.n > 0 ? large.grant.held[0].gpu : -1, rows[i].gpu),
		          "row %zu", i);
		sf_placer_destroy(placer);
	}
	sf_target_finish(&target);
	sf_cluster_destroy(cluster);
	sf_catalog_destroy(catalog);
}

/* Without a target the pod itself is typical: GPUs must keep room for another like it. */
Test(fgd, without_a_target)
{
	struct sf_catalog *catalog = sf_catalog_create();
	struct sf_cluster *cluster = cluster_of(catalog);
	struct sf_placer *placer = sf_placer_create(sf_policy_find("fgd"), cluster, NULL, 1);
	struct sf_request request = request_of(1, 500);
	struct sf_candidate best = {0};

	cr_assert(sf_placer_choose(placer, &request, &best));
	cr_expect(best.node == LARGE && best.grant.held[0].gpu == 0 && best.score == 50);
	request = request_of(1, 600); /* half a GPU is lost already; 400 more would be */
	cr_assert(sf_placer_choose(placer, &request, &best));
	cr_expect(best.node == LARGE && best.grant.held[0].gpu == 1 && best.score == 40);
	sf_placer_destroy(placer);
	sf_cluster_destroy(cluster);
	sf_catalog_destroy(catalog);
}

Test(fgd, random_reaches_every_device_and_follows_the_seed)
{
	struct sf_catalog *catalog = sf_catalog_create();
	struct sf_cluster *cluster = cluster_of(catalog);
	const struct sf_request request = request_of(1, 400);
	unsigned gpus[2] = {0};

	for (uint64_t seed = 0; seed < 200; seed++) {
		uint32_t first = 0;

		for (int again = 0; again < 2; again++) {
			struct sf_placer *placer =
				sf_placer_create(sf_policy_find("fgd-random"), cluster, NULL, seed);
			struct sf_candidate best = {0};

			cr_assert(sf_placer_choose(placer, &request, &best));
			const uint32_t drawn = best.node << 8 | best.grant.held[0].gpu;
			cr_assert(again == 0 || drawn == first);
			first = drawn;
			gpus[best.node] |= 1U << best.grant.held[0].gpu;
			sf_placer_destroy(placer);
		}
	}
	cr_expect(eq(uint, gpus[LARGE], 0xff));
	cr_expect(eq(uint, gpus[SMALL], 0x3));
	sf_cluster_destroy(cluster);
	sf_catalog_destroy(catalog);
}
