/* rollout_free: how much stays free while a plan is rolled out. */
// SPDX-License-Identifier: Apache-2.0
#include "rollout_state.h"

#include <slicefit/alloc.h>
#include <slicefit/arena.h>
#include <slicefit/error.h>

#include <stdlib.h>
#include <string.h>

/* By resource number. Names that come with a rebuilt node had nothing before. */
struct rollout_free {
	int64_t before[SF_RESOURCES_MAX], least[SF_RESOURCES_MAX], now[SF_RESOURCES_MAX];
	uint32_t wave[SF_RESOURCES_MAX];
	bool seen[SF_RESOURCES_MAX]; /* some node in service had one */
};

struct rollout_free *rollout_free_create(void)
{
	return sf_xcalloc(1, sizeof(struct rollout_free));
}

void rollout_free_destroy(struct rollout_free *free_of)
{
	free(free_of);
}

/* What the nodes in service have free; the instances of dynamic nodes are made when they are asked
 * for, and are not counted. */
static void count_now(struct rollout_free *free_of, const struct sf_cluster *cluster)
{
	uint32_t nodes = sf_cluster_nodes(cluster);

	memset(free_of->now, 0, sizeof free_of->now);
	for (uint32_t i = 0; i < nodes; i++) {
		const struct sf_node *node = sf_cluster_node(cluster, i);
		bool counts = node->state == SF_NODE_READY && !node->dynamic;

		for (uint8_t c = 0; counts && c < node->n_counts; c++) {
			const struct sf_count *count = &node->count[c];

			free_of->now[count->resource] += (int64_t)count->total - count->used;
			free_of->seen[count->resource] |= count->total > 0;
		}
	}
}

void rollout_free_note(struct rollout_free *free_of, const struct sf_cluster *cluster,
                       uint32_t wave)
{
	count_now(free_of, cluster);
	for (size_t r = 0; r < SF_RESOURCES_MAX; r++) {
		if (wave == 0) {
			free_of->before[r] = free_of->now[r];
		}
		if (wave == 0 || free_of->now[r] < free_of->least[r]) {
			free_of->least[r] = free_of->now[r];
			free_of->wave[r] = wave;
		}
	}
}

static int compare_names(const void *a, const void *b)
{
	const struct sf_rollout_free *x = a, *y = b;

	return strcmp(x->resource, y->resource);
}

int rollout_free_report(struct rollout_free *free_of, const struct sf_cluster *cluster,
                        struct sf_rollout *rollout, struct sf_error *err)
{
	const struct sf_resources *names = sf_cluster_resources(cluster);

	rollout_free_note(free_of, cluster, rollout->n_waves > 0 ? rollout->n_waves : 1);
	rollout->n_free = 0;
	rollout->free = sf_arena_array(rollout->arena, (size_t)sf_resource_count(names) + 1,
	                               sizeof *rollout->free);
	for (uint16_t r = 0; rollout->free && r < sf_resource_count(names); r++) {
		struct sf_rollout_free *to = &rollout->free[rollout->n_free];

		if (!free_of->seen[r]) {
			continue;
		}
		to->resource = sf_arena_strdup(rollout->arena, sf_resource_name(names, r));
		if (!to->resource) {
			return sf_fail(err, SF_ENOMEM, "roll-out: no memory");
		}
		to->before = free_of->before[r];
		to->least = free_of->least[r];
		to->least_wave = free_of->wave[r];
		to->after = free_of->now[r];
		rollout->n_free++;
	}
	if (!rollout->free) {
		return sf_fail(err, SF_ENOMEM, "roll-out: no memory");
	}
	qsort(rollout->free, rollout->n_free, sizeof *rollout->free, compare_names);
	return 0;
}
