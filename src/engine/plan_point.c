/* plan_point: between node patterns and the columns of the integer program. */
// SPDX-License-Identifier: Apache-2.0
#include "plan_lp.h"

#include <slicefit/alloc.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The node of a group: what is on it. */
struct one {
	uint32_t class, signature;
	const struct plan_pattern *pattern; /* NULL: nothing */
	uint64_t pods;
};

static int compare_ones(const void *a, const void *b)
{
	const struct one *x = a, *y = b;

	if (x->class != y->class) {
		return x->class < y->class ? -1 : 1;
	}
	if (x->signature != y->signature) {
		return x->signature < y->signature ? -1 : 1;
	}
	/* The program wants the nodes of a signature in order of their pods. */
	if (x->pods != y->pods) {
		return x->pods > y->pods ? -1 : 1;
	}
	return x->pattern < y->pattern ? -1 : x->pattern > y->pattern;
}

static void put(const struct plan_lp *lp, const struct plan_group *group, const struct one *one,
                double *x)
{
	const struct plan_pattern *pattern = one->pattern;
	const struct plan_block *block = &group->block[0];
	bool kept = pattern && pattern->mode == group->signature;
	const struct plan_class *class = &lp->model->class[group->class];

	if (group->drained >= 0) {
		x[group->drained] = !kept;
	}
	if (!pattern) {
		return;
	}
	if (!kept) {
		block = &group->block[1 + pattern->mode - class->n_keep];
	}
	x[block->used] = 1;
	for (size_t d = 0; d < lp->model->n_demands; d++) {
		if (pattern->pods[d] && block->pods[d] >= 0) {
			x[block->pods[d]] = pattern->pods[d];
		}
	}
	for (size_t r = 0; r < class->mode[pattern->mode].n_roles; r++) {
		x[block->roles[r]] = pattern->roles[r];
	}
}

/* Gives a node of the class to one more node of the pattern: of its signature, else one that is
 * drained anyhow, else any. */
static void seat(const struct plan_lp *lp, struct one *one, const struct plan_pattern *pattern)
{
	const struct plan_class *class = &lp->model->class[pattern->class];
	bool kept = pattern->mode < class->n_keep;
	size_t best = SIZE_MAX;

	for (size_t g = 0; g < lp->n_groups; g++) {
		const struct one *to = &one[g];

		if (to->class != pattern->class || to->pattern ||
		    (kept && to->signature != pattern->mode)) {
			continue;
		}
		if (class->mode[to->signature].run) {
			best = g;
			break;
		}
		best = best == SIZE_MAX ? g : best;
	}
	if (best == SIZE_MAX) {
		return;
	}
	one[best].pattern = pattern;
	for (size_t d = 0; d < lp->model->n_demands; d++) {
		one[best].pods += pattern->pods[d];
	}
}

double *plan_lp_point(const struct plan_lp *lp, const struct plan_solution *solution)
{
	double *x = sf_xcalloc((size_t)sf_milp_cols(lp->milp) + 1, sizeof *x);
	struct one *one = sf_xcalloc(lp->n_groups + 1, sizeof *one);

	for (size_t g = 0; g < lp->n_groups; g++) {
		one[g].class = lp->group[g].class;
		one[g].signature = lp->group[g].signature;
	}
	for (int rebuilt = 0; rebuilt < 2; rebuilt++) {
		for (size_t i = 0; i < solution->n; i++) {
			const struct plan_pattern *pattern = &solution->pattern[i];
			const struct plan_class *class = &lp->model->class[pattern->class];

			for (uint32_t k = 0;
			     (pattern->mode >= class->n_keep) == rebuilt && k < pattern->nodes;
			     k++) {
				seat(lp, one, pattern);
			}
		}
	}
	/* Groups come by class and signature, too. */
	qsort(one, lp->n_groups, sizeof *one, compare_ones);
	for (size_t g = 0; g < lp->n_groups; g++) {
		put(lp, &lp->group[g], &one[g], x);
	}
	free(one);
	plan_balance_point(&lp->balance, x);
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
