/* arrivals: the pods of a scenario with their times, the same for every policy. */
// SPDX-License-Identifier: Apache-2.0
#include "arrivals.h"

#include "events.h"
#include "process.h"

#include <slicefit/alloc.h>
#include <slicefit/error.h>

#include <stdlib.h>

static int64_t draw_duration(const struct sf_duration_spec *spec, struct sf_rng *rng)
{
	double s = spec->s;
	switch (spec->kind) {
	case SF_DURATION_FOREVER:
		return SF_DURATION_NONE;
	case SF_DURATION_FIXED:
		break;
	case SF_DURATION_EXPONENTIAL:
		s = sf_rng_exponential(rng, spec->s);
		break;
	case SF_DURATION_LOGNORMAL:
		s = sf_rng_lognormal(rng, spec->s, spec->sigma);
		break;
	case SF_DURATION_WEIBULL:
		s = sf_rng_weibull(rng, spec->s, spec->shape);
		break;
	case SF_DURATION_PARETO:
		s = sf_rng_pareto(rng, spec->s, spec->max_s, spec->shape);
		break;
	}
	return sf_time_from_s(s);
}

/* Those that run already come first, at the very beginning; *running and *coming are where the
 * next of each goes. */
static void expand(const struct sf_workload *workload, uint32_t index, uint64_t seed,
                   struct sf_arrival **running, struct sf_arrival **coming)
{
	struct sf_process arrivals;
	struct sf_rng durations;
	sf_process_init(&arrivals, &workload->arrival, seed, 2 * (uint64_t)index);
	sf_rng_seed(&durations, seed, 2 * (uint64_t)index + 1);
	uint32_t size = workload->gang > 0 ? workload->gang : 1;
	struct sf_arrival next = {.workload = index};
	for (uint32_t i = 0; i < workload->count; i++) {
		const bool runs = i < workload->n_running_pods;
		const uint32_t nth = (i - (runs ? 0 : workload->n_running_pods)) / size;
		if (i % size == 0) { /* a gang comes and goes as one */
			next.time_us = runs ? 0 : sf_time_from_s(sf_process_next(&arrivals, nth));
			next.duration_us = draw_duration(&workload->duration, &durations);
		}
		*(runs ? (*running)++ : (*coming)++) = next;
	}
}

/* Those of the scenario's trace. */
static void copy_trace(const struct sf_trace *trace, struct sf_arrival *out)
{
	for (size_t i = 0; i < trace->n; i++) {
		const struct sf_trace_pod *pod = &trace->pod[i];
		out[i].time_us = pod->time_us;
		out[i].duration_us = pod->duration_us < 0 ? SF_DURATION_NONE : pod->duration_us;
		out[i].workload = pod->workload;
	}
}

/* A merge of two neighbouring sorted runs; the left one first among equals. */
static void merge(const struct sf_arrival *in, struct sf_arrival *out, size_t low, size_t mid,
                  size_t high)
{
	size_t left = low;
	size_t right = mid;
	for (size_t i = low; i < high; i++) {
		if (right == high || (left < mid && in[left].time_us <= in[right].time_us)) {
			out[i] = in[left++];
		} else {
			out[i] = in[right++];
		}
	}
}

/* Stable, so that workloads and the pods within them keep their order at equal times. */
static struct sf_arrival *sort_by_time(struct sf_arrival *pods, size_t n)
{
	struct sf_arrival *spare = sf_xcalloc(n + 1, sizeof(*spare));
	for (size_t width = 1; width < n; width *= 2) {
		for (size_t low = 0; low < n; low += 2 * width) {
			size_t mid = low + width < n ? low + width : n;
			size_t high = low + 2 * width < n ? low + 2 * width : n;
			merge(pods, spare, low, mid, high);
		}
		struct sf_arrival *swap = pods;
		pods = spare;
		spare = swap;
	}
	free(spare);
	return pods;
}

struct sf_arrival *sf_arrivals_create(const struct sf_scenario *scenario, uint64_t seed,
                                      uint32_t *n, struct sf_error *err)
{
	uint64_t total = 0;
	size_t n_running = 0;
	for (size_t i = 0; i < scenario->n_workloads; i++) {
		total += scenario->workload[i].count;
		n_running += scenario->workload[i].n_running_pods;
	}
	if (total > SF_REPLAY_PODS_MAX) {
		sf_fail(err, SF_ELIMIT, "%s: %llu pods, a replay takes at most %d", scenario->path,
		        (unsigned long long)total, SF_REPLAY_PODS_MAX);
		return NULL;
	}
	struct sf_arrival *pods = sf_xcalloc(total + 1, sizeof(*pods));
	struct sf_arrival *running = pods;
	struct sf_arrival *coming = pods + n_running;
	for (size_t i = 0; i < scenario->n_workloads; i++) {
		if (scenario->workload[i].arrival.kind != SF_ARRIVAL_TRACE) {
			expand(&scenario->workload[i], (uint32_t)i, seed, &running, &coming);
		}
	}
	copy_trace(&scenario->trace, coming);
	*n = (uint32_t)total;
	return sort_by_time(pods, total);
}
