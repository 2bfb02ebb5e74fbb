/* kube_list: what `kubectl get nodes,pods -A -o json` (or yaml) prints. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_KUBE_LIST_H
#define SF_KUBE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct sf_arena;
struct sf_catalog;
struct sf_cluster;
struct sf_error;
struct sf_kube_pod;
struct sf_manifests;
struct sf_node_rule;
struct sf_taint;

/* What a Node says beside what it has. */
struct sf_kube_listed_node {
	size_t n_taints;
	const struct sf_taint *taint;
	bool only_cordoned; /* uncordoned it would take pods at once */
};

struct sf_kube_list {
	struct sf_arena *arena;           /* of rules and taints */
	struct sf_cluster *cluster;       /* the nodes, without pods */
	struct sf_kube_listed_node *node; /* by their numbers */
	size_t n_pods;
	struct sf_kube_pod *pod;          /* all of them, also those without GPUs */
	const struct sf_node_rule **rule; /* of each pod: where it may run */
};

/* Does the text look like a Kubernetes object (it has a `kind` at the top), not like a scenario? */
bool sf_kube_list_detect(const char *text, size_t len);

/*
 * Reads a List, a NodeList, a PodList, or single Nodes and Pods; several documents may follow each
 * other. Other kinds are skipped. A text without any node is an error. Finish in any case.
 */
int sf_kube_list_parse(const char *text, size_t len, const char *name,
                       const struct sf_catalog *catalog, struct sf_kube_list *out,
                       struct sf_error *err);

/* The same of objects that were read already. */
int sf_kube_list_collect(const struct sf_manifests *in, const struct sf_catalog *catalog,
                         struct sf_kube_list *out, struct sf_error *err);

/* Frees everything but what the caller took (set to NULL): the cluster, the arena. */
void sf_kube_list_finish(struct sf_kube_list *list);

#endif
