/*
 * node: the GPUs of one machine and what is in use.
 *
 * A *device* is what the device plugin hands out: a whole GPU (device 0 of its GPU) or a GPU
 * instance (the device whose number is the instance's first memory unit). Each device has replicas
 * (1 when not shared) and counts those in use. A node also keeps one count per advertised resource
 * name; for a node whose layout is known the counts equal the sums over its devices, for a node
 * known by counts only they are the truth.
 */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_NODE_H
#define SF_NODE_H

#include <slicefit/mig.h>
#include <slicefit/resource.h>
#include <slicefit/sharing.h>

enum { SF_GPUS_MAX = 16, SF_NODE_RESOURCES_MAX = 24, SF_LABELS_MAX = 256 };

#define SF_POD_NONE UINT32_MAX

struct sf_taint;

struct sf_label {
	const char *key;
	const char *value;
};

struct sf_device {
	uint8_t profile;    /* of the instance; for a whole GPU 0 */
	uint16_t resource;  /* advertised name; SF_RES_NONE: no device here */
	uint16_t replicas;  /* 1 when not shared */
	uint16_t used;      /* replicas held by pods */
	int32_t memory_mib; /* of the device; -1 unknown */
	int32_t held_mib;   /* sum of the GPU-memory wishes of the pods on it */
};

struct sf_gpu {
	const struct sf_product *product; /* NULL only on a node by counts: unknown */
	bool mig;                         /* MIG mode is on: devices are instances */
	struct sf_mig_layout layout;      /* existing instances; n == 0 unless mig */
	struct sf_device device[SF_UNITS_MAX];
};

struct sf_count {
	uint16_t resource;
	uint16_t milli; /* by_counts only: milli-GPUs of one; 0 unknown */
	uint32_t total; /* allocatable */
	uint32_t used;
};

/* A resource that the node's plugin configuration shares, in the cluster's numbers. */
struct sf_shared {
	uint16_t base;     /* the name without .shared */
	uint16_t resource; /* the name advertised; == base when not renamed */
	uint16_t replicas; /* >= 2 */
};

/* Why a node takes no pods. */
enum sf_node_state {
	SF_NODE_READY = 0,
	SF_NODE_CORDONED = 1,
	SF_NODE_FAILED = 2,
	SF_NODE_REMOVED = 4
};

struct sf_node {
	const char *name;
	uint32_t number;      /* in its cluster; of a copy: of the node that it is a copy of */
	uint32_t pool;        /* index of the scenario's pool, or 0 */
	uint8_t state;        /* bits of enum sf_node_state */
	uint8_t strategy;     /* enum sf_strategy */
	bool dynamic;         /* instances are created and destroyed with the pods */
	bool by_counts;       /* layout unknown or inconsistent: counts only, n_gpus may be 0 */
	bool fail_above_1;    /* sharing.failRequestsGreaterThanOne */
	uint8_t sharing_mode; /* enum sf_sharing_mode */
	uint8_t allocation;   /* enum sf_allocation */
	uint8_t n_gpus;
	uint8_t n_counts;
	uint64_t products;                   /* of its GPUs, in the cluster's numbers */
	uint32_t pods;                       /* pods on it */
	uint32_t pods_max;                   /* kubelet's limit */
	uint32_t gpu_pods[SF_GPUS_MAX + 1];  /* pods by sf_request_gpus */
	int64_t used_milli;                  /* kept up to date: sf_node_used_milli */
	int64_t cpu_milli, cpu_used_milli;   /* cpu_milli 0: not modelled, no limit */
	int64_t memory_mib, memory_used_mib; /* memory_mib 0: not modelled, no limit */
	uint8_t n_shared;
	struct sf_shared shared[SF_SHARED_MAX]; /* also names that no device has now */
	struct sf_count count[SF_NODE_RESOURCES_MAX];
	const struct sf_label *label; /* sorted by key; borrowed */
	uint16_t n_labels, n_taints;
	const struct sf_taint *taint; /* borrowed, as the labels */
	struct sf_gpu *gpu;           /* n_gpus; owned by the cluster */
	/* Unless allocation is KNOWN: the first of its pods with a wish for GPU memory, by their
	 * numbers (then sf_pod.next_wish); SF_POD_NONE ends the list. */
	uint32_t first_wish;
};

