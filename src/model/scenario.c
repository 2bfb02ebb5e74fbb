/* scenario: life cycle, and the cluster that a scenario describes. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/scenario.h>

#include <slicefit/arena.h>
#include <slicefit/change.h>
#include <slicefit/error.h>

#include <stdio.h>

struct sf_scenario *sf_scenario_create(const struct sf_catalog *catalog, size_t limit)
{
	struct sf_arena *arena = sf_arena_create(limit);
	struct sf_scenario *scenario = sf_arena_alloc(arena, sizeof(*scenario));

	if (scenario == NULL) {
		sf_arena_destroy(arena);
		return NULL;
	}
	scenario->arena = arena;
	scenario->catalog = catalog;
	scenario->horizon_s = -1;
	return scenario;
}

void sf_scenario_destroy(struct sf_scenario *scenario)
{
	if (scenario != NULL) {
		sf_arena_destroy(scenario->arena);
	}
}

static int add_pool(struct sf_cluster *cluster, const struct sf_pool *pool, uint32_t index,
                    struct sf_error *err)
{
	struct sf_node_spec spec = pool->node;
	char name[256];

	spec.name = name;
	spec.pool = index;
	for (uint32_t i = 0; i < pool->count; i++) {
		if (snprintf(name, sizeof(name), "%s-%u", pool->name, i) >= (int)sizeof(name)) {
			return sf_fail(err, SF_ELIMIT, "name too long, use at most 240 characters");
		}
		if (sf_cluster_add_node(cluster, &spec, err) != 0) {
			return -1;
		}
	}
	return 0;
}

struct sf_cluster *sf_scenario_cluster(const struct sf_scenario *scenario, struct sf_error *err)
{
	struct sf_cluster *cluster = sf_cluster_create(scenario->catalog);

	for (size_t i = 0; i < scenario->n_pools; i++) {
		if (add_pool(cluster, &scenario->pool[i], (uint32_t)i, err) != 0) {
			sf_wrap(err, "pool %.64s", scenario->pool[i].name);
			sf_cluster_destroy(cluster);
			return NULL;
		}
	}
	return cluster;
}
