/* pod_template: where the kinds that make pods have their templates. */
// SPDX-License-Identifier: Apache-2.0
#include "pod_template.h"

#include <string.h>

static const struct sf_pod_template templates[] = {
	{"apps/", "Deployment", "spec.template", NULL},
	{"apps/", "StatefulSet", "spec.template", NULL},
	{"apps/", "ReplicaSet", "spec.template", NULL},
	{"apps/", "DaemonSet", "spec.template", NULL},
	{"v1", "ReplicationController", "spec.template", NULL},
	{"v1", "PodTemplate", "template", NULL},
	{"batch/", "Job", "spec.template", NULL},
	{"batch/", "CronJob", "spec.jobTemplate.spec.template", NULL},
	{"kubeflow.org/", "PyTorchJob", "template", "spec.pytorchReplicaSpecs"},
	{"kubeflow.org/", "MPIJob", "template", "spec.mpiReplicaSpecs"},
	{"kubeflow.org/", "TFJob", "template", "spec.tfReplicaSpecs"},
};

const struct sf_pod_template *sf_pod_template_of(const char *kind)
{
	for (size_t i = 0; i < sizeof(templates) / sizeof(templates[0]); i++) {
		if (strcmp(templates[i].kind, kind) == 0) {
			return &templates[i];
		}
	}
	return NULL;
}
