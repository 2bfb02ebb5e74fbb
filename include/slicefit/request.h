/* request: what a pod asks for, and what it was given. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_REQUEST_H
#define SF_REQUEST_H

#include <slicefit/resource.h>

#include <stdbool.h>
#include <stdint.h>

enum { SF_WANTS_MAX = 8, SF_GRANTS_MAX = 32, SF_GPU_NONE = 0xff };

/* May a whole-GPU wish be met by a replica of a shared GPU, and the reverse? */
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
	int32_t gpu_memory_mib; /* per replica; 0: no wish */
	int64_t cpu_milli;
	int64_t memory_mib;
};

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
