/* emit_config: the distinct configurations of a plan's nodes, with names that are legal label
 * values. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_EMIT_CONFIG_H
#define SF_EMIT_CONFIG_H

#include <slicefit/plan.h>

/* mig-parted: one per distinct list of GPU layouts. */
struct sf_mig_config {
	char name[SF_NAME_MAX];
	const struct sf_node_plan *node; /* any node that has it */
};

/* Device plugin: one per distinct way of sharing. */
struct sf_share_config {
	char name[SF_NAME_MAX];
	enum sf_sharing_mode mode;
	enum sf_strategy strategy;
	uint16_t replicas; /* 1: not shared */
	bool rename;
};

struct sf_emit_configs {
	size_t n_mig;
	struct sf_mig_config *mig;
	size_t n_share;
	struct sf_share_config *share;
	/* Per plan node: index into mig (SIZE_MAX: no MIG-capable GPU, no label) and into share. */
	size_t *node_mig;
	size_t *node_share;
};

/* `before` may be NULL when only `mig` is of interest. */
void sf_emit_configs_init(struct sf_emit_configs *configs, const struct sf_plan *plan,
                          const struct sf_cluster *before);
void sf_emit_configs_finish(struct sf_emit_configs *configs);

/* Can the node's GPUs be cut at all? */
bool sf_emit_has_mig(const struct sf_node_plan *node);

/* Are two GPUs cut alike (same product, same geometry)? */
bool sf_emit_same_gpu(const struct sf_gpu_spec *a, const struct sf_gpu_spec *b);

#endif
