/* rollout_limits: how many nodes may be out of service at once, in all and of each pool. */
// SPDX-License-Identifier: Apache-2.0
#include "rollout_state.h"

#include <slicefit/alloc.h>
#include <slicefit/arena.h>
#include <slicefit/error.h>
#include <slicefit/nearest.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

uint32_t sf_share_nodes(struct sf_share_of share, uint32_t all)
{
	uint64_t nodes = share.percent ? (uint64_t)all * share.value / 100 : share.value;

	return nodes < 1 ? 1 : nodes < UINT32_MAX ? (uint32_t)nodes : UINT32_MAX;
}

int sf_share_parse(const char *text, struct sf_share_of *out, struct sf_error *err)
{
	char *end;
	errno = 0;
	unsigned long value = strtoul(text, &end, 10);
	bool percent = strcmp(end, "%") == 0;

	if (text[0] < '0' || text[0] > '9' || errno || (*end && !percent) || value < 1 ||
	    value > (percent ? 100 : SF_SCENARIO_NODES_MAX)) {
		return sf_fail(err, SF_EINVAL,
		               "'%.64s': not a number of nodes (1 to %d) or a share (1%% to 100%%)",
		               text, SF_SCENARIO_NODES_MAX);
	}
	*out = (struct sf_share_of){(uint32_t)value, percent};
	return 0;
}

/* Nodes of the pool that are in service now: a pool that is bought has none. */
static uint32_t in_service(const struct sf_pool *pool, const struct sf_node_plan *first)
{
	return pool->count > 0 && first->bought ? 0 : pool->count;
}

static struct sf_share_of share_of(const struct sf_rollout_options *options, const char *pool)
{
	struct sf_share_of share = options->max_unavailable;

	for (size_t i = 0; i < options->n_pools; i++) {
		if (strcmp(options->pool[i].pool, pool) == 0) {
			share = options->pool[i].share; /* the last word counts */
		}
	}
	return share.value ? share : SF_ROLLOUT_SHARE;
}

static bool has_pool(const struct sf_scenario *scenario, const char *name)
{
	for (size_t p = 0; p < scenario->n_pools; p++) {
		if (strcmp(scenario->pool[p].name, name) == 0) {
			return true;
		}
	}
	return false;
}

static int fail_pool(const struct sf_scenario *scenario, const char *name, struct sf_error *err)
{
	const char **known = sf_xcalloc(scenario->n_pools + 1, sizeof *known), *near;

	for (size_t p = 0; p < scenario->n_pools; p++) {
		known[p] = scenario->pool[p].name;
	}
	near = sf_nearest_find(name, known);
	sf_fail(err, SF_EINVAL, "roll-out: max unavailable of '%.64s': there is no such pool%s%s%s",
	        name, near ? ", did you mean '" : "", near ? near : "", near ? "'?" : "");
	free(known);
	return -1;
}

int rollout_limits(struct sf_rollout *rollout, const struct sf_scenario *scenario,
                   const struct sf_plan *plan, const struct sf_rollout_options *options,
                   struct sf_error *err)
{
	const struct sf_node_plan *first = plan->node;
	uint32_t all = 0;

	for (size_t i = 0; i < options->n_pools; i++) {
		if (!has_pool(scenario, options->pool[i].pool)) {
			return fail_pool(scenario, options->pool[i].pool, err);
		}
	}
	rollout->n_pools = scenario->n_pools;
	rollout->pool_max =
		sf_arena_array(rollout->arena, scenario->n_pools + 1, sizeof *rollout->pool_max);
	if (!rollout->pool_max) {
		return sf_fail(err, SF_ENOMEM, "roll-out: no memory");
	}
	for (size_t p = 0; p < scenario->n_pools; p++) {
		const struct sf_pool *pool = &scenario->pool[p];
		uint32_t nodes = in_service(pool, first);

		rollout->pool_max[p] = sf_share_nodes(share_of(options, pool->name), nodes);
		all += nodes;
		first += pool->count;
	}
	rollout->max_unavailable = sf_share_nodes(
		options->max_unavailable.value ? options->max_unavailable : SF_ROLLOUT_SHARE, all);
	return 0;
}
