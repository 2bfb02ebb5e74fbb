/* test_placer: on clusters of every kind of node a placer answers as a full search does. */
// SPDX-License-Identifier: Apache-2.0
#include "cluster_fixture.h"

#include <slicefit/policy.h>
#include <slicefit/rng.h>
#include <slicefit/target.h>

#include "policy/changes.h"
#include "policy/row.h"

#include <stdlib.h>

TestSuite(placer, .timeout = 100);

enum { REQUESTS = 24, STEPS = 600, NODES_MAX = 40 };

/* A cluster, the requests that come, and two placers of which one always looks at everything. */
struct world {
	struct sf_catalog *catalog;
	struct sf_cluster *cluster;
	struct sf_rng rng;
	struct sf_request request[REQUESTS];
	struct sf_target target;
	struct sf_placer *placer, *reference;
	uint32_t added;
};

static uint32_t below(struct world *world, uint32_t n)
{
	return (uint32_t)sf_rng_below(&world->rng, n);
}

static void add_node(struct world *world, const char *id)
{
	struct sf_node_spec spec;
	char name[32];

	fixture_spec(fixture_shape(id), world->catalog, id, &spec);
	snprintf(name, sizeof(name), "%s-%u", id, world->added++);
	spec.name = name;
	if (below(world, 4) == 0) {
		spec.cpu_milli = 0; /* not modelled */
	}
	cr_assert(sf_cluster_add_node(world->cluster, &spec, NULL) == 0);
}

/* Mostly nodes with undivided GPUs, many of them alike. */
static void add_some_node(struct world *world)
{
	static const char *const usual[] = {"plain", "fraction", "fraction"};

	add_node(world,
	         below(world, 3) > 0 ? usual[below(world, 3)] : shapes[below(world, SHAPES)].id);
}

static struct sf_request random_request(struct world *world)
{
	const uint16_t n = sf_resource_count(sf_cluster_resources(world->cluster));
	struct sf_request request = {
		.n = below(world, 8) > 0,
		.want = {{SF_RES_GPU, (uint16_t)(1 + below(world, 2))}},
		.cpu_milli = 1000 * below(world, 9),
		.memory_mib = 1024 * below(world, 20),
	};

	if (below(world, 5) == 0) {
		request.want[0].resource = (uint16_t)below(world, n);
		request.sharing = (enum sf_sharing_wish)below(world, 3);
	} else if (below(world, 2) == 0) {
		request.gpu_milli = (uint16_t)(50 * (1 + below(world, 20)));
	}
	if (request.n == 1 && below(world, 12) == 0) {
		request.want[1] = (struct sf_want){SF_RES_GPU, 1};
		request.n = 2;
	}
	if (below(world, 6) == 0) {
		request.products = 1 + below(world, 15);
	}
	if (below(world, 8) == 0) {
		request.gpu_memory_mib = (int32_t)below(world, 20000);
	}
	return request;
}

static void open_world(struct world *world, const struct sf_policy *policy, uint64_t seed)
{
	memset(world, 0, sizeof(*world));
	sf_rng_seed(&world->rng, seed, 0);
	world->catalog = sf_catalog_create();
	world->cluster = sf_cluster_create(world->catalog);
	for (int i = 0; i < 12; i++) {
		add_some_node(world);
	}
	for (int i = 0; i < REQUESTS; i++) {
		world->request[i] = random_request(world);
		sf_target_add(&world->target, &world->request[i], 1 + below(world, 9), NULL);
	}
	sf_target_close(&world->target);
	const struct sf_target *target = below(world, 4) > 0 ? &world->target : NULL;
	world->placer = sf_placer_create(policy, world->cluster, target, seed);
	world->reference = sf_placer_create(policy, world->cluster, target, seed);
}

static void close_world(struct world *world)
{
	sf_placer_destroy(world->placer);
	sf_placer_destroy(world->reference);
	sf_target_finish(&world->target);
	sf_cluster_destroy(world->cluster);
	sf_catalog_destroy(world->catalog);
}

static void expect_same(const struct sf_candidate *a, const struct sf_candidate *b,
                        const char *name)
{
	cr_assert(a->node == b->node && a->score == b->score, "%s: %u (%lld), not %u (%lld)", name,
	          a->node, (long long)a->score, b->node, (long long)b->score);
	cr_assert(memcmp(&a->grant, &b->grant, sizeof(a->grant)) == 0, "%s: devices", name);
}

/* Both placers on some request; true when they found a place. */
static bool ask(struct world *world, uint32_t request, const char *name, struct sf_candidate *out)
{
	struct sf_candidate slow = {0};

	memset(out, 0, sizeof(*out));
	const bool found = sf_placer_choose(world->placer, &world->request[request], out);
	cr_assert(
		found == sf_placer_choose_slowly(world->reference, &world->request[request], &slow),
		"%s", name);
	if (found) {
		expect_same(out, &slow, name);
	}
	return found;
}

/* One pod comes; true when it found a place. */
static bool come(struct world *world, const char *name)
{
	const uint32_t number = below(world, REQUESTS);
	const struct sf_request *request = &world->request[number];
	struct sf_candidate best, one = {0};
	struct sf_error err;

	if (!ask(world, number, name, &best)) {
		return false;
	}
	cr_assert(sf_placer_choose_on(world->placer, best.node, request, &one));
	expect_same(&best, &one, name);
	const uint32_t pod = sf_cluster_add_pod(world->cluster, request, 0, 0);
	cr_assert(sf_cluster_place(world->cluster, pod, best.node, &best.grant, &err) == 0,
	          "%s: %s", name, err.text);
	return true;
}

