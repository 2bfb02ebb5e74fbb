/* plan_repack_impl: what the files behind plan_repack.h share. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_PLAN_REPACK_IMPL_H
#define SF_PLAN_REPACK_IMPL_H

#include "pack.h"
#include "plan_repack.h"

/* A node that is filled. */
struct repack_slot {
	uint32_t *pods;  /* per demand */
	uint16_t *roles; /* per role of the mode */
	uint8_t free[PLAN_PRODUCTS_MAX];
	int64_t cpu_milli, memory_mib; /* left */
	uint32_t places;
};

/* One mode of one class. */
struct repack {
	const struct plan_solver *solver;
	const struct plan_model *model;
	const struct plan_class *class;
	const struct plan_mode *mode;
	uint32_t c, m;
	uint32_t nodes; /* that hold nothing else */
	uint32_t *left; /* per demand: pods to be packed */
	/* The problem: types are kinds, classes are products. */
	struct pack_type *type;
	uint16_t *kind_of;
	struct pack_class gpu[PLAN_PRODUCTS_MAX];
	struct pack_problem problem;
	struct repack_slot *slot; /* per node */
};

/* Devices for pods of a type that the role supplies. */
uint32_t repack_supply(const struct repack *r, const struct plan_role *role, size_t type);

/* A role that has room for the bin, or -1. */
int repack_role(const struct repack *r, const struct pack_bin *bin);

/* plan_repack_deal.c: gives the GPUs of the bins to the nodes, into r->slot: equal ones together or,
 * where that does not come out, evenly. What does not come out then is left out. */
void repack_deal(struct repack *r, const struct pack_bins *bins);
void repack_close(struct repack *r);

#endif
