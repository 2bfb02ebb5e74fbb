/* plan_buy: see plan_buy.h. */
// SPDX-License-Identifier: Apache-2.0
#include "plan_buy.h"

#include <slicefit/arena.h>

#include <string.h>

static size_t buying(const struct sf_scenario *scenario)
{
	size_t n = 0;

	for (size_t p = 0; p < scenario->n_pools; p++) {
		n += scenario->pool[p].buy_max > 0;
	}
	return n;
}

static const char *const *make_names(const struct sf_pool *pool, struct sf_arena *arena)
{
	uint32_t n = pool->buy_max;
	const char **name = sf_arena_array(arena, (size_t)n + 1, sizeof *name);
	char buffer[SF_NODE_NAME_MAX + 1];

	for (uint32_t i = 0; name && i < n; i++) {
		name[i] = sf_arena_strdup(arena, sf_pool_new_name(pool, i, buffer));
		if (!name[i]) {
			return NULL;
		}
	}
	return name;
}

static const char *const *make_pool(const struct sf_pool *like, struct sf_arena *arena,
                                    struct sf_pool *out)
{
	*out = *like;
	out->name = sf_arena_printf(arena, "%s-new", like->name);
	out->count = like->buy_max;
	out->buy_max = 0;
	out->pinned = out->cordoned = out->no_sharing = false;
	out->max_drained = UINT32_MAX;
	memset(&out->node.sharing, 0, sizeof out->node.sharing);
	for (uint8_t g = 0; g < out->node.n_gpus; g++) {
		out->node.gpu[g].mig = false;
		memset(&out->node.gpu[g].layout, 0, sizeof out->node.gpu[g].layout);
	}
	out->node_name = make_names(like, arena);
	return out->name ? out->node_name : NULL;
}

const struct sf_scenario *plan_buy_extend(const struct sf_scenario *scenario,
                                          struct sf_arena *arena)
{
	size_t more = buying(scenario), n = scenario->n_pools;
	struct sf_scenario *out = more ? sf_arena_alloc(arena, sizeof *out) : NULL;

	if (!out) {
		return more ? NULL : scenario;
	}
	*out = *scenario;
	out->pool = sf_arena_array(arena, n + more, sizeof *out->pool);
	if (!out->pool) {
		return NULL;
	}
	memcpy(out->pool, scenario->pool, n * sizeof *out->pool);
	for (size_t p = 0; p < n; p++) {
		if (scenario->pool[p].buy_max > 0 &&
		    !make_pool(&scenario->pool[p], arena, &out->pool[out->n_pools++])) {
			return NULL;
		}
	}
	return out;
}
