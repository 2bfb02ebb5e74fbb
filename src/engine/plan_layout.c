/* plan_layout: see plan_layout.h. */
// SPDX-License-Identifier: Apache-2.0
#include "plan_layout.h"

#include <slicefit/alloc.h>
#include <slicefit/arena.h>
#include <slicefit/error.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One node being laid out. */
struct work {
	const struct plan_class *class;
	const struct plan_mode *mode;
	const struct sf_node_spec *now;
	struct sf_node_plan *node;
	uint16_t *left; /* per role: GPUs still to be found */
	bool done[SF_GPUS_MAX];
};

static bool same_gpu(const struct sf_gpu_spec *a, const struct sf_gpu_spec *b)
{
	return a->product == b->product && a->mig == b->mig && a->layout.n == b->layout.n &&
	       memcmp(a->layout.instance, b->layout.instance,
	              a->layout.n * sizeof a->layout.instance[0]) == 0;
}

static bool of_product(const struct work *w, uint8_t g, const struct plan_role *role)
{
	return !w->done[g] && w->now->gpu[g].product == w->class->product[role->product];
}

/* GPUs that are cut as a role needs them stay as they are. */
static void keep_equal(struct work *w)
{
	for (size_t r = 0; r < w->mode->n_roles; r++) {
		const struct plan_role *role = &w->mode->role[r];

		for (uint8_t g = 0; role->mig && w->left[r] && g < w->now->n_gpus; g++) {
			struct sf_mig_geometry geometry;

			sf_mig_geometry_of(&w->now->gpu[g].layout, &geometry);
			if (of_product(w, g, role) && w->now->gpu[g].mig &&
			    memcmp(&geometry, &role->geometry, sizeof geometry) == 0) {
				w->done[g] = true;
				w->left[r]--;
			}
		}
	}
}

static void give_role(struct work *w, uint8_t g, const struct plan_role *role)
{
	struct sf_gpu_spec *gpu = &w->node->after[g];

	memset(&gpu->layout, 0, sizeof gpu->layout);
	gpu->mig = role->mig;
	if (role->mig && !w->now->dynamic) {
		sf_mig_pack(gpu->product, &role->geometry, &gpu->layout);
	}
	w->done[g] = true;
}

/* Finds GPUs for the roles that are (not) MIG: first those in the right mode, then any. */
static void give_roles(struct work *w, bool mig)
{
	for (int any = 0; any < 2; any++) {
		for (size_t r = 0; r < w->mode->n_roles; r++) {
			const struct plan_role *role = &w->mode->role[r];

			for (uint8_t g = 0; role->mig == mig && w->left[r] && g < w->now->n_gpus;
			     g++) {
				if (of_product(w, g, role) && (any || w->now->gpu[g].mig == mig)) {
					give_role(w, g, role);
					w->left[r]--;
				}
			}
		}
	}
}

/* Is there a GPU that replicas could be of? */
static bool any_whole(const struct sf_node_plan *node)
{
	for (uint8_t g = 0; g < node->n_gpus; g++) {
		if (!node->after[g].mig) {
			return true;
		}
	}
	return false;
}

static bool any_mig(const struct sf_node_plan *node)
{
	for (uint8_t g = 0; g < node->n_gpus; g++) {
		if (node->after[g].mig) {
			return true;
		}
	}
	return false;
}

/* GPUs without a role stay as they are, unless their MIG mode rules the node's sharing out. */
static void idle(struct work *w)
{
	bool clash = w->mode->replicas > 1 &&
	             (w->now->dynamic ||
	              (w->now->sharing.mode == SF_SHARING_MPS && w->node->replicas_before > 1));

	for (uint8_t g = 0; g < w->now->n_gpus; g++) {
		if (!w->done[g] && w->now->gpu[g].mig && clash) {
			w->node->after[g].mig = false;
			memset(&w->node->after[g].layout, 0, sizeof w->node->after[g].layout);
		}
	}
}

/* Does the plugin share instances? A rebuilt node's does not. */
static bool shares_instances(const struct sf_sharing *sharing)
{
	for (uint8_t i = 0; i < sharing->n; i++) {
		if (strstr(sharing->resource[i].name, "mig-")) {
			return true;
		}
	}
	return false;
}

