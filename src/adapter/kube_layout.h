/* kube_layout: the layout of a node's GPUs, derived from its labels and its counts. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_KUBE_LAYOUT_H
#define SF_KUBE_LAYOUT_H

#include <jansson.h>

struct sf_catalog;
struct sf_node_spec;

/*
 * Fills strategy, sharing, n_gpus and gpu of a spec whose counts are set, from the labels that GPU
 * feature discovery writes (NVIDIA/k8s-device-plugin, internal/lm), or sets by_counts.
 */
void sf_kube_layout(const json_t *labels, const struct sf_catalog *catalog,
                    struct sf_node_spec *spec);

/* Drops the layout: counts only. */
void sf_kube_by_counts(struct sf_node_spec *spec);

#endif
