/* plan_solution: lists of node patterns and what they are worth. */
// SPDX-License-Identifier: Apache-2.0
#include "plan_fill.h"

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

size_t plan_tiers(const struct plan_model *model)
{
	return model->n_levels + 2;
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

void plan_solution_value(const struct plan_model *model, const struct plan_solution *solution,
                         int64_t *value)
{
	memset(value, 0, plan_tiers(model) * sizeof *value);
	for (size_t i = 0; i < solution->n; i++) {
		const struct plan_pattern *pattern = &solution->pattern[i];
		int64_t nodes = pattern->nodes;

		for (size_t d = 0; d < model->n_demands; d++) {
			value[model->demand[d].level] += nodes * pattern->pods[d];
		}
		value[model->n_levels] += nodes * plan_pattern_gpus(model, pattern);
		value[model->n_levels + 1] += pattern->mode ? nodes : 0;
	}
}

int plan_value_compare(const struct plan_model *model, const int64_t *a, const int64_t *b)
{
	for (size_t t = 0; t < plan_tiers(model); t++) {
		if (a[t] != b[t]) {
			bool more_is_better = t < model->n_levels;

			return (a[t] > b[t]) == more_is_better ? -1 : 1;
		}
	}
	return 0;
}

void plan_solution_served(const struct plan_model *model, const struct plan_solution *solution,
                          uint32_t *served)
{
	memset(served, 0, model->n_demands * sizeof *served);
	for (size_t i = 0; i < solution->n; i++) {
		for (size_t d = 0; d < model->n_demands; d++) {
			served[d] += solution->pattern[i].nodes * solution->pattern[i].pods[d];
		}
	}
}
