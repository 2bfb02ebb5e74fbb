/* demand_share: how many pods of each workload are enough for so much of the time. */
// SPDX-License-Identifier: Apache-2.0
#include "demand_time.h"

#include <slicefit/alloc.h>

#include <stdlib.h>

/* Time that the workloads had each number of pods. */
struct shares {
	uint32_t *most;    /* per workload: its most pods at once */
	size_t *first;     /* per workload: where its times begin */
	int64_t *time_us;  /* most + 1 per workload */
	uint32_t *now;     /* per workload */
	int64_t *since_us; /* per workload: when that began */
};

static void find_most(struct shares *s, const struct demand_events *events)
{
	for (size_t i = 0; i < events->n; i++) {
		const uint32_t w = events->event[i].workload;

		s->now[w] += (uint32_t)events->event[i].step;
		s->most[w] = s->now[w] > s->most[w] ? s->now[w] : s->most[w];
	}
}

static void pass(struct shares *s, uint32_t w, int64_t until_us)
{
	if (until_us > s->since_us[w]) {
		s->time_us[s->first[w] + s->now[w]] += until_us - s->since_us[w];
		s->since_us[w] = until_us;
	}
}

/* The smallest number that was not exceeded for `percent` of the time. */
static uint32_t level_at(const struct shares *s, uint32_t w, double percent)
{
	const int64_t *time_us = s->time_us + s->first[w];
	double all = 0, sum = 0;

	for (uint32_t k = 0; k <= s->most[w]; k++) {
		all += (double)time_us[k];
	}
	if (all <= 0) {
		return s->most[w]; /* no time passes: all there ever is */
	}
	for (uint32_t k = 0; k < s->most[w]; k++) {
		sum += (double)time_us[k];
		if (sum * 100 >= percent * all) {
			return k;
		}
	}
	return s->most[w];
}

void demand_percentile(const struct demand_events *events, struct sf_demand *out)
{
	const int64_t begun = events->n > 0 ? events->event[0].time_us : 0;
	struct shares s;
	size_t cells = 0;

	s.most = sf_xcalloc(out->n + 1, sizeof *s.most);
	s.now = sf_xcalloc(out->n + 1, sizeof *s.now);
	s.first = sf_xcalloc(out->n + 1, sizeof *s.first);
	s.since_us = sf_xcalloc(out->n + 1, sizeof *s.since_us);
	find_most(&s, events);
	for (size_t w = 0; w < out->n; w++) {
		s.first[w] = cells;
		s.now[w] = 0;
		s.since_us[w] = begun;
		cells += (size_t)s.most[w] + 1;
	}
	s.time_us = sf_xcalloc(cells + 1, sizeof *s.time_us);
	for (size_t i = 0; i < events->n && events->event[i].time_us <= events->end_us; i++) {
		pass(&s, events->event[i].workload, events->event[i].time_us);
		s.now[events->event[i].workload] += (uint32_t)events->event[i].step;
	}
	for (uint32_t w = 0; w < out->n; w++) {
		pass(&s, w, events->end_us);
		out->pods[w] = level_at(&s, w, out->spec.percent);
	}
	free(s.most);
	free(s.now);
	free(s.first);
	free(s.since_us);
	free(s.time_us);
}
