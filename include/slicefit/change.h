/* change: the one mutation path of a cluster, with undo. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_CHANGE_H
#define SF_CHANGE_H

#include <slicefit/cluster.h>

enum sf_change_kind {
	SF_CHANGE_PLACE,   /* pod onto node with grant; a RESERVED pod without grant: binds it */
	SF_CHANGE_RELEASE, /* pod (PLACED or RESERVED) off its node */
	SF_CHANGE_RESERVE, /* as PLACE, the pod is RESERVED (not yet bound) */
	SF_CHANGE_EXPIRE,  /* a reservation is given back */
	SF_CHANGE_ARRIVE,  /* a PLACED pod has got its devices from the kubelet; matters only where
	                      it is unknown which (sf_node.allocation) */
	SF_CHANGE_REPARTITION, /* an idle GPU gets another MIG layout (or leaves MIG mode) */
	SF_CHANGE_RESHARE,     /* replicas of the node's devices of one resource; a new name only
	                          while none of them is in use */
	SF_CHANGE_ADD_NODE,
	SF_CHANGE_REMOVE_NODE, /* an empty node goes */
	SF_CHANGE_FAIL_NODE, /* no new pods; its pods must be released by the caller first or after
	                      */
	SF_CHANGE_CORDON_NODE,
	SF_CHANGE_READY_NODE, /* back from fail or cordon; under strategy single all GPUs must be
	                         alike again */
};

struct sf_change {
	enum sf_change_kind kind;
	uint32_t node;
	uint32_t pod;                    /* PLACE, RELEASE, RESERVE, EXPIRE, ARRIVE */
	const struct sf_grant *grant;    /* PLACE, RESERVE: copied */
	uint8_t gpu;                     /* REPARTITION */
	bool mig;                        /* REPARTITION: MIG mode after it */
	struct sf_mig_layout layout;     /* REPARTITION */
	uint16_t resource;               /* RESHARE: advertised name now */
	uint16_t replicas;               /* RESHARE: 1 ends sharing */
	bool rename;                     /* RESHARE: advertise with .shared afterwards */
	const struct sf_node_spec *spec; /* ADD_NODE: copied */
};

/* What undo needs; fixed size, valid until the next change that is not itself undone (a stack). */
struct sf_undo {
	enum sf_change_kind kind;
	uint32_t node;
	uint32_t pod;
	struct sf_grant grant;
	uint8_t state;
	bool arrived;
	uint8_t gpu_index;
	struct sf_gpu gpu;
	uint16_t resource, new_resource, replicas;
	uint8_t n_counts, n_shared, sharing_mode;
	struct sf_count count[SF_NODE_RESOURCES_MAX];
	struct sf_shared shared[SF_SHARED_MAX];
};

/* Applies the change or leaves everything as it was and says why. `undo` may be NULL. */
int sf_cluster_apply(struct sf_cluster *cluster, const struct sf_change *change,
                     struct sf_undo *undo, struct sf_error *err);

/* Reverts the latest change that was not undone yet; the state is the same bytes as before it. */
void sf_cluster_undo(struct sf_cluster *cluster, const struct sf_undo *undo);

/* Shorthands. */
int sf_cluster_add_node(struct sf_cluster *cluster, const struct sf_node_spec *spec,
                        struct sf_error *err);
int sf_cluster_place(struct sf_cluster *cluster, uint32_t pod, uint32_t node,
                     const struct sf_grant *grant, struct sf_error *err);
int sf_cluster_release(struct sf_cluster *cluster, uint32_t pod, struct sf_error *err);

#endif
