/* given: the devices of a grant in names and places, for answers that outlive the cluster. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_GIVEN_H
#define SF_GIVEN_H

#include <slicefit/cluster.h>

struct sf_str;

/* One device of a grant. Points to nothing but the catalog. */
struct sf_given {
	char resource[SF_NAME_MAX];
	const struct sf_product *product; /* NULL: unknown, or a node by counts */
	uint8_t gpu;       /* index in the node; SF_GPU_NONE: only the count is known */
	int8_t profile;    /* of the product, -1: a whole GPU */
	uint8_t start;     /* first memory unit of the instance */
	uint16_t replicas; /* given */
	uint16_t of;       /* replicas that the device has; 1: not shared; 0: unknown */
};

/* The devices of a grant on a node that has them, grant->n of them. */
void sf_given_fill(const struct sf_cluster *cluster, uint32_t node, const struct sf_grant *grant,
                   struct sf_given out[SF_GRANTS_MAX]);

/* "GPU 1 1g.5gb@4", "GPU 0, 2 of 4 replicas", "3 nvidia.com/gpu". */
void sf_given_text(const struct sf_given *given, struct sf_str *out);

#endif
