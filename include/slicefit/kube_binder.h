/* kube_binder: a bounded pool of threads that bind pods, each on connections of its own. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_KUBE_BINDER_H
#define SF_KUBE_BINDER_H

#include <slicefit/kube_bind.h>

#include <stdint.h>

struct sf_error;
struct sf_kube_binder;
struct sf_kube_config;

/* 0: the default. */
struct sf_binder_options {
	const struct sf_kube_config *config; /* outlives the binder */
	uint64_t seed;                       /* of the random part of waits */
	uint32_t threads; /* 16: kube-scheduler binds hundreds at once, etcd writes one by one */
	uint32_t queue;   /* 1024 bindings that wait for a thread */
	uint32_t deadline_ms; /* SF_BIND_DEADLINE_MS, from submit on */
	uint32_t qps;         /* --kube-api-qps: requests per second of all threads; 500 */
	uint32_t burst;       /* --kube-api-burst: and at once after a rest; 1000 */
};

enum { SF_BINDER_THREADS_MAX = 256, SF_BINDER_QUEUE_MAX = 65536, SF_BINDER_RATE_MAX = 1000000 };

/* Runs on a thread of the pool, without a lock: exactly once for each submit that returned 0. It
 * may submit, but not stop. `bound` is borrowed. */
typedef void sf_bound_fn(void *ctx, const struct sf_kube_bound *bound);

/* Starts the threads. NULL and err: a number out of bounds, no thread, no TLS. That the server
 * cannot be reached is no error here. */
struct sf_kube_binder *sf_kube_binder_create(const struct sf_binder_options *options,
                                             struct sf_error *err);

/* Copies what `bind` says and returns at once, from any thread. -1, and no call of `done`: the
 * queue is full (SF_ENOMEM), the binder stops (SF_EIO). */
int sf_kube_binder_submit(struct sf_kube_binder *binder, const struct sf_kube_bind *bind,
                          sf_bound_fn *done, void *ctx, struct sf_error *err);

/*
 * Takes nothing new, lets what is queued and running go on for `grace_ms`, then ends the rest at
 * once (what never went out is FAILED, what did UNKNOWN); every `done` has returned when this
 * returns. The binder is still there, for its stats; destroy it afterwards.
 */
void sf_kube_binder_stop(struct sf_kube_binder *binder, uint32_t grace_ms);

/* Stops without grace if that was not done. NULL is fine. */
void sf_kube_binder_destroy(struct sf_kube_binder *binder);

struct sf_binder_stats {
	uint32_t queued;                       /* now */
	uint32_t running;                      /* now */
	uint64_t turned_away;                  /* the queue was full */
	uint64_t results[SF_BIND_UNKNOWN + 1]; /* by enum sf_bind_result */
	uint64_t posts, asks;                  /* requests of those that ended */
};

/* From any thread, between create and destroy. */
struct sf_binder_stats sf_kube_binder_stats(struct sf_kube_binder *binder);

#endif
