/* demand: how many pods of each workload a plan has to hold at once. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_DEMAND_H
#define SF_DEMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sf_arena;
struct sf_error;
struct sf_scenario;

enum sf_demand_basis { SF_DEMAND_PEAK, SF_DEMAND_ALL };

struct sf_demand {
	enum sf_demand_basis basis;
	double at_s;    /* PEAK: the instant; else 0 */
	size_t n;       /* one per workload */
	uint32_t *pods; /* wanted at once */
};

/*
 * ALL: every pod of every workload. PEAK: the pods that are there at one instant when each pod
 * starts as soon as it arrives and stays for its duration; it is the (earliest) instant at which
 * they ask for most GPU: 1000 for a whole GPU, 1000 / 8 per compute slice of a MIG profile, 1000 /
 * max_replicas for a replica; among equals the one with most pods. Drawn with the scenario's seed
 * exactly as replay draws arrivals and durations. A scenario without any arrival or duration is ALL
 * whatever was asked for. The numbers live in `arena`.
 */
int sf_demand_compute(const struct sf_scenario *scenario, bool all, struct sf_arena *arena,
                      struct sf_demand *out, struct sf_error *err);

const char *sf_demand_basis_name(enum sf_demand_basis basis); /* "peak", "all" */

#endif
