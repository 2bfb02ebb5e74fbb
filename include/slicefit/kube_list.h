/* kube_list: what `kubectl get nodes,pods -A -o json` (or yaml) prints. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_KUBE_LIST_H
#define SF_KUBE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct sf_catalog;
struct sf_cluster;
struct sf_error;
struct sf_kube_pod;

struct sf_kube_list {
	struct sf_cluster *cluster; /* the nodes, without pods */
	size_t n_pods;
	struct sf_kube_pod *pod; /* all of them, also those without GPUs */
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

/* Frees the pods, and the cluster unless the caller took it (set to NULL). */
void sf_kube_list_finish(struct sf_kube_list *list);

#endif
