/* events: what happens next in a replay, in one total order. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_EVENTS_H
#define SF_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Virtual time in microseconds. Sums saturate at SF_TIME_MAX, some 146 thousand years. */
#define SF_TIME_MAX (INT64_MAX / 2)

/* At one moment, departures come first, then what happens to nodes, then arrivals; and who waits till
 * then may still be placed. */
enum sf_event_kind {
	SF_EVENT_DEPART,
	SF_EVENT_NODE,
	SF_EVENT_ARRIVE,
	SF_EVENT_RETRY,
	SF_EVENT_EXPIRE
};

/* Ordered by time, then kind, then pod. */
struct sf_event {
	int64_t time_us;
	uint32_t kind;
	uint32_t pod; /* NODE: the step (replay_node.h) */
};

bool sf_event_before(const struct sf_event *a, const struct sf_event *b);

/* A heap; zero-initialise. */
struct sf_events {
	struct sf_event *heap;
	size_t n, cap;
};

void sf_events_finish(struct sf_events *events);
void sf_events_push(struct sf_events *events, struct sf_event event);

/* The next event; false when there is none. */
bool sf_events_peek(const struct sf_events *events, struct sf_event *next);
bool sf_events_pop(struct sf_events *events, struct sf_event *next);

/* Seconds (>= 0) to the nearest microsecond, saturating; microseconds likewise. */
int64_t sf_time_from_s(double s);
int64_t sf_time_from_us(double us);

/* a + b, saturating; both >= 0. */
int64_t sf_time_add(int64_t a_us, int64_t b_us);

#endif
