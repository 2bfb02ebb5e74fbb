/* aside: requests that take long, on a thread of their own. */
// SPDX-License-Identifier: Apache-2.0
#include "aside.h"

#include "handlers.h"

#include <slicefit/alloc.h>
#include <slicefit/error.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct waiting {
	struct sf_aside_job job;
	struct sf_http_ticket *ticket;
};

struct sf_aside {
	pthread_t thread;
	pthread_mutex_t lock; /* for the rest */
	pthread_cond_t changed;
	bool ending;
	size_t first, n; /* of the ring */
	struct waiting ring[SF_ASIDE_MAX];
};

/* The next job, once there is one; false when it is time to end. */
static bool next(struct sf_aside *aside, struct waiting *out)
{
	pthread_mutex_lock(&aside->lock);
	while (aside->n == 0 && !aside->ending) {
		pthread_cond_wait(&aside->changed, &aside->lock);
	}
	bool go_on = !aside->ending;
	if (go_on) {
		*out = aside->ring[aside->first];
		aside->first = (aside->first + 1) % SF_ASIDE_MAX;
		aside->n--;
	}
	pthread_mutex_unlock(&aside->lock);
	return go_on;
}

static void *work(void *ctx)
{
	struct sf_aside *aside = ctx;
	struct waiting now;
	while (next(aside, &now)) {
		struct sf_http_response response = {0};
		now.job.run(now.job.ctx, &response);
		now.job.drop(now.job.ctx);
		sf_http_answer(now.ticket, &response);
	}
	return NULL;
}

struct sf_aside *sf_aside_create(struct sf_error *err)
{
	struct sf_aside *aside = sf_xcalloc(1, sizeof(*aside));
	pthread_mutex_init(&aside->lock, NULL);
	pthread_cond_init(&aside->changed, NULL);
	int rc = pthread_create(&aside->thread, NULL, work, aside);
	if (rc != 0) {
		sf_fail(err, SF_EIO, "cannot start a thread: %s", strerror(rc));
		pthread_cond_destroy(&aside->changed);
		pthread_mutex_destroy(&aside->lock);
		free(aside);
		return NULL;
	}
	return aside;
}

void sf_aside_destroy(struct sf_aside *aside)
{
	if (aside == NULL) {
		return;
	}
	pthread_mutex_lock(&aside->lock);
	aside->ending = true;
	pthread_cond_signal(&aside->changed);
	pthread_mutex_unlock(&aside->lock);
	pthread_join(aside->thread, NULL);
	for (; aside->n > 0; aside->n--, aside->first = (aside->first + 1) % SF_ASIDE_MAX) {
		struct waiting *left = &aside->ring[aside->first];
		struct sf_http_response sorry = {0};
		sf_respond_error(&sorry, 503, "the server is stopping");
		left->job.drop(left->job.ctx);
		sf_http_answer(left->ticket, &sorry);
	}
	pthread_cond_destroy(&aside->changed);
	pthread_mutex_destroy(&aside->lock);
	free(aside);
}

void sf_aside_submit(struct sf_aside *aside, const struct sf_http_request *request,
                     const struct sf_aside_job *job, struct sf_http_response *response)
{
	pthread_mutex_lock(&aside->lock);
	bool room = aside->n < SF_ASIDE_MAX && !aside->ending;
	if (room) {
		aside->ring[(aside->first + aside->n++) % SF_ASIDE_MAX] =
			(struct waiting){*job, sf_http_defer(request)};
		pthread_cond_signal(&aside->changed);
	}
	pthread_mutex_unlock(&aside->lock);
	if (!room) {
		job->drop(job->ctx);
		sf_respond_error(response, 503, "too many such requests wait: try again later");
	}
}
