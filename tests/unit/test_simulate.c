/* test_simulate: pods placed one after the other on a copy, and copies of clusters and nodes. */
// SPDX-License-Identifier: Apache-2.0
#include "cluster_fixture.h"

#include <slicefit/filter.h>
#include <slicefit/rng.h>
#include <slicefit/simulate.h>

#include <criterion/new/assert.h>

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

TestSuite(simulate, .init = set_up, .fini = tear_down);

static struct sf_request random_request(struct sf_rng *rng)
{
	struct sf_request request = {.n = 1};
	uint16_t names = sf_resource_count(sf_cluster_resources(cluster));
	request.want[0].resource =
		sf_rng_below(rng, 2) == 0 ? 0 : (uint16_t)sf_rng_below(rng, names);
	request.want[0].count = (uint16_t)(1 + sf_rng_below(rng, 2));
	request.cpu_milli = 1000 * (int64_t)sf_rng_below(rng, 6);
	return request;
}

static void keep(void *ctx, struct sf_node *copy)
{
	(void)ctx;
	(void)copy;
}

static void fill(struct sf_rng *rng)
{
	for (int i = 0; i < SHAPES; i++) {
		fixture_add(cluster, shapes[i].id);
	}
	for (int i = 0; i < 80; i++) {
		struct sf_request request = random_request(rng);
		uint32_t node = (uint32_t)sf_rng_below(rng, SHAPES);
		struct sf_grant grant;
		if (sf_filter(cluster, node, &request, SF_VIEW_AWARE, &grant) == SF_FITS) {
			uint32_t pod = sf_cluster_add_pod(cluster, &request, 0, 0);
			cr_assert(sf_cluster_place(cluster, pod, node, &grant, NULL) == 0);
		}
	}
}

/* What the copy answers is what the original would, whatever the steps in which it was made. */
Test(simulate, copies_answer_alike)
{
	struct sf_rng rng;
	sf_rng_seed(&rng, 3, 0);
	fill(&rng);
	struct sf_change remove = {.kind = SF_CHANGE_REMOVE_NODE};
	struct sf_node_spec spec;
	fixture_spec(fixture_shape("dyn30"), catalog, "gone", &spec);
	cr_assert(sf_cluster_add_node(cluster, &spec, NULL) == 0);
	remove.node = SHAPES;
	cr_assert(sf_cluster_apply(cluster, &remove, NULL, NULL) == 0);
	for (uint32_t step = 1; step < 40; step += 6) {
		struct sf_cluster *copy = sf_cluster_create(catalog);
		while (sf_cluster_copy_nodes(copy, cluster, step, keep, NULL)) {
		}
		cr_assert(eq(u32, sf_cluster_nodes(copy), sf_cluster_nodes(cluster)));
		for (int i = 0; i < 400; i++) {
			struct sf_request request = random_request(&rng);
			uint32_t node = (uint32_t)sf_rng_below(&rng, sf_cluster_nodes(cluster));
			struct sf_grant a = {0}, b = {0};
			cr_assert(sf_filter(copy, node, &request, SF_VIEW_AWARE, &a) ==
			          sf_filter(cluster, node, &request, SF_VIEW_AWARE, &b));
			cr_assert(memcmp(&a, &b, sizeof(a)) == 0);
		}
		cr_assert(eq(u32, sf_cluster_find_node(copy, "mixed"),
		             sf_cluster_find_node(cluster, "mixed")));
		sf_cluster_destroy(copy);
	}
}

/* A node that is described as another is the same when nothing runs there: same devices, same counts. */
Test(simulate, nodes_like_others)
{
	for (int i = 0; i < SHAPES; i++) {
		uint32_t first = fixture_add(cluster, shapes[i].id);
		struct sf_node_spec spec;
		struct sf_error err = {0};
		sf_node_like(cluster, sf_cluster_node(cluster, first), &spec);
		spec.name = "twin";
		cr_assert(sf_cluster_add_node(cluster, &spec, &err) == 0, "%s: %s", shapes[i].id,
		          err.text);
		const struct sf_node *a = sf_cluster_node(cluster, first);
		const struct sf_node *b = sf_cluster_node(cluster, first + 1);
		cr_expect(memcmp(a->count, b->count, sizeof(a->count)) == 0, "%s", shapes[i].id);
		cr_expect(memcmp(a->shared, b->shared, sizeof(a->shared)) == 0, "%s", shapes[i].id);
		cr_expect(memcmp(a->gpu, b->gpu, a->n_gpus * sizeof(*a->gpu)) == 0, "%s",
		          shapes[i].id);
		cr_expect(a->dynamic == b->dynamic && a->by_counts == b->by_counts &&
		          a->fail_above_1 == b->fail_above_1 && a->strategy == b->strategy &&
		          a->sharing_mode == b->sharing_mode && a->cpu_milli == b->cpu_milli &&
		          a->memory_mib == b->memory_mib && a->pods_max == b->pods_max);
		tear_down();
		set_up();
	}
}

/* Each pod goes where a look at all nodes would put it, and nowhere only when nothing fits; the
 * model's own check holds after every step. */
Test(simulate, best_node_each_time)
{
	const struct sf_policy *policy = sf_policy_find("best-fit");
	struct sf_rng rng;
	unsigned placed = 0, refused = 0;
	sf_rng_seed(&rng, 5, 0);
	fill(&rng);
	struct sf_verdict_cache *cache = sf_verdict_cache_create(cluster);
	for (int i = 0; i < 120; i++) {
		struct sf_question question = {.policy = policy, .request = random_request(&rng)};
		int64_t best = INT64_MIN;
		uint32_t want = SF_NODE_NONE, alive = 0, said = 0;
		for (uint32_t node = 0; node < sf_cluster_nodes(cluster); node++) {
			struct sf_grant grant;
			alive++;
			if (sf_filter(cluster, node, &question.request, policy->view, &grant) !=
			    SF_FITS) {
				continue;
			}
			int64_t score =
				policy->score(NULL, cluster, node, &question.request, &grant);
			if (want == SF_NODE_NONE || score > best) {
				best = score;
				want = node;
			}
		}
		struct sf_simulated got;
		struct sf_error err = {0};
		sf_simulate(cluster, cache, &question, &got);
		cr_assert(eq(u32, got.node, want), "step %d", i);
		cr_assert(sf_cluster_check(cluster, &err) == 0, "%s", err.text);
		for (int fit = 0; fit < SF_FIT_REASONS; fit++) {
			said += got.refused[fit];
		}
		cr_assert(want != SF_NODE_NONE || said == alive);
		placed += want != SF_NODE_NONE;
		refused += want == SF_NODE_NONE;
	}
	cr_assert(placed > 15 && refused > 15, "%u, %u", placed, refused);
	sf_verdict_cache_destroy(cache);
}
