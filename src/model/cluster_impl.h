/* cluster_impl: what the files of the cluster share: its struct and the steps that changes are made
 * of. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_CLUSTER_IMPL_H
#define SF_CLUSTER_IMPL_H

#include <slicefit/change.h>
#include <slicefit/map.h>

enum { SF_OBSERVERS_MAX = 8 };

struct sf_cluster {
	const struct sf_catalog *catalog;
	struct sf_arena *arena; /* labels, GPUs; what an undone ADD_NODE took stays here */
	struct sf_arena *names; /* apart: looking up thousands of them should touch few pages */
	struct sf_resources *resources;
	size_t n_products;
	uint16_t (*profile_resource)[SF_PROFILES_MAX][2]; /* by product; [1] is .shared */
	uint64_t *product_mask;                           /* by product; 0: no node had one yet */
	uint8_t n_masks;
	struct sf_map by_name; /* the latest node of each name, maybe a removed one */
	uint32_t n_nodes;
	size_t nodes_cap;
	struct sf_node *node; /* unused room is zero */
	size_t hidden_cap;
	uint32_t *hidden; /* per node: the removed node whose name it took, or SF_NODE_NONE */
	uint32_t n_pods;
	size_t pods_cap;
	struct sf_pod *pod;
	uint32_t n_spare; /* numbers of removed pods, the next to be given last */
	size_t spare_cap;
	uint32_t *spare;
	struct sf_rules *rules; /* NULL: none; cluster_rule_impl.h */
	uint32_t n_renaming;    /* nodes that advertise nvidia.com/gpu.shared */
	bool quiet;             /* observers are not told */
	size_t n_observers;
	struct {
		sf_cluster_observer *tell;
		void *ctx;
	} observer[SF_OBSERVERS_MAX];
};

/* Fills the zeroed *node from the spec; on failure only the arena and the resource table grew. */
int sf_node_build(struct sf_cluster *cluster, struct sf_node *node, const struct sf_node_spec *spec,
                  struct sf_error *err);

/* A copy of taints in the cluster's memory (cluster_rule_build.c). */
const struct sf_taint *sf_node_taints(struct sf_cluster *cluster, const struct sf_taint *taint,
                                      uint16_t n);

/* Gives a GPU of a node its MIG state after checking it, and derives the devices, all unused. */
int sf_gpu_set(const struct sf_cluster *cluster, const struct sf_node *node, struct sf_gpu *gpu,
               bool mig, const struct sf_mig_layout *layout, struct sf_error *err);

/* No device at all. */
void sf_gpu_clear(struct sf_gpu *gpu);

/* Adds the GPU's devices to the node's counts (-1: no room for another name) or takes them off. */
int sf_gpu_count(struct sf_node *node, const struct sf_gpu *gpu, struct sf_error *err);
void sf_gpu_uncount(struct sf_node *node, const struct sf_gpu *gpu);

/* The rules of the plugin for strategy single over all GPUs of a node that takes pods. */
int sf_node_check_single(const struct sf_node *node, struct sf_error *err);

/* The count entry of the name, made when missing; NULL when there is no room. */
struct sf_count *sf_node_count_slot(struct sf_node *node, uint16_t resource);

/* Most replicas that the node's sharing mode allows. */
uint16_t sf_node_replicas_max(const struct sf_node *node, enum sf_sharing_mode mode);

bool sf_node_has_mig(const struct sf_node *node);

/* Does it count in n_renaming? */
bool sf_node_renames(const struct sf_node *node);

/* One entry of a grant: is it free, take it, give it back. */
int sf_held_check(const struct sf_cluster *cluster, const struct sf_node *node,
                  const struct sf_held *held, struct sf_error *err);
void sf_held_take(struct sf_node *node, const struct sf_request *request,
                  const struct sf_held *held);
void sf_held_give(struct sf_node *node, const struct sf_request *request,
                  const struct sf_held *held);

/* The kinds of changes, by what they are about, and what takes them back (change_pod.c, change_node.c,
 * change_gpu.c). Only sf_cluster_apply and sf_cluster_undo call them. */
int sf_change_place(struct sf_cluster *cluster, const struct sf_change *change,
                    struct sf_undo *undo, struct sf_error *err);
int sf_change_release(struct sf_cluster *cluster, const struct sf_change *change,
                      struct sf_undo *undo, struct sf_error *err);
int sf_change_arrive(struct sf_cluster *cluster, const struct sf_change *change,
                     struct sf_undo *undo, struct sf_error *err);
int sf_change_add_node(struct sf_cluster *cluster, const struct sf_change *change,
                       struct sf_undo *undo, struct sf_error *err);
int sf_change_node_state(struct sf_cluster *cluster, const struct sf_change *change,
                         struct sf_undo *undo, struct sf_error *err);
void sf_undo_place(struct sf_cluster *cluster, const struct sf_undo *undo);
void sf_undo_release(struct sf_cluster *cluster, const struct sf_undo *undo);
void sf_undo_add_node(struct sf_cluster *cluster);
void sf_undo_node_state(struct sf_cluster *cluster, const struct sf_undo *undo);
int sf_change_repartition(struct sf_cluster *cluster, const struct sf_change *change,
                          struct sf_undo *undo, struct sf_error *err);
int sf_change_reshare(struct sf_cluster *cluster, const struct sf_change *change,
                      struct sf_undo *undo, struct sf_error *err);
void sf_undo_repartition(struct sf_cluster *cluster, const struct sf_undo *undo);
void sf_undo_reshare(struct sf_cluster *cluster, const struct sf_undo *undo);

#endif
