/* snapshot: a cluster with its pods at one moment, for those who ask and go. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_SNAPSHOT_H
#define SF_SNAPSHOT_H

#include <slicefit/cluster_rule.h>
#include <slicefit/kube_list.h>
#include <slicefit/kube_pod.h>

struct sf_arena;
struct sf_catalog;
struct sf_cluster_file;
struct sf_error;
struct sf_pod_file;
struct sf_scenario;

/* A pod that is not finished. */
struct sf_snapshot_pod {
	const char *label;       /* "namespace/name" */
	struct sf_kube_pod seen; /* as it was described */
	/* The cluster's number, whose tag is the place in this list; SF_POD_NONE: not in the cluster,
	 * as it waits, its node is unknown or the model has no room for it. */
	uint32_t pod;
	struct sf_rule_spec spec; /* where it may run, and whose company it counts for */
	uint16_t rule;            /* of the cluster, made of that; 0: anywhere */
	size_t n_budgets;
	const uint32_t *budget; /* that cover it: numbers in the snapshot */
	const char *notes;      /* lines of what it asks for that is not looked at; or NULL */
};

struct sf_snapshot {
	struct sf_arena *arena;
	struct sf_scenario *scenario; /* it was made of this; NULL: of objects of Kubernetes */
	struct sf_cluster *cluster;
	size_t n_pods;
	struct sf_snapshot_pod *pod;
	const struct sf_snapshot_pod *more; /* the one beside those of the file, or NULL */
	struct sf_arena *more_arena;        /* its own, if it has one */
	bool *closed; /* by the cluster's numbers: the node takes no pods, and uncordoning it would
	                 not change that */
	size_t n_budgets;
	const struct sf_kube_budget *budget;
};

/* What is wrong with a pod that is left out; the snapshot goes on without it. */
typedef void sf_snapshot_warn(const char *pod, const char *why);

/*
 * Objects of Kubernetes, or a scenario with the pods that run when it begins. Bound pods are placed:
 * their requests for CPU and memory count, too, and so do they for those that keep apart and spread.
 * `more` (NULL: none) is one more pod that waits; `warn` may be NULL. Finish in any case.
 */
int sf_snapshot_make(const struct sf_cluster_file *file, const struct sf_pod_file *more,
                     const struct sf_catalog *catalog, sf_snapshot_warn *warn,
                     struct sf_snapshot *out, struct sf_error *err);

void sf_snapshot_finish(struct sf_snapshot *snapshot);

/* By "namespace/name" (a name alone: in the namespace default), or NULL. */
const struct sf_snapshot_pod *sf_snapshot_find(const struct sf_snapshot *snapshot,
                                               const char *name);

/* What the pod asks for, CPU, memory and its rule included. */
void sf_snapshot_request(const struct sf_snapshot *snapshot, const struct sf_snapshot_pod *pod,
                         struct sf_request *out);

/*
 * May a pod of the rule (NULL: any) run on the node at all, whatever the node has and whoever is there?
 * *taint, when not NULL, is set to the first taint in the way.
 */
enum sf_rule_fit sf_snapshot_judge(const struct sf_snapshot *snapshot,
                                   const struct sf_node_rule *rule, uint32_t node,
                                   const struct sf_taint **taint);

/* A rule of the cluster like the pod's, but that every taint is tolerated or, with `anywhere`, that no
 * label of a node is asked for; 0 when there are too many rules. */
uint16_t sf_snapshot_relax(struct sf_snapshot *snapshot, const struct sf_snapshot_pod *pod,
                           bool anywhere);

/* One more pod like this one, pending; its number. */
uint32_t sf_snapshot_add(struct sf_snapshot *snapshot, const struct sf_snapshot_pod *pod);

#endif
