/* http: GET from the Kubernetes API, on libcurl, one request at a time. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_KUBE_HTTP_H
#define SF_KUBE_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sf_error;
struct sf_kube_config;
struct sf_kube_http;

/* Milliseconds; none is 0. */
struct sf_kube_limits {
	uint32_t connect_ms; /* TCP and TLS */
	uint32_t header_ms;  /* from the start to the last header */
	uint32_t total_ms;   /* to the last byte of the body */
};

struct sf_kube_get {
	const char *path; /* and query, after the server's address */
	bool gzip;        /* offer to take a compressed body; what `body` gets is plain */
	struct sf_kube_limits limits;
	/* Gets the body of a 200 in pieces; returns -1 and fills err to stop. */
	int (*body)(void *ctx, const char *bytes, size_t len, struct sf_error *err);
	void *ctx;
};

/* What came other than 200 is not an error of the exchange: the caller decides. */
struct sf_kube_reply {
	int status;
	uint32_t retry_after_ms; /* what the server asks for; 0: nothing */
	char problem[160];       /* the start of the body when the status is not 200 */
};

/* A client for one thread; `config` must outlive it. NULL and err on trouble. */
struct sf_kube_http *sf_kube_http_create(const struct sf_kube_config *config, struct sf_error *err);
void sf_kube_http_destroy(struct sf_kube_http *http);

/* -1: no answer, a cut one, a limit passed, or stopped. Redirects are not followed, so that the
 * token goes nowhere else. */
int sf_kube_http_get(struct sf_kube_http *http, const struct sf_kube_get *get,
                     struct sf_kube_reply *reply, struct sf_error *err);

/* Ends the running request, the running wait and all later ones at once; from any thread. */
void sf_kube_http_stop(struct sf_kube_http *http);
bool sf_kube_http_stopped(const struct sf_kube_http *http);

/* Sleeps, unless stopped. */
void sf_kube_http_wait(struct sf_kube_http *http, uint32_t ms);

#endif
