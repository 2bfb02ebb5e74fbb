/* demand: see demand.h. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/demand.h>

#include "arrivals.h"

#include <slicefit/arena.h>
#include <slicefit/error.h>
#include <slicefit/scenario.h>

#include <slicefit/alloc.h>
#include <stdlib.h>
#include <string.h>

const char *sf_demand_basis_name(enum sf_demand_basis basis)
{
	return basis == SF_DEMAND_PEAK ? "peak" : "all";
}

/* A pod comes or goes. */
struct event {
	int64_t time_us;
	int32_t step; /* +1, -1 */
	uint32_t workload;
};

/* At equal times pods leave before others come, as in replay. */
static int compare_events(const void *a, const void *b)
{
	const struct event *x = a, *y = b;

	if (x->time_us != y->time_us) {
		return x->time_us < y->time_us ? -1 : 1;
	}
	if (x->step != y->step) {
		return x->step < y->step ? -1 : 1;
	}
	return x->workload < y->workload ? -1 : x->workload > y->workload;
}

static uint32_t slices_of(const char *profile)
{
	const char *dot = strstr(profile, "g.");
	const char *digit = dot;

	while (dot && digit > profile && digit[-1] >= '0' && digit[-1] <= '9') {
		digit--;
	}
	return dot && digit < dot ? (uint32_t)strtoul(digit, NULL, 10) : 1;
}

/* Thousandths of a GPU that one pod stands for: enough to tell when most is asked for. */
static uint64_t weight(const struct sf_scenario *scenario, const struct sf_workload *workload)
{
	const struct sf_request_spec *spec = &workload->request;
	uint32_t limit = workload->max_replicas ? workload->max_replicas
	                                        : scenario->max_replicas[workload->class];
	uint64_t milli =
		1000U * (uint64_t)spec->gpu + 1000U * (uint64_t)spec->shared / (limit ? limit : 1);

	for (uint8_t i = 0; i < spec->n_mig; i++) {
		milli += 1000U * (uint64_t)slices_of(spec->mig[i].profile) * spec->mig[i].count / 8;
	}
	for (uint8_t i = 0; i < spec->n_resources; i++) {
		const char *mig = strstr(spec->resource[i].name, "/mig-");
		uint64_t each = mig ? slices_of(mig + 5) * 1000U / 8 : 1000U;

		milli += each * spec->resource[i].count;
	}
	return milli;
}

static struct event *list_events(const struct sf_arrival *pod, uint32_t pods, size_t *n)
{
	struct event *event = sf_xcalloc(2 * (size_t)pods + 1, sizeof *event);

	*n = 0;
	for (uint32_t i = 0; i < pods; i++) {
		event[(*n)++] = (struct event){pod[i].time_us, 1, pod[i].workload};
		if (pod[i].duration_us != SF_DURATION_NONE) {
			event[(*n)++] = (struct event){pod[i].time_us + pod[i].duration_us, -1,
			                               pod[i].workload};
		}
	}
	qsort(event, *n, sizeof *event, compare_events);
	return event;
}

static void find_peak(const struct sf_scenario *scenario, const struct event *event, size_t n,
                      struct sf_demand *out)
{
	uint32_t *now = sf_xcalloc(out->n + 1, sizeof *now);
	uint64_t sum = 0, peak = 0;
	uint64_t pods = 0, most = 0;

	for (size_t i = 0; i < n; i++) {
		const struct sf_workload *workload = &scenario->workload[event[i].workload];
		uint64_t milli = weight(scenario, workload);

		now[event[i].workload] += (uint32_t)event[i].step;
		sum = event[i].step > 0 ? sum + milli : sum - milli;
		pods += (uint64_t)(int64_t)event[i].step;
		if (sum > peak || (sum == peak && pods > most)) {
			peak = sum;
			most = pods;
			out->at_s = (double)event[i].time_us / 1e6;
			memcpy(out->pods, now, out->n * sizeof *now);
		}
	}
	free(now);
}

static bool is_timed(const struct sf_scenario *scenario)
{
	for (size_t i = 0; i < scenario->n_workloads; i++) {
		if (scenario->workload[i].timed) {
			return true;
		}
	}
	return false;
}

int sf_demand_compute(const struct sf_scenario *scenario, bool all, struct sf_arena *arena,
                      struct sf_demand *out, struct sf_error *err)
{
	struct sf_arrival *pod;
	struct event *event;
	uint32_t pods;
	size_t n;

	memset(out, 0, sizeof *out);
	out->n = scenario->n_workloads;
	out->pods = sf_arena_array(arena, out->n + 1, sizeof *out->pods);
	if (!out->pods) {
		return sf_fail(err, SF_ENOMEM, "demand: no memory");
	}
	out->basis = SF_DEMAND_ALL;
	if (all || !is_timed(scenario)) {
		for (size_t i = 0; i < out->n; i++) {
			out->pods[i] = scenario->workload[i].count;
		}
		return 0;
	}
	out->basis = SF_DEMAND_PEAK;
	pod = sf_arrivals_create(scenario, scenario->seed, &pods, err);
	if (!pod) {
		return -1;
	}
	event = list_events(pod, pods, &n);
	find_peak(scenario, event, n, out);
	free(event);
	free(pod);
	return 0;
}
