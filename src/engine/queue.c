/* queue: the pods that wait for a place, and which of them is worth a try. */
// SPDX-License-Identifier: Apache-2.0
#include "queue.h"

#include "backoff.h"
#include "events.h"

#include "mix.h"

#include <slicefit/alloc.h>

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Pods of one workload, in order; those before `head` have left. */
struct line {
	uint32_t *pod;
	size_t head, n, cap;
	int32_t priority;
	uint32_t shape;  /* the first workload with which it fails together */
	uint64_t failed; /* of a shape: in which generation it found no place */
	size_t at;       /* position in `busy` */
};

/* A line as it stood when it was put into the heap: out of date once its first pod is another. */
struct turn {
	int32_t priority;
	uint32_t pod;
	uint32_t line;
};

struct sf_queue {
	size_t n_lines;
	struct line *line;
	uint32_t *busy; /* lines with pods, in no order */
	size_t n_busy;
	uint64_t generation; /* grows with each release */
	struct turn *heap; /* the first in the queue's order on top; entries out of date stay in */
	size_t n_heap, cap_heap;
	struct sf_backoff *backoff; /* NULL: pods do not back off */
	struct sf_events *events;   /* then; where they are announced */
	int64_t now_us;
	bool stale; /* after a release: the heap is made anew when it is asked */
};

/* Does no pod of workload `b` find a place once one of `a` found none? Who preempts may do more. */
static bool fail_together(const struct sf_scenario *scenario, const struct sf_request *request,
                          size_t a, size_t b)
{
	const struct sf_workload *x = &scenario->workload[a];
	const struct sf_workload *y = &scenario->workload[b];
	return request && x->gang == y->gang && x->preempts == y->preempts &&
	       (!x->preempts || x->priority == y->priority) &&
	       sf_request_same(&request[a], &request[b]);
}

struct sf_queue *sf_queue_create(const struct sf_scenario *scenario,
                                 const struct sf_request *request)
{
	struct sf_queue *queue = sf_xcalloc(1, sizeof(*queue));
	queue->generation = 1;
	queue->n_lines = scenario->n_workloads;
	queue->line = sf_xcalloc(queue->n_lines + 1, sizeof(*queue->line));
	queue->busy = sf_xcalloc(queue->n_lines + 1, sizeof(*queue->busy));
	for (size_t i = 0; i < queue->n_lines; i++) {
		size_t shape = 0;
		while (shape < i && !fail_together(scenario, request, shape, i)) {
			shape++;
		}
		queue->line[i].shape = (uint32_t)shape;
		queue->line[i].priority = scenario->workload[i].priority;
	}
	return queue;
}

void sf_queue_destroy(struct sf_queue *queue)
{
	if (!queue) {
		return;
	}
	for (size_t i = 0; i < queue->n_lines; i++) {
		free(queue->line[i].pod);
	}
	free(queue->line);
	free(queue->busy);
	free(queue->heap);
	sf_backoff_destroy(queue->backoff);
	free(queue);
}

static bool goes_before(const struct turn *a, const struct turn *b)
{
	return a->priority != b->priority ? a->priority > b->priority : a->pod < b->pod;
}

static void sift_down(struct sf_queue *queue, size_t i)
{
	struct turn turn = queue->heap[i];
	for (size_t child; (child = 2 * i + 1) < queue->n_heap; i = child) {
		if (child + 1 < queue->n_heap &&
		    goes_before(&queue->heap[child + 1], &queue->heap[child])) {
			child++;
		}
		if (!goes_before(&queue->heap[child], &turn)) {
			break;
		}
		queue->heap[i] = queue->heap[child];
	}
	queue->heap[i] = turn;
}

static struct turn turn_of(const struct sf_queue *queue, uint32_t index)
{
	const struct line *line = &queue->line[index];
	return (struct turn){line->priority, line->pod[line->head], index};
}

static void push(struct sf_queue *queue, uint32_t index)
{
	struct turn turn = turn_of(queue, index);
	size_t i = queue->n_heap++;
	queue->heap = sf_xgrow(queue->heap, &queue->cap_heap, queue->n_heap, sizeof(*queue->heap));
	while (i > 0 && goes_before(&turn, &queue->heap[(i - 1) / 2])) {
		queue->heap[i] = queue->heap[(i - 1) / 2];
		i = (i - 1) / 2;
	}
	queue->heap[i] = turn;
}

static void pop(struct sf_queue *queue)
{
	queue->heap[0] = queue->heap[--queue->n_heap];
	if (queue->n_heap > 0) {
		sift_down(queue, 0);
	}
}

/* All lines with pods, in linear time. */
static void rebuild(struct sf_queue *queue)
{
	queue->heap = sf_xgrow(queue->heap, &queue->cap_heap, queue->n_busy, sizeof(*queue->heap));
	queue->n_heap = queue->n_busy;
	for (size_t i = 0; i < queue->n_busy; i++) {
		queue->heap[i] = turn_of(queue, queue->busy[i]);
	}
	for (size_t i = queue->n_heap / 2; i-- > 0;) {
		sift_down(queue, i);
	}
	queue->stale = false;
}

