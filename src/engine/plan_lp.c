/* plan_lp: see plan_lp.h. */
// SPDX-License-Identifier: Apache-2.0
#include "plan_lp.h"

#include "plan_tier.h"

#include <slicefit/alloc.h>
#include <slicefit/arena.h>

#include <stdlib.h>

static const struct plan_class *class_of(const struct plan_lp *lp, const struct plan_group *group)
{
	return &lp->model->class[group->class];
}

static void add_block(struct plan_lp *lp, struct plan_group *group, uint32_t mode)
{
	plan_lp_add_block(lp, class_of(lp, group), mode, &group->block[group->n_blocks++]);
}

/* A node is in one mode or empty; one with running pods that is not kept is drained. */
static void add_node_rows(struct plan_lp *lp, struct plan_group *group)
{
	const struct plan_mode *now = &class_of(lp, group)->mode[group->signature];
	int row = sf_milp_row(lp->milp, -SF_MILP_INF, 1);

	for (size_t b = 0; b < group->n_blocks; b++) {
		sf_milp_put(lp->milp, row, group->block[b].used, 1);
	}
	group->drained = -1;
	if (now->run) {
		int either = sf_milp_row(lp->milp, 1, 1);

		group->drained = sf_milp_col(lp->milp, 0, group->n_blocks > 1, true);
		sf_milp_put(lp->milp, either, group->block[0].used, 1);
		sf_milp_put(lp->milp, either, group->drained, 1);
	}
}

static void add_group(struct plan_lp *lp, uint32_t class, uint32_t signature, bool keep_only)
{
	struct plan_group *group = &lp->group[lp->n_groups++];
	const struct plan_class *of = &lp->model->class[class];
	uint32_t end = (uint32_t)(keep_only ? of->n_keep : of->n_modes);

	group->class = class;
	group->signature = signature;
	group->block =
		sf_arena_array(lp->arena, of->n_modes - of->n_keep + 1, sizeof *group->block);
	add_block(lp, group, signature);
	for (uint32_t m = (uint32_t)of->n_keep; m < end; m++) {
		add_block(lp, group, m);
	}
	add_node_rows(lp, group);
}

/* Adds the pods of a group to a row. */
static void count_pods(struct plan_lp *lp, const struct plan_group *group, int row, double weight)
{
	for (size_t b = 0; b < group->n_blocks; b++) {
		for (size_t d = 0; d < lp->model->n_demands; d++) {
			if (group->block[b].pods[d] >= 0) {
				sf_milp_put(lp->milp, row, group->block[b].pods[d], weight);
			}
		}
	}
}

/* Nodes of a signature are alike: the earlier one holds no fewer pods. */
static void order_rows(struct plan_lp *lp)
{
	for (size_t g = 1; g < lp->n_groups; g++) {
		const struct plan_group *before = &lp->group[g - 1], *group = &lp->group[g];

		if (before->class == group->class && before->signature == group->signature) {
			int row = sf_milp_row(lp->milp, 0, SF_MILP_INF);

			count_pods(lp, before, row, 1);
			count_pods(lp, group, row, -1);
		}
	}
}

static void drain_rows(struct plan_lp *lp)
{
	for (uint32_t c = 0; c < lp->model->n_classes; c++) {
		uint32_t most = lp->model->class[c].max_drained;
		int row = most < lp->model->class[c].n_nodes
		                  ? sf_milp_row(lp->milp, -SF_MILP_INF, most)
		                  : -1;

		for (size_t g = 0; row >= 0 && g < lp->n_groups; g++) {
			if (lp->group[g].class == c && lp->group[g].drained >= 0) {
				sf_milp_put(lp->milp, row, lp->group[g].drained, 1);
			}
		}
	}
}

static void put_entry(struct plan_lp *lp, size_t tier, int col, int64_t value)
{
	if (value && col >= 0) {
		sf_milp_put(lp->milp, lp->tier_row[tier], col, (double)value);
	}
}

static void tier_entries(struct plan_lp *lp, size_t tier, const struct plan_group *group,
                         const struct plan_block *block)
{
	const struct plan_model *model = lp->model;
	const struct plan_mode *mode = &class_of(lp, group)->mode[block->mode];

	for (size_t d = 0; d < model->n_demands; d++) {
		put_entry(lp, tier, block->pods[d], plan_tier_of_pod(model, tier, d));
	}
	for (size_t r = 0; r < mode->n_roles; r++) {
		if (!mode->role[r].free_of_gpu) {
			put_entry(lp, tier, block->roles[r], plan_tier_of_gpu(model, tier, mode));
		}
	}
	put_entry(lp, tier, block->used, plan_tier_of_node(model, tier, mode));
}

