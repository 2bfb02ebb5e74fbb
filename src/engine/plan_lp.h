/*
 * plan_lp: the integer program of a plan.
 *
 * Nodes come in groups. In a group of one the program is exact; in a group of many (the nodes of a
 * class taken together) it adds their CPU, memory and GPUs up, which gives a bound.
 */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_PLAN_LP_H
#define SF_PLAN_LP_H

#include "milp.h"
#include "plan_fill.h"

/* Columns of one group in one mode; -1 where there is none. */
struct plan_block {
	uint32_t mode;
	const uint32_t *most; /* of the mode: pods per node */
	int used;             /* nodes in this mode */
	int *pods;            /* per demand */
	int *roles;           /* per role: GPUs that play it */
};

struct plan_group {
	uint32_t class;
	uint32_t nodes;
	size_t n_blocks;
	struct plan_block *block;
};

struct plan_lp {
	const struct plan_model *model;
	struct sf_milp *milp;
	bool exact; /* every group is one node */
	size_t n_groups;
	struct plan_group *group;
	int *tier_row; /* plan_tiers() rows */
	struct sf_arena *arena;
};

/* `split`: one group per node, else one per class. `keep_only`: no node is rebuilt. */
struct plan_lp *plan_lp_create(const struct plan_model *model, bool split, bool keep_only);

/* One node of a class that is in one mode, or empty. */
struct plan_lp *plan_lp_create_one(const struct plan_model *model, uint32_t class, uint32_t mode);
void plan_lp_destroy(struct plan_lp *lp);

/* Columns that the split program would have. */
size_t plan_lp_size(const struct plan_model *model, bool keep_only);

/* The column values of a solution (malloc'ed). */
double *plan_lp_point(const struct plan_lp *lp, const struct plan_solution *solution);

/* The node patterns of a point of an exact program. */
void plan_lp_patterns(const struct plan_lp *lp, const double *x, struct plan_solution *out);

/* Fixes a tier at a value or better; lets it free again. */
void plan_lp_fix(struct plan_lp *lp, size_t tier, int64_t value);
void plan_lp_free(struct plan_lp *lp, size_t tier);

#endif
