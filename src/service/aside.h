/*
 * aside: requests that take long, one after the other on a thread of their own, so that those who want
 * to look at the cluster do not hold up the scheduler.
 */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_ASIDE_H
#define SF_ASIDE_H

struct sf_aside;
struct sf_error;
struct sf_http_request;
struct sf_http_response;

enum { SF_ASIDE_MAX = 16 }; /* requests that wait */

/* What is to be done for one request. */
struct sf_aside_job {
	void (*run)(void *ctx, struct sf_http_response *response);
	void (*drop)(void *ctx); /* frees; always called once, also without run */
	void *ctx;
};

/* Starts the thread. */
struct sf_aside *sf_aside_create(struct sf_error *err);

/* Waits for the job that runs; those that wait are answered with 503. NULL is fine. */
void sf_aside_destroy(struct sf_aside *aside);

/* Within a handler: answers later with what `run` says. At once, with 503, when too many wait. */
void sf_aside_submit(struct sf_aside *aside, const struct sf_http_request *request,
                     const struct sf_aside_job *job, struct sf_http_response *response);

#endif
