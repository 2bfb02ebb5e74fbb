/* pod_file: the pod that a manifest describes: a Pod, or the template of what makes pods. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_POD_FILE_H
#define SF_POD_FILE_H

#include <slicefit/kube_pod.h>

#include <stddef.h>

struct sf_arena;
struct sf_error;
struct sf_node_rule;

enum { SF_POD_FILE_BYTES_MAX = 4 << 20 };

struct sf_pod_file {
	struct sf_arena *arena; /* where its rule is made */
	struct sf_kube_pod pod;
	struct sf_node_rule *rule; /* where it may run */
};

/*
 * The first object of a YAML or JSON text that is a Pod or has a pod template: Deployment, StatefulSet,
 * ReplicaSet, DaemonSet, Job, CronJob, and the first role of a PyTorchJob or MPIJob. A pod of a template
 * has the name of what makes it. An object without a namespace is in `default`. -1 and err when there is
 * none.
 */
int sf_pod_file_parse(const char *text, size_t len, const char *name, struct sf_pod_file *out,
                      struct sf_error *err);

#endif
