/* target_impl: what the files of the target share. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_TARGET_IMPL_H
#define SF_TARGET_IMPL_H

#include <slicefit/target.h>

struct sf_row;

enum sf_target_kind {
	SF_TARGET_CPU,   /* no GPU */
	SF_TARGET_GPU,   /* whole GPUs or fractions: rows tell */
	SF_TARGET_OTHER, /* replicas, instances, ...: nodes with undivided GPUs have none */
};

/* sf_target_fragment of a row whose GPUs are undivided. */
struct sf_fragment sf_target_fragment_row(const struct sf_target *target, const struct sf_row *row);

/* sf_target_fragment for a node that need not be the cluster's own. */
struct sf_fragment sf_target_fragment_node(const struct sf_target *target,
                                           const struct sf_cluster *cluster,
                                           const struct sf_node *node);

#endif
