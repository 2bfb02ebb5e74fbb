/* events: what happens next in a replay, in one total order. */
// SPDX-License-Identifier: Apache-2.0
#include "events.h"

#include <slicefit/alloc.h>

#include <math.h>
#include <stdlib.h>

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
	while (at > 0 && sf_event_before(&event, &events->heap[(at - 1) / 2])) {
		events->heap[at] = events->heap[(at - 1) / 2];
		at = (at - 1) / 2;
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

bool sf_events_pop(struct sf_events *events, struct sf_event *next)
{
	if (!sf_events_peek(events, next)) {
		return false;
	}
	struct sf_event last = events->heap[--events->n];
	size_t at = 0;
	for (size_t child = 1; child < events->n; child = 2 * at + 1) {
		if (child + 1 < events->n &&
		    sf_event_before(&events->heap[child + 1], &events->heap[child])) {
			child++;
		}
		if (!sf_event_before(&events->heap[child], &last)) {
			break;
		}
		events->heap[at] = events->heap[child];
		at = child;
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
