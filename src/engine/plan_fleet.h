/*
 * plan_fleet: the integer program of a whole fleet, with counts in place of nodes.
 *
 * Per class it counts how many nodes of each signature are drained, how many are rebuilt in which mode,
 * how many of their GPUs play which role, how many GPUs of kept nodes are in use, and how many pods
 * of each demand the class holds. Pods take devices of the class together, so the program says more
 * than nodes can hold: it is a relaxation, tight where pods want one device. Its size hangs on the
 * kinds of nodes, GPUs and pods.
 */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_PLAN_FLEET_H
#define SF_PLAN_FLEET_H

#include "milp.h"
#include "plan_balance.h"
#include "plan_fill.h"

enum { FLEET_TYPES_MAX = 256 };

/* Devices of a class that serve the same demands. */
struct fleet_type {
	uint64_t *serves; /* bit set over (demand, want) */
	int row;          /* taken <= there */
};

/* GPUs that supply the same. */
struct fleet_role {
	bool kept; /* of kept nodes; else of rebuilt ones */
	bool mig;
	bool free_of_gpu;
	uint8_t product;
	uint32_t mode;    /* the first it is of; rebuilt and not MIG: the only one */
	uint16_t role;    /* in that mode */
	uint32_t *supply; /* per type */
	int col;
	int row;     /* kept: GPUs in use <= there; rebuilt: <= what its nodes may have, or -1 */
	double room; /* kept: GPUs there when no node is drained */
};

struct fleet_class {
	size_t n_types, cap_types;
	struct fleet_type *type;
	size_t n_roles, cap_roles;
	struct fleet_role *role;
	int **role_of; /* [mode][role]: number of the class's role, or -1; NULL: not there */
	int *drained;  /* per signature: column */
	int *rebuilt;  /* per rebuilt mode: column: nodes */
	int *pods;     /* per demand: column, or -1 */
};

struct plan_fleet {
	const struct plan_model *model;
	struct sf_milp *milp;
	struct sf_arena *arena;
	bool keep_only;
	bool overflow; /* more types than the program can have: it says nothing */
	size_t words;  /* of a bit set over wants */
	struct fleet_class *class;
	int *tier_row;
	struct plan_balance balance;
	int64_t *offset; /* per tier: its value is the row's plus this */
};

/* plan_fleet_class.c: adds what is of one class. */
void plan_fleet_add_class(struct plan_fleet *fleet, uint32_t class);

struct plan_fleet *plan_fleet_create(const struct plan_model *model, bool keep_only);
void plan_fleet_destroy(struct plan_fleet *fleet);

/* Fixes a tier at a value or better; frees it again. */
void plan_fleet_fix(struct plan_fleet *fleet, size_t tier, int64_t value);
void plan_fleet_free(struct plan_fleet *fleet, size_t tier);

/* The columns of drained nodes, malloc'ed; *n of them. `others`: those of rebuilt nodes and of GPUs
 * instead. */
int *plan_fleet_columns(const struct plan_fleet *fleet, bool others, size_t *n);

/* Drains one more node of each class in the point: the cheapest. */
void plan_fleet_drain_more(const struct plan_fleet *fleet, double *x);

/* Drains just the nodes with running pods that the point drains; lets them free again (x NULL). */
void plan_fleet_hold(struct plan_fleet *fleet, const double *x);

/*
 * plan_fleet_point.c: the columns of a solution (malloc'ed). Columns that split the pods of a demand over types of devices are -1: a relaxation with all others
 * given fills them.
 */
double *plan_fleet_point(const struct plan_fleet *fleet, const struct plan_solution *solution);

/* How a point is packed onto nodes. */
struct fleet_way {
	enum plan_order order;
	bool evenly; /* each node gets its share of the class's pods, rather than all it can hold */
};

/* plan_realise.c: packs a point of the program onto nodes. */
void plan_fleet_realise(const struct plan_fleet *fleet, const double *x,
                        const struct fleet_way *way, struct plan_solution *out);

#endif
