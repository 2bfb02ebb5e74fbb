/* plan_fill: solutions as node patterns, and greedy ways to make them. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_PLAN_FILL_H
#define SF_PLAN_FILL_H

#include "plan_model.h"

/* `nodes` nodes of a class that look and are used the same. */
struct plan_pattern {
	uint32_t class, mode, nodes;
	uint32_t *pods;  /* per demand, on one node */
	uint16_t *roles; /* per role of the mode: GPUs of one node that play it */
};

/* A whole plan: nodes in no pattern are left alone and empty. */
struct plan_solution {
	size_t n, cap;
	struct plan_pattern *pattern; /* malloc'ed; pods and roles too */
};

void plan_solution_finish(struct plan_solution *solution);
void plan_solution_copy(const struct plan_model *model, struct plan_solution *to,
                        const struct plan_solution *from);

/* Adds a pattern (copies pods and roles); one without pods is dropped. */
void plan_solution_add(const struct plan_model *model, struct plan_solution *solution,
                       const struct plan_pattern *pattern);

/* GPUs in use on one node of the pattern. */
int64_t plan_pattern_gpus(const struct plan_model *model, const struct plan_pattern *pattern);

/* The objective's tiers: served pods per level, then GPUs in use, then rebuilt nodes. */
size_t plan_tiers(const struct plan_model *model);
void plan_solution_value(const struct plan_model *model, const struct plan_solution *solution,
                         int64_t *value);

/* < 0 when value `a` is better than `b`, 0 when equal. */
int plan_value_compare(const struct plan_model *model, const int64_t *a, const int64_t *b);

/* Served pods per demand. */
void plan_solution_served(const struct plan_model *model, const struct plan_solution *solution,
                          uint32_t *served);

enum plan_order {
	PLAN_LARGE_FIRST,       /* whatever is hard to place comes first */
	PLAN_LEVEL_LARGE_FIRST, /* by priority, then large first */
	PLAN_LEVEL_SMALL_FIRST, /* by priority, then small first: serves more pods */
	PLAN_ORDERS,
};

/* One greedy packing. */
struct plan_fill {
	const struct plan_model *model;
	enum plan_order order;
	bool even;           /* each node first gets its even share of what is left */
	bool keep_only;      /* layouts stay as they are */
	uint32_t *remaining; /* per demand; counts down */
	uint32_t *nodes;     /* per class: nodes not used yet; counts down */
};

/* Fills nodes of all classes with what remains. */
void plan_fill_all(const struct plan_fill *fill, struct plan_solution *out);

/* Fills at most `nodes` nodes of a class in one mode with `target` (counts down). */
void plan_fill_mode(const struct plan_fill *fill, uint32_t class, uint32_t mode, uint32_t nodes,
                    uint32_t *target, struct plan_solution *out);

#endif
