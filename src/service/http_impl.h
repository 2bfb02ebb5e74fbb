/* http_impl: what http and its tickets share: the server and one request from head to end. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_HTTP_IMPL_H
#define SF_HTTP_IMPL_H

#include "body.h"
#include "http.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

struct MHD_Connection;
struct MHD_Daemon;

struct sf_http {
	struct MHD_Daemon *daemon; /* NULL until it listens */
	struct sf_http_options options;
	struct sf_http_handler handler;
	uint16_t port;
	struct sf_body_budget budget;
	atomic_bool draining;
	pthread_mutex_t lock; /* for all below, and what exchanges say they guard with it */
	pthread_cond_t closed;
	unsigned open;                  /* requests between their head and their end */
	unsigned holders;               /* tickets that are out, and the owner of this */
	bool stopping;                  /* no request may wait for an answer any more */
	struct sf_http_ticket *waiting; /* tickets of requests that wait */
};

/* A promise to answer. It outlives the exchange when the server answers in its stead. */
struct sf_http_ticket {
	struct sf_http *http;
	struct sf_http_exchange *exchange; /* guarded; NULL: it wants no answer any more */
	struct sf_http_ticket *prev, *next;
};

/* One request from its head to its end. */
struct sf_http_exchange {
	struct sf_http_request request;
	struct sf_http *http;
	struct MHD_Connection *connection;
	char *path;
	struct sf_body body;
	bool early;    /* answer before the body is read; the connection closes */
	bool deferred; /* the handler took a ticket */
	/* Guarded once deferred: */
	bool suspended; /* libmicrohttpd looks at the connection again after a resume */
	bool answered;  /* `late` has come */
	struct sf_http_ticket *ticket;
	struct sf_http_response late;
	uint64_t late_ns;
};

/* Answers 503 in the stead of all tickets that are out, and lets no request wait from now on; with
 * the lock held. */
void sf_http_tickets_settle(struct sf_http *http);

/* The exchange ends without an answer; with the lock held. */
void sf_http_ticket_detach(struct sf_http_ticket *ticket);

/* libmicrohttpd looks at a suspended connection again. */
void sf_http_wake(struct sf_http_exchange *ex);

/* One holder less; frees after the last one. */
void sf_http_release(struct sf_http *http);

#endif
