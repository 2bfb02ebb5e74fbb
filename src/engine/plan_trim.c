/* plan_trim: see plan_trim.h. */
// SPDX-License-Identifier: Apache-2.0
#include "plan_trim.h"

#include "plan_node.h"

#include <slicefit/alloc.h>

#include <stdlib.h>
#include <string.h>

/* The pattern's pods beside those that run there, hardest to place first. */
static void place_all(struct plan_node *node, const struct plan_pattern *pattern, bool *ok)
{
	const struct plan_model *model = node->model;
	uint32_t next = 0;

	while (*ok && next != UINT32_MAX) {
		uint32_t most = next;

		next = UINT32_MAX;
		for (uint32_t d = 0; d < model->n_demands; d++) {
			uint32_t of = node->mode->most[d], k = plan_running(node->mode, d);

			if (of > most && of < next) {
				next = of;
			}
			for (; *ok && of == most && k < pattern->pods[d]; k++) {
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
	bool ok = plan_node_init(node, model, class, mode);

	other.roles = sf_xcalloc(mode->n_roles + 1, sizeof *other.roles);
	place_all(node, pattern, &ok);
	plan_node_roles(node, other.roles);
	if (ok && plan_pattern_gpus(model, &other) < plan_pattern_gpus(model, pattern)) {
		memcpy(pattern->roles, other.roles, mode->n_roles * sizeof *other.roles);
	}
	free(other.roles);
	free(node);
}

/* Takes up to `over` pods of a demand off the nodes of pattern i, but none that runs there; returns
 * how many are still too many. Nodes that keep theirs become a pattern of their own at the end of the
 * list. */
static uint32_t take_off(const struct plan_model *model, struct plan_solution *solution, size_t i,
                         uint32_t demand, uint32_t over)
{
	const struct plan_pattern *first = &solution->pattern[i];
	uint32_t run = plan_running(&model->class[first->class].mode[first->mode], demand);

	while (over && solution->pattern[i].pods[demand] > run) {
		struct plan_pattern *pattern = &solution->pattern[i];
		uint32_t spare = pattern->pods[demand] - run;
		uint32_t each = spare < over ? spare : over;
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

static void trim_workload(const struct plan_model *model, struct plan_solution *solution,
                          uint32_t workload, uint32_t over)
{
	for (uint32_t d = (uint32_t)model->n_demands; over && d-- > 0;) {
		for (size_t i = 0; model->demand[d].of == workload && over && i < solution->n;
		     i++) {
			over = take_off(model, solution, i, d, over);
		}
	}
}

void plan_trim(const struct plan_model *model, struct plan_solution *solution)
{
	uint32_t *served = sf_xcalloc(model->n_workloads + 1, sizeof *served);
	struct plan_solution tidy = {0};

	plan_solution_served(model, solution, served);
	for (uint32_t w = 0; w < model->n_workloads; w++) {
		uint32_t wanted = model->wanted[w];

		trim_workload(model, solution, w, served[w] > wanted ? served[w] - wanted : 0);
	}
	free(served);
	for (size_t i = 0; i < solution->n; i++) {
		plan_solution_add(model, &tidy, &solution->pattern[i]);
	}
	plan_solution_finish(solution);
	*solution = tidy;
}

/* `nodes` nodes of a signature with the pods that run there. */
static void add_idle(const struct plan_model *model, struct plan_solution *solution, uint32_t c,
                     uint32_t s, uint32_t nodes)
{
	const struct plan_mode *mode = &model->class[c].mode[s];
	struct plan_node *node = sf_xcalloc(1, sizeof *node);
	struct plan_pattern pattern = {.class = c, .mode = s, .nodes = nodes, .pods = mode->run};

	pattern.roles = sf_xcalloc(mode->n_roles + 1, sizeof *pattern.roles);
	plan_node_init(node, model, &model->class[c], mode);
	plan_node_roles(node, pattern.roles);
	plan_solution_add(model, solution, &pattern);
	free(pattern.roles);
	free(node);
}

/* The signature that has nodes left and is the cheapest to drain, an idle one before others; n_keep:
 * there is none. */
static size_t find_cheapest(const struct plan_class *class, const uint32_t *nodes)
{
	size_t best = class->n_keep;

	for (size_t s = 0; s < class->n_keep; s++) {
		const struct plan_mode *mode = &class->mode[s], *other = &class->mode[best];

		if (nodes[s] && (best == class->n_keep || mode->drain < other->drain ||
		                 (!mode->run && other->run))) {
			best = s;
		}
	}
	return best;
}

/* The nodes that are rebuilt are taken from those that could be kept. */
static void take_rebuilt(const struct plan_class *class, uint32_t rebuilt, uint32_t *nodes)
{
	while (rebuilt) {
		size_t s = find_cheapest(class, nodes);
		uint32_t n;

		if (s == class->n_keep) {
			return;
		}
		n = nodes[s] < rebuilt ? nodes[s] : rebuilt;
		rebuilt -= n;
		nodes[s] -= n;
	}
}

static void settle_class(const struct plan_model *model, struct plan_solution *solution, uint32_t c,
                         uint32_t *nodes)
{
	const struct plan_class *class = &model->class[c];
	uint32_t rebuilt = 0;

	plan_solution_nodes(class, c, solution, nodes);
	for (size_t m = class->n_keep; m < class->n_modes; m++) {
		rebuilt += nodes[m];
	}
	for (size_t s = 0; s < class->n_keep; s++) {
		nodes[s] = class->mode[s].n_nodes - nodes[s];
	}
	take_rebuilt(class, rebuilt, nodes);
	for (uint32_t s = 0; s < class->n_keep; s++) {
		if (nodes[s] && class->mode[s].run) {
			add_idle(model, solution, c, s, nodes[s]);
		}
	}
}

void plan_settle(const struct plan_model *model, struct plan_solution *solution)
{
	for (uint32_t c = 0; c < model->n_classes; c++) {
		uint32_t *nodes = sf_xcalloc(model->class[c].n_modes + 1, sizeof *nodes);

		settle_class(model, solution, c, nodes);
		free(nodes);
	}
}
