/* plan_layout_text: see plan_layout_text.h. */
// SPDX-License-Identifier: Apache-2.0
#include "plan_layout_text.h"

#include <slicefit/alloc.h>
#include <slicefit/str.h>

#include <stdlib.h>
#include <string.h>

static bool same_gpu(const struct sf_gpu_spec *a, const struct sf_gpu_spec *b)
{
	return a->product == b->product && a->mig == b->mig && a->layout.n == b->layout.n &&
	       memcmp(a->layout.instance, b->layout.instance,
	              a->layout.n * sizeof a->layout.instance[0]) == 0;
}

static bool same_node(const struct sf_node_plan *a, const struct sf_node_plan *b, size_t workloads)
{
	if (a->n_gpus != b->n_gpus || a->changed != b->changed || a->drained != b->drained ||
	    a->replicas != b->replicas || a->replicas_before != b->replicas_before ||
	    a->strategy != b->strategy ||
	    memcmp(a->pods, b->pods, workloads * sizeof *a->pods) != 0 ||
	    memcmp(a->evicted, b->evicted, workloads * sizeof *a->evicted) != 0) {
		return false;
	}
	for (uint8_t g = 0; g < a->n_gpus; g++) {
		if (!same_gpu(&a->before[g], &b->before[g]) ||
		    !same_gpu(&a->after[g], &b->after[g])) {
			return false;
		}
	}
	return true;
}

static bool same_reason(const struct sf_plan_reason *reason, uint32_t a, uint32_t b)
{
	return !reason ||
	       (reason[a].kind == reason[b].kind && reason[a].workload == reason[b].workload &&
	        reason[a].nowhere_else == reason[b].nowhere_else);
}

struct sf_plan_group *sf_plan_groups(const struct sf_scenario *scenario, const struct sf_plan *plan,
                                     const struct sf_plan_reason *reason, size_t *n)
{
	struct sf_plan_group *group = NULL;
	size_t cap = 0, begin;
	uint32_t node = 0;

	*n = 0;
	for (uint32_t p = 0; p < scenario->n_pools; p++) {
		begin = *n;
		for (uint32_t i = 0; i < scenario->pool[p].count; i++, node++) {
			size_t k = begin;

			while (k < *n && !(same_node(&plan->node[group[k].first], &plan->node[node],
			                             plan->n_served) &&
			                   same_reason(reason, group[k].first, node))) {
				k++;
			}
			if (k == *n) {
				group = sf_xgrow(group, &cap, ++*n, sizeof *group);
				group[k] = (struct sf_plan_group){.pool = p, .first = node};
				group[k].member =
					sf_xcalloc(scenario->pool[p].count, sizeof(uint32_t));
			}
			group[k].member[group[k].n++] = i;
		}
	}
	return group;
}

void sf_plan_groups_free(struct sf_plan_group *group, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(group[i].member);
	}
	free(group);
}

/* Names of their own: the first few. */
static void given_names(const struct sf_pool *pool, const struct sf_plan_group *group,
                        struct sf_str *out)
{
	enum { SHOWN = 3 };
	char buffer[SF_NODE_NAME_MAX + 1];

	for (uint32_t i = 0; i < group->n && i < SHOWN; i++) {
		sf_str_printf(out, "%s%s", i ? ", " : "",
		              sf_pool_node_name(pool, group->member[i], buffer));
	}
	if (group->n > SHOWN) {
		sf_str_printf(out, " and %u more", group->n - SHOWN);
	}
}

void sf_plan_group_name(const struct sf_scenario *scenario, const struct sf_plan_group *group,
                        struct sf_str *out)
{
	const struct sf_pool *pool = &scenario->pool[group->pool];

	if (pool->node_name) {
		given_names(pool, group, out);
		return;
	}
	sf_str_printf(out, "%s-", pool->name);
	if (group->n == 1) {
		sf_str_printf(out, "%u", group->member[0]);
		return;
	}
	sf_str_append(out, "[");
	for (uint32_t i = 0; i < group->n;) {
		uint32_t end = i;

		while (end + 1 < group->n && group->member[end + 1] == group->member[end] + 1) {
			end++;
		}
		sf_str_printf(out, "%s%u", i ? "," : "", group->member[i]);
		if (end > i) {
			sf_str_printf(out, "-%u", group->member[end]);
		}
		i = end + 1;
	}
	sf_str_append(out, "]");
}

void sf_plan_gpu_text(const struct sf_gpu_spec *gpu, uint16_t replicas, bool dynamic,
                      struct sf_str *out)
{
	struct sf_mig_geometry geometry;
	bool first = true;

	if (!gpu->mig) {
		if (replicas > 1) {
			sf_str_printf(out, "shared by %u", replicas);
		} else {
			sf_str_append(out, "whole");
		}
		return;
	}
	if (gpu->layout.n == 0) {
		sf_str_append(out, dynamic ? "dynamic MIG" : "MIG, not cut");
		return;
	}
	sf_mig_geometry_of(&gpu->layout, &geometry);
	for (int p = gpu->product->n_profiles - 1; p >= 0; p--) {
		if (!geometry.count[p]) {
			continue;
		}
		sf_str_printf(out, "%s%s", first ? "" : " ", gpu->product->profile[p].name);
		if (geometry.count[p] > 1) {
			sf_str_printf(out, "*%u", geometry.count[p]);
		}
		first = false;
	}
}

/* Instance counts count here, not where they are. */
static bool same_text(const struct sf_gpu_spec *a, const struct sf_gpu_spec *b)
{
	struct sf_mig_geometry x, y;

	sf_mig_geometry_of(&a->layout, &x);
	sf_mig_geometry_of(&b->layout, &y);
	return a->product == b->product && a->mig == b->mig && memcmp(&x, &y, sizeof x) == 0;
}

void sf_plan_layout_text(const struct sf_gpu_spec *gpu, uint8_t n, uint16_t replicas, bool dynamic,
                         struct sf_str *out)
{
	bool done[SF_GPUS_MAX] = {false}, several = false, first = true;

	for (uint8_t g = 1; g < n; g++) {
		several = several || gpu[g].product != gpu[0].product;
	}
	for (uint8_t g = 0; g < n; g++) {
		unsigned alike = 0;

		for (uint8_t h = g; h < n; h++) {
			if (!done[h] && same_text(&gpu[g], &gpu[h])) {
				done[h] = true;
				alike++;
			}
		}
		if (!alike) {
			continue;
		}
		sf_str_printf(out, "%s%ux ", first ? "" : ", ", alike);
		if (several) {
			sf_str_printf(out, "%s ", gpu[g].product->name);
		}
		sf_plan_gpu_text(&gpu[g], replicas, dynamic, out);
		first = false;
	}
}
