/*
 * demand_forecast: the time to come as the same hours of the week were, times growth (seasonal
 * naive). It asks for no more than it can know: one week says what a week looks like, two say
 * whether it grows.
 */
// SPDX-License-Identifier: Apache-2.0
#include "demand_time.h"

#include <slicefit/alloc.h>
#include <slicefit/error.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WEEK = 168 }; /* hours */

static const int64_t hour_us = 3600000000;

/* A trend that two weeks show is not believed beyond these. */
static const double growth_least = 0.5, growth_most = 2;

struct forecast {
	const struct demand_events *events;
	const uint64_t *weight;
	struct sf_demand *out;
	int64_t hours;  /* known */
	uint32_t *most; /* WEEK rows, the last known hours: most pods per workload */
	double area[2]; /* GPU time of the last week, and of the week before */
};

/* Adds what is there between two times to the GPU time of their week; they are in one hour. */
static void add_area(struct forecast *f, const struct demand_now *now, int64_t hour, int64_t from,
                     int64_t until)
{
	const int64_t back = (f->hours - 1 - hour) / WEEK;

	if (back < 2) {
		f->area[back] += (double)now->sum_milli * (double)(until - from);
	}
}

/* One known hour. `next`: the first event not taken; returns the new one. */
static size_t pass_hour(struct forecast *f, struct demand_now *now, int64_t hour, size_t next)
{
	const int64_t end = (hour + 1) * hour_us;
	uint32_t *row = NULL;
	int64_t at = hour * hour_us;

	if (hour >= f->hours - WEEK) {
		row = f->most + (size_t)(hour - (f->hours - WEEK)) * now->n;
		memcpy(row, now->pods, now->n * sizeof *row);
	}
	while (next < f->events->n && f->events->event[next].time_us < end) {
		const struct demand_event *event = &f->events->event[next++];
		const uint32_t w = event->workload;

		add_area(f, now, hour, at, event->time_us);
		at = event->time_us;
		demand_now_take(now, event);
		if (row && now->pods[w] > row[w]) {
			row[w] = now->pods[w];
		}
	}
	add_area(f, now, hour, at, end);
	return next;
}

static void look_back(struct forecast *f)
{
	struct demand_now now = {.n = f->out->n, .weight = f->weight};
	size_t next = 0;

	now.pods = sf_xcalloc(now.n + 1, sizeof *now.pods);
	f->most = sf_xcalloc(WEEK * now.n + 1, sizeof *f->most);
	for (int64_t hour = 0; hour < f->hours; hour++) {
		next = pass_hour(f, &now, hour, next);
	}
	free(now.pods);
}

static uint32_t grown(uint32_t pods, double factor)
{
	return (uint32_t)fmin(SF_SCENARIO_PODS_MAX, ceil(pods * factor - 1e-9));
}

/* GPU asked for in hour `ahead` from the last known on. */
static uint64_t weigh(const struct forecast *f, int64_t ahead, uint64_t *pods)
{
	const uint32_t *row = f->most + (size_t)(ahead % WEEK) * f->out->n;
	const double factor = pow(f->out->spec.growth, (double)(1 + ahead / WEEK));
	uint64_t sum = 0;

	*pods = 0;
	for (size_t w = 0; w < f->out->n; w++) {
		uint32_t n = grown(row[w], factor);

		sum += n * f->weight[w];
		*pods += n;
	}
	return sum;
}

static void look_ahead(struct forecast *f)
{
	const int64_t hours = (int64_t)ceil(f->out->spec.ahead_s / 3600);
	uint64_t milli = 0, most = 0, pods;
	int64_t peak = 0;
	double factor;

	for (int64_t ahead = 0; ahead < hours; ahead++) {
		uint64_t sum = weigh(f, ahead, &pods);

		if (sum > milli || (sum == milli && pods > most)) {
			milli = sum;
			most = pods;
			peak = ahead;
		}
	}
	factor = pow(f->out->spec.growth, (double)(1 + peak / WEEK));
	for (size_t w = 0; w < f->out->n; w++) {
		f->out->pods[w] = grown(f->most[(size_t)(peak % WEEK) * f->out->n + w], factor);
	}
	f->out->at_s = (double)(f->hours + peak) * 3600;
}

int demand_forecast(const struct demand_events *events, const uint64_t *weight,
                    struct sf_demand *out, struct sf_error *err)
{
	struct forecast f = {.events = events, .weight = weight, .out = out};
	const bool given = out->spec.growth > 0;

	f.hours = (events->has_horizon ? events->end_us : events->last_arrival_us) / hour_us;
	if (f.hours < (given ? WEEK : 2 * WEEK)) {
		return sf_fail(err, SF_EINVAL, "demand: %lld hours are known, a forecast needs %s",
		               (long long)f.hours,
		               given ? "a week"
		                     : "two weeks; with one, say how much it grows from week to "
		                       "week: forecast=7d,growth=1.1");
	}
	look_back(&f);
	if (!given) {
		double growth = f.area[1] > 0 ? f.area[0] / f.area[1] : 1;

		out->spec.growth = fmin(growth_most, fmax(growth_least, growth));
	}
	look_ahead(&f);
	free(f.most);
	return 0;
}
