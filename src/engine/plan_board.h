/*
 * plan_board: all nodes while pods are put on them. Nodes in the same state are one lot; a lot is
 * split when only some of its nodes get pods.
 */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_PLAN_BOARD_H
#define SF_PLAN_BOARD_H

#include "plan_fill.h"
#include "plan_node.h"

struct plan_lot {
	uint32_t class, mode, nodes;
	bool closed;           /* takes no more pods */
	uint32_t *pods;        /* per demand, on one node */
	uint16_t *roles;       /* closed: as they came; else NULL */
	struct plan_node node; /* one of them */
};

struct plan_board {
	const struct plan_model *model;
	size_t n, cap;
	struct plan_lot *lot;
	uint32_t *left;    /* per workload: pods without a place */
	uint32_t *drained; /* per class: nodes with running pods that were rebuilt */
};

/* Every node as it is, with its running pods. */
void plan_board_init(struct plan_board *board, const struct plan_model *model);

/* The nodes of a settled solution (plan_trim.h) as they are in it, the others empty. No more pods are
 * on them than are wanted. */
void plan_board_load(struct plan_board *board, const struct plan_model *model,
                     const struct plan_solution *solution);
void plan_board_finish(struct plan_board *board);

/* Splits `nodes` nodes off a lot (fewer than it has); their lot's number. */
size_t plan_board_split(struct plan_board *board, size_t lot, uint32_t nodes);

/* The nodes of a lot lose their pods and get another mode of the class. */
void plan_board_rebuild(struct plan_board *board, size_t lot, uint32_t mode);

/* Puts up to `count` pods of a demand that have no place on nodes of a lot, at most `most` on each; how
 * many it put. Those nodes may become a lot of their own. */
uint32_t plan_board_put(struct plan_board *board, size_t lot, uint32_t demand, uint32_t most,
                        uint32_t count);

/* Puts what is left on the nodes as they are: those in use first. */
void plan_board_fill(struct plan_board *board, enum plan_order order);

/* Rebuilds nodes, the cheapest first, as long as that is worth it for what is left. */
void plan_board_improve(struct plan_board *board, enum plan_order order);

/* plan_bump.c: where a few pods have no place, they take that of pods of lower priority (none of those
 * that run today), which go elsewhere if they can. */
void plan_board_bump(struct plan_board *board);

/* Adds the board's patterns to a solution. */
void plan_board_patterns(const struct plan_board *board, struct plan_solution *out);

/* The demands, first those that come first in the order. malloc'ed; *n of them. */
uint32_t *plan_board_turns(const struct plan_model *model, enum plan_order order, size_t *n);

#endif
