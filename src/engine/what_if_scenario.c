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

/* The names of each pool with room for one more, so that nodes can come and go. */
static int copy_pool(struct sf_pool *to, const struct sf_pool *from, struct sf_arena *arena)
{
	const char **name = NULL;

	*to = *from;
	if (from->node_name) {
		name = sf_arena_array(arena, (size_t)from->count + 1, sizeof *name);
		if (!name) {
			return -1;
		}
		memcpy(name, from->node_name, from->count * sizeof *name);
		to->node_name = name;
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
	for (size_t p = 0; p < from->n_pools; p++) {
		if (copy_pool(&out->pool[p], &from->pool[p], arena)) {
			return -1;
		}
	}
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

void what_if_remove(struct sf_scenario *scenario, size_t p, uint32_t index)
{
	struct sf_pool *pool = &scenario->pool[p];
	uint32_t node = what_if_first(scenario, p) + index;
	uint32_t after = pool->count - index - 1;

	renumber(scenario, node, -1);
	if (pool->node_name) {
		const char **name = (const char **)(uintptr_t)pool->node_name; /* our own copy */

		memmove(&name[index], &name[index + 1], after * sizeof *name);
	}
	if (--pool->count == 0) {
		scenario->n_pools--;
		memmove(pool, pool + 1, (scenario->n_pools - p) * sizeof *pool);
	}
}

int what_if_add(struct sf_scenario *scenario, size_t p, struct sf_arena *arena)
{
	struct sf_pool *pool = &scenario->pool[p];

	if (pool->node_name) {
		const char **name = (const char **)(uintptr_t)pool->node_name; /* our own copy */

		name[pool->count] = sf_arena_printf(arena, "%s-%u", pool->name, pool->count);
		if (!name[pool->count]) {
			return -1;
		}
	}
	renumber(scenario, what_if_first(scenario, p) + pool->count, 1);
	pool->count++;
	return 0;
}
