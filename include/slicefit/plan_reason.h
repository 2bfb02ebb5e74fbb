/*
 * plan_reason: why a plan leaves a node as it is, rebuilds it, drains it or buys it. A reason is read off
 * the nodes: as they are, with the pods that run, and as planned, with every pod where the plan puts it.
 */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_PLAN_REASON_H
#define SF_PLAN_REASON_H

#include <slicefit/plan.h>

enum sf_plan_reason_kind {
	SF_REASON_PINNED,  /* as it is: the scenario pins it */
	SF_REASON_RUNNING, /* as it is: pods run on it, and stay */
	SF_REASON_SUITS,   /* as it is: it has room for its pods without */
	SF_REASON_IDLE,    /* as it is: no pod of the plan is on it */
	SF_REASON_EMPTIED, /* drained: no pod of the plan is on it */
	SF_REASON_NEEDED, /* rebuilt, drained: as it is, it has no room for a pod of the workload */
	SF_REASON_LAID_OUT, /* rebuilt for the workload, though there might be room as it is */
	SF_REASON_BOUGHT,   /* for the workload */
	SF_REASONS,
};

/* "pinned", "running", ... */
extern const char *const sf_plan_reason_names[SF_REASONS];

struct sf_plan_reason {
	enum sf_plan_reason_kind kind;
	uint32_t workload; /* of the last three: the most important one that this is true of */
	bool nowhere_else; /* no other node of the plan has room for one of the workload's pods */
};

/* One for each of plan->node, n_nodes + n_bought of them, malloc'ed; NULL and err when the nodes cannot be
 * built. */
struct sf_plan_reason *sf_plan_reasons(const struct sf_scenario *scenario,
                                       const struct sf_plan *plan, struct sf_error *err);

#endif
