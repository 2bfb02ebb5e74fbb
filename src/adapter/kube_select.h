/* kube_select: pods by their labels, as Kubernetes selects them. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_KUBE_SELECT_H
#define SF_KUBE_SELECT_H

#include <slicefit/yaml.h>

/* Pods that an (anti-)affinity term or a spread constraint means. */
struct sf_pod_selection {
	const struct sf_yaml *selector; /* labelSelector, or NULL */
	const struct sf_yaml *spaces;   /* list of namespaces; NULL: that of the pod itself */
	bool everywhere;                /* in all namespaces */
};

/* Does a label selector select these labels? One that is not there selects nothing, an empty one
 * everything. */
bool sf_kube_selects(const struct sf_yaml *selector, const struct sf_yaml *labels);

/* Does the selection of a pod in `own` mean pods with these labels in the namespace `space`? */
bool sf_pod_selection_has(const struct sf_pod_selection *selection, const char *own,
                          const char *space, const struct sf_yaml *labels);

#endif
