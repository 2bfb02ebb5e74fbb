/*
 * row: what a node has free, in a few words, for policies that look at nothing else.
 *
 * GPUs are their free milli-GPUs, in the order of their indices. For nodes whose GPUs are undivided
 * (whole, or shared by fractions) the row says everything that fits there; for others it is a summary
 * and filter.h knows better.
 */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_ROW_H
#define SF_ROW_H

#include <slicefit/cluster.h>

enum sf_row_kind {
	SF_ROW_OTHER, /* MIG, replicas, or counts only */
	SF_ROW_WHOLE,
	SF_ROW_FRACTION,
};

struct sf_row {
	int64_t cpu_free;    /* INT64_MAX: not modelled */
	int64_t memory_free; /* INT64_MAX: not modelled */
	uint64_t products;
	uint32_t pods_free;
	uint32_t sizes; /* bit k: a pod with k whole GPUs (0: with parts) is there */
	uint32_t milli; /* sum of `free` */
	uint8_t kind;   /* enum sf_row_kind */
	uint8_t n_gpus;
	bool ready;
	uint16_t free[SF_GPUS_MAX]; /* 0 beyond n_gpus */
};

/* On a node by counts what is free is spread over as few GPUs as hold it. */
void sf_row_of(const struct sf_node *node, struct sf_row *row);

/* Takes from the row what the grant takes of a node whose GPUs are undivided. */
void sf_row_take(struct sf_row *row, const struct sf_request *request,
                 const struct sf_grant *grant);

#endif
