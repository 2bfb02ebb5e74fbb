/* cluster: nodes, pods and the one way to change them (change.h). */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_CLUSTER_H
#define SF_CLUSTER_H

#include <slicefit/node.h>
#include <slicefit/request.h>

#include <stddef.h>

struct sf_catalog;
struct sf_cluster;
struct sf_error;
struct sf_map_key;

#define SF_NODE_NONE UINT32_MAX

enum sf_pod_state { SF_POD_PENDING, SF_POD_PLACED, SF_POD_RESERVED, SF_POD_REMOVED };

struct sf_pod {
	struct sf_request request;
	enum sf_pod_state state;
	uint32_t node; /* SF_NODE_NONE when pending or removed */
	struct sf_grant grant;
	int32_t priority;
	uint32_t tag; /* the caller's own number (workload index, ...) */
	bool arrived; /* the kubelet has given it its devices; else it is on its way (ARRIVE) */
	uint32_t next_wish; /* on its node's list of pods with a wish for GPU memory; SF_POD_NONE */
};

/* Empty cluster; `catalog` is borrowed. */
struct sf_cluster *sf_cluster_create(const struct sf_catalog *catalog);
void sf_cluster_destroy(struct sf_cluster *cluster);

/* A deep copy with no observers (for what-if runs). */
struct sf_cluster *sf_cluster_clone(const struct sf_cluster *cluster);

/*
 * A copy of a cluster without rules in which removed nodes are forgotten: they keep their numbers and
 * memory otherwise. The others come closer together in the same order; number[i] becomes what node i is
 * in the copy, or SF_NODE_NONE. Pods keep their numbers.
 */
struct sf_cluster *sf_cluster_gather(const struct sf_cluster *cluster, uint32_t *number);

/*
 * Copies up to `most` further nodes into a cluster that was made empty for that, with the same numbers
 * of nodes, resources and products. So whoever guards the original with a lock need not hold it long,
 * as it may change in between. `adjust` may change CPU, memory and pods of each copy. What pods hold is
 * held, but the pods are not there (sf_cluster_check finds fault with that): for trials. True while
 * there is more to copy.
 */
bool sf_cluster_copy_nodes(struct sf_cluster *to, const struct sf_cluster *from, uint32_t most,
                           void (*adjust)(void *ctx, struct sf_node *copy), void *ctx);

const struct sf_catalog *sf_cluster_catalog(const struct sf_cluster *cluster);
struct sf_resources *sf_cluster_resources(const struct sf_cluster *cluster);

/* Resource number of a profile of a product in this cluster (interned when a node of the product
 * was added); `renamed`: with .shared. SF_RES_NONE when no node of the product is there. */
uint16_t sf_cluster_profile_resource(const struct sf_cluster *cluster,
                                     const struct sf_product *product, int profile, bool renamed);

/*
 * The bit of a product among those that nodes of this cluster have or had (numbered as nodes are
 * added, so that equal clusters number alike); SF_PRODUCT_NOWHERE, which no node has, when none.
 * More than SF_CLUSTER_PRODUCTS_MAX products in one cluster are refused with the node.
 */
enum { SF_CLUSTER_PRODUCTS_MAX = 63 };
#define SF_PRODUCT_NOWHERE (UINT64_C(1) << SF_CLUSTER_PRODUCTS_MAX)
uint64_t sf_cluster_product_mask(const struct sf_cluster *cluster,
                                 const struct sf_product *product);

/* Replicas that the node's devices give for each GPU wanted: its milli-GPUs on a node that shares by
 * fractions, else one. */
uint16_t sf_replicas_per_want(const struct sf_node *node, const struct sf_request *request);

/* How many parts of `each` milli-GPUs and `wish_mib` GPU memory (0: any) this GPU of a node that
 * shares by fractions has free. */
uint16_t sf_fraction_room(const struct sf_gpu *gpu, uint16_t each, int32_t wish_mib);

uint32_t sf_cluster_nodes(const struct sf_cluster *cluster);
const struct sf_node *sf_cluster_node(const struct sf_cluster *cluster, uint32_t node);
/* Or SF_NODE_NONE; removed nodes are not found. */
uint32_t sf_cluster_find_node(const struct sf_cluster *cluster, const char *name);
/* The same for n names, a few dozen at once (sf_map_get_all). */
void sf_cluster_find_nodes(const struct sf_cluster *cluster, const struct sf_map_key *name,
                           size_t n, uint32_t *node);

/* Does any node rename its shared GPUs (nvidia.com/gpu.shared with total > 0)? */
bool sf_cluster_has_renamed(const struct sf_cluster *cluster);

/* The description of another node like this one, empty and without a name; labels are borrowed. */
void sf_node_like(const struct sf_cluster *cluster, const struct sf_node *node,
                  struct sf_node_spec *out);

/* A node and its GPUs to try things on, as it is now. */
struct sf_node_copy {
	struct sf_node node;
	struct sf_gpu gpu[SF_GPUS_MAX];
};
void sf_node_copy(const struct sf_node *node, struct sf_node_copy *out);

/* Gives a copy's devices, CPU and memory to a pod; the grant is one that fits. */
void sf_node_copy_take(struct sf_node_copy *copy, const struct sf_request *request,
                       const struct sf_grant *grant);

/* A new pending pod; returns its number, maybe that of a removed pod. Negative and over-large
 * amounts in the request are clamped to 0, SF_GPU_MEMORY_MAX and whole GPUs. */
uint32_t sf_cluster_add_pod(struct sf_cluster *cluster, const struct sf_request *request,
                            int32_t priority, uint32_t tag);
/* A pending pod will not be placed again: a later one may have its number and its memory. */
void sf_cluster_remove_pod(struct sf_cluster *cluster, uint32_t pod);
/* Room for so many pods in all: a hint for speed. */
void sf_cluster_reserve_pods(struct sf_cluster *cluster, uint32_t n);
/* Numbers given so far; removed pods are among them. */
uint32_t sf_cluster_pods(const struct sf_cluster *cluster);
const struct sf_pod *sf_cluster_pod(const struct sf_cluster *cluster, uint32_t pod);

/* Told after each applied or undone change which node it touched; after an undone ADD_NODE the
 * node is no more: its number is sf_cluster_nodes(). */
typedef void sf_cluster_observer(void *ctx, const struct sf_cluster *cluster, uint32_t node);
int sf_cluster_observe(struct sf_cluster *cluster, sf_cluster_observer *observer, void *ctx);
/* Ends that; nothing happens when it does not observe. */
void sf_cluster_unobserve(struct sf_cluster *cluster, sf_cluster_observer *observer, void *ctx);
/* While quiet nobody is told: for trials, all of whose changes are undone before the quiet ends. */
void sf_cluster_set_quiet(struct sf_cluster *cluster, bool quiet);

/* Every invariant, from scratch: nothing over-committed, counts equal device sums, layouts legal,
 * pods' grants add up to what the nodes hold. For tests and `--check`. */
int sf_cluster_check(const struct sf_cluster *cluster, struct sf_error *err);

/* 64-bit digest of all state that undo must restore. */
uint64_t sf_cluster_digest(const struct sf_cluster *cluster);

#endif
