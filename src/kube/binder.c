/* binder: a bounded pool of threads that bind pods, each on connections of its own. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/kube_binder.h>

#include "bucket.h"

#include <slicefit/alloc.h>
#include <slicefit/clock.h>
#include <slicefit/error.h>
#include <slicefit/kube_http.h>

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { THREADS = 16, QUEUE = 1024, QPS = 500, BURST = 1000, NS_PER_MS = 1000000 };

/* One binding, with a copy of its texts behind it. */
struct job {
	struct sf_kube_bind bind;
	uint64_t deadline_ns;
	uint64_t seed;
	sf_bound_fn *done;
	void *ctx;
};

struct worker {
	struct sf_kube_binder *binder;
	struct sf_kube_http *http;
	pthread_t thread;
};

struct sf_kube_binder {
	struct sf_binder_options options;
	pthread_mutex_t lock; /* of all that follows but the workers */
	pthread_cond_t work;  /* something is queued, or no more comes */
	pthread_cond_t calm;  /* nothing is queued or running */
	struct job **ring;
	size_t head;
	bool closed;
	uint64_t submitted;
	struct sf_binder_stats stats;
	struct sf_bucket bucket;
	struct worker *workers;
	size_t started;
};

static char *put_text(char **at, const char *text)
{
	char *copy = *at;
	size_t size = strlen(text) + 1;
	memcpy(copy, text, size);
	*at += size;
	return copy;
}

static size_t texts_size(const struct sf_kube_bind *bind)
{
	size_t size = strlen(bind->space) + strlen(bind->pod) + strlen(bind->uid) +
	              strlen(bind->node) + 4;
	for (size_t i = 0; i < bind->n_annotations; i++) {
		size += strlen(bind->annotations[i].key) + 1;
		size += strlen(bind->annotations[i].value) + 1;
	}
	return size;
}

/* One block: the job, its annotations, the texts. */
static struct job *job_create(const struct sf_kube_bind *bind)
{
	size_t pairs = bind->n_annotations * sizeof(*bind->annotations);
	struct job *job = sf_xcalloc(1, sizeof(*job) + pairs + texts_size(bind));
	struct sf_kube_annotation *annotations = (struct sf_kube_annotation *)(job + 1);
	char *at = (char *)(annotations + bind->n_annotations);
	for (size_t i = 0; i < bind->n_annotations; i++) {
		annotations[i].key = put_text(&at, bind->annotations[i].key);
		annotations[i].value = put_text(&at, bind->annotations[i].value);
	}
	job->bind = (struct sf_kube_bind){
		.space = put_text(&at, bind->space),
		.pod = put_text(&at, bind->pod),
		.uid = put_text(&at, bind->uid),
		.node = put_text(&at, bind->node),
		.annotations = annotations,
		.n_annotations = bind->n_annotations,
	};
	return job;
}

static int pace(void *ctx, struct sf_kube_http *http, uint64_t deadline_ns)
{
	struct sf_kube_binder *binder = ctx;
	uint64_t now_ns = sf_clock_ns();
	uint64_t wait_ns = 0;
	uint64_t most_ns = deadline_ns > now_ns ? deadline_ns - now_ns : 0;
	pthread_mutex_lock(&binder->lock);
	bool taken = sf_bucket_take(&binder->bucket, now_ns, most_ns, &wait_ns);
	pthread_mutex_unlock(&binder->lock);
	if (taken && wait_ns > 0) {
		sf_kube_http_wait(http, (uint32_t)((wait_ns + NS_PER_MS - 1) / NS_PER_MS));
	}
	return taken ? 0 : -1;
}

/* The next job, or NULL when there will be none. */
static struct job *take(struct sf_kube_binder *binder)
{
	struct job *job = NULL;
	pthread_mutex_lock(&binder->lock);
	while (binder->stats.queued == 0 && !binder->closed) {
		pthread_cond_wait(&binder->work, &binder->lock);
	}
	if (binder->stats.queued > 0) {
		job = binder->ring[binder->head];
		binder->head = (binder->head + 1) % binder->options.queue;
		binder->stats.queued--;
		binder->stats.running++;
	}
	pthread_mutex_unlock(&binder->lock);
	return job;
}

static void count(struct sf_kube_binder *binder, const struct sf_kube_bound *bound)
{
	struct sf_binder_stats *stats = &binder->stats;
	pthread_mutex_lock(&binder->lock);
	stats->results[bound->result]++;
	stats->posts += bound->posts;
	stats->asks += bound->asks;
	if (--stats->running == 0 && stats->queued == 0) {
		pthread_cond_broadcast(&binder->calm);
	}
	pthread_mutex_unlock(&binder->lock);
}

static void *run(void *ctx)
{
	struct worker *worker = ctx;
	struct sf_kube_binder *binder = worker->binder;
	struct job *job;
	while ((job = take(binder)) != NULL) {
		struct sf_kube_bound bound;
		struct sf_bind_options options = {
			.deadline_ns = job->deadline_ns,
			.seed = job->seed,
			.pace = pace,
			.ctx = binder,
		};
		sf_kube_bind(worker->http, &job->bind, &options, &bound);
		job->done(job->ctx, &bound);
		free(job);
		count(binder, &bound);
	}
	return NULL;
}

static int set_number(uint32_t *value, uint32_t otherwise, uint32_t most, const char *what,
                      struct sf_error *err)
{
	*value = *value != 0 ? *value : otherwise;
	if (*value > most) {
		return sf_fail(err, SF_EINVAL, "%s: %u is more than %u", what, *value, most);
	}
	return 0;
}

