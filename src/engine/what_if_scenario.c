/* what_if_scenario: see what_if_scenario.h. */
// SPDX-License-Identifier: Apache-2.0
#include "what_if_scenario.h"

#include <slicefit/arena.h>

#include <string.h>

static int copy_workload(struct sf_workload *to, const struct sf_workload *from, uint32_t pods,
                         uint32_t percent, struct sf_arena *arena)
{
	uint64_t more = ((uint64_t)pods * percent + 99) / 100;

	*to = *from;
	to->count = (uint32_t)(pods + more);
	memset(&to->arrival, 0, sizeof to->arrival);
	memset(&to->duration, 0, sizeof to->duration);
	to->duration.kind = SF_DURATION_FOREVER;
	to->timed = false;
	to->running = sf_arena_array(arena, from->n_running + 1, sizeof *to->running);
	if (!to->running) {
		return -1;
	}
	if (from->n_running > 0) {
		memcpy(to->running, from->running, from->n_running * sizeof *to->running);
	}
	return 0;
}

int what_if_scenario(const struct sf_scenario *from, const struct sf_demand *demand,
                     uint32_t percent, struct sf_arena *arena, struct sf_scenario *out)
{
	*out = *from;
	out->n_events = 0;
	memset(&out->trace, 0, sizeof out->trace);
	out->pool = sf_arena_array(arena, from->n_pools + 1, sizeof *out->pool);
	out->workload = sf_arena_array(arena, from->n_workloads + 1, sizeof *out->workload);
	if (!out->pool || !out->workload) {
		return -1;
	}
	for (size_t w = 0; w < from->n_workloads; w++) {
		if (copy_workload(&out->workload[w], &from->workload[w], demand->pods[w], percent,
		                  arena)) {
			return -1;
		}
	}
	memcpy(out->pool, from->pool, from->n_pools * sizeof *out->pool);
	return 0;
}

uint32_t what_if_first(const struct sf_scenario *scenario, size_t pool)
{
	uint32_t first = 0;

	for (size_t p = 0; p < pool; p++) {
		first += scenario->pool[p].count;
	}
	return first;
}

/* Node numbers after one of them went (-1) or before which one came (+1). */
static void renumber(struct sf_scenario *scenario, uint32_t node, int step)
{
	for (size_t w = 0; w < scenario->n_workloads; w++) {
		struct sf_workload *workload = &scenario->workload[w];
		size_t n = 0;

		for (size_t i = 0; i < workload->n_running; i++) {
			struct sf_running running = workload->running[i];

			if (step < 0 && running.node == node) {
				workload->n_running_pods -= running.pods;
				continue;
			}
			if (running.node >= node) {
				running.node = step < 0 ? running.node - 1 : running.node + 1;
			}
			workload->running[n++] = running;
		}
		workload->n_running = n;
	}
}

/* The pool's names without that of node `index` (its count: none), with room for one more. NULL when
 * they have no names of their own, or no memory. */
static const char **names_without(const struct sf_pool *pool, uint32_t index,
                                  struct sf_arena *arena)
{
	const char **name = NULL;

	if (pool->node_name) {
		name = sf_arena_array(arena, (size_t)pool->count + 1, sizeof *name);
	}
	for (uint32_t i = 0, n = 0; name && i < pool->count; i++) {
		if (i != index) {
			name[n++] = pool->node_name[i];
		}
	}
	return name;
}

int what_if_remove(struct sf_scenario *scenario, size_t p, uint32_t index, struct sf_arena *arena)
{
	struct sf_pool *pool = &scenario->pool[p];
	const char **name = names_without(pool, index, arena);

	if (pool->node_name && !name) {
		return -1;
	}
	renumber(scenario, what_if_first(scenario, p) + index, -1);
	pool->node_name = name;
	if (--pool->count == 0) {
		scenario->n_pools--;
		memmove(pool, pool + 1, (scenario->n_pools - p) * sizeof *pool);
	}
	return 0;
}

int what_if_add(struct sf_scenario *scenario, size_t p, struct sf_arena *arena)
{
	struct sf_pool *pool = &scenario->pool[p];
	const char **name = names_without(pool, pool->count, arena);

	if (pool->node_name) {
		if (name) {
			name[pool->count] =
				sf_arena_printf(arena, "%s-%u", pool->name, pool->count);
		}
		if (!name || !name[pool->count]) {
			return -1;
		}
	}
	renumber(scenario, what_if_first(scenario, p) + pool->count, 1);
	pool->node_name = name;
	pool->count++;
	return 0;
}