static void tier_rows(struct plan_lp *lp)
{
	for (size_t t = 0; t < lp->model->n_tiers; t++) {
		lp->tier_row[t] = sf_milp_row(lp->milp, -SF_MILP_INF, SF_MILP_INF);
		for (size_t g = 0; g < lp->n_groups; g++) {
			const struct plan_group *group = &lp->group[g];
			const struct plan_mode *now = &class_of(lp, group)->mode[group->signature];

			for (size_t b = 0; b < group->n_blocks; b++) {
				tier_entries(lp, t, group, &group->block[b]);
			}
			put_entry(lp, t, group->drained, plan_tier_of_drain(lp->model, t, now));
		}
	}
}

static void balance_rows(struct plan_lp *lp)
{
	plan_balance_init(&lp->balance, lp->model, lp->milp, lp->tier_row);
	for (size_t g = 0; g < lp->n_groups; g++) {
		const struct plan_group *group = &lp->group[g];

		for (size_t b = 0; b < group->n_blocks; b++) {
			const struct plan_block *block = &group->block[b];
			const struct plan_mode *mode = &class_of(lp, group)->mode[block->mode];

			for (size_t r = 0; r < mode->n_roles; r++) {
				plan_balance_put(&lp->balance, group->class, block->roles[r],
				                 !mode->role[r].free_of_gpu);
			}
		}
	}
}

static void demand_rows(struct plan_lp *lp)
{
	int *row = sf_xcalloc(lp->model->n_workloads + 1, sizeof *row);

	for (size_t w = 0; w < lp->model->n_workloads; w++) {
		row[w] = sf_milp_row(lp->milp, -SF_MILP_INF, lp->model->wanted[w]);
	}
	for (size_t g = 0; g < lp->n_groups; g++) {
		for (size_t b = 0; b < lp->group[g].n_blocks; b++) {
			for (size_t d = 0; d < lp->model->n_demands; d++) {
				int col = lp->group[g].block[b].pods[d];

				if (col >= 0) {
					sf_milp_put(lp->milp, row[lp->model->demand[d].of], col, 1);
				}
			}
		}
	}
	free(row);
}

static struct plan_lp *begin(const struct plan_model *model, size_t groups)
{
	struct plan_lp *lp = sf_xcalloc(1, sizeof *lp);

	lp->model = model;
	lp->milp = sf_milp_create();
	lp->arena = sf_arena_create(0);
	lp->group = sf_xcalloc(groups + 1, sizeof *lp->group);
	lp->tier_row = sf_xcalloc(model->n_tiers, sizeof *lp->tier_row);
	return lp;
}

struct plan_lp *plan_lp_create(const struct plan_model *model, bool keep_only)
{
	struct plan_lp *lp = begin(model, model->n_nodes);

	for (uint32_t c = 0; c < model->n_classes; c++) {
		for (uint32_t s = 0; s < model->class[c].n_keep; s++) {
			for (uint32_t i = 0; i < model->class[c].mode[s].n_nodes; i++) {
				add_group(lp, c, s, keep_only);
			}
		}
	}
	tier_rows(lp);
	balance_rows(lp);
	demand_rows(lp);
	order_rows(lp);
	drain_rows(lp);
	return lp;
}

struct plan_lp *plan_lp_create_one(const struct plan_model *model, uint32_t class, uint32_t mode)
{
	struct plan_lp *lp = begin(model, 1);
	struct plan_group *group = &lp->group[lp->n_groups++];

	group->class = class;
	group->drained = -1;
	group->block = sf_arena_array(lp->arena, 1, sizeof *group->block);
	add_block(lp, group, mode);
	return lp;
}

void plan_lp_destroy(struct plan_lp *lp)
{
	if (!lp) {
		return;
	}
	sf_milp_destroy(lp->milp);
	sf_arena_destroy(lp->arena);
	free(lp->group);
	plan_balance_finish(&lp->balance);
	free(lp->tier_row);
	free(lp);
}

size_t plan_lp_size(const struct plan_model *model, bool keep_only)
{
	size_t size = 0;

	for (size_t c = 0; c < model->n_classes; c++) {
		const struct plan_class *class = &model->class[c];
		size_t end = keep_only ? class->n_keep : class->n_modes;

		for (size_t m = 0; m < end; m++) {
			size += class->mode[m].n_nodes *
			        (1 + model->n_demands + class->mode[m].n_roles);
		}
	}
	return size;
}

void plan_lp_fix(struct plan_lp *lp, size_t tier, int64_t value)
{
	if (plan_tier_is_max(lp->model, tier)) {
		sf_milp_row_bounds(lp->milp, lp->tier_row[tier], (double)value, SF_MILP_INF);
	} else {
		sf_milp_row_bounds(lp->milp, lp->tier_row[tier], -SF_MILP_INF, (double)value);
	}
}
