/* kube_priority: what the priority class of a pod says. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_KUBE_PRIORITY_H
#define SF_KUBE_PRIORITY_H

#include <slicefit/manifests.h>

/* The PriorityClasses that there are. */
struct sf_kube_priorities {
	size_t n;
	const struct sf_manifest *const *class;
};

/*
 * The priority of a pod's spec: told, or that of its class, or of the default class, else 0; *never: it
 * preempts nobody. False (and 0) when its class is none of those.
 */
bool sf_kube_priority(const struct sf_yaml *spec, const struct sf_kube_priorities *classes,
                      int32_t *out, bool *never);

#endif
