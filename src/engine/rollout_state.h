/* rollout_state: where the pods of changed nodes could go while a plan is rolled out. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_ROLLOUT_STATE_H
#define SF_ROLLOUT_STATE_H

#include "rollout_rules.h"

#include <slicefit/change.h>
#include <slicefit/policy.h>
#include <slicefit/rollout.h>

/* A pod that runs on a changed node. */
struct rollout_pod {
	uint32_t workload;
	const char *name; /* or NULL */
	uint32_t home;    /* the node that it has to leave */
	uint32_t number;  /* in the cluster at hand */
	uint32_t to;      /* or SF_NODE_NONE */
	bool planned;     /* the plan wants a pod like it there */
};

/* The pods of all changed nodes: those of node n are first[n] to first[n + 1], the most important
 * first. */
struct rollout_pods {
	size_t n;
	struct rollout_pod *pod;
	size_t *first;
};

/* Places that the plan has for a workload's pods on one node, beyond those that stay there. */
struct rollout_slot {
	uint32_t node;
	uint32_t planned, taken;
};
struct rollout_slots {
	size_t n;
	struct rollout_slot *slot;
	size_t full; /* so many at the front are taken */
};

/* One change of the state, for going back. */
struct rollout_entry {
	struct sf_undo undo;
	uint32_t pod;              /* index into pods, or UINT32_MAX: a node came back */
	struct rollout_slot *slot; /* that it took, or NULL */
};

/*
 * The planned nodes, of which the changed ones take no pods until they are rebuilt. Changes are kept
 * on a stack. A pod that is placed stays where it is: the nodes that take pods only fill up, but for
 * rebuilt nodes that join them.
 */
struct rollout_state {
	const struct sf_scenario *scenario;
	const struct sf_plan *plan;
	struct sf_cluster *cluster;
	struct sf_placer *placer;
	struct sf_request *request; /* per workload */
	struct rollout_pods pods;
	struct rollout_slots *slots; /* per workload */
	struct rollout_rules rules;
	bool *done; /* per node: kept or rebuilt */
	size_t n_entries, cap_entries;
	struct rollout_entry *entry;
	uint64_t trials; /* placements that were tried */
};

int rollout_state_init(struct rollout_state *state, const struct sf_scenario *scenario,
                       const struct sf_plan *plan, struct sf_error *err);
void rollout_state_finish(struct rollout_state *state);

/* The pod on one node, if it fits there. */
bool rollout_put(struct rollout_state *state, size_t pod, uint32_t node);
/* Has the plan a place for a pod like it on the node that is not taken? */
bool rollout_is_planned(struct rollout_state *state, size_t pod, uint32_t node);
/* The pod where the plan has a place for one like it; with `any` else wherever it fits. */
bool rollout_seat(struct rollout_state *state, size_t pod, bool any);
/* The node takes pods again, as the plan wants it. */
void rollout_rebuild(struct rollout_state *state, uint32_t node);
/* Takes everything back that came after the stack was so high. */
void rollout_back(struct rollout_state *state, size_t height);

/* The pods of the plan's changed nodes (rollout_pods.c). */
void rollout_pods_init(struct rollout_pods *pods, const struct sf_scenario *scenario,
                       const struct sf_plan *plan);
void rollout_pods_finish(struct rollout_pods *pods);
/* Adds and places the pods that run on nodes that the plan keeps. One that does not fit there holds
 * nothing. */
void rollout_place_kept(struct sf_cluster *cluster, const struct sf_scenario *scenario,
                        const struct sf_plan *plan, const struct sf_request *request,
                        struct rollout_rules *rules);
/* Adds and places a pod where it runs; left pending when it does not fit. Its number. */
uint32_t rollout_place_running(struct sf_cluster *cluster, const struct sf_request *request,
                               const struct sf_workload *workload, uint32_t index, uint32_t node);
/* Cordons the nodes of cordoned pools: their pods stay, others do not come. */
void rollout_cordon_pools(struct sf_cluster *cluster, const struct sf_scenario *scenario);

/* The nodes of the roll-out in an order, and places for their pods (rollout_order.c). */
void rollout_order(struct rollout_state *state, uint64_t trial_limit, uint32_t *order);

/* What options say of nodes out of service, as numbers (rollout_limits.c). */
int rollout_limits(struct sf_rollout *rollout, const struct sf_scenario *scenario,
                   const struct sf_plan *plan, const struct sf_rollout_options *options,
                   struct sf_error *err);

/* Waves for the nodes in their order (rollout_waves.c). */
void rollout_waves(const struct rollout_state *state, const uint32_t *order,
                   struct sf_rollout *rollout, uint32_t *wave);

/* The planned scenario with the pods where the roll-out leaves them (rollout_after.c). */
int rollout_after(struct sf_rollout *rollout, const struct sf_scenario *scenario,
                  const struct sf_plan *plan, struct sf_error *err);

/* The scenario's events said of the pools of `after` (rollout_events.c). -1: no memory. */
int rollout_events(const struct sf_scenario *scenario, struct sf_scenario *after,
                   struct sf_arena *arena);

/* Free devices of the nodes in service over the waves (rollout_free.c). */
struct rollout_free;
struct rollout_free *rollout_free_create(void);
void rollout_free_destroy(struct rollout_free *free_of);
/* The state of the cluster in a wave; 0: before any. */
void rollout_free_note(struct rollout_free *free_of, const struct sf_cluster *cluster,
                       uint32_t wave);
/* What was noted, and the state at the end, into the roll-out. */
int rollout_free_report(struct rollout_free *free_of, const struct sf_cluster *cluster,
                        struct sf_rollout *rollout, struct sf_error *err);

#endif