/* How a node is described before it is added to a cluster. */
struct sf_node_spec {
	const char *name;
	uint32_t pool;
	enum sf_strategy strategy;
	bool dynamic; /* strategy mixed is implied; MIG GPUs start without instances */
	bool by_counts;
	uint8_t n_gpus;
	struct sf_gpu_spec {
		const struct sf_product *product;
		bool mig;
		struct sf_mig_layout layout;
	} gpu[SF_GPUS_MAX];
	struct sf_sharing sharing;
	enum sf_allocation allocation;
	uint32_t pods_max;  /* 0: 110, the kubelet's default */
	int64_t cpu_milli;  /* 0: no limit */
	int64_t memory_mib; /* 0: no limit */
	const struct sf_label *label;
	const struct sf_taint *taint;
	uint16_t n_labels, n_taints;
	uint8_t n_counts; /* used only by_counts */
	struct {
		char name[SF_NAME_MAX];
		uint32_t total;
	} count[SF_NODE_RESOURCES_MAX];
};

/* A hash of all that the description says but name, pool, labels and taints. */
uint64_t sf_node_spec_hash(const struct sf_node_spec *spec);

/* How the node's plugin shares the resource with this unrenamed name, or NULL. */
const struct sf_shared *sf_node_shared(const struct sf_node *node, uint16_t base);

/* Are the devices of this GPU whole (not instances)? True without MIG, under strategy none, and for
 * a dynamic GPU that has no instance now. */
static inline bool sf_node_gpu_is_whole(const struct sf_node *node, const struct sf_gpu *gpu)
{
	if (!gpu->mig) {
		return true;
	}
	return node->dynamic ? gpu->layout.n == 0 : node->strategy == SF_STRATEGY_NONE;
}

/* Do pods share its GPUs by fractions? */
static inline bool sf_node_is_fractional(const struct sf_node *node)
{
	return node->sharing_mode == SF_SHARING_FRACTION;
}

/* Value of a label or NULL. */
const char *sf_node_label(const struct sf_node *node, const char *key);

/* Count entry of a resource or NULL. */
const struct sf_count *sf_node_count(const struct sf_node *node, uint16_t resource);

/* Whole and MIG parts that are in use, in milli-GPUs (1000 = one GPU): whole GPUs, memory slices
 * used / slices for MIG, replicas used / replicas for shared devices. The total is 1000 per GPU.
 * Integer arithmetic, rounded down: once per instance (milli-slices of a shared one), once per GPU.
 */
static inline int64_t sf_node_used_milli(const struct sf_node *node)
{
	return node->used_milli;
}

/* The same worked out from the devices: of one GPU, and of the whole node. */
int64_t sf_gpu_count_used(const struct sf_node *node, const struct sf_gpu *gpu);
int64_t sf_node_count_used(const struct sf_node *node);

/* How GPU capacity is handed out: whole GPUs, MIG instances, replicas or fractions of either. */
enum sf_mode { SF_MODE_WHOLE, SF_MODE_MIG, SF_MODE_SHARED, SF_MODES };

/* "whole", "mig", "shared", NULL. */
extern const char *const sf_mode_names[SF_MODES + 1];

/*
 * A node's capacity in milli-GPUs by mode. `used` adds up to sf_node_used_milli, used and free to
 * all. `busy` is what devices with at least one pod make up (of GPUs shared by fractions what is
 * held), `active` counts GPUs with at least one.
 * Free slices of a GPU in MIG mode are MIG, whether or not they belong to an instance; a node by
 * counts goes by its resource names, and what is free there counts as whole.
 */
struct sf_node_split {
	int64_t used[SF_MODES];
	int64_t free[SF_MODES];
	int64_t busy;
	int64_t active;
};
struct sf_node_split sf_node_split(const struct sf_node *node);

/* Number of GPUs (for a node by counts: its n_gpus as given). */
static inline int64_t sf_node_total_milli(const struct sf_node *node)
{
	return 1000 * (int64_t)node->n_gpus;
}

#endif
