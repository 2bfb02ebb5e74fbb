/* filter: does a request fit on a node, with which devices, and if not, why. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_FILTER_H
#define SF_FILTER_H

#include <slicefit/cluster.h>

/* Short, constant texts: kube-scheduler groups nodes by equal reason. */
enum sf_fit {
	SF_FITS,
	SF_FIT_NOT_READY, /* cordoned, failed, being repartitioned */
	SF_FIT_TAINT,     /* has a taint that is not tolerated: no eviction can help; so the next */
	SF_FIT_SELECTOR,  /* not one of the nodes that the pod's rule selects */
	SF_FIT_PRODUCT,   /* none of the GPU products asked for: no eviction can help */
	SF_FIT_NO_RESOURCE, /* the node never has this resource: no eviction can help */
	SF_FIT_TOO_MANY,    /* more than the node has in all: no eviction can help */
	SF_FIT_BUSY,        /* all in use */
	SF_FIT_FRAGMENTED,  /* free in sum, but no legal MIG placement (or not on single devices) */
	SF_FIT_GPU_MEMORY,  /* GPU-memory wish exceeds what a device has free */
	SF_FIT_SHARED_LIMIT, /* more than one replica where the plugin fails such requests */
	SF_FIT_CPU,
	SF_FIT_MEMORY,
	SF_FIT_PODS,
	SF_FIT_SPREAD, /* too many of the pods that its rule spreads are there */
	SF_FIT_APART,  /* pods are there that keep apart from it, or it from them */
	SF_FIT_MODE,   /* it would be served in a mode that its rules deny: not told by sf_filter */
	SF_FIT_REASONS,
};

const char *sf_fit_reason(enum sf_fit fit);

/* Can no eviction help (FailedAndUnresolvableNodes)? */
bool sf_fit_unresolvable(enum sf_fit fit);

/* How much the placer knows: the stock scheduler counts resource names; slicefit also honours the
 * sharing wish and GPU memory. */
enum sf_view { SF_VIEW_AWARE, SF_VIEW_COUNTS };

/*
 * Where several reasons hold, the first of this order is told: not ready, taint, selector, product, no
 * resource, too many, shared limit, busy, CPU, memory, pods, fragmented, GPU memory, spread, apart. What
 * rules are about (sf_request.rule) is known of nodes that the cluster has, and of copies of them.
 *
 * GPU memory (AWARE only): on static nodes the kubelet picks among the free devices of a name, so
 * every one of them must have room, whichever they are (filter_blind.c says how that is judged where
 * nobody knows which device a pod has); on dynamic nodes only the chosen ones. A device of unknown
 * memory has room for no wish. On nodes that share by fractions it counts for the devices chosen.
 * Nodes by counts: whole GPUs and instances by their product, replicas
 * never.
 */
/* Judges one node. On SF_FITS and a non-NULL grant, *grant names the devices: whole GPUs by lowest
 * index, instances that exist by the smallest leftover, dynamic instances by the driver's order on
 * the GPU where they hurt least, replicas in the plugin's `distributed` order. On nodes that share by
 * fractions: one fraction where least is free, several by device index, whole GPUs by index. */
enum sf_fit sf_filter(const struct sf_cluster *cluster, uint32_t node,
                      const struct sf_request *request, enum sf_view view, struct sf_grant *grant);

/* The same for a node that need not be the cluster's own, but is made of its resources. */
enum sf_fit sf_filter_node(const struct sf_cluster *cluster, const struct sf_node *node,
                           const struct sf_request *request, enum sf_view view,
                           struct sf_grant *grant);

/* Would it fit on the node if nothing ran anywhere and the node were ready? */
enum sf_fit sf_filter_ever(const struct sf_cluster *cluster, uint32_t node,
                           const struct sf_request *request, enum sf_view view);

/* A device of a node. */
struct sf_obstacle {
	uint8_t gpu, device;
};
enum { SF_OBSTACLES_MAX = SF_GPUS_MAX * SF_UNITS_MAX };

/*
 * The devices that stand in the way of a wish for GPU memory (AWARE): free, so that the kubelet may
 * hand them out, of a name that is wanted, and without that much memory. The request fits only when
 * each of them either gets more room or is taken. Returns how many; 0 on nodes that are not static,
 * and where it is unknown which devices are free (sf_node.allocation).
 */
size_t sf_filter_obstacles(const struct sf_cluster *cluster, uint32_t node,
                           const struct sf_request *request,
                           struct sf_obstacle obstacle[SF_OBSTACLES_MAX]);

#endif
