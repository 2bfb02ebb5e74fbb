/*
 * target: the workload for which a cluster is kept fit, and what of a node's free GPUs it cannot use.
 *
 * Fragmentation as in Weng et al., "Beware of Fragmentation: Scheduling GPU-Sharing Workloads with
 * Fragmentation Gradient Descent", USENIX ATC 2023, sections 3 and 4, in the details as in the
 * authors' simulator (github.com/hkust-adsl/kubernetes-scheduler-simulator).
 */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_TARGET_H
#define SF_TARGET_H

#include <slicefit/cluster.h>

/* A class of typical pods: equal requests but for memory, which does not count here (it is 0). */
struct sf_target_class {
	struct sf_request request;
	const char *spec; /* the wish for products as its source writes it, or ""; borrowed */
	uint64_t count;   /* pods */
	uint32_t order;   /* in which the classes came */
	double weight;    /* share of the pods of all classes that are kept; the sum is 1 */
	uint16_t milli;   /* of each GPU wanted; 1000 for whole GPUs, 0 without */
	uint16_t gpus;    /* wanted */
};

struct sf_target_term;

/* Zero-initialise, add all pods, close; finish in the end. */
struct sf_target {
	size_t n, cap;
	struct sf_target_class *class; /* most frequent first, once closed */
	size_t n_slots;
	uint32_t *slot;              /* hash table over the classes while pods are added */
	uint64_t pods;               /* added, also of classes that are not kept */
	struct sf_target_term *term; /* what nodes are judged by, once closed (target_impl.h) */
	size_t n_cuts;
	uint16_t *cut;  /* the different `milli` of the classes, ascending, once closed */
	uint16_t *rank; /* per number of milli-GPUs: how many cuts are at most that */
};

/* `count` more pods with such a request. Pods are told apart by CPU, GPUs and `spec` (NULL: ""). */
void sf_target_add(struct sf_target *target, const struct sf_request *request, uint64_t count,
                   const char *spec);

/*
 * Keeps the typical pods: the classes by falling count (then larger CPU, milli-GPUs, number of GPUs
 * and spec first), as many as it takes to cover 95 % of the pods. weight = (count / pods) /
 * (pods kept / pods).
 */
void sf_target_close(struct sf_target *target);
void sf_target_finish(struct sf_target *target);

/*
 * Free milli-GPUs of a node by what the classes can do with them, each times the weight of the
 * class. For a class that fits on the node, what is free on GPUs without room for one of its parts is
 * q2, the rest q3; for any other class all that is free is in one bucket.
 */
struct sf_fragment {
	double q1; /* lacks GPUs and CPU */
	double q2; /* lacks GPUs */
	double q3; /* of use: no fragment */
	double q4; /* lacks CPU */
	double xl; /* the class wants no GPU */
	double xr; /* the class wants no GPU, and lacks CPU */
	double na; /* the class wants other products */
};

/* A closed target. Memory and the number of pods on the node do not count. On nodes with MIG, replicas
 * or counts only, filter.h decides whether a class fits and sf_fragment_class of what is its use. */
struct sf_fragment sf_target_fragment(const struct sf_target *target,
                                      const struct sf_cluster *cluster, uint32_t node);

/* All but q3, added in the order of the fields. */
double sf_fragment_sum(const struct sf_fragment *fragment);

/* Of the `free` milli-GPUs of a node those that the request cannot use: all of them when it does not
 * fit, else those on devices of a kind that it cannot use. */
int64_t sf_fragment_class(const struct sf_cluster *cluster, uint32_t node, int64_t free,
                          const struct sf_request *request);

#endif
