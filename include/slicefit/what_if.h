/* what_if: a plan beside what it would be with a node fewer or more, a node down, or more demand. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_WHAT_IF_H
#define SF_WHAT_IF_H

#include <slicefit/plan.h>

enum sf_what_if_kind {
	SF_WHAT_IF_AS_PLANNED,
	SF_WHAT_IF_FEWER,   /* the node of the pool with the least to drain is taken away */
	SF_WHAT_IF_MORE,    /* another node like those of the pool */
	SF_WHAT_IF_FAILURE, /* the node of the pool with the most to drain is down */
	SF_WHAT_IF_DEMAND,  /* so many percent more pods of each workload, rounded up */
	SF_WHAT_IF_KINDS,
};

/* "as planned", "one node fewer", ... */
extern const char *const sf_what_if_names[SF_WHAT_IF_KINDS];

struct sf_what_if_unmet {
	int32_t priority;
	uint32_t wanted, unmet;
};

struct sf_what_if_row {
	enum sf_what_if_kind kind;
	const char *pool;    /* FEWER, MORE, FAILURE; else NULL */
	const char *node;    /* FEWER, FAILURE: which one; else NULL */
	uint32_t percent;    /* DEMAND */
	uint32_t displaced;  /* pods that ran on a node that is no more: they need another place */
	uint32_t pods_moved; /* of other nodes, that the plan drains */
	double drain_cost;   /* of these */
	uint32_t nodes, nodes_rebuilt;
	uint32_t gpus, gpus_used;
	double cost_per_hour; /* of all GPUs whose cost is known; < 0: of none */
	double bought;        /* price of what the plan buys */
	bool proven;
	struct sf_what_if_unmet *unmet; /* n_priorities, the highest first */
};

/* At most this many pools are varied: the largest. */
enum { SF_WHAT_IF_POOLS_MAX = 20 };

struct sf_what_if {
	struct sf_arena *arena;
	size_t n_priorities;
	size_t n;
	struct sf_what_if_row *row; /* the first is AS_PLANNED */
	bool all_pools;             /* false: there are more than SF_WHAT_IF_POOLS_MAX */
};

/* Plans each variant for the demand of `plan` with the same options. NULL and err when one cannot be
 * planned at all. */
struct sf_what_if *sf_what_if_create(const struct sf_scenario *scenario, const struct sf_plan *plan,
                                     const struct sf_plan_options *options, struct sf_error *err);
void sf_what_if_destroy(struct sf_what_if *what_if);

#endif