static int set_options(struct sf_binder_options *own, struct sf_error *err)
{
	const uint32_t rate = SF_BINDER_RATE_MAX;
	own->deadline_ms = own->deadline_ms != 0 ? own->deadline_ms : SF_BIND_DEADLINE_MS;
	if (set_number(&own->threads, THREADS, SF_BINDER_THREADS_MAX, "threads that bind", err) <
	            0 ||
	    set_number(&own->queue, QUEUE, SF_BINDER_QUEUE_MAX, "bindings that wait", err) < 0 ||
	    set_number(&own->qps, QPS, rate, "--kube-api-qps", err) < 0 ||
	    set_number(&own->burst, BURST, rate, "--kube-api-burst", err) < 0) {
		return -1;
	}
	return 0;
}

static int start_workers(struct sf_kube_binder *binder, struct sf_error *err)
{
	for (size_t i = 0; i < binder->options.threads; i++) {
		struct worker *worker = &binder->workers[i];
		worker->binder = binder;
		worker->http = sf_kube_http_create(binder->options.config, err);
		if (worker->http == NULL) {
			return -1;
		}
		if (pthread_create(&worker->thread, NULL, run, worker) != 0) {
			sf_kube_http_destroy(worker->http);
			return sf_fail(err, SF_EIO, "no thread to bind pods");
		}
		binder->started++;
	}
	return 0;
}

struct sf_kube_binder *sf_kube_binder_create(const struct sf_binder_options *options,
                                             struct sf_error *err)
{
	struct sf_binder_options own = *options;
	if (set_options(&own, err) < 0) {
		return NULL;
	}
	struct sf_kube_binder *binder = sf_xcalloc(1, sizeof(*binder));
	pthread_condattr_t steady;
	pthread_condattr_init(&steady);
	pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
	pthread_mutex_init(&binder->lock, NULL);
	pthread_cond_init(&binder->work, NULL);
	pthread_cond_init(&binder->calm, &steady);
	pthread_condattr_destroy(&steady);
	binder->options = own;
	binder->ring = sf_xcalloc(own.queue, sizeof(struct job *));
	binder->workers = sf_xcalloc(own.threads, sizeof(*binder->workers));
	sf_bucket_init(&binder->bucket, own.qps, own.burst);
	if (start_workers(binder, err) < 0) {
		sf_kube_binder_destroy(binder);
		return NULL;
	}
	return binder;
}

/* With the lock held. */
static int enqueue(struct sf_kube_binder *binder, struct job *job, struct sf_error *err)
{
	uint32_t cap = binder->options.queue;
	if (binder->closed) {
		return sf_fail(err, SF_EIO, "slicefit is being stopped");
	}
	if (binder->stats.queued == cap) {
		binder->stats.turned_away++;
		return sf_fail(err, SF_ENOMEM, "%u bindings are waiting already, and no more may",
		               cap);
	}
	job->seed = binder->options.seed + binder->submitted++;
	binder->ring[(binder->head + binder->stats.queued) % cap] = job;
	binder->stats.queued++;
	pthread_cond_signal(&binder->work);
	return 0;
}

int sf_kube_binder_submit(struct sf_kube_binder *binder, const struct sf_kube_bind *bind,
                          sf_bound_fn *done, void *ctx, struct sf_error *err)
{
	struct job *job = job_create(bind);
	uint64_t wait_ns = binder->options.deadline_ms * UINT64_C(1000000);
	job->deadline_ns = sf_clock_ns() + wait_ns;
	job->done = done;
	job->ctx = ctx;
	pthread_mutex_lock(&binder->lock);
	int rc = enqueue(binder, job, err);
	pthread_mutex_unlock(&binder->lock);
	if (rc < 0) {
		free(job);
	}
	return rc;
}

/* Until nothing is queued or running, or the time is up; with the lock held. */
static void wait_for_calm(struct sf_kube_binder *binder, uint32_t grace_ms)
{
	uint64_t end_ns = sf_clock_ns() + grace_ms * UINT64_C(1000000);
	struct timespec end = {
		.tv_sec = (time_t)(end_ns / 1000000000),
		.tv_nsec = (long)(end_ns % 1000000000),
	};
	int rc = 0;
	while (rc == 0 && binder->stats.queued + binder->stats.running > 0) {
		rc = pthread_cond_timedwait(&binder->calm, &binder->lock, &end);
	}
}

void sf_kube_binder_stop(struct sf_kube_binder *binder, uint32_t grace_ms)
{
	pthread_mutex_lock(&binder->lock);
	binder->closed = true;
	pthread_cond_broadcast(&binder->work);
	wait_for_calm(binder, grace_ms);
	pthread_mutex_unlock(&binder->lock);
	for (size_t i = 0; i < binder->started; i++) {
		sf_kube_http_stop(binder->workers[i].http);
	}
	for (size_t i = 0; i < binder->started; i++) {
		pthread_join(binder->workers[i].thread, NULL);
		sf_kube_http_destroy(binder->workers[i].http);
	}
	binder->started = 0;
}

void sf_kube_binder_destroy(struct sf_kube_binder *binder)
{
	if (binder == NULL) {
		return;
	}
	sf_kube_binder_stop(binder, 0);
	pthread_mutex_destroy(&binder->lock);
	pthread_cond_destroy(&binder->work);
	pthread_cond_destroy(&binder->calm);
	free(binder->ring);
	free(binder->workers);
	free(binder);
}

struct sf_binder_stats sf_kube_binder_stats(struct sf_kube_binder *binder)
{
	pthread_mutex_lock(&binder->lock);
	struct sf_binder_stats stats = binder->stats;
	pthread_mutex_unlock(&binder->lock);
	return stats;
}
