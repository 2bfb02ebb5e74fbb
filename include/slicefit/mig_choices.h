/* mig_choices: the MIG configurations that a node can be labelled with, by name. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_MIG_CHOICES_H
#define SF_MIG_CHOICES_H

#include <slicefit/node.h>

#include <stddef.h>

struct sf_arena;
struct sf_cluster;
struct sf_error;
struct sf_mig_parted;

/* Everything is in the arena that it was made in. */
struct sf_mig_choices {
	size_t n;
	const char **name;
	const struct sf_mig_parted *parted; /* NULL: the usual ones */
};

/*
 * Those that mig-manager has when nobody gave it others: all-disabled, all-PROFILE for each profile of
 * the products in the cluster, all-balanced (github.com/NVIDIA/mig-parted pkg/mig/builder). -1 when the
 * arena is full.
 */
int sf_mig_choices_usual(const struct sf_cluster *cluster, struct sf_arena *arena,
                         struct sf_mig_choices *out);

/* Those of a mig-parted configuration, which must live as long. */
int sf_mig_choices_of(const struct sf_mig_parted *parted, struct sf_arena *arena,
                      struct sf_mig_choices *out);

/* What the GPUs of a node become under configuration `i`; false when it does not go with them. `ctx` is
 * the struct sf_mig_choices. */
bool sf_mig_choices_apply(const void *ctx, size_t i, struct sf_gpu_spec *gpu, uint8_t n);

#endif
