/* plan_spec: what a scenario asks of the planner as a whole. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_PLAN_SPEC_H
#define SF_PLAN_SPEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Steps of the plan's lexicographic objective; SF_PLAN_UNMET stands for one per priority. */
enum sf_plan_tier_kind {
	SF_PLAN_UNMET,   /* pods that are not served, of the highest priority first */
	SF_PLAN_DRAIN,   /* sum of drain_cost over the running pods of rebuilt nodes */
	SF_PLAN_REBUILT, /* GPUs that get a new layout with instances or replicas */
	SF_PLAN_WASTE,   /* MiB of instance memory beyond what was asked for */
	SF_PLAN_GPUS,    /* GPUs in use */
	SF_PLAN_NODES,   /* nodes rebuilt */
	SF_PLAN_COST,    /* price of the nodes that are bought */
	SF_PLAN_BALANCE, /* GPUs in use beyond 50, 60, 70, 80 and 90 % of each pool, summed up */
	SF_PLAN_TIERS,
};

/* "unmet", "drain", ..., NULL: as the scenario's plan.tiers names them. */
extern const char *const sf_plan_tier_names[SF_PLAN_TIERS + 1];

/* One step: the sum of these kinds, each times its weight. SF_PLAN_UNMET and SF_PLAN_COST stand alone. */
struct sf_plan_tier_spec {
	size_t n;
	enum sf_plan_tier_kind kind[SF_PLAN_TIERS];
	double weight[SF_PLAN_TIERS]; /* > 0; 1 for a kind that stands alone */
};

/* Capacity that stays free beyond the demand. */
struct sf_headroom {
	const char *kind; /* a MIG profile, or "gpu": whole GPUs */
	uint32_t count;
};

struct sf_plan_spec {
	size_t n_tiers;                               /* 0: the planner's own order */
	struct sf_plan_tier_spec tier[SF_PLAN_TIERS]; /* each kind at most once */
	bool substitute; /* a larger instance may serve a request for a smaller one; never a whole
	                    GPU, and never a request by resource names */
	size_t n_headroom;
	struct sf_headroom *headroom;
	double duty_sigmas;     /* on a shared GPU a pod counts as gpu_duty + this * gpu_duty_sd */
	double duty_percentile; /* of its samples over time, where pods have some, in (0, 100] */
	double duty_cap;        /* most of that on one shared GPU, in (0, 1] */
	bool packed; /* GPUs are shared by pods of different sizes, as far as memory and time go; a
	                scheduler that knows GPU memory has to place them. Else by as many of the
	                largest pods as fit, which any scheduler gets right */
	int32_t process_reserve_mib; /* memory that each pod on a shared GPU takes beside its own */
};

#endif
