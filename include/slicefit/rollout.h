/*
 * rollout: the order in which a plan's nodes are changed, so that it hurts least.
 *
 * A changed node is cordoned, its pods are evicted, it gets its new layout and takes pods again; one that
 * the plan only drains, because its pods are in the way of others, goes through the same. Nodes
 * go in waves: those of one wave are out of service together, and the next wave begins when all of
 * them are back. Nodes that are bought join in the first wave, by themselves. Evicted pods go to nodes that the plan keeps or that an earlier wave has rebuilt, so
 * that no pod is evicted twice; a pod that has no such place has to wait: an interruption.
 */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_ROLLOUT_H
#define SF_ROLLOUT_H

#include <slicefit/plan.h>

/* Does the node have a turn: it is rebuilt, its pods have to leave to make room for others, or it joins? */
static inline bool sf_rollout_takes(const struct sf_node_plan *node)
{
	return node->changed || node->drained || node->bought;
}

/* Is it out of service during its turn? A node that joins has never been in service. */
static inline bool sf_rollout_interrupts(const struct sf_node_plan *node)
{
	return sf_rollout_takes(node) && !node->bought;
}

/* So many of a number of nodes. */
struct sf_share_of {
	uint32_t value;
	bool percent; /* of all, rounded down, but at least one */
};

/* What is used unless something else is said: a quarter, as the GPU Operator's driver upgrades do
 * (ClusterPolicy spec.driver.upgradePolicy.maxUnavailable: 25%). */
#define SF_ROLLOUT_SHARE ((struct sf_share_of){25, true})

/* The same of one pool, by name. */
struct sf_pool_share {
	const char *pool;
	struct sf_share_of share;
};

struct sf_rollout_options {
	struct sf_share_of max_unavailable; /* nodes of one wave, of each pool and of all pools;
	                                       value 0: SF_ROLLOUT_SHARE */
	size_t n_pools;                     /* pools with a limit of their own */
	const struct sf_pool_share *pool;
	uint32_t trial_limit; /* placements tried in search of an order without interruption; 0:
	                         default */
};

/* A running pod of a changed node, and where the model found a place for it. */
struct sf_rollout_move {
	uint32_t workload;
	const char *pod; /* "namespace/name"; NULL: the scenario knows only how many there are */
	uint32_t to;     /* node; SF_NODE_NONE: there is none, not even at the end */
	bool waits;      /* has no place until the wave `back` is done (or for ever) */
	uint32_t back;   /* that wave; 0: it does not wait, or never comes back */
};

/* One node that is rebuilt, or only emptied. Node numbers are those of the scenario's cluster. */
struct sf_rollout_node {
	uint32_t node;
	uint32_t wave; /* from 1 */
	size_t n_moves;
	struct sf_rollout_move *move; /* the highest priority first */
	uint32_t n_waiting;           /* of its pods: "needs interruption" if there are any */
};

/* A resource name over time: how many devices (or replicas) the nodes in service have free. */
struct sf_rollout_free {
	const char *resource;
	int64_t before, least, after;
	uint32_t least_wave; /* the first wave in which it is the least; 0: before any */
};

struct sf_rollout {
	struct sf_arena *arena;
	uint32_t n_waves;
	size_t n_joining; /* nodes that join: those of wave 1, if there are any */
	size_t n_nodes;
	struct sf_rollout_node *node;          /* by wave, then by number */
	uint32_t max_unavailable;              /* nodes at once, in all, */
	size_t n_pools;                        /* of the scenario */
	uint32_t *pool_max;                    /* and of each pool */
	uint32_t n_evicted, n_waiting, n_lost; /* pods: moved, with interruption, without a place */
	size_t n_free;
	struct sf_rollout_free *free; /* by name */
	struct sf_scenario *after;    /* plan->after with the running pods where they are at the
	                                 end; those without a place are no longer running */
};

/*
 * Orders the changed nodes of a plan for the scenario; where it buys nodes these have to be there
 * (sf_plan_join). Greedy: of the nodes whose pods all find places
 * the one with the fewest, else the one with the fewest pods that find none. On small roll-outs it
 * also looks for an order without interruption exhaustively. Free with sf_rollout_destroy; NULL and
 * err when the scenario's running pods cannot be.
 */
struct sf_rollout *sf_rollout_create(const struct sf_scenario *scenario, const struct sf_plan *plan,
                                     const struct sf_rollout_options *options,
                                     struct sf_error *err);
void sf_rollout_destroy(struct sf_rollout *rollout);

/* The most nodes of `all` that may be out of service at once: at least 1. */
uint32_t sf_share_nodes(struct sf_share_of share, uint32_t all);

/* "3" or "25%"; -1 and err for anything else, and for 0. */
int sf_share_parse(const char *text, struct sf_share_of *out, struct sf_error *err);

/* Replays all demanded pods at once under `best-fit`, by priority, on the nodes of the scenario beside what runs
 * there, and on those of the plan beside what runs there after its roll-out. */
int sf_plan_verify(const struct sf_scenario *scenario, const struct sf_plan *plan,
                   const struct sf_rollout *rollout, struct sf_plan_verify *out,
                   struct sf_error *err);

/* Told after each change that the roll-out makes to the cluster. */
typedef void sf_rollout_watch(void *ctx, const struct sf_cluster *cluster, uint32_t wave);

/*
 * Plays the roll-out on a cluster of the scenario's nodes with the pods that run on them, change by
 * change: the nodes of a wave are cordoned, their pods released and placed elsewhere, the nodes come
 * back with their new layout, and pods that waited are tried. What each pod found, and the free
 * capacity, is written into the roll-out. -1 and err when a change is refused: then the roll-out is
 * none. `watch` may be NULL.
 */
int sf_rollout_play(struct sf_rollout *rollout, const struct sf_scenario *scenario,
                    const struct sf_plan *plan, sf_rollout_watch *watch, void *ctx,
                    struct sf_error *err);

#endif
