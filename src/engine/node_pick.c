/* node_pick: which nodes an event of a scenario is about. */
// SPDX-License-Identifier: Apache-2.0
#include "node_pick.h"

#include <slicefit/alloc.h>
#include <slicefit/rng.h>

#include <stdlib.h>

/* Streams of the seed, one per event; workloads use low numbers. */
#define LOT_STREAM (UINT64_C(1) << 62)

void sf_node_set_finish(struct sf_node_set *set)
{
	free(set->node);
	*set = (struct sf_node_set){0};
}

static void add(struct sf_node_set *set, uint32_t node)
{
	set->node = sf_xgrow(set->node, &set->cap, set->n + 1, sizeof(*set->node));
	set->node[set->n++] = node;
}

/* Keeps `n` of those from `first` on; every choice of so many is equally likely. */
static void choose_by_lot(struct sf_node_set *set, size_t first, uint32_t n, struct sf_rng *rng)
{
	for (size_t i = first; i < first + n && i < set->n; i++) {
		size_t k = i + sf_rng_below(rng, set->n - i);
		uint32_t chosen = set->node[k];
		set->node[k] = set->node[i];
		set->node[i] = chosen;
	}
	if (set->n > first + n) {
		set->n = first + n;
	}
}

static void pick_one(const struct sf_scenario *scenario, const struct sf_cluster *cluster,
                     const struct sf_node_pick *pick, struct sf_node_set *out)
{
	char buffer[SF_NODE_NAME_MAX + 1];
	const char *name = sf_pool_node_name(&scenario->pool[pick->pool], pick->n, buffer);
	uint32_t node = sf_cluster_find_node(cluster, name);
	if (node != SF_NODE_NONE) {
		add(out, node);
	}
}

static void pick_pool(const struct sf_cluster *cluster, uint32_t pool, struct sf_node_set *out)
{
	for (uint32_t i = 0; i < sf_cluster_nodes(cluster); i++) {
		const struct sf_node *node = sf_cluster_node(cluster, i);
		if (node->pool == pool && (node->state & SF_NODE_REMOVED) == 0) {
			add(out, i);
		}
	}
}

static int compare(const void *a, const void *b)
{
	const uint32_t *x = a;
	const uint32_t *y = b;
	return (*x > *y) - (*x < *y);
}

/* In order, each once. */
static void tidy(struct sf_node_set *set)
{
	size_t n = 0;
	if (set->n > 0) {
		qsort(set->node, set->n, sizeof(*set->node), compare);
	}
	for (size_t i = 0; i < set->n; i++) {
		if (n == 0 || set->node[i] != set->node[n - 1]) {
			set->node[n++] = set->node[i];
		}
	}
	set->n = n;
}

void sf_node_pick(const struct sf_scenario *scenario, const struct sf_cluster *cluster,
                  uint32_t event, uint64_t seed, struct sf_node_set *out)
{
	const struct sf_node_event *what = &scenario->event[event];
	struct sf_rng rng;
	sf_rng_seed(&rng, seed, LOT_STREAM + event);
	out->n = 0;
	for (size_t i = 0; i < what->n_picks; i++) {
		const struct sf_node_pick *pick = &what->pick[i];
		const size_t first = out->n;
		if (pick->kind == SF_PICK_NODE) {
			pick_one(scenario, cluster, pick, out);
			continue;
		}
		pick_pool(cluster, pick->pool, out);
		if (pick->kind == SF_PICK_LOT) {
			choose_by_lot(out, first, pick->n, &rng);
		}
	}
	tidy(out);
}
