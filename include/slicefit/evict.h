/*
 * evict: which pods of a node have to go so that a more important pod finds the right GPUs there.
 *
 * kube-scheduler proposes victims by counting resource names; it does not see classes, GPU memory, or
 * how devices are laid out. If its victims make room, they stay as they are. If not, all pods of lower
 * priority are tried by its own rules: they leave, and come back in order of importance (priority,
 * then the earlier start, then the lower number) where the request still fits with them. Who does not
 * come back is a victim: of all sets that make room it is the one whose most important pod is least
 * important, then the second, and so on. Pods whose eviction violates a disruption budget come back
 * before all others, as if they were more important, so that they are spared where that is possible.
 *
 * Pods that the model does not have (they hold no GPU, or it has not heard of them) are victims if
 * and only if the scheduler proposed them. Pods that are being deleted hold their devices until they
 * are gone, unless the scheduler proposed them.
 */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_EVICT_H
#define SF_EVICT_H

#include <slicefit/filter.h>

struct sf_evictor;

/* A pod on the node, or one that the scheduler takes to be there. */
struct sf_evict_pod {
	uint32_t pod; /* in the cluster, or SF_EVICT_UNSEEN */
	int32_t priority;
	int64_t start_us;              /* when it started; INT64_MAX: it has not yet */
	int64_t cpu_milli, memory_mib; /* what it requests; 0 when unknown */
	bool proposed;                 /* by the scheduler, as a victim */
	bool leaving;                  /* is being deleted */
	bool violates;                 /* its eviction violates a disruption budget */
};
#define SF_EVICT_UNSEEN UINT32_MAX

/* Who asks. */
struct sf_evict_ask {
	const struct sf_request *request;
	int32_t priority;
	int64_t cpu_milli, memory_mib; /* what it requests besides GPUs */
	enum sf_view view;
};

/* What is to be done on a node. */
struct sf_eviction {
	bool helps;             /* the request fits afterwards; else the rest means nothing */
	bool proposed;          /* the victims are exactly those that the scheduler proposed */
	size_t n;               /* victims; 0: it fits as it is */
	const uint32_t *victim; /* their places in the list of pods, most important first; borrowed
	                           from the evictor until its next use */
};

/* The places of the pods in order of importance, the most important first; those that go anyway matter
 * least. */
void sf_evict_order(const struct sf_evict_pod *pod, size_t n, uint32_t *out);

struct sf_evictor *sf_evictor_create(void);
void sf_evictor_destroy(struct sf_evictor *evictor);

/*
 * The victims on one node; `pod` lists those on it, in any order. The cluster is the same
 * afterwards, and nobody is told of the trial. Victims of our own free as much CPU and memory as
 * those that were proposed, or as much as is asked for; else the proposed ones go, too, if that does
 * no harm.
 */
struct sf_eviction sf_evict_choose(struct sf_evictor *evictor, struct sf_cluster *cluster,
                                   uint32_t node, const struct sf_evict_ask *ask,
                                   const struct sf_evict_pod *pod, size_t n);

/*
 * Whose eviction could make room for a request that does not fit: a pod can get there by preemption
 * if and only if its priority is above the result, so that one answer serves all priorities
 * (ask->priority is not read). SF_EVICT_NEVER: no eviction can help. INT64_MIN: it fits as it is.
 */
int64_t sf_evict_above(struct sf_evictor *evictor, struct sf_cluster *cluster, uint32_t node,
                       const struct sf_evict_ask *ask, const struct sf_evict_pod *pod, size_t n);
#define SF_EVICT_NEVER INT64_MAX

#endif
