/*
 * backoff: pods that found no place wait before they are tried again, as in kube-scheduler's queue
 * (pkg/scheduler/backend/queue/backoff_queue.go and scheduling_queue.go).
 *
 * After its n-th try a pod sleeps for initial * 2^(n-1), at most max. It is worth a try again when
 * that time has passed and something was released since its last try, whichever comes later.
 */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_BACKOFF_H
#define SF_BACKOFF_H

#include <stdbool.h>
#include <stdint.h>

/* No pod. */
#define SF_BACKOFF_NONE UINT32_MAX

struct sf_backoff;

/* For pods 0..pods-1; 0 < initial_us <= max_us. */
struct sf_backoff *sf_backoff_create(uint32_t pods, int64_t initial_us, int64_t max_us);
void sf_backoff_destroy(struct sf_backoff *backoff);

/* The pod, of the workload, was tried in vain; `releases` were made so far. Returns till when it
 * sleeps. */
int64_t sf_backoff_sleep(struct sf_backoff *backoff, uint32_t workload, uint32_t pod,
                         int64_t now_us, uint64_t releases);

/* It sleeps no more, and its tries are forgotten. Did it sleep? */
bool sf_backoff_forget(struct sf_backoff *backoff, uint32_t pod);

/* Does it sleep till `time_us`, with a release since its last try? */
bool sf_backoff_is_due(const struct sf_backoff *backoff, uint32_t pod, int64_t time_us,
                       uint64_t releases);

/* A pod that is worth a try again, and its workload; it sleeps no more. SF_BACKOFF_NONE when there
 * is none (left). */
uint32_t sf_backoff_wake(struct sf_backoff *backoff, int64_t now_us, uint64_t releases,
                         uint32_t *workload);

#endif
