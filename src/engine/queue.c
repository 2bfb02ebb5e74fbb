/* queue: the pods that wait for a place, and which of them is worth a try. */
// SPDX-License-Identifier: Apache-2.0
#include "queue.h"

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
	uint32_t shape;  /* the first workload with an equal request */
	uint64_t failed; /* of a shape: in which generation it found no place */
};

struct sf_queue {
	size_t n_lines;
	struct line *line;
	uint32_t *busy; /* lines with pods, in no order */
	size_t n_busy;
	uint64_t generation; /* grows with each release */
};

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
		while (shape < i && !sf_mix_same(&request[shape], &request[i])) {
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
	free(queue);
}

void sf_queue_add(struct sf_queue *queue, uint32_t workload, uint32_t pod)
{
	struct line *line = &queue->line[workload];
	if (line->head == line->n) {
		line->head = 0;
		line->n = 0;
		queue->busy[queue->n_busy++] = workload;
	}
	line->pod = sf_xgrow(line->pod, &line->cap, line->n + 1, sizeof(*line->pod));
	line->pod[line->n++] = pod;
}

static size_t find(const struct line *line, uint32_t pod)
{
	size_t low = line->head;
	size_t high = line->n;
	while (low + 1 < high) {
		size_t mid = low + (high - low) / 2;
		if (line->pod[mid] <= pod) {
			low = mid;
		} else {
			high = mid;
		}
	}
	assert(low < line->n && line->pod[low] == pod);
	return low;
}

void sf_queue_remove(struct sf_queue *queue, uint32_t workload, uint32_t pod)
{
	struct line *line = &queue->line[workload];
	size_t at = find(line, pod);
	/* Those before it move up one; mostly it is the first, and nobody does. */
	memmove(line->pod + line->head + 1, line->pod + line->head,
	        (at - line->head) * sizeof(*line->pod));
	if (++line->head < line->n) {
		return;
	}
	for (size_t i = 0; i < queue->n_busy; i++) {
		if (queue->busy[i] == workload) {
			queue->busy[i] = queue->busy[--queue->n_busy];
			return;
		}
	}
}

uint32_t sf_queue_next(const struct sf_queue *queue)
{
	const struct line *best = NULL;
	for (size_t i = 0; i < queue->n_busy; i++) {
		const struct line *line = &queue->line[queue->busy[i]];
		if (queue->line[line->shape].failed == queue->generation) {
			continue;
		}
		if (!best || line->priority > best->priority ||
		    (line->priority == best->priority &&
		     line->pod[line->head] < best->pod[best->head])) {
			best = line;
		}
	}
	return best ? best->pod[best->head] : UINT32_MAX;
}

void sf_queue_fail(struct sf_queue *queue, uint32_t workload)
{
	queue->line[queue->line[workload].shape].failed = queue->generation;
}

void sf_queue_release(struct sf_queue *queue)
{
	queue->generation++;
}
