/* explain_gpu: what one GPU of a node has for a request. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_EXPLAIN_GPU_H
#define SF_EXPLAIN_GPU_H

#include <slicefit/cluster.h>

enum sf_gpu_fit {
	SF_GPU_SAYS_NONE,     /* it has none of the devices that are asked for */
	SF_GPU_SAYS_IN_USE,   /* it has, and they are all in use */
	SF_GPU_SAYS_NO_START, /* slices are free, but no instance may start there */
	SF_GPU_SAYS_MEMORY,   /* they have not enough free memory */
	SF_GPU_SAYS_FREE,
	SF_GPU_ANSWERS,
};
extern const char *const sf_gpu_fit_names[SF_GPU_ANSWERS];

struct sf_gpu_answer {
	enum sf_gpu_fit fit;
	uint32_t free, of; /* devices (replicas where they are shared) of the names asked for; of an
	                      instance that is yet to be made: memory slices */
	uint16_t used;     /* a bit for the first memory unit of each device that is in use */
};

/* By the first of the wants for which the GPU has most to say. Where Kubernetes does not tell which
 * device a pod holds, this is as much a guess as the cluster's. */
struct sf_gpu_answer sf_explain_gpu(const struct sf_cluster *cluster, const struct sf_node *node,
                                    const struct sf_gpu *gpu, const struct sf_request *request);

#endif
