/* events: what happens next in a replay, in one total order. */
// SPDX-License-Identifier: Apache-2.0
#include "events.h"

#include <slicefit/alloc.h>

#include <math.h>
#include <stdlib.h>

/* Children of an entry: four of them lie in one or two cache lines, and the way down is half as long
 * as with two. */
enum { WIDTH = 4 };

bool sf_event_before(const struct sf_event *a, const struct sf_event *b)
{
	if (a->time_us != b->time_us) {
		return a->time_us < b->time_us;
	}
	if (a->kind != b->kind) {
		return a->kind < b->kind;
	}
	return a->pod < b->pod;
}

void sf_events_finish(struct sf_events *events)
{
	free(events->heap);
	*events = (struct sf_events){0};
}

void sf_events_push(struct sf_events *events, struct sf_event event)
{
	events->heap = sf_xgrow(events->heap, &events->cap, events->n + 1, sizeof(event));
	size_t at = events->n++;
	while (at > 0 && sf_event_before(&event, &events->heap[(at - 1) / WIDTH])) {
		events->heap[at] = events->heap[(at - 1) / WIDTH];
		at = (at - 1) / WIDTH;
	}
	events->heap[at] = event;
}

bool sf_events_peek(const struct sf_events *events, struct sf_event *next)
{
	if (events->n == 0) {
		return false;
	}
	*next = events->heap[0];
	return true;
}

/* The first in order of an entry's children; events->n or more when it has none. */
static size_t first_child(const struct sf_events *events, size_t at)
{
	size_t first = WIDTH * at + 1;
	size_t end = first + WIDTH < events->n ? first + WIDTH : events->n;
	for (size_t child = first + 1; child < end; child++) {
		if (sf_event_before(&events->heap[child], &events->heap[first])) {
			first = child;
		}
	}
	return first;
}

bool sf_events_pop(struct sf_events *events, struct sf_event *next)
{
	if (!sf_events_peek(events, next)) {
		return false;
	}
	struct sf_event last = events->heap[--events->n];
	size_t at = 0;
	for (size_t child; (child = first_child(events, at)) < events->n; at = child) {
		if (!sf_event_before(&events->heap[child], &last)) {
			break;
		}
		events->heap[at] = events->heap[child];
	}
	events->heap[at] = last;
	return true;
}

int64_t sf_time_from_s(double s)
{
	return sf_time_from_us(s * 1e6);
}

int64_t sf_time_from_us(double us)
{
	if (!(us > 0)) {
		return 0;
	}
	return us >= (double)SF_TIME_MAX ? SF_TIME_MAX : llround(us);
}

int64_t sf_time_add(int64_t a_us, int64_t b_us)
{
	return a_us > SF_TIME_MAX - b_us ? SF_TIME_MAX : a_us + b_us;
}
