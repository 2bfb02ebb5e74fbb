/* http: an HTTP/1.1 server that hands whole requests to a handler (on libmicrohttpd). */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_HTTP_H
#define SF_HTTP_H

#include <slicefit/str.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sf_error;
struct sf_http;
struct sf_http_exchange;
struct sf_http_ticket;
struct sf_tls;

struct sf_http_request {
	uint64_t id; /* counts the requests of this process from 1, for the log */
	const char *method;
	const char *path; /* without the query, %XX decoded */
	char *body;       /* NUL-terminated; the handler may write over it */
	size_t len;
	int status;        /* not 0: the request cannot be served, for this reason */
	const char *fault; /* constant text beside `status` */
	uint64_t start_ns; /* when its head had been read; sf_clock_ns */
	struct sf_http_exchange *exchange; /* the server's own */
};

/* Zero-initialised before the handler gets it; the body is JSON unless `type` says otherwise. */
struct sf_http_response {
	int status; /* 0: 200 */
	const char *type;
	const char *allow; /* methods, with 405 */
	struct sf_str body;
	/* Not NULL: these make up the answer instead, and lie in `body` and the request's body. To be
	 * freed; at most 1024, beyond which libmicrohttpd 0.9.75 hangs. */
	struct sf_piece *piece;
	size_t n_pieces;
};

/* Appends the answer's body, whatever it is made of. */
void sf_http_response_text(const struct sf_http_response *response, struct sf_str *out);

struct sf_http_handler {
	void *ctx;
	/* Largest body that the path takes. */
	size_t (*limit)(void *ctx, const char *path);
	/* Answers, or keeps a ticket. Called from several threads at once, also for requests that
	 * the server itself refuses (request->status). */
	void (*handle)(void *ctx, const struct sf_http_request *request,
	               struct sf_http_response *response);
	/* Once for each answer, for log and metrics: `ns` after request->start_ns it was ready.
	 * Never at the same time as `handle` for the same request. */
	void (*answered)(void *ctx, const struct sf_http_request *request, int status, uint64_t ns);
};

struct sf_http_options {
	const char *listen; /* "HOST:PORT", "[::1]:PORT", ":PORT" for all addresses; port 0: any */
	struct sf_tls *tls; /* must outlive the server; NULL: plain HTTP */
	unsigned threads;   /* > 0 */
	unsigned connections; /* most at a time, others wait until one closes */
	unsigned idle_s;      /* a connection without a request closes after so many seconds */
	unsigned silent_s;    /* one with half a request, after its last byte */
	size_t budget;        /* most bytes of all bodies being read together */
};

/* A server that does not listen yet; stop it in any case. The texts of the options must outlive it. */
struct sf_http *sf_http_create(const struct sf_http_options *options,
                               const struct sf_http_handler *handler);

/* Starts to listen and answer. The calling thread must have blocked the signals that it wants to
 * handle itself: the server's threads inherit its mask. */
int sf_http_listen(struct sf_http *http, struct sf_error *err);

/* The port, the one chosen for port 0 too. */
uint16_t sf_http_port(const struct sf_http *http);

/* Calls `each` with every pair behind the '?', %XX and '+' decoded, until it returns false; `value` is
 * NULL for a key that stands alone. Within `handle`; the texts live as long as the request. */
void sf_http_each_query(const struct sf_http_request *request,
                        bool (*each)(void *ctx, const char *key, const char *value), void *ctx);

/* Value of a header, or NULL. Within `handle`. */
const char *sf_http_header(const struct sf_http_request *request, const char *name);

/* Requests whose head was read and that are not answered yet. */
unsigned sf_http_open(struct sf_http *http);

/*
 * Within `handle`, of a request with status 0: the answer will come later, and no thread of the
 * server waits for it. What `handle` put into its response is dropped. The request and its body
 * stay as they are until the ticket is handed in, which has to happen exactly once. A client that
 * hangs up meanwhile is noticed only then.
 */
struct sf_http_ticket *sf_http_defer(const struct sf_http_request *request);

/* Hands the ticket in and answers; takes over the response. From any thread, also before `handle`
 * has returned and after the server was stopped, which has then answered with 503 itself. */
void sf_http_answer(struct sf_http_ticket *ticket, struct sf_http_response *response);

/* Accepts no more connections and waits at most `limit_s` seconds until every request is answered;
 * false when some were not: 503 goes to those whose tickets are still out. */
bool sf_http_drain(struct sf_http *http, unsigned limit_s);

/* Closes all connections and frees, except what the tickets need that are still out; NULL is
 * fine. */
void sf_http_stop(struct sf_http *http);

#endif