/* As it is today. */
static void start_node(struct sf_node_plan *node, const struct plan_mode *mode)
{
	const struct sf_node_spec *now = &mode->pool->node;

	node->n_gpus = now->n_gpus;
	node->replicas = node->replicas_before = mode->replicas;
	node->strategy = now->strategy;
	memcpy(node->before, now->gpu, sizeof node->before);
	memcpy(node->after, now->gpu, sizeof node->after);
}

/* As many replicas as its fullest GPU has pods: the plugin has one number for the node. */
static uint16_t replicas_of(const struct plan_mode *mode, const struct plan_pattern *pattern)
{
	uint16_t most = SF_REPLICAS_MIN;

	for (size_t r = 0; r < mode->n_roles; r++) {
		uint16_t pods = pattern->roles[r] ? mode->role[r].pods : 0;

		most = pods > most ? pods : most;
	}
	return mode->packed ? most : mode->replicas;
}

/* Rebuilds a node that is in the KEEP mode `today`. */
static void lay_out(const struct plan_class *class, const struct plan_mode *today,
                    const struct plan_pattern *pattern, struct sf_node_plan *node)
{
	struct work w = {.class = class,
	                 .mode = &class->mode[pattern->mode],
	                 .now = &today->pool->node,
	                 .node = node};

	w.left = sf_xcalloc(w.mode->n_roles + 1, sizeof *w.left);
	memcpy(w.left, pattern->roles, w.mode->n_roles * sizeof *w.left);
	keep_equal(&w);
	give_roles(&w, true);
	give_roles(&w, false);
	idle(&w);
	free(w.left);
	node->drained = today->run != NULL;
	node->replicas = any_whole(node) ? replicas_of(w.mode, pattern) : 1;
	if (any_mig(node)) {
		node->strategy = SF_STRATEGY_MIXED;
	}
	node->changed = node->replicas != node->replicas_before ||
	                node->strategy != w.now->strategy || shares_instances(&w.now->sharing);
	for (uint8_t g = 0; g < node->n_gpus; g++) {
		node->changed |= !same_gpu(&node->before[g], &node->after[g]);
	}
}

static void count_changes(struct sf_plan *plan)
{
	for (size_t i = 0; i < plan->n_nodes; i++) {
		const struct sf_node_plan *node = &plan->node[i];

		plan->nodes_changed += node->changed;
		plan->nodes_drained += node->drained;
		for (size_t w = 0; w < plan->n_served; w++) {
			plan->pods_evicted += node->evicted[w];
		}
		plan->gpus_total += node->n_gpus;
		for (uint8_t g = 0; g < node->n_gpus; g++) {
			bool plain = !node->before[g].mig && !node->after[g].mig;

			plan->gpus_changed += !same_gpu(&node->before[g], &node->after[g]) ||
			                      (plain && node->replicas != node->replicas_before);
		}
	}
}

static struct sf_sharing sharing_after(const struct sf_node_spec *now,
                                       const struct sf_node_plan *node)
{
	struct sf_sharing sharing = {.n = 1};

	if (node->replicas == 1) {
		return (struct sf_sharing){0};
	}
	if (node->replicas_before > 1) {
		sharing.mode = now->sharing.mode;
		sharing.rename = now->sharing.rename;
		sharing.fail_above_1 = now->sharing.fail_above_1;
	} else {
		/* A name of its own keeps replicas and whole GPUs apart for every scheduler. */
		sharing.mode = SF_SHARING_TIME_SLICING;
		sharing.rename = true;
	}
	snprintf(sharing.resource[0].name, sizeof sharing.resource[0].name, "nvidia.com/gpu");
	sharing.resource[0].replicas = node->replicas;
	return sharing;
}

static bool same_after(const struct sf_node_plan *a, const struct sf_node_plan *b)
{
	if (a->changed != b->changed || a->replicas != b->replicas || a->strategy != b->strategy) {
		return false;
	}
	for (uint8_t g = 0; g < a->n_gpus; g++) {
		if (!same_gpu(&a->after[g], &b->after[g])) {
			return false;
		}
	}
	return true;
}

