/* kube_http: requests to the Kubernetes API, on libcurl, one at a time, connections kept alive. */
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

/* Patches differ in how lists merge (kubernetes.io, "Update API Objects in Place Using kubectl
 * patch"), and APPLY says who wants which fields ("Server-Side Apply"). */
enum sf_kube_method {
	SF_KUBE_GET,
	SF_KUBE_POST,
	SF_KUBE_PUT,
	SF_KUBE_PATCH_MERGE,
	SF_KUBE_PATCH_STRATEGIC,
	SF_KUBE_PATCH_APPLY,
};

struct sf_kube_request {
	enum sf_kube_method method;
	const char *path; /* and query, after the server's address */
	const char *text; /* JSON to send, borrowed for the call; NULL with GET */
	size_t len;
	bool gzip; /* offer to take a compressed body; what `body` gets is plain */
	struct sf_kube_limits limits;
	/* Gets the body of a 2xx in pieces; returns -1 and fills err to stop. NULL: not wanted. */
	int (*body)(void *ctx, const char *bytes, size_t len, struct sf_error *err);
	void *ctx;
};

enum { SF_KUBE_REASON_MAX = 64, SF_KUBE_PROBLEM_MAX = 192 };

/* What came other than 2xx is not an error of the exchange: the caller decides. */
struct sf_kube_reply {
	int status;              /* 0: no answer */
	bool sent;               /* the server may have seen the request, answer or not */
	uint32_t retry_after_ms; /* what the server asks for; 0: nothing */
	/* When the status is not 2xx: reason ("Conflict", "NotFound") and message of the Status that
	 * came; else "" and the start of what came. One line each, cut where they are long. */
	char reason[SF_KUBE_REASON_MAX];
	char problem[SF_KUBE_PROBLEM_MAX];
};

/* A client for one thread; `config` must outlive it. NULL and err on trouble. */
struct sf_kube_http *sf_kube_http_create(const struct sf_kube_config *config, struct sf_error *err);
void sf_kube_http_destroy(struct sf_kube_http *http);

/* -1: no answer, a cut one, a limit passed, or stopped. Redirects are not followed, so that the
 * token goes nowhere else. A request on a kept connection that the server has closed meanwhile is
 * sent again on a new one: each has to bear being sent twice. */
int sf_kube_http_send(struct sf_kube_http *http, const struct sf_kube_request *request,
                      struct sf_kube_reply *reply, struct sf_error *err);

/* Ends the running request, the running wait and all later ones at once; from any thread. */
void sf_kube_http_stop(struct sf_kube_http *http);
bool sf_kube_http_stopped(const struct sf_kube_http *http);

/* Sleeps, unless stopped. */
void sf_kube_http_wait(struct sf_kube_http *http, uint32_t ms);

#endif
