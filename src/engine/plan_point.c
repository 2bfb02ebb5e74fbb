/* plan_point: between node patterns and the columns of the integer program. */
// SPDX-License-Identifier: Apache-2.0
#include "plan_lp.h"

#include <slicefit/alloc.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* One node of a pattern, to be put into a group of its class. */
struct one {
	const struct plan_pattern *pattern;
	uint64_t pods;
};

static int compare_ones(const void *a, const void *b)
{
	const struct one *x = a, *y = b;

	if (x->pattern->class != y->pattern->class) {
		return x->pattern->class < y->pattern->class ? -1 : 1;
	}
	/* The program wants the nodes of a class in order of their pods. */
	if (x->pods != y->pods) {
		return x->pods > y->pods ? -1 : 1;
	}
	return x->pattern < y->pattern ? -1 : x->pattern > y->pattern;
}

static void put(const struct plan_lp *lp, const struct plan_group *group,
                const struct plan_pattern *pattern, double nodes, double *x)
{
	const struct plan_block *block = &group->block[pattern->mode];
	const struct plan_mode *mode = &lp->model->class[pattern->class].mode[pattern->mode];

	x[block->used] += nodes;
	for (size_t d = 0; d < lp->model->n_demands; d++) {
		if (pattern->pods[d]) {
			x[block->pods[d]] += nodes * pattern->pods[d];
		}
	}
	for (size_t r = 0; r < mode->n_roles; r++) {
		x[block->roles[r]] += nodes * pattern->roles[r];
	}
}

static void put_split(const struct plan_lp *lp, const struct plan_solution *solution, double *x)
{
	struct one *one;
	size_t n = 0, g = 0;

	for (size_t i = 0; i < solution->n; i++) {
		n += solution->pattern[i].nodes;
	}
	one = sf_xcalloc(n + 1, sizeof *one);
	n = 0;
	for (size_t i = 0; i < solution->n; i++) {
		for (uint32_t k = 0; k < solution->pattern[i].nodes; k++) {
			one[n].pattern = &solution->pattern[i];
			for (size_t d = 0; d < lp->model->n_demands; d++) {
				one[n].pods += solution->pattern[i].pods[d];
			}
			n++;
		}
	}
	qsort(one, n, sizeof *one, compare_ones);
	for (size_t i = 0; i < n; i++) {
		while (lp->group[g].class != one[i].pattern->class) {
			g++;
		}
		put(lp, &lp->group[g++], one[i].pattern, 1, x);
	}
	free(one);
}

double *plan_lp_point(const struct plan_lp *lp, const struct plan_solution *solution)
{
	double *x = sf_xcalloc((size_t)sf_milp_cols(lp->milp) + 1, sizeof *x);

	if (lp->exact) {
		put_split(lp, solution, x);
		return x;
	}
	for (size_t i = 0; i < solution->n; i++) {
		const struct plan_pattern *pattern = &solution->pattern[i];

		for (size_t g = 0; g < lp->n_groups; g++) {
			if (lp->group[g].class == pattern->class) {
				put(lp, &lp->group[g], pattern, pattern->nodes, x);
			}
		}
	}
	return x;
}

static void add_block(const struct plan_lp *lp, const struct plan_group *group,
                      const struct plan_block *block, const double *x, struct plan_solution *out)
{
	const struct plan_model *model = lp->model;
	const struct plan_mode *mode = &model->class[group->class].mode[block->mode];
	struct plan_pattern pattern = {.class = group->class, .mode = block->mode, .nodes = 1};

	if (lround(x[block->used]) != 1) {
		return;
	}
	pattern.pods = sf_xcalloc(model->n_demands + 1, sizeof *pattern.pods);
	pattern.roles = sf_xcalloc(mode->n_roles + 1, sizeof *pattern.roles);
	for (size_t d = 0; d < model->n_demands; d++) {
		pattern.pods[d] = block->pods[d] < 0 ? 0 : (uint32_t)lround(x[block->pods[d]]);
	}
	for (size_t r = 0; r < mode->n_roles; r++) {
		pattern.roles[r] = (uint16_t)lround(x[block->roles[r]]);
	}
	plan_solution_add(model, out, &pattern);
	free(pattern.pods);
	free(pattern.roles);
}

void plan_lp_patterns(const struct plan_lp *lp, const double *x, struct plan_solution *out)
{
	for (size_t g = 0; g < lp->n_groups; g++) {
		for (size_t b = 0; b < lp->group[g].n_blocks; b++) {
			add_block(lp, &lp->group[g], &lp->group[g].block[b], x, out);
		}
	}
}
