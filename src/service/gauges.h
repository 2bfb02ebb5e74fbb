/* gauges: what the cluster is like at this moment, for /metrics. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_GAUGES_H
#define SF_GAUGES_H

#include "state.h"

struct sf_str;

/* How devices are handed out; the label `mode`. */
enum sf_gauge_mode {
	SF_GAUGE_WHOLE,
	SF_GAUGE_MIG,
	SF_GAUGE_TIME_SLICING,
	SF_GAUGE_MPS,
	SF_GAUGE_FRACTION,
	SF_GAUGE_MODES,
};

/* Devices of one product, mode and profile. Capacity in millionths of a GPU: a GPU instance is as much
 * as its share of the memory slices. */
struct sf_gauge_gpus {
	const struct sf_product *product; /* NULL: unknown */
	enum sf_gauge_mode mode;
	char profile[24]; /* "" for whole GPUs, and for slices that belong to no instance */
	int64_t capacity;
	int64_t allocated; /* held by pods or promised to them */
	int64_t free;      /* the rest, on nodes that take pods */
	int64_t stranded;  /* of it, on nodes without the CPU or memory for the smallest request */
	int64_t devices;   /* replicas of shared ones */
	int64_t devices_allocated;
};

enum sf_gauge_node { SF_GAUGE_READY, SF_GAUGE_CORDONED, SF_GAUGE_FAILED, SF_GAUGE_NODES };

struct sf_gauges {
	int64_t nodes[SF_GAUGE_NODES];
	int64_t pods[SF_LIVE_BOUND + 1]; /* by enum sf_live_state */
	struct sf_live_counts counts;
	uint64_t judged; /* nodes, for all requests so far */
	/* The least that any pod with GPUs requests, each for itself; INT64_MAX without such pods. */
	int64_t least_cpu_milli, least_memory_mib;
	size_t n, cap;
	struct sf_gauge_gpus *gpus; /* by product, mode and profile */
};

/* Looks at the whole state, a few thousand pods or nodes at a time, so that nobody waits long for the
 * lock. Finish afterwards. */
void sf_gauges_collect(struct sf_state *state, struct sf_gauges *out);
void sf_gauges_finish(struct sf_gauges *gauges);

/* Adds a node to out->gpus; `starved`: it lacks the CPU or memory for the smallest request. */
void sf_gauges_add_node(struct sf_gauges *out, const struct sf_cluster *cluster,
                        const struct sf_node *node, bool starved);

void sf_gauges_write(const struct sf_gauges *gauges, struct sf_str *out);

#endif
