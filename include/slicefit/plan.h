/* plan: the recommended layout of every node, with what it serves and how good it is. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_PLAN_H
#define SF_PLAN_H

#include <slicefit/demand.h>
#include <slicefit/scenario.h>

/* What one node is to look like. */
struct sf_node_plan {
	uint32_t node; /* index in the scenario's cluster */
	bool changed;
	bool drained; /* it is rebuilt while pods run there: `evicted` */
	bool bought;  /* not there today: one of the nodes that its pool may buy */
	uint16_t replicas_before, replicas;     /* of nvidia.com/gpu; 1: not shared */
	struct sf_gpu_spec before[SF_GPUS_MAX]; /* n_gpus entries */
	struct sf_gpu_spec after[SF_GPUS_MAX];
	uint8_t n_gpus;
	uint8_t gpus_used;         /* that pods of the plan need, if it is known by GPUs */
	enum sf_strategy strategy; /* after */
	const uint32_t *pods;      /* per workload: how many of its pods the plan puts here, those
	                              that run here and stay included */
	const uint32_t *evicted;   /* per workload: how many of its running pods must leave */
};

struct sf_plan_served {
	uint32_t wanted;
	uint32_t before; /* served by the scenario's own layout */
	uint32_t served; /* served by the plan */
	uint32_t bound;  /* no plan serves more of this tier's workloads; per workload: min(wanted,
	                    tier bound) */
	const char *why; /* binding constraint of unserved pods, or NULL */
};

/* Pods that get larger instances than they ask for (the scenario's plan.substitute). */
struct sf_plan_way {
	uint32_t workload;
	uint32_t pods;
	const char *profile; /* that they get, as mig-parted spells it */
};

enum { SF_PLAN_TIER_NAME_MAX = 128 };

/* One step of the lexicographic objective. */
struct sf_plan_tier {
	char name[SF_PLAN_TIER_NAME_MAX]; /* "served, priority 100", "drain cost" */
	enum sf_plan_tier_kind kind;      /* the first of its kinds */
	double unit; /* value and bound are multiples of this: 1, of costs and sums maybe less */
	int64_t value;
	int64_t bound;  /* proven, given the tiers before: served <= bound, GPUs >= bound */
	bool maximised; /* served pods; of everything else the less the better */
	bool proven;    /* value == bound */
};

/* GPUs of one product on the nodes that are known by their GPUs (not by counts only). */
struct sf_plan_product {
	const struct sf_product *product;
	uint32_t total, bought;     /* there now; on nodes that the plan buys */
	uint32_t used_before, used; /* the fewest that can hold the served pods */
};

struct sf_plan {
	struct sf_arena *arena;
	struct sf_demand demand;
	size_t n_nodes;
	size_t n_bought;           /* nodes that could be bought; those with `bought` are */
	struct sf_node_plan *node; /* n_nodes of the scenario, then n_bought, pool by pool */
	size_t n_served;           /* one per workload */
	struct sf_plan_served *served;
	size_t n_ways;
	struct sf_plan_way *way;
	size_t n_tiers;
	struct sf_plan_tier *tier;
	uint32_t gpus_total;
	uint32_t gpus_used, gpus_used_before; /* the fewest that can hold the served pods */
	size_t n_products;
	struct sf_plan_product *product; /* in the order of the scenario's pools */
	/* Cost per hour of the GPUs whose pools say what they cost; < 0: none does. */
	double cost_per_hour_before; /* of all that are there now, */
	double cost_per_hour;        /* with those that are bought, */
	double cost_per_hour_free;   /* and of these, of those that no pod of the plan needs */
	uint32_t nodes_changed, gpus_changed;
	uint32_t nodes_drained, pods_evicted;
	bool optimal;              /* every tier proven */
	bool limited;              /* a tier is not proven */
	bool reproducible;         /* no wall-clock limit was hit */
	const char *trouble;       /* why the solver broke down on the way, or NULL */
	struct sf_scenario *after; /* the scenario with the planned nodes, one pool per distinct
	                              node; for replay */
};

struct sf_plan_options {
	struct sf_demand_spec demand;
	uint32_t node_limit; /* branch-and-bound nodes per solve; 0: default */
	double time_limit_s; /* safety stop for the whole plan; 0: default 60 */
};

/* Plans; always yields the best plan found, with its bound, or NULL with err for wrong input. */
struct sf_plan *sf_plan_create(const struct sf_scenario *scenario,
                               const struct sf_plan_options *options, struct sf_error *err);
void sf_plan_destroy(struct sf_plan *plan);

/* Was this library built with the solver? Without it sf_plan_create always fails. */
bool sf_plan_available(void);

/*
 * A plan with the nodes that it buys, as if they were there already: behind the others, whole and empty,
 * in pools of their own (POOL-new). Their nodes are called as the pool says (sf_pool.buy_name), else
 * POOL-new-0, POOL-new-1, ... The plan itself where it buys none. Everything is borrowed or in `arena`.
 */
struct sf_plan_joined {
	struct sf_scenario scenario;
	struct sf_plan plan; /* n_bought is 0: they are among n_nodes, with `bought` */
};
int sf_plan_join(const struct sf_scenario *scenario, const struct sf_plan *plan,
                 struct sf_arena *arena, struct sf_plan_joined *out, struct sf_error *err);

/* What replaying the demand at once under one policy makes of the layouts. */
struct sf_plan_verify {
	const char *policy;
	uint32_t wanted;
	uint32_t running; /* of these run already, and are where they run (with the plan: where its
	                     roll-out leaves them). 0 also when they cannot all be there as far as
	                     the model knows: then they come with the others */
	uint32_t planned_before, planned; /* served, as the plan counts it */
	uint32_t before, served;          /* placed by the replay */
};

#endif
