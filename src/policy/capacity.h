/* capacity: what a placement leaves on a node; shared by the scores of the policies. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_CAPACITY_H
#define SF_CAPACITY_H

#include "row.h"

struct sf_capacity {
	int64_t kind_milli;   /* free milli-GPUs left of the kind that the grant takes: whole GPUs,
	                         replicas, or MIG; without a GPU: of all kinds */
	int64_t used_milli;   /* of the node, with the grant */
	int64_t shape_loss;   /* dynamic MIG: what can no longer be placed, largest profile first */
	int64_t cpu_permille; /* CPU left / CPU of the node; 0 when not modelled */
	bool displaces;       /* takes a whole GPU that dynamic MIG could have cut */
};

/* Widths of the fields in bits, so that scores can stack them. */
enum {
	SF_CAPACITY_MILLI_BITS = 20,
	SF_CAPACITY_LOSS_BITS = 28,
	SF_CAPACITY_CPU_BITS = 10,
};

/* `grant` fits on the node and is not placed yet. */
struct sf_capacity sf_capacity_after(const struct sf_cluster *cluster, uint32_t node,
                                     const struct sf_request *request,
                                     const struct sf_grant *grant);

/* The same for an ask that fits on a node whose GPUs are undivided. */
struct sf_capacity sf_capacity_after_row(const struct sf_row *row, const struct sf_ask *ask);

/* Free milli-GPUs of one GPU; 0 on a node by counts. */
int64_t sf_capacity_gpu_free(const struct sf_node *node, const struct sf_gpu *gpu);

/* Milli-GPUs of one held entry. */
int64_t sf_capacity_held_milli(const struct sf_node *node, const struct sf_held *held);

#endif
