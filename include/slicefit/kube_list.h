/* kube_list: nodes and pods as Kubernetes lists them, and who of them is alike to rules. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_KUBE_LIST_H
#define SF_KUBE_LIST_H

#include <slicefit/cluster_rule.h>

struct sf_arena;
struct sf_catalog;
struct sf_cluster;
struct sf_error;
struct sf_kube_pod;
struct sf_manifests;
struct sf_pod_file;

/* Pods of a class may run on the same nodes, and count for the same groups and budgets. */
struct sf_kube_class {
	struct sf_rule_spec rule; /* its own groups are among the groups: it has no one_per_node */
	size_t n_budgets;
	const uint32_t *budget; /* numbers in the list */
	const char *notes;      /* lines of what the model does not have, or left out of the rule */
};

/* A PodDisruptionBudget. */
struct sf_kube_budget {
	const char *label; /* "namespace/name" */
	int64_t allowed;   /* how many of its pods may go now */
};

struct sf_kube_list {
	struct sf_arena *arena;     /* of rules, classes and budgets */
	struct sf_cluster *cluster; /* the nodes, without pods */
	bool *only_cordoned; /* by the node's number: uncordoned it would take pods at once */
	size_t n_pods, pods_cap;
	struct sf_kube_pod *pod; /* all of them, also those without GPUs */
	uint32_t *class_of;      /* by the pod's number */
	size_t n_classes, classes_cap;
	struct sf_kube_class *class;
	size_t n_budgets;
	const struct sf_kube_budget *budget;
};

/*
 * Of `name` (a file) the Nodes, Pods and PodDisruptionBudgets among the objects; other kinds are passed
 * over. Of a pod that is given twice the last one counts; a node given twice, no node at all, a document
 * that is no object or cannot be read are errors with their place. `more` (NULL: none) is one more pod
 * that waits: it is the last one. Finish in any case.
 */
int sf_kube_list_collect(const struct sf_manifests *in, const char *name,
                         const struct sf_pod_file *more, const struct sf_catalog *catalog,
                         struct sf_kube_list *out, struct sf_error *err);

/* One pod that waits, without a cluster, whose groups have numbers from `first_group` on. */
int sf_kube_list_alone(const struct sf_pod_file *pod, uint32_t first_group,
                       const struct sf_catalog *catalog, struct sf_kube_list *out,
                       struct sf_error *err);

/* Frees everything but what the caller took (set to NULL): the cluster, the arena. */
void sf_kube_list_finish(struct sf_kube_list *list);

#endif
