/* demand: how many pods of each workload a plan has to hold at once. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_DEMAND_H
#define SF_DEMAND_H

#include <slicefit/demand_spec.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sf_arena;
struct sf_error;
struct sf_scenario;

struct sf_demand {
	struct sf_demand_spec spec; /* ALL where the scenario has no times; growth as it was used */
	double at_s;    /* PEAK, WINDOW: the instant; FORECAST: when its hour begins; else 0 */
	size_t n;       /* one per workload */
	uint32_t *pods; /* wanted at once */
};

/*
 * Each pod starts as soon as it arrives and stays for its duration, drawn with the scenario's seed
 * exactly as replay draws arrivals and durations. What is asked for at an instant is weighed as
 * GPUs: 1000 for a whole GPU, 1000 / 8 per compute slice of a MIG profile, 1000 / max_replicas for
 * a replica; among equals the instant with most pods counts, then the earliest.
 *
 * PERCENTILE: time runs from the first arrival to the horizon, or to the last event. FORECAST: what
 * is known are the whole hours up to the horizon, or to the last arrival: two weeks, or one and
 * `growth`. The hour j from then on wants of each workload growth^(1 + j / 168), rounded up, times
 * its most pods in the last known hour of the same hour of the week. SF_EINVAL where too little is
 * known.
 *
 * At no time less is wanted of a workload than runs already. A scenario without any arrival or
 * duration is ALL, whatever was asked for. The numbers live in `arena`.
 */
int sf_demand_compute(const struct sf_scenario *scenario, const struct sf_demand_spec *spec,
                      struct sf_arena *arena, struct sf_demand *out, struct sf_error *err);

const char *sf_demand_basis_name(enum sf_demand_basis basis); /* "peak", "all", ... */

#endif