/* Where the first pod with at least this number is. */
static size_t find(const struct line *line, uint32_t pod)
{
	size_t low = line->head;
	size_t high = line->n;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (line->pod[mid] < pod) {
			low = mid + 1;
		} else {
			high = mid;
		}
	}
	return low;
}

/* Room for one more at `at`: those before it move down one, where pods have left, or those behind
 * it up one; returns where it is. */
static size_t make_room(struct line *line, size_t at)
{
	if (line->head > 0 && at - line->head < line->n - at) {
		line->head--;
		at--;
		memmove(line->pod + line->head, line->pod + line->head + 1,
		        (at - line->head) * sizeof(*line->pod));
		return at;
	}
	line->pod = sf_xgrow(line->pod, &line->cap, line->n + 1, sizeof(*line->pod));
	memmove(line->pod + at + 1, line->pod + at, (line->n - at) * sizeof(*line->pod));
	line->n++;
	return at;
}

static void enter(struct sf_queue *queue, uint32_t workload, uint32_t pod)
{
	struct line *line = &queue->line[workload];
	if (line->head == line->n) {
		line->head = 0;
		line->n = 0;
		line->at = queue->n_busy;
		queue->busy[queue->n_busy++] = workload;
	}
	size_t at = line->n;
	if (at > line->head && line->pod[at - 1] > pod) {
		at = find(line, pod);
	}
	at = make_room(line, at);
	line->pod[at] = pod;
	if (at == line->head) {
		push(queue, workload);
	}
}

void sf_queue_add(struct sf_queue *queue, uint32_t workload, uint32_t pod)
{
	enter(queue, workload, pod);
	if (queue->backoff) {
		sf_backoff_forget(queue->backoff, pod);
	}
}

static void leave(struct sf_queue *queue, uint32_t workload, uint32_t pod)
{
	struct line *line = &queue->line[workload];
	size_t at = find(line, pod);
	assert(at < line->n && line->pod[at] == pod);
	/* Those before it move up one; mostly it is the first, and nobody does. */
	memmove(line->pod + line->head + 1, line->pod + line->head,
	        (at - line->head) * sizeof(*line->pod));
	if (++line->head < line->n) {
		push(queue, workload);
		return;
	}
	uint32_t last = queue->busy[--queue->n_busy];
	queue->busy[line->at] = last;
	queue->line[last].at = line->at;
}

void sf_queue_remove(struct sf_queue *queue, uint32_t workload, uint32_t pod)
{
	if (!queue->backoff || !sf_backoff_forget(queue->backoff, pod)) {
		leave(queue, workload, pod);
	}
}

void sf_queue_back_off(struct sf_queue *queue, uint32_t pods, const struct sf_scenario *scenario,
                       struct sf_events *events)
{
	queue->backoff = sf_backoff_create(pods, sf_time_from_s(scenario->backoff_initial_s),
	                                   sf_time_from_s(scenario->backoff_max_s));
	queue->events = events;
}

bool sf_queue_is_due(const struct sf_queue *queue, uint32_t pod, int64_t time_us)
{
	return sf_backoff_is_due(queue->backoff, pod, time_us, queue->generation);
}

void sf_queue_set_time(struct sf_queue *queue, int64_t now_us)
{
	queue->now_us = now_us;
}

static void wake(struct sf_queue *queue)
{
	uint32_t workload = 0;
	uint32_t pod;
	while ((pod = sf_backoff_wake(queue->backoff, queue->now_us, queue->generation,
	                              &workload)) != SF_BACKOFF_NONE) {
		enter(queue, workload, pod);
	}
}

/* All pods of the workload sleep: what was tried with one of them is true of all. */
static void sleep_all(struct sf_queue *queue, uint32_t workload)
{
	struct line *line = &queue->line[workload];
	while (line->head < line->n) {
		uint32_t pod = line->pod[line->head];
		leave(queue, workload, pod);
		int64_t until_us = sf_backoff_sleep(queue->backoff, workload, pod, queue->now_us,
		                                    queue->generation);
		sf_events_push(queue->events, (struct sf_event){until_us, SF_EVENT_RETRY, pod});
	}
}

uint32_t sf_queue_next(struct sf_queue *queue)
{
	if (queue->backoff) {
		wake(queue);
	}
	if (queue->stale) {
		rebuild(queue);
	}
	for (; queue->n_heap > 0; pop(queue)) {
		const struct turn *top = &queue->heap[0];
		const struct line *line = &queue->line[top->line];
		if (line->head < line->n && line->pod[line->head] == top->pod &&
		    queue->line[line->shape].failed != queue->generation) {
			return top->pod;
		}
	}
	return UINT32_MAX;
}

void sf_queue_fail(struct sf_queue *queue, uint32_t workload)
{
	if (queue->backoff) {
		sleep_all(queue, workload);
		return;
	}
	queue->line[queue->line[workload].shape].failed = queue->generation;
}

void sf_queue_release(struct sf_queue *queue)
{
	queue->generation++;
	queue->stale = true;
}
