/* plan_fill: solutions as node patterns, and greedy ways to make them. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_PLAN_FILL_H
#define SF_PLAN_FILL_H

#include "plan_model.h"

/* `nodes` nodes of a class that look and are used the same. In a KEEP mode at least the running pods
 * are there. */
struct plan_pattern {
	uint32_t class, mode, nodes;
	uint32_t *pods;  /* per demand, on one node */
	uint16_t *roles; /* per role of the mode: GPUs of one node that play it */
};

/* A whole plan. Nodes in no pattern are empty; where pods run today, they are drained. */
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

/* The value per tier, model->n_tiers of them. */
void plan_solution_value(const struct plan_model *model, const struct plan_solution *solution,
                         int64_t *value);

/* < 0 when value `a` is better than `b`, 0 when equal. */
int plan_value_compare(const struct plan_model *model, const int64_t *a, const int64_t *b);

/* Served pods per workload. */
void plan_solution_served(const struct plan_model *model, const struct plan_solution *solution,
                          uint32_t *served);

/* Nodes per mode of the class that are in patterns; n_modes numbers. */
void plan_solution_nodes(const struct plan_class *class, uint32_t number,
                         const struct plan_solution *solution, uint32_t *nodes);

enum plan_order {
	PLAN_LARGE_FIRST,       /* whatever is hard to place comes first */
	PLAN_LEVEL_LARGE_FIRST, /* by priority, then large first */
	PLAN_LEVEL_SMALL_FIRST, /* by priority, then small first: serves more pods */
	PLAN_ORDERS,
};

#endif
