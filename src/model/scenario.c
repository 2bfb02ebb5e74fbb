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

const char *const sf_plan_tier_names[] = {
	[SF_PLAN_UNMET] = "unmet", [SF_PLAN_DRAIN] = "drain",     [SF_PLAN_REBUILT] = "rebuilt",
	[SF_PLAN_WASTE] = "waste", [SF_PLAN_GPUS] = "gpus",       [SF_PLAN_NODES] = "nodes",
	[SF_PLAN_COST] = "cost",   [SF_PLAN_BALANCE] = "balance", NULL,
};

const char *sf_pool_node_name(const struct sf_pool *pool, uint32_t index,
                              char buffer[SF_NODE_NAME_MAX + 1])
{
	if (pool->node_name != NULL && index < pool->count) {
		return pool->node_name[index];
	}
	snprintf(buffer, SF_NODE_NAME_MAX + 1, "%s-%u", pool->name, index);
	return buffer;
}

const char *sf_pool_new_name(const struct sf_pool *pool, uint32_t index,
                             char buffer[SF_NODE_NAME_MAX + 1])
{
	if (pool->buy_name != NULL && index < pool->buy_max) {
		return pool->buy_name[index];
	}
	snprintf(buffer, SF_NODE_NAME_MAX + 1, "%s-new-%u", pool->name, index);
	return buffer;
}

const struct sf_pool *sf_scenario_pool_of(const struct sf_scenario *scenario, uint32_t node,
                                          uint32_t *index)
{
	for (size_t p = 0; p < scenario->n_pools; p++) {
		if (node < scenario->pool[p].count) {
			*index = node;
			return &scenario->pool[p];
		}
		node -= scenario->pool[p].count;
	}
	return NULL;
}

void sf_pool_node_traits(const struct sf_pool *pool, uint32_t index,
                         char buffer[SF_NODE_NAME_MAX + 1], struct sf_node_traits *out)
{
	*out = (struct sf_node_traits){
		.name = sf_pool_node_name(pool, index, buffer),
		.label = pool->node.label,
		.n_labels = pool->node.n_labels,
		.taint = pool->taint,
		.n_taints = pool->n_taints,
	};
}

bool sf_workload_may_use(const struct sf_workload *workload, const struct sf_pool *pool,
                         uint32_t index)
{
	char name[SF_NODE_NAME_MAX + 1];
	struct sf_node_traits traits;
	sf_pool_node_traits(pool, index, name, &traits);
	return sf_node_rule_judge(workload->rule, &traits, NULL) == SF_RULE_FITS;
}

static int add_pool(struct sf_cluster *cluster, const struct sf_pool *pool, uint32_t index,
                    struct sf_error *err)
{
	struct sf_node_spec spec = pool->node;
	char name[SF_NODE_NAME_MAX + 1];

	spec.pool = index;
	spec.taint = pool->taint;
	spec.n_taints = (uint16_t)pool->n_taints;
	for (uint32_t i = 0; i < pool->count; i++) {
		spec.name = sf_pool_node_name(pool, i, name);
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
