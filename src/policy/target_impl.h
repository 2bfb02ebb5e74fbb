/* target_impl: what the files of the target share. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_TARGET_IMPL_H
#define SF_TARGET_IMPL_H

#include <slicefit/target.h>

struct sf_row;

enum sf_target_kind {
	SF_TARGET_CPU, /* no GPU */
	SF_TARGET_GPU,
};

/* One class, in as few bytes as it takes. */
struct sf_target_term {
	double weight;
	int64_t cpu_milli;
	uint64_t products; /* that will do; all bits for any, and for a class without GPUs */
	uint16_t cut;      /* index of its milli-GPUs among the cuts */
	uint16_t gpus;     /* wanted; more than there are when undivided GPUs will not do */
	uint8_t kind;      /* enum sf_target_kind */
};

/* sf_target_fragment of a row whose GPUs are undivided. */
struct sf_fragment sf_target_fragment_row(const struct sf_target *target, const struct sf_row *row);

/* sf_target_fragment for a node that need not be the cluster's own. */
struct sf_fragment sf_target_fragment_node(const struct sf_target *target,
                                           const struct sf_cluster *cluster,
                                           const struct sf_node *node);

#endif