static void pool_after(struct sf_pool *pool, const struct sf_node_plan *node)
{
	struct sf_node_spec *spec = &pool->node;
	struct sf_node_spec now = *spec;

	if (node->changed) {
		memcpy(spec->gpu, node->after, sizeof spec->gpu);
		spec->strategy = node->strategy;
		spec->sharing = sharing_after(&now, node);
	}
}

/* The scenario with the planned nodes, which keep their order and numbers. */
static int scenario_after(const struct sf_scenario *scenario, struct sf_plan *plan)
{
	struct sf_scenario *after;
	uint32_t first = 0;

	after = sf_arena_alloc(plan->arena, sizeof *after);
	if (!after) {
		return -1;
	}
	*after = *scenario;
	after->arena = NULL;
	after->name = sf_arena_printf(plan->arena, "%s, planned", scenario->name);
	after->n_pools = 0;
	after->pool =
		sf_arena_array(plan->arena, plan->n_nodes + plan->n_bought + scenario->n_pools + 1,
	                       sizeof *after->pool);
	for (size_t p = 0; after->pool && p < scenario->n_pools; p++) {
		const struct sf_pool *pool = &scenario->pool[p];
		uint32_t i = 0;

		while (i < pool->count) {
			const struct sf_node_plan *node = &plan->node[first + i];

			if (first >= plan->n_nodes && !node->bought) {
				break; /* those that are bought come first */
			}
			struct sf_pool *to = &after->pool[after->n_pools++];
			uint32_t n = 1;

			while (i + n < pool->count && same_after(node, node + n) &&
			       node->bought == node[n].bought) {
				n++;
			}
			*to = *pool;
			to->count = n;
			if (pool->node_name) {
				to->node_name = pool->node_name + i;
			}
			pool_after(to, node);
			if (n < pool->count || node->bought) {
				to->name = sf_arena_printf(plan->arena, "%s.%u", pool->name, i);
			}
			i += n;
		}
		first += pool->count;
	}
	plan->after = after;
	return after->pool && after->name ? 0 : -1;
}

/* Gives patterns to nodes, class by class. */
struct deal {
	const struct plan_model *model;
	struct sf_plan *plan;
	const struct plan_class *class;
	uint32_t *next;           /* per signature: how many of its nodes have their pattern */
	const uint32_t **evicted; /* per signature */
};

/* GPUs of a node like those of the signature that the pattern could leave as they are. */
static int likeness(const struct deal *deal, const struct plan_mode *today,
                    const struct plan_pattern *pattern)
{
	const struct plan_mode *mode = &deal->class->mode[pattern->mode];
	int alike = 0;

	for (size_t r = 0; r < mode->n_roles; r++) {
		const struct plan_role *role = &mode->role[r];
		int n = 0;

		for (uint8_t g = 0; pattern->roles[r] && g < today->pool->node.n_gpus; g++) {
			const struct sf_gpu_spec *gpu = &today->pool->node.gpu[g];
			struct sf_mig_geometry geometry;

			sf_mig_geometry_of(&gpu->layout, &geometry);
			n += gpu->mig == role->mig &&
			     (role->mig ? memcmp(&geometry, &role->geometry, sizeof geometry) == 0
			                : today->replicas == mode->replicas);
		}
		alike += n < pattern->roles[r] ? n : pattern->roles[r];
	}
	return alike;
}

/* The signature whose next node suits the pattern best: drained nodes first. */
static size_t find_node(const struct deal *deal, const struct plan_pattern *pattern)
{
	size_t best = SIZE_MAX;
	int most = -1;

	for (size_t s = 0; s < deal->class->n_keep; s++) {
		const struct plan_mode *today = &deal->class->mode[s];
		int score;

		if (deal->next[s] == today->n_nodes) {
			continue;
		}
		score = likeness(deal, today, pattern) + (today->run ? SF_GPUS_MAX + 1 : 0);
		if (score > most) {
			most = score;
			best = s;
		}
	}
	return best;
}

