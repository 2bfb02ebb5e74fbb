/*
 * sharing: time-slicing and MPS replicas as the NVIDIA device plugin understands them, and fractions.
 *
 * With fractions every whole GPU of the node is one device of SF_FRACTION_REPLICAS milli-GPUs, of
 * which a pod takes as many as it asks for. The scheduler and the node's agent then choose the
 * device, not the kubelet: HAMi (nvidia.com/gpucores), KAI Scheduler (gpu-fraction),
 * AliyunContainerService/gpushare-scheduler-extender.
 */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_SHARING_H
#define SF_SHARING_H

#include <slicefit/product.h>

struct sf_error;

enum sf_strategy { SF_STRATEGY_NONE, SF_STRATEGY_SINGLE, SF_STRATEGY_MIXED };
enum sf_sharing_mode {
	SF_SHARING_NONE,
	SF_SHARING_TIME_SLICING,
	SF_SHARING_MPS,
	SF_SHARING_FRACTION, /* lists no resources; excludes MIG and nodes by counts */
};

/*
 * Who knows which device of a name a pod holds? In a replay the model itself. On a node of Kubernetes
 * the kubelet, which gives out those that the device plugin prefers
 * (flags.plugin.sharedDevicesAllocationPolicy; internal/rm/allocate.go): among equally good ones any.
 */
enum sf_allocation {
	SF_ALLOCATION_KNOWN,       /* grants say which */
	SF_ALLOCATION_DISTRIBUTED, /* unknown; where the fewest replicas are in use */
	SF_ALLOCATION_PACKED,      /* unknown; where the most are, or anywhere */
};

/* Limits of the device plugin: cmd/mps-control-daemon/mps/device.go (48 clients from Volta on; its
 * code compares with compute capability 7.5, so V100 gets 16), replicas.go (at least 2).
 * SF_REPLICAS_MAX is ours. */
enum {
	SF_REPLICAS_MIN = 2,
	SF_REPLICAS_MAX = 1000,
	SF_MPS_REPLICAS_MAX = 48,
	SF_SHARED_MAX = 8,
	SF_FRACTION_REPLICAS = 1000, /* milli-GPUs of a GPU */
};

/* One entry of sharing.*.resources. */
struct sf_shared_resource {
	char name[SF_NAME_MAX]; /* "nvidia.com/gpu" or "nvidia.com/mig-1g.5gb" */
	uint16_t replicas;
};

struct sf_sharing {
	enum sf_sharing_mode mode;
	bool rename;       /* renameByDefault: the advertised name gets .shared */
	bool fail_above_1; /* failRequestsGreaterThanOne */
	uint8_t n;
	struct sf_shared_resource resource[SF_SHARED_MAX];
};

/* What the plugin would refuse: replicas < 2, MPS with strategy mixed or on MIG devices
 * (`has_mig`), ... */
int sf_sharing_check(const struct sf_sharing *sharing, enum sf_strategy strategy, bool has_mig,
                     struct sf_error *err);

/* Replicas of the resource with this (unrenamed) name; 1 when it is not shared. */
uint16_t sf_sharing_replicas(const struct sf_sharing *sharing, const char *name);

const char *sf_strategy_name(enum sf_strategy strategy);
const char *sf_sharing_mode_name(enum sf_sharing_mode mode);

#endif
