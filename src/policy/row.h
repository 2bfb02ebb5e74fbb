/*
 * row: what a node has free, in a few words, for policies that look at nothing else.
 *
 * GPUs are their free milli-GPUs, in the order of their indices. For nodes whose GPUs are undivided
 * (whole, or shared by fractions) and requests for such GPUs (an ask) the row says everything that
 * filter.h does; for others it is a summary.
 */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_ROW_H
#define SF_ROW_H

#include <slicefit/filter.h>

enum sf_row_kind {
	SF_ROW_OTHER, /* MIG, replicas, or counts only */
	SF_ROW_WHOLE,
	SF_ROW_FRACTION,
};

/* Without padding: equal rows are equal bytes. */
struct sf_row {
	int64_t cpu_free;    /* INT64_MAX: not modelled */
	int64_t memory_free; /* INT64_MAX: not modelled */
	int64_t cpu_milli;   /* of the node; 0: not modelled; so is the next */
	int64_t memory_mib;
	uint64_t products;
	uint32_t pods, pods_free;
	uint32_t sizes; /* bit k: a pod with k whole GPUs (0: with parts) is there */
	uint32_t milli; /* sum of `free` */
	uint32_t most;  /* the largest of `free` */
	uint8_t idle;   /* GPUs that are all free */
	uint8_t n_gpus;
	uint8_t kind; /* enum sf_row_kind */
	bool ready;
	int16_t free[SF_GPUS_MAX]; /* 0 beyond n_gpus */
};

/* On a node by counts what is free is spread over as few GPUs as hold it. */
void sf_row_of(const struct sf_node *node, struct sf_row *row);

/* A request in the words of rows: `parts` times `each` milli-GPUs, each on one GPU. */
struct sf_ask {
	struct sf_request request;
	bool simple; /* rows can tell: undivided GPUs or none, no GPU-memory wish that is seen */
	bool fraction;
	uint16_t each;
	uint32_t parts;
	int64_t milli; /* parts * each */
	int gpus;      /* sf_request_gpus */
};

void sf_ask_of(const struct sf_request *request, enum sf_view view, struct sf_ask *ask);

/* Does a simple ask fit on a node with undivided GPUs? */
static inline bool sf_row_fits(const struct sf_row *row, const struct sf_ask *ask)
{
	const struct sf_request *request = &ask->request;

	if (!row->ready || row->pods_free == 0 || request->cpu_milli > row->cpu_free ||
	    request->memory_mib > row->memory_free ||
	    (request->products != 0 && (request->products & row->products) == 0)) {
		return false;
	}
	if (ask->parts == 0) {
		return true;
	}
	if (!ask->fraction) {
		return row->idle >= ask->parts;
	}
	if (row->kind != SF_ROW_FRACTION || row->most < ask->each) {
		return false;
	}
	uint32_t room = 1;
	if (ask->parts > 1) {
		room = 0;
		for (uint8_t g = 0; g < row->n_gpus; g++) {
			room += (uint32_t)row->free[g] / ask->each;
		}
	}
	return room >= ask->parts;
}

/* The devices that sf_filter would grant to an ask that fits; `gpu` is that of a single fraction, or
 * SF_GPU_NONE for the tightest. */
void sf_row_grant(const struct sf_row *row, const struct sf_ask *ask, uint8_t gpu,
                  struct sf_grant *grant);

/* Takes such a grant's milli-GPUs and the CPU off the row; its other fields stay. */
void sf_row_take(struct sf_row *row, const struct sf_ask *ask, const struct sf_grant *grant);

#endif
