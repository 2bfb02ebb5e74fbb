/* kube_node: what a Kubernetes Node object says about its GPUs. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_KUBE_NODE_H
#define SF_KUBE_NODE_H

#include <slicefit/node.h>

struct json_t;
struct sf_arena;
struct sf_catalog;
struct sf_cluster;
struct sf_error;

/*
 * A node as it can be added to a cluster. status.allocatable is the truth: spec.count has it in any
 * case. Where the labels of GPU feature discovery and the counts together allow a legal layout of
 * every GPU, the spec has that layout too; otherwise spec.by_counts is set. A layout found by
 * packing need not be the real one, but it advertises exactly the real counts.
 */
struct sf_kube_node {
	struct sf_node_spec spec;
	uint8_t state; /* SF_NODE_CORDONED: unschedulable, not Ready, being deleted, or MIG is being
	                  reconfigured */
};

/*
 * Reads a Node; texts are borrowed from the JSON. Labels are kept (in an array of the arena) only
 * when an arena is given. Contradictions between labels and counts are no
 * error; only a node without a name (or a field of a wrong type) is.
 */
int sf_kube_node_parse(const struct json_t *json, const struct sf_catalog *catalog,
                       struct sf_arena *arena, struct sf_kube_node *out, struct sf_error *err);

/* The same from JSON text, in one pass and without building it. Texts are copied into the arena;
 * labels are not kept. */
int sf_kube_node_read(const char *text, size_t len, const struct sf_catalog *catalog,
                      struct sf_arena *arena, struct sf_kube_node *out, struct sf_error *err);

/* Adds the node to a cluster, by counts if its sharing is one that the device plugin refuses. */
int sf_kube_node_add(struct sf_cluster *cluster, struct sf_kube_node *node, struct sf_error *err);

#endif
