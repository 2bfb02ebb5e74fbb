/* request: what a pod asks for, and what it was given. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_REQUEST_H
#define SF_REQUEST_H

#include <slicefit/resource.h>
#include <slicefit/sharing.h>

#include <stdbool.h>
#include <stdint.h>

/* A pod holds at most SF_GRANTS_MAX devices: a request for more fits nowhere. SF_GPU_MEMORY_MAX (2
 * TiB, more than any GPU has) keeps the sums per device within 32 bits. */
enum { SF_WANTS_MAX = 8, SF_GRANTS_MAX = 32, SF_GPU_NONE = 0xff, SF_GPU_MEMORY_MAX = 1 << 21 };

/*
 * May a whole-GPU wish be met by a replica of a shared GPU, and the reverse? But for BY_NAME the
 * names are wishes for hardware: nvidia.com/gpu is a whole GPU (never an instance that strategy
 * single calls so), nvidia.com/mig-P is an instance of profile P whatever its name on the node,
 * and nvidia.com/gpu.shared is a replica of a shared GPU, renamed or not.
 */
enum sf_sharing_wish {
	SF_WISH_BY_NAME,   /* whatever carries the resource name (a pod as Kubernetes sees it) */
	SF_WISH_EXCLUSIVE, /* unshared devices only */
	SF_WISH_SHARED, /* replicas only: nvidia.com/gpu.shared, or nvidia.com/gpu on nodes that do
	                   not rename */
};

struct sf_request {
	uint8_t n;
	struct sf_want {
		uint16_t resource; /* SF_RES_GPU, SF_RES_GPU_SHARED or a MIG name; SF_RES_NONE fits
		                      nowhere */
		uint16_t count;    /* > 0 */
	} want[SF_WANTS_MAX];
	enum sf_sharing_wish sharing;
	/* Of each GPU wanted, in milli-GPUs. Below SF_FRACTION_REPLICAS it is a fraction: the only
	 * want is SF_RES_GPU, and only nodes that share by fractions serve it. 0 (not given) and
	 * SF_FRACTION_REPLICAS: whole GPUs. */
	uint16_t gpu_milli;
	int32_t gpu_memory_mib; /* per replica, or per GPU wanted where nodes share by fractions;
	                           0: no wish; at most SF_GPU_MEMORY_MAX */
	/* The wish as a share of the device that serves it, in 1/1000; 0: no wish. The larger of
	 * the two counts. Nodes that share by fractions have gpu_milli for it and pass it over. */
	uint16_t gpu_memory_milli;
	/* Bit mask over the products of the cluster (sf_cluster_product_mask): the node has a GPU
	 * of one of them. 0: any node. */
	uint64_t products;
	int64_t cpu_milli;
	int64_t memory_mib;
	uint16_t
		rule; /* where the pod may run: a rule of the cluster (cluster_rule.h); 0: anywhere */
};

/* Is it a request for fractions of GPUs? */
static inline bool sf_request_is_fraction(const struct sf_request *request)
{
	return request->n > 0 && request->gpu_milli > 0 &&
	       request->gpu_milli < SF_FRACTION_REPLICAS;
}

/* GPU memory it wishes for of each replica of a device with so much of it (-1: unknown). */
static inline int32_t sf_request_mib(const struct sf_request *request, int32_t device_mib)
{
	const int64_t milli = device_mib > 0 ? (int64_t)device_mib * request->gpu_memory_milli : 0;
	const int32_t share = (int32_t)((milli + 999) / 1000);

	return share > request->gpu_memory_mib ? share : request->gpu_memory_mib;
}

static inline bool sf_request_has_wish(const struct sf_request *request)
{
	return request->gpu_memory_mib > 0 || request->gpu_memory_milli > 0;
}

/* How many whole GPUs it wants (at most 16 are told apart): 0 for parts (fractions, replicas,
 * instances), -1 without a GPU. */
int sf_request_gpus(const struct sf_request *request);

/* Do two requests ask for the same? And a hash of what they ask for. */
bool sf_request_same(const struct sf_request *a, const struct sf_request *b);
uint64_t sf_request_hash(const struct sf_request *request);

/* The devices a pod holds. Unused entries are zero. */
struct sf_grant {
	uint8_t n;
	struct sf_held {
		uint16_t resource; /* the advertised name that was counted */
		uint16_t replicas; /* taken of the device; for SF_GPU_NONE taken of the count */
		uint8_t gpu;       /* index in the node, SF_GPU_NONE on a node by counts */
		uint8_t device;    /* first memory unit; 0 for a whole GPU */
		uint8_t profile;   /* of the instance, when `create` */
		uint8_t create;    /* 1: the instance comes and goes with the pod (dynamic MIG) */
	} held[SF_GRANTS_MAX];
};

#endif
