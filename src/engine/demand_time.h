/* demand_time: pods that come and go, and what that asks for over time. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_DEMAND_TIME_H
#define SF_DEMAND_TIME_H

#include <slicefit/demand.h>
#include <slicefit/scenario.h>

/* A pod comes or goes. */
struct demand_event {
	int64_t time_us;
	int32_t step; /* +1, -1 */
	uint32_t workload;
};

/* All that happens, in order; at equal times pods leave before others come, as in replay. */
struct demand_events {
	struct demand_event *event;
	size_t n;
	int64_t last_arrival_us;
	int64_t end_us; /* the horizon, or the last event */
	bool has_horizon;
};

/* Thousandths of a GPU that a pod of each workload stands for; malloc'ed. */
uint64_t *demand_weights(const struct sf_scenario *scenario);

/* How many pods of each workload are there while time goes on. */
struct demand_now {
	size_t n;
	const uint64_t *weight;
	uint32_t *pods;
	uint64_t sum_milli, sum_pods;
};

void demand_now_take(struct demand_now *now, const struct demand_event *event);

/* demand_share.c: fills out->pods for PERCENTILE. */
void demand_percentile(const struct demand_events *events, struct sf_demand *out);

/* demand_forecast.c: fills out->pods, out->at_s and the growth. */
int demand_forecast(const struct demand_events *events, const uint64_t *weight,
                    struct sf_demand *out, struct sf_error *err);

#endif
