/*
 * queue: the pods that wait for a place, and which of them is worth a try.
 *
 * Order: priority (higher first), then arrival. A pod that does not fit holds nobody up. Pods of
 * one workload ask for the same, so they wait in one line each; and when one request found no place,
 * equal requests are not tried again before something was released.
 */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_QUEUE_H
#define SF_QUEUE_H

#include <slicefit/scenario.h>

struct sf_queue;

/* One line per workload; `request` holds the workloads' requests (borrowed). */
struct sf_queue *sf_queue_create(const struct sf_scenario *scenario,
                                 const struct sf_request *request);
void sf_queue_destroy(struct sf_queue *queue);

/* Pods mostly come in the order of their numbers; one that comes back gets its old turn. */
void sf_queue_add(struct sf_queue *queue, uint32_t workload, uint32_t pod);

/* The pod leaves its line wherever it stands. */
void sf_queue_remove(struct sf_queue *queue, uint32_t workload, uint32_t pod);

/* First pod, in the queue's order, whose request has not failed since the latest release;
 * UINT32_MAX when there is none. */
uint32_t sf_queue_next(struct sf_queue *queue);

/* The request of this workload (and equal ones) found no place. */
void sf_queue_fail(struct sf_queue *queue, uint32_t workload);

/* Something was released: all requests are worth a try again. */
void sf_queue_release(struct sf_queue *queue);

#endif
