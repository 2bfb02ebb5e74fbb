/* kube_gke: what Google Kubernetes Engine says of the GPUs of its nodes, in NVIDIA's words. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_KUBE_GKE_H
#define SF_KUBE_GKE_H

#include "kube_layout.h"

#include <stdbool.h>

struct sf_kube_gke {
	char product[96];
	struct sf_kube_labels labels; /* the node's own, and what was added */
};

/* Is it one of the labels that are read here? */
bool sf_kube_gke_label(const char *key, size_t len);

/*
 * GKE brings its own device plugin and no GPU feature discovery; its labels tell the product, the MIG
 * partition (all GPUs are cut alike, and instances are called nvidia.com/gpu) and how many clients
 * share a GPU (cloud.google.com/kubernetes-engine/docs: "About GPU sharing strategies in GKE"). False
 * when the node is none of these, or has NVIDIA's labels, too: then those say more.
 */
bool sf_kube_gke_read(const struct sf_kube_labels *labels, struct sf_kube_gke *out);

#endif
