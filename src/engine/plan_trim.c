/* plan_trim: see plan_trim.h. */
// SPDX-License-Identifier: Apache-2.0
#include "plan_trim.h"

#include "plan_node.h"

#include <slicefit/alloc.h>

#include <stdlib.h>
#include <string.h>

/* The demands of a mode, hardest to place first. */
static void place_all(struct plan_node *node, const struct plan_pattern *pattern, bool *ok)
{
	const struct plan_model *model = node->model;
	uint32_t next = 0;

	*ok = true;
	while (*ok && next != UINT32_MAX) {
		uint32_t most = next;

		next = UINT32_MAX;
		for (uint32_t d = 0; d < model->n_demands; d++) {
			uint32_t of = node->mode->most[d];

			if (of > most && of < next) {
				next = of;
			}
			for (uint32_t k = 0; *ok && of == most && k < pattern->pods[d]; k++) {
				*ok = plan_node_add(node, d);
			}
		}
	}
}

/* Looks for roles that hold the pattern's pods on fewer GPUs. */
static void refit(const struct plan_model *model, struct plan_pattern *pattern)
{
	const struct plan_class *class = &model->class[pattern->class];
	const struct plan_mode *mode = &class->mode[pattern->mode];
	struct plan_node *node = sf_xcalloc(1, sizeof *node);
	struct plan_pattern other = *pattern;
	bool ok;

	other.roles = sf_xcalloc(mode->n_roles + 1, sizeof *other.roles);
	plan_node_init(node, model, class, mode);
	place_all(node, pattern, &ok);
	plan_node_roles(node, other.roles);
	if (ok && plan_pattern_gpus(model, &other) < plan_pattern_gpus(model, pattern)) {
		memcpy(pattern->roles, other.roles, mode->n_roles * sizeof *other.roles);
	}
	free(other.roles);
	free(node);
}

/* Takes up to `over` pods of a demand off the nodes of pattern i; returns how many are still too
 * many. Nodes that keep theirs become a pattern of their own at the end of the list. */
static uint32_t take_off(const struct plan_model *model, struct plan_solution *solution, size_t i,
                         uint32_t demand, uint32_t over)
{
	while (over && solution->pattern[i].pods[demand]) {
		struct plan_pattern *pattern = &solution->pattern[i];
		uint32_t each = pattern->pods[demand] < over ? pattern->pods[demand] : over;
		uint32_t nodes = over / each < pattern->nodes ? over / each : pattern->nodes;

		if (nodes < pattern->nodes) {
			struct plan_pattern rest = *pattern;

			rest.nodes = pattern->nodes - nodes;
			plan_solution_add(model, solution, &rest);
			pattern = &solution->pattern[i];
			pattern->nodes = nodes;
		}
		pattern->pods[demand] -= each;
		over -= each * nodes;
		refit(model, pattern);
	}
	return over;
}

void plan_trim(const struct plan_model *model, struct plan_solution *solution)
{
	uint32_t *served = sf_xcalloc(model->n_demands + 1, sizeof *served);
	struct plan_solution tidy = {0};

	plan_solution_served(model, solution, served);
	for (uint32_t d = 0; d < model->n_demands; d++) {
		uint32_t wanted = model->demand[d].wanted;
		uint32_t over = served[d] > wanted ? served[d] - wanted : 0;

		for (size_t i = 0; over && i < solution->n; i++) {
			over = take_off(model, solution, i, d, over);
		}
	}
	free(served);
	for (size_t i = 0; i < solution->n; i++) {
		plan_solution_add(model, &tidy, &solution->pattern[i]);
	}
	plan_solution_finish(solution);
	*solution = tidy;
}

void plan_fill_rest(struct plan_fill *fill, struct plan_solution *solution)
{
	uint32_t *served = sf_xcalloc(fill->model->n_demands + 1, sizeof *served);

	plan_solution_served(fill->model, solution, served);
	for (size_t d = 0; d < fill->model->n_demands; d++) {
		fill->remaining[d] -= served[d];
	}
	for (size_t i = 0; i < solution->n; i++) {
		fill->nodes[solution->pattern[i].class] -= solution->pattern[i].nodes;
	}
	plan_fill_all(fill, solution);
	free(served);
}
