/* extender_preempt: what kube-scheduler asks an extender before it evicts pods, and the answer
 * (k8s.io/kube-scheduler/extender/v1, ExtenderPreemptionArgs and ExtenderPreemptionResult). */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_EXTENDER_PREEMPT_H
#define SF_EXTENDER_PREEMPT_H

#include <slicefit/kube_pod.h>

#include <stddef.h>

struct sf_arena;
struct sf_error;
struct sf_str;

/* Most victims of one request, on all nodes; nodes are limited by SF_EXTENDER_NODES_MAX. */
enum { SF_EXTENDER_VICTIMS_MAX = 200000 };

struct sf_extender_victim {
	const char *uid;
	bool has_priority; /* its Pod came with the request */
	int32_t priority;
};

/* A node and the pods that would have to go, most important first. */
struct sf_extender_candidate {
	const char *name;
	size_t n;
	struct sf_extender_victim *victim;
	int64_t violations; /* of disruption budgets; kube-scheduler prefers nodes with few */
};

struct sf_extender_preempt {
	struct sf_kube_pod pod;
	const char *pod_text; /* the object, in the request */
	size_t pod_len;
	size_t n; /* nodes, each name once, in the order of the request */
	struct sf_extender_candidate *node;
};

/*
 * Reads ExtenderPreemptionArgs, with NodeNameToMetaVictims (nodeCacheCapable) or NodeNameToVictims;
 * the former counts when both are there. A Pod is needed; everything else may be missing or null, and
 * victims without a UID are passed over. Names match without regard to case. What is read lies in the
 * arena.
 */
int sf_extender_preempt_parse(const char *text, size_t len, struct sf_arena *arena,
                              struct sf_extender_preempt *out, struct sf_error *err);

/*
 * ExtenderPreemptionResult with the nodes that have victims, in their order; none of them: no
 * preemption. Nodes without victims are left out: kube-scheduler takes such an entry for an error,
 * and a null one is its end.
 */
void sf_extender_write_preempt(const struct sf_extender_candidate *node, size_t n,
                               struct sf_str *out);

#endif
