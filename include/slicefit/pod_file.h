/* pod_file: the pod that manifests describe: a Pod, or the template of what makes pods. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_POD_FILE_H
#define SF_POD_FILE_H

#include <slicefit/yaml.h>

struct sf_error;
struct sf_kube_pod;
struct sf_manifests;

/* A pod that is to come. Everything lives with the manifests. */
struct sf_pod_file {
	const char *space, *name;   /* "default" without a namespace; the name of what makes it */
	const char *kind;           /* of what makes it, or "Pod" */
	const struct sf_yaml *tree; /* has metadata and spec */
	const struct sf_manifests *from;
};

/*
 * Of the pods that the objects describe (Pod, Deployment, StatefulSet, ReplicaSet, DaemonSet, Job,
 * CronJob, PodTemplate, and each role of a PyTorchJob, MPIJob or TFJob) the first that asks for GPUs;
 * else the first of all. -1 and err: there is none in `name`, or one of the documents cannot be read.
 */
int sf_pod_file_find(const struct sf_manifests *in, const char *name, struct sf_pod_file *out,
                     struct sf_error *err);

/* What it asks for, as a pod that waits for a node. */
int sf_pod_file_read(const struct sf_pod_file *file, struct sf_kube_pod *out, struct sf_error *err);

#endif
