/* kube_layout: the layout of a node's GPUs, derived from its labels and its counts. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_KUBE_LAYOUT_H
#define SF_KUBE_LAYOUT_H

#include <slicefit/node.h>

#include <stddef.h>

struct sf_catalog;

/* Label of a node whose plugin does not spread replicas: "packed" (see enum sf_allocation). */
#define SF_KUBE_ALLOCATION_POLICY "slicefit.io/allocation-policy"

/* The labels of a node that say something about its GPUs, in any order; where a key is there twice
 * the last counts. Texts are borrowed. */
struct sf_kube_labels {
	size_t n;
	struct sf_label label[SF_LABELS_MAX];
};

/* Is it a label that sf_kube_layout, or the state of a node, may depend on? Other labels of
 * nvidia.com differ between equal nodes (gfd.timestamp). */
bool sf_kube_label_counts(const char *key, size_t len);

/* Adds a label; those above SF_LABELS_MAX are passed over. */
void sf_kube_label_add(struct sf_kube_labels *labels, const char *key, const char *value);

/* The value, "" when there is none. */
const char *sf_kube_label(const struct sf_kube_labels *labels, const char *key);

/*
 * Fills strategy, sharing, allocation, n_gpus and gpu of a spec whose counts are set, from the labels that GPU
 * feature discovery writes (NVIDIA/k8s-device-plugin, internal/lm), or sets by_counts.
 */
void sf_kube_layout(const struct sf_kube_labels *labels, const struct sf_catalog *catalog,
                    struct sf_node_spec *spec);

/* The state that the labels ask for; `closed`: it takes no pods whatever they say. */
uint8_t sf_kube_node_state(bool closed, const struct sf_kube_labels *labels);

/* Adds an allocatable amount to the counts if it is one of a GPU resource, and above 0. */
void sf_kube_node_count(const char *name, int64_t total, struct sf_node_spec *spec);

/* Drops the layout: counts only. */
void sf_kube_by_counts(struct sf_node_spec *spec);

#endif
