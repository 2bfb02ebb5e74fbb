/* demand: see demand.h. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/demand.h>

#include "arrivals.h"
#include "demand_time.h"
#include "events.h"

#include <slicefit/alloc.h>
#include <slicefit/arena.h>
#include <slicefit/error.h>

#include <stdlib.h>
#include <string.h>

static const char *const names[SF_DEMAND_BASES] = {
	[SF_DEMAND_PEAK] = "peak",
	[SF_DEMAND_ALL] = "all",
	[SF_DEMAND_PERCENTILE] = "percentile",
	[SF_DEMAND_WINDOW] = "window",
	[SF_DEMAND_FORECAST] = "forecast",
};

const char *sf_demand_basis_name(enum sf_demand_basis basis)
{
	return names[basis];
}

static int compare_events(const void *a, const void *b)
{
	const struct demand_event *x = a, *y = b;

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

uint64_t *demand_weights(const struct sf_scenario *scenario)
{
	uint64_t *out = sf_xcalloc(scenario->n_workloads + 1, sizeof *out);

	for (size_t w = 0; w < scenario->n_workloads; w++) {
		out[w] = weight(scenario, &scenario->workload[w]);
	}
	return out;
}

static void list_events(const struct sf_scenario *scenario, const struct sf_arrival *pod,
                        uint32_t pods, struct demand_events *out)
{
	memset(out, 0, sizeof *out);
	out->event = sf_xcalloc(2 * (size_t)pods + 1, sizeof *out->event);
	for (uint32_t i = 0; i < pods; i++) {
		if (pod[i].duration_us == 0) {
			continue; /* there at no time */
		}
		out->event[out->n++] = (struct demand_event){pod[i].time_us, 1, pod[i].workload};
		out->last_arrival_us = pod[i].time_us > out->last_arrival_us ? pod[i].time_us
		                                                             : out->last_arrival_us;
		if (pod[i].duration_us != SF_DURATION_NONE) {
			out->event[out->n++] = (struct demand_event){
				pod[i].time_us + pod[i].duration_us, -1, pod[i].workload};
		}
	}
	qsort(out->event, out->n, sizeof *out->event, compare_events);
	out->has_horizon = scenario->horizon_s >= 0;
	if (out->has_horizon) {
		out->end_us = sf_time_from_s(scenario->horizon_s);
	} else if (out->n > 0) {
		out->end_us = out->event[out->n - 1].time_us;
	}
}

void demand_now_take(struct demand_now *now, const struct demand_event *event)
{
	const uint64_t weight_milli = now->weight[event->workload];

	now->pods[event->workload] += (uint32_t)event->step;
	now->sum_milli += event->step > 0 ? weight_milli : -weight_milli;
	now->sum_pods += (uint64_t)(int64_t)event->step;
}

/* The most that was there so far. */
struct peak {
	bool any;
	uint64_t milli, pods;
	int64_t time_us;
	struct sf_demand *out;
};

static void look(struct peak *peak, const struct demand_now *now, int64_t time_us)
{
	if (!peak->any || now->sum_milli > peak->milli ||
	    (now->sum_milli == peak->milli && now->sum_pods > peak->pods)) {
		peak->any = true;
		peak->milli = now->sum_milli;
		peak->pods = now->sum_pods;
		peak->time_us = time_us;
		memcpy(peak->out->pods, now->pods, now->n * sizeof *now->pods);
	}
}

/* The peak from `start` on and before `end`. */
static void find_peak(const struct demand_events *events, const uint64_t *weights, int64_t start,
                      int64_t end, struct sf_demand *out)
{
	struct demand_now now = {.n = out->n, .weight = weights};
	struct peak peak = {.out = out, .time_us = start};
	size_t i = 0;

	now.pods = sf_xcalloc(out->n + 1, sizeof *now.pods);
	while (i < events->n &&
	       (events->event[i].time_us < start ||
	        (events->event[i].time_us == start && events->event[i].step < 0))) {
		demand_now_take(&now, &events->event[i++]);
	}
	if (i > 0 || start > 0) {
		look(&peak, &now, start);
	}
	for (; i < events->n && events->event[i].time_us < end; i++) {
		demand_now_take(&now, &events->event[i]);
		look(&peak, &now, events->event[i].time_us);
	}
	out->at_s = (double)peak.time_us / 1e6;
	free(now.pods);
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

static int compute_timed(const struct sf_scenario *scenario, const struct demand_events *events,
                         struct sf_demand *out, struct sf_error *err)
{
	uint64_t *weights = demand_weights(scenario);
	int rc = 0;

	switch (out->spec.basis) {
	case SF_DEMAND_PEAK:
	case SF_DEMAND_ALL:
	case SF_DEMAND_BASES:
		find_peak(events, weights, 0, INT64_MAX, out);
		break;
	case SF_DEMAND_WINDOW:
		find_peak(events, weights, sf_time_from_s(out->spec.start_s),
		          sf_time_from_s(out->spec.end_s), out);
		break;
	case SF_DEMAND_PERCENTILE:
		demand_percentile(events, out);
		break;
	case SF_DEMAND_FORECAST:
		rc = demand_forecast(events, weights, out, err);
		break;
	}
	free(weights);
	return rc;
}

/* Draws the pods and counts them over time. */
static int compute(const struct sf_scenario *scenario, struct sf_demand *out, struct sf_error *err)
{
	struct demand_events events;
	struct sf_arrival *pod;
	uint32_t pods;
	int rc;

	pod = sf_arrivals_create(scenario, scenario->seed, &pods, err);
	if (!pod) {
		return -1;
	}
	list_events(scenario, pod, pods, &events);
	rc = compute_timed(scenario, &events, out, err);
	free(events.event);
	free(pod);
	return rc;
}

int sf_demand_compute(const struct sf_scenario *scenario, const struct sf_demand_spec *spec,
                      struct sf_arena *arena, struct sf_demand *out, struct sf_error *err)
{
	int rc = 0;

	memset(out, 0, sizeof *out);
	out->n = scenario->n_workloads;
	out->spec = *spec;
	out->pods = sf_arena_array(arena, out->n + 1, sizeof *out->pods);
	if (!out->pods) {
		return sf_fail(err, SF_ENOMEM, "demand: no memory");
	}
	if (spec->basis == SF_DEMAND_ALL || !is_timed(scenario)) {
		out->spec = (struct sf_demand_spec){.basis = SF_DEMAND_ALL};
		for (size_t i = 0; i < out->n; i++) {
			out->pods[i] = scenario->workload[i].count;
		}
		return 0;
	}
	rc = compute(scenario, out, err);
	for (size_t i = 0; !rc && i < out->n; i++) {
		uint32_t running = scenario->workload[i].n_running_pods;

		out->pods[i] = out->pods[i] > running ? out->pods[i] : running;
	}
	return rc;
}
