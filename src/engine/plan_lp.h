/*
 * plan_lp: the exact integer program of a plan, node by node: for one node, or a small cluster.
 */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_PLAN_LP_H
#define SF_PLAN_LP_H

#include "milp.h"
#include "plan_balance.h"
#include "plan_fill.h"

/* Columns of one node in one mode; -1 where there is none. */
struct plan_block {
	uint32_t mode;
	const uint32_t *most; /* of the mode: pods per node */
	int used;             /* is it in this mode? */
	int *pods;            /* per demand */
	int *roles;           /* per role: GPUs that play it */
};

/* One node. */
struct plan_group {
	uint32_t class;
	uint32_t signature; /* the KEEP mode that it is in today; block[0] */
	int drained;        /* column; -1: nothing runs there */
	size_t n_blocks;
	struct plan_block *block;
};

struct plan_lp {
	const struct plan_model *model;
	struct sf_milp *milp;
	size_t n_groups;
	struct plan_group *group;
	int *tier_row; /* model->n_tiers of them */
	struct plan_balance balance;
	struct sf_arena *arena;
};

/* `keep_only`: no node is rebuilt. */
struct plan_lp *plan_lp_create(const struct plan_model *model, bool keep_only);

/* One node of a class that is in one mode, or empty; without tiers. */
struct plan_lp *plan_lp_create_one(const struct plan_model *model, uint32_t class, uint32_t mode);
void plan_lp_destroy(struct plan_lp *lp);

/* plan_lp_block.c: adds what is of one node in the mode. */
void plan_lp_add_block(struct plan_lp *lp, const struct plan_class *class, uint32_t mode,
                       struct plan_block *block);

/* Columns that the program would have. */
size_t plan_lp_size(const struct plan_model *model, bool keep_only);

/* The column values of a solution (malloc'ed). */
double *plan_lp_point(const struct plan_lp *lp, const struct plan_solution *solution);

/* The node patterns of a point. */
void plan_lp_patterns(const struct plan_lp *lp, const double *x, struct plan_solution *out);

/* Fixes a tier at a value or better. */
void plan_lp_fix(struct plan_lp *lp, size_t tier, int64_t value);

#endif
