/* plan_fleet_point: node patterns as a point of the fleet program. */
// SPDX-License-Identifier: Apache-2.0
#include "plan_fleet.h"

#include <slicefit/alloc.h>

#include <stdlib.h>

/* Everything but what splits a want over types begins at 0. */
static void clear(const struct plan_fleet *fleet, double *x)
{
	size_t n[2];

	for (int j = 0; j < sf_milp_cols(fleet->milp); j++) {
		x[j] = -1;
	}
	for (int others = 0; others < 2; others++) {
		int *col = plan_fleet_columns(fleet, others, &n[others]);

		for (size_t i = 0; i < n[others]; i++) {
			x[col[i]] = 0;
		}
		free(col);
	}
	for (size_t c = 0; c < fleet->model->n_classes; c++) {
		for (size_t d = 0; d < fleet->model->n_demands; d++) {
			if (fleet->class[c].pods[d] >= 0) {
				x[fleet->class[c].pods[d]] = 0;
			}
		}
	}
}

/* Nodes that are in no pattern that keeps them are drained, or idle. */
static void put_drained(const struct plan_fleet *fleet, uint32_t c,
                        const struct plan_solution *solution, double *x)
{
	const struct plan_class *class = &fleet->model->class[c];
	uint32_t *nodes = sf_xcalloc(class->n_modes + 1, sizeof *nodes);

	plan_solution_nodes(class, c, solution, nodes);
	for (size_t s = 0; s < class->n_keep; s++) {
		x[fleet->class[c].drained[s]] = class->mode[s].n_nodes - nodes[s];
	}
	free(nodes);
}

static void put_pattern(const struct plan_fleet *fleet, const struct plan_pattern *pattern,
                        double *x)
{
	const struct plan_class *class = &fleet->model->class[pattern->class];
	const struct plan_mode *mode = &class->mode[pattern->mode];
	const struct fleet_class *of = &fleet->class[pattern->class];
	const int *role_of = of->role_of[pattern->mode];

	if (mode->full) {
		return;
	}
	for (size_t d = 0; d < fleet->model->n_demands; d++) {
		if (pattern->pods[d] && of->pods[d] >= 0) {
			x[of->pods[d]] += (double)pattern->nodes * pattern->pods[d];
		}
	}
	for (size_t r = 0; role_of && r < mode->n_roles; r++) {
		if (role_of[r] >= 0) {
			x[of->role[role_of[r]].col] += (double)pattern->nodes * pattern->roles[r];
		}
	}
	if (pattern->mode >= class->n_keep && !fleet->keep_only) {
		x[of->rebuilt[pattern->mode - class->n_keep]] += pattern->nodes;
	}
}

double *plan_fleet_point(const struct plan_fleet *fleet, const struct plan_solution *solution)
{
	double *x = sf_xcalloc((size_t)sf_milp_cols(fleet->milp) + 1, sizeof *x);

	clear(fleet, x);
	for (uint32_t c = 0; c < fleet->model->n_classes; c++) {
		put_drained(fleet, c, solution, x);
	}
	for (size_t i = 0; i < solution->n; i++) {
		put_pattern(fleet, &solution->pattern[i], x);
	}
	plan_balance_point(&fleet->balance, x);
	return x;
}
