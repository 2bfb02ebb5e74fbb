/* shapes: the different requests that a placer was asked for, each with the scores of all nodes. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_SHAPES_H
#define SF_SHAPES_H

#include "row.h"
#include "score_tree.h"

struct sf_shape {
	struct sf_ask ask;
	struct sf_score_tree tree; /* n == 0: not looked at yet */
	uint8_t *gpu;              /* per node, for a single fraction: the device, or SF_GPU_NONE */
	uint64_t seen;             /* changes that the tree knows, */
	uint32_t level;            /* and the level of its rule (cluster_rule.h) */
	uint64_t used;             /* when it was asked for last */
};

/* Zero-initialise. */
struct sf_shapes {
	size_t n, cap;
	struct sf_shape *shape;
	size_t n_slots;
	uint32_t *slot; /* hash table: 1 + number of the shape; 0: free */
	uint64_t questions;
};

void sf_shapes_finish(struct sf_shapes *shapes);

/* The shape of a request for a cluster of so many nodes: known, or new with an empty tree. There are
 * limits to their number and memory; the one not asked for longest makes room. Valid until the next
 * call. */
struct sf_shape *sf_shapes_get(struct sf_shapes *shapes, const struct sf_request *request,
                               enum sf_view view, uint32_t nodes);

/* Makes the tree one of so many nodes, all without score. */
void sf_shape_reset(struct sf_shape *shape, uint32_t nodes);

#endif
