/* plan_solution: lists of node patterns and what they are worth. */
// SPDX-License-Identifier: Apache-2.0
#include "plan_balance.h"
#include "plan_tier.h"

#include <slicefit/alloc.h>

#include <stdlib.h>
#include <string.h>

void plan_solution_finish(struct plan_solution *solution)
{
	for (size_t i = 0; i < solution->n; i++) {
		free(solution->pattern[i].pods);
		free(solution->pattern[i].roles);
	}
	free(solution->pattern);
	memset(solution, 0, sizeof *solution);
}

static void *copy_of(const void *from, size_t n, size_t size)
{
	void *to = sf_xcalloc(n + 1, size);

	memcpy(to, from, n * size);
	return to;
}

void plan_solution_add(const struct plan_model *model, struct plan_solution *solution,
                       const struct plan_pattern *pattern)
{
	const struct plan_mode *mode = &model->class[pattern->class].mode[pattern->mode];
	struct plan_pattern *to;
	uint64_t pods = 0;

	for (size_t d = 0; d < model->n_demands; d++) {
		pods += pattern->pods[d];
	}
	if (!pods || !pattern->nodes) {
		return;
	}
	solution->pattern = sf_xgrow(solution->pattern, &solution->cap, solution->n + 1,
	                             sizeof *solution->pattern);
	to = &solution->pattern[solution->n++];
	*to = *pattern;
	to->pods = copy_of(pattern->pods, model->n_demands, sizeof *to->pods);
	to->roles = copy_of(pattern->roles, mode->n_roles, sizeof *to->roles);
}

void plan_solution_copy(const struct plan_model *model, struct plan_solution *to,
                        const struct plan_solution *from)
{
	struct plan_solution copy = {0};

	for (size_t i = 0; i < from->n; i++) {
		plan_solution_add(model, &copy, &from->pattern[i]);
	}
	plan_solution_finish(to);
	*to = copy;
}

int64_t plan_pattern_gpus(const struct plan_model *model, const struct plan_pattern *pattern)
{
	const struct plan_mode *mode = &model->class[pattern->class].mode[pattern->mode];
	int64_t gpus = 0;

	for (size_t r = 0; r < mode->n_roles; r++) {
		gpus += mode->role[r].free_of_gpu ? 0 : pattern->roles[r];
	}
	return gpus;
}

void plan_solution_nodes(const struct plan_class *class, uint32_t number,
                         const struct plan_solution *solution, uint32_t *nodes)
{
	memset(nodes, 0, class->n_modes * sizeof *nodes);
	for (size_t i = 0; i < solution->n; i++) {
		if (solution->pattern[i].class == number) {
			nodes[solution->pattern[i].mode] += solution->pattern[i].nodes;
		}
	}
}

/* Takes what all nodes that are not kept cost. */
static void add_drains(const struct plan_model *model, const struct plan_solution *solution,
                       size_t tier, int64_t *value)
{
	for (size_t c = 0; c < model->n_classes; c++) {
		for (size_t s = 0; s < model->class[c].n_keep; s++) {
			const struct plan_mode *mode = &model->class[c].mode[s];

			*value += mode->n_nodes * plan_tier_of_drain(model, tier, mode);
		}
	}
	for (size_t i = 0; i < solution->n; i++) {
		const struct plan_pattern *pattern = &solution->pattern[i];
		const struct plan_mode *mode = &model->class[pattern->class].mode[pattern->mode];

		*value -= pattern->nodes * plan_tier_of_drain(model, tier, mode);
	}
}

void plan_solution_value(const struct plan_model *model, const struct plan_solution *solution,
                         int64_t *value)
{
	for (size_t t = 0; t < model->n_tiers; t++) {
		value[t] = 0;
		if (plan_tier_has(model, t, SF_PLAN_DRAIN)) {
			add_drains(model, solution, t, &value[t]);
		}
		if (plan_tier_has(model, t, SF_PLAN_BALANCE)) {
			value[t] += model->tier[t].weight[SF_PLAN_BALANCE] *
			            plan_balance_value(model, solution);
		}
		for (size_t i = 0; i < solution->n; i++) {
			value[t] += solution->pattern[i].nodes *
			            plan_tier_of_pattern(model, t, &solution->pattern[i]);
		}
	}
}

int plan_value_compare(const struct plan_model *model, const int64_t *a, const int64_t *b)
{
	for (size_t t = 0; t < model->n_tiers; t++) {
		if (a[t] != b[t]) {
			return (a[t] > b[t]) == plan_tier_is_max(model, t) ? -1 : 1;
		}
	}
	return 0;
}

void plan_solution_served(const struct plan_model *model, const struct plan_solution *solution,
                          uint32_t *served)
{
	memset(served, 0, model->n_workloads * sizeof *served);
	for (size_t i = 0; i < solution->n; i++) {
		for (size_t d = 0; d < model->n_demands; d++) {
			served[model->demand[d].of] +=
				solution->pattern[i].nodes * solution->pattern[i].pods[d];
		}
	}
}
