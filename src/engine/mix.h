/*
 * mix: the GPU requests of a scenario with their shares, and what of a node's free GPU capacity
 * they cannot use. The formulas are in docs/scenario-format.md, "Metrics".
 */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_MIX_H
#define SF_MIX_H

#include <slicefit/scenario.h>

struct sf_mix_class {
	struct sf_request request;
	int64_t weight; /* pods */
};

struct sf_mix {
	size_t n;
	struct sf_mix_class *class; /* distinct requests that want a GPU */
	int64_t weights;            /* their sum */
	struct sf_mix_memo *memo;   /* may be NULL */
};

/* Requests in the numbers of `cluster`; finish with sf_mix_finish. */
void sf_mix_init(struct sf_mix *mix, const struct sf_scenario *scenario,
                 const struct sf_cluster *cluster);
void sf_mix_finish(struct sf_mix *mix);

/* Of the `free` milli-GPUs of a node those that a class cannot use, times its weight, summed over
 * the classes: divide by mix->weights for the expected fragment of the node. */
int64_t sf_mix_fragment(const struct sf_mix *mix, const struct sf_cluster *cluster, uint32_t node,
                        int64_t free);

/* `free`, the free milli-GPUs, when no class finds its CPU and memory on the node, else 0. */
int64_t sf_mix_stranded(const struct sf_mix *mix, const struct sf_node *node, int64_t free);

#endif