/* A node comes, is asked for, and never came. */
static void undo_node(struct world *world, const char *name)
{
	struct sf_node_spec spec;
	struct sf_undo undo;
	struct sf_candidate best;

	fixture_spec(fixture_shape("fraction"), world->catalog, "undone", &spec);
	const struct sf_change change = {.kind = SF_CHANGE_ADD_NODE, .spec = &spec};
	cr_assert(sf_cluster_apply(world->cluster, &change, &undo, NULL) == 0);
	ask(world, below(world, REQUESTS), name, &best);
	sf_cluster_undo(world->cluster, &undo);
}

/* A node comes, or never came, or an idle one goes, or one takes no pods for a while. */
static void change_nodes(struct world *world, const char *name)
{
	static const enum sf_change_kind kinds[] = {SF_CHANGE_CORDON_NODE, SF_CHANGE_READY_NODE,
	                                            SF_CHANGE_FAIL_NODE, SF_CHANGE_READY_NODE,
	                                            SF_CHANGE_REMOVE_NODE};
	const struct sf_change change = {
		.kind = kinds[below(world, 5)],
		.node = below(world, sf_cluster_nodes(world->cluster)),
	};

	if (below(world, 3) == 0 && sf_cluster_nodes(world->cluster) < NODES_MAX) {
		add_some_node(world);
	} else if (below(world, 2) == 0) {
		undo_node(world, name);
	} else {
		sf_cluster_apply(world->cluster, &change, NULL, NULL);
	}
}

static void leave(struct world *world)
{
	const uint32_t pods = sf_cluster_pods(world->cluster);
	const uint32_t pod = below(world, pods + 1);

	if (pod < pods && sf_cluster_pod(world->cluster, pod)->state == SF_POD_PLACED) {
		cr_assert(sf_cluster_release(world->cluster, pod, NULL) == 0);
	}
}

Test(placer, answers_as_a_full_search)
{
	for (size_t p = 0; sf_policies[p]; p++) {
		uint32_t placed = 0;

		for (uint64_t seed = 1; seed <= 6; seed++) {
			struct world world;

			open_world(&world, sf_policies[p], seed);
			for (int step = 0; step < STEPS; step++) {
				placed += come(&world, sf_policies[p]->name);
				if (below(&world, 3) > 0) {
					leave(&world);
				}
				if (below(&world, 20) == 0) {
					change_nodes(&world, sf_policies[p]->name);
				}
			}
			close_world(&world);
		}
		cr_expect(placed > 1000, "%s: %u", sf_policies[p]->name, placed);
	}
}

/* More shapes than a placer remembers: forgotten ones are looked at anew. */
Test(placer, forgets_the_oldest_shapes)
{
	struct sf_catalog *catalog = sf_catalog_create();
	struct sf_cluster *cluster = sf_cluster_create(catalog);
	struct sf_request request = {.n = 1, .want = {{SF_RES_GPU, 1}}, .gpu_milli = 10};
	struct sf_candidate fast = {0}, slow = {0};

	fixture_add(cluster, "fraction");
	fixture_add(cluster, "plain");
	const struct sf_policy *policy = sf_policy_find("best-fit");
	struct sf_placer *placer = sf_placer_create(policy, cluster, NULL, 1);
	for (int i = 0; i < 15000; i++) {
		request.cpu_milli = i % 2 == 0 ? i % 6000 : i % 7;
		cr_assert(sf_placer_choose(placer, &request, &fast));
		cr_assert(sf_placer_choose_slowly(placer, &request, &slow));
		expect_same(&fast, &slow, policy->name);
		if (i % 50 == 0) {
			const uint32_t pod = sf_cluster_add_pod(cluster, &request, 0, 0);

			cr_assert(sf_cluster_place(cluster, pod, fast.node, &fast.grant, NULL) ==
			                  0 ||
			          sf_cluster_node(cluster, fast.node)->pods == 12);
			sf_cluster_release(cluster, pod, NULL);
		}
	}
	sf_placer_destroy(placer);
	sf_cluster_destroy(cluster);
	sf_catalog_destroy(catalog);
}

/* Each changed node once, the latest first. */
Test(placer, changes)
{
	enum { NODES = 50 };
	struct sf_changes changes = {0};
	uint64_t when[NODES] = {0};
	struct sf_rng rng;

	sf_rng_seed(&rng, 3, 0);
	for (uint64_t step = 1; step <= 2000; step++) {
		const uint32_t node = (uint32_t)sf_rng_below(&rng, 1 + sf_rng_below(&rng, NODES));
		const uint64_t seen = sf_rng_below(&rng, step);
		uint64_t last = UINT64_MAX;
		uint32_t got = 0, want = 0;

		sf_changes_add(&changes, node);
		when[node] = step;
		for (uint32_t i = sf_changes_first(&changes, seen); i != SF_CHANGES_END;
		     i = sf_changes_next(&changes, i, seen)) {
			cr_assert(when[i] > seen && when[i] < last);
			last = when[i];
			got++;
		}
		for (int i = 0; i < NODES; i++) {
			want += when[i] > seen;
		}
		cr_assert(got == want, "step %d: %u, not %u", (int)step, got, want);
	}
	sf_changes_finish(&changes);
}
