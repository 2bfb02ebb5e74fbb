/* process: when the pods of one workload come. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_PROCESS_H
#define SF_PROCESS_H

#include <slicefit/rng.h>
#include <slicefit/workload.h>

/* A stream of arrivals; formulas in docs/scenario-format.md, "arrival". */
struct sf_process {
	const struct sf_arrival_spec *spec;
	struct sf_rng rng;
	double past_s; /* from `at` to the latest arrival; DIURNAL: to the latest candidate */
	double most;   /* DIURNAL: the highest relative rate */
	bool by_hours; /* DIURNAL: drawn hour by hour */
	double left; /* BURSTS: pods of this burst to come; ON_OFF: seconds left of this on period */
	double next_s; /* BURSTS: from `at` to the next burst */
};

/* `spec` is borrowed; `seed` and `stream` as of sf_rng_seed. */
void sf_process_init(struct sf_process *process, const struct sf_arrival_spec *spec, uint64_t seed,
                     uint64_t stream);

/* Seconds from 0 at which pod `i` comes; to be asked for 0, 1, 2, ... Only the pods of bursts may
 * overtake each other. */
double sf_process_next(struct sf_process *process, uint32_t i);

/* DIURNAL: the rate at a time, relative to its mean over a week. */
double sf_process_rate(const struct sf_arrival_spec *spec, double at_s);

#endif
