/*
 * queue: the pods that wait for a place, and which of them is worth a try.
 *
 * Order: priority (higher first), then arrival. A pod that does not fit holds nobody up. Pods of
 * one workload ask for the same, so they wait in one line each; and when one request found no place,
 * equal requests are not tried again before something was released. Pods may also back off.
 */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_QUEUE_H
#define SF_QUEUE_H

#include <slicefit/scenario.h>

struct sf_events;
struct sf_queue;

/* One line per workload; `request` holds the workloads' requests. NULL: that one fails says nothing
 * about others. */
struct sf_queue *sf_queue_create(const struct sf_scenario *scenario,
                                 const struct sf_request *request);
void sf_queue_destroy(struct sf_queue *queue);

/* Pods mostly come in the order of their numbers; one that comes back gets its old turn. */
void sf_queue_add(struct sf_queue *queue, uint32_t workload, uint32_t pod);

/* The pod leaves its line wherever it stands. */
void sf_queue_remove(struct sf_queue *queue, uint32_t workload, uint32_t pod);

/* From now on pods that fail back off (backoff.h); when one is worth a try again, `events` (borrowed)
 * get an SF_EVENT_RETRY, which is one only if sf_queue_is_due says so. */
void sf_queue_back_off(struct sf_queue *queue, uint32_t pods, const struct sf_scenario *scenario,
                       struct sf_events *events);
bool sf_queue_is_due(const struct sf_queue *queue, uint32_t pod, int64_t time_us);

/* What time it is when pods are tried. */
void sf_queue_set_time(struct sf_queue *queue, int64_t now_us);

/* First pod, in the queue's order, whose request has not failed since the latest release;
 * UINT32_MAX when there is none. */
uint32_t sf_queue_next(struct sf_queue *queue);

/* The request of this workload (and equal ones) found no place. With backoff: its pods sleep. */
void sf_queue_fail(struct sf_queue *queue, uint32_t workload);

/* Something was released: all requests are worth a try again. */
void sf_queue_release(struct sf_queue *queue);

#endif
