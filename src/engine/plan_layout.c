/* plan_layout: see plan_layout.h. */
// SPDX-License-Identifier: Apache-2.0
#include "plan_layout_impl.h"

#include "plan_alike.h"

#include <slicefit/alloc.h>
#include <slicefit/arena.h>
#include <slicefit/error.h>

#include <stdlib.h>
#include <string.h>

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
		node->gpus_used = (uint8_t)plan_pattern_gpus(deal->model, pattern);
		if (!kept) {
			plan_layout_rebuild(deal->class, today, pattern, node);
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
			plan_layout_start(today, node);
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

			plan->gpus_changed += !plan_same_gpu(&node->before[g], &node->after[g]) ||
			                      (plain && node->replicas != node->replicas_before);
		}
	}
}

int plan_layout_build(const struct plan_model *model, const struct plan_solution *solution,
                      struct sf_plan *plan, struct sf_error *err)
{
	plan->n_nodes = model->n_own_nodes;
	plan->n_bought = model->n_nodes - plan->n_nodes;
	plan->node = sf_arena_array(plan->arena, model->n_nodes + 1, sizeof *plan->node);
	if (!plan->node || nodes_after(model, solution, plan) ||
	    plan_layout_after(model->scenario, plan)) {
		return sf_fail(err, SF_ENOMEM, "plan: no memory for the layouts");
	}
	count_changes(plan);
	return 0;
}
