/* live_impl: what the files of live share. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_LIVE_IMPL_H
#define SF_LIVE_IMPL_H

#include "live.h"

#include <slicefit/index.h>

struct sf_live {
	struct sf_cluster *cluster;
	struct sf_index node_by_name, pod_by_uid;
	size_t nodes_cap, pods_cap, spare_nodes_cap, spare_pods_cap, reserved_cap;
	uint32_t n_nodes, n_pods; /* numbers given, those to be given again among them */
	struct sf_live_node *node;
	struct sf_live_pod *pod;
	uint32_t n_spare_nodes, n_spare_pods;
	uint32_t *spare_node, *spare_pod;
	uint32_t *reserved; /* counts.reserved pods, in the order of their reservation */
	uint64_t version;
	struct sf_live_counts counts;
};

/* The node of this name, made without description when it is new. */
uint32_t sf_live_node_number(struct sf_live *live, const char *name);
uint32_t sf_live_node_lookup(const struct sf_live *live, const char *name);
/* Whether a node of the cluster (by its number there) takes pods: bits of enum sf_node_state. One whose
 * layout the device plugin refuses does not become ready. */
void sf_live_set_state(struct sf_live *live, uint32_t node, uint8_t state);
/* Forgets a node that has neither description nor pods. */
void sf_live_node_drop_empty(struct sf_live *live, uint32_t number);

uint32_t sf_live_pod_lookup(const struct sf_live *live, const char *uid);

/* Onto the node's list of pods, without devices; and off its node, whatever it held there. */
void sf_live_link(struct sf_live *live, uint32_t number, uint32_t on);
void sf_live_leave(struct sf_live *live, uint32_t number);

/* The pod is pending again; and where we promised it devices, it now is. */
void sf_live_give_back(struct sf_live *live, uint32_t number);
void sf_live_confirm(struct sf_live *live, uint32_t number);

/* What the pod asks for, in the cluster's numbers. Names that no node has now may come with a later
 * node: they are kept. */
void sf_live_set_request(const struct sf_live *live, struct sf_live_pod *pod,
                         const struct sf_kube_pod *seen);

/* Counts devices for a pod on its node's list; -1 and err when the model has no room. */
int sf_live_seat(struct sf_live *live, uint32_t pod, struct sf_error *err);
/* Takes the devices off a pod; it stays on the list. */
void sf_live_unseat(struct sf_live *live, uint32_t pod);
/* Tries those again that had no room on this node. */
void sf_live_seat_waiting(struct sf_live *live, uint32_t node);

#endif