/* Pods per workload of one node of the pattern, in the plan's arena. */
static const uint32_t *pods_of(const struct deal *deal, const uint32_t *of_demand)
{
	const struct plan_model *model = deal->model;
	uint32_t *pods = sf_arena_array(deal->plan->arena, model->n_workloads + 1, sizeof *pods);

	for (size_t d = 0; pods && of_demand && d < model->n_demands; d++) {
		pods[model->demand[d].of] += of_demand[d];
	}
	return pods;
}

static int deal_pattern(struct deal *deal, const struct plan_pattern *pattern)
{
	const uint32_t *pods = pods_of(deal, pattern->pods);
	bool kept = pattern->mode < deal->class->n_keep;

	for (uint32_t k = 0; pods && k < pattern->nodes; k++) {
		size_t s = kept ? pattern->mode : find_node(deal, pattern);
		const struct plan_mode *today = &deal->class->mode[s];
		struct sf_node_plan *node = &deal->plan->node[today->node[deal->next[s]++]];

		node->pods = pods;
		if (!kept) {
			lay_out(deal->class, today, pattern, node);
			node->evicted = deal->evicted[s];
			node->bought = deal->class->bought;
		}
	}
	return pods ? 0 : -1;
}

/* Nodes that get no pattern are empty. */
static int start_class(struct deal *deal, const uint32_t *none)
{
	for (size_t s = 0; s < deal->class->n_keep; s++) {
		const struct plan_mode *today = &deal->class->mode[s];

		deal->evicted[s] = today->run ? pods_of(deal, today->run) : none;
		if (!deal->evicted[s]) {
			return -1;
		}
		for (uint32_t i = 0; i < today->n_nodes; i++) {
			struct sf_node_plan *node = &deal->plan->node[today->node[i]];

			node->node = today->node[i];
			node->pods = none;
			node->evicted = none;
			start_node(node, today);
		}
	}
	return 0;
}

/* Nodes with running pods that are in no pattern lose them. */
static void drain_rest(struct deal *deal)
{
	for (size_t s = 0; s < deal->class->n_keep; s++) {
		const struct plan_mode *today = &deal->class->mode[s];

		while (today->run && deal->next[s] < today->n_nodes) {
			struct sf_node_plan *node = &deal->plan->node[today->node[deal->next[s]++]];

			node->drained = true;
			node->evicted = deal->evicted[s];
		}
	}
}

static int deal_class(struct deal *deal, uint32_t c, const struct plan_solution *solution,
                      const uint32_t *none)
{
	int rc = start_class(deal, none);

	for (int rebuilt = 0; !rc && rebuilt < 2; rebuilt++) {
		for (size_t i = 0; !rc && i < solution->n; i++) {
			const struct plan_pattern *pattern = &solution->pattern[i];

			if (pattern->class == c &&
			    (pattern->mode >= deal->class->n_keep) == rebuilt) {
				rc = deal_pattern(deal, pattern);
			}
		}
	}
	drain_rest(deal);
	return rc;
}

static int nodes_after(const struct plan_model *model, const struct plan_solution *solution,
                       struct sf_plan *plan)
{
	const uint32_t *none = sf_arena_array(plan->arena, model->n_workloads + 1, sizeof *none);
	int rc = none ? 0 : -1;

	for (uint32_t c = 0; !rc && c < model->n_classes; c++) {
		struct deal deal = {.model = model, .plan = plan, .class = &model->class[c]};

		deal.next = sf_xcalloc(deal.class->n_keep + 1, sizeof *deal.next);
		deal.evicted = sf_xcalloc(deal.class->n_keep + 1, sizeof *deal.evicted);
		rc = deal_class(&deal, c, solution, none);
		free(deal.next);
		free(deal.evicted);
	}
	return rc;
}

int plan_layout_build(const struct plan_model *model, const struct plan_solution *solution,
                      struct sf_plan *plan, struct sf_error *err)
{
	plan->n_nodes = model->n_own_nodes;
	plan->n_bought = model->n_nodes - plan->n_nodes;
	plan->node = sf_arena_array(plan->arena, model->n_nodes + 1, sizeof *plan->node);
	if (!plan->node || nodes_after(model, solution, plan) ||
	    scenario_after(model->scenario, plan)) {
		return sf_fail(err, SF_ENOMEM, "plan: no memory for the layouts");
	}
	count_changes(plan);
	return 0;
}
