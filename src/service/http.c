/* http: an HTTP/1.1 server that hands whole requests to a handler (on libmicrohttpd). */
// SPDX-License-Identifier: Apache-2.0
#include "http.h"

#include "listen.h"

#include <slicefit/alloc.h>
#include <slicefit/clock.h>
#include <slicefit/error.h>
#include <slicefit/log.h>

#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

enum {
	/* kube-scheduler drops idle connections after 90 s and does not repeat a POST, so the
	 * server must be the one that waits longer (apimachinery, SetTransportDefaults). */
	IDLE_S = 120,
	SILENT_S = 30,                 /* while a body is being read */
	CONNECTION_MEMORY = 128 << 10, /* bodies arrive in chunks of half of it */
	BACKLOG = 1024,
	FIRST_BODY = 64 << 10,
	/* A body that is too large is read and dropped up to here, so that clients which send all
	 * before they listen see the refusal; beyond, the connection closes on them. */
	DISCARD_MAX = 1 << 30,
};

struct sf_http {
	struct MHD_Daemon *daemon;
	struct sf_http_handler handler;
	uint16_t port;
	size_t budget;
	atomic_size_t held; /* bytes of bodies now in memory */
	atomic_bool draining;
	pthread_mutex_t lock; /* for `open` */
	pthread_cond_t closed;
	unsigned open; /* requests between their head and their end */
};

/* One request while it is read. */
struct exchange {
	struct sf_http_request request;
	char *path;
	char *body;
	size_t len;
	size_t cap;
	size_t limit;
	size_t promised; /* Content-Length, checked; 0: unknown */
	bool early;      /* answer before the body is read; the connection closes */
};

static void refuse(struct exchange *ex, int status, const char *fault)
{
	if (ex->request.status == 0) {
		ex->request.status = status;
		ex->request.fault = fault;
	}
}

/* What the head says about the body. */
struct framing {
	unsigned lengths;
	unsigned encodings;
	bool chunked;
	bool expects; /* the client waits for a word before it sends the body */
	unsigned long long length;
};

static enum MHD_Result read_header(void *ctx, enum MHD_ValueKind kind, const char *key,
                                   const char *value)
{
	struct framing *framing = ctx;
	(void)kind;
	if (strcasecmp(key, "Content-Length") == 0) {
		framing->lengths++;
		framing->length = strtoull(value != NULL ? value : "", NULL, 10);
	} else if (strcasecmp(key, "Transfer-Encoding") == 0) {
		framing->encodings++;
		framing->chunked = value != NULL && strcasecmp(value, "chunked") == 0;
	} else if (strcasecmp(key, "Expect") == 0) {
		framing->expects = true;
	}
	return MHD_YES;
}

/* Two lengths, or a length beside chunks, are how requests get smuggled past a proxy. */
static void check_framing(struct MHD_Connection *connection, struct exchange *ex)
{
	struct framing framing = {0};
	MHD_get_connection_values(connection, MHD_HEADER_KIND, read_header, &framing);
	if (framing.lengths + framing.encodings > 1) {
		refuse(ex, 400, "Content-Length and Transfer-Encoding: only one, and only once");
		ex->early = true;
	} else if (framing.encodings == 1 && !framing.chunked) {
		refuse(ex, 400, "Transfer-Encoding: only chunked is known");
		ex->early = true;
	} else if (framing.length > ex->limit) {
		refuse(ex, 413, "the body is larger than this route takes");
		ex->early = framing.expects || framing.length > DISCARD_MAX;
	} else {
		ex->promised = (size_t)framing.length;
	}
	if (framing.lengths + framing.encodings == 0 && strcmp(ex->request.method, "POST") == 0) {
		refuse(ex, 411, "a POST needs Content-Length");
	}
}

/* Of requests without one; nobody writes to it, for there is no room (cap 0). */
static char empty_body[1];

static struct exchange *open_exchange(struct sf_http *http, struct MHD_Connection *connection,
                                      const char *url, const char *method)
{
	struct exchange *ex = sf_xcalloc(1, sizeof(*ex));
	ex->path = sf_xstrdup(url);
	ex->request.path = ex->path;
	ex->request.method = method;
	ex->request.body = empty_body;
	ex->request.start_ns = sf_clock_ns();
	ex->limit = http->handler.limit(http->handler.ctx, url);
	check_framing(connection, ex);
	MHD_set_connection_option(connection, MHD_CONNECTION_OPTION_TIMEOUT, (unsigned)SILENT_S);
	pthread_mutex_lock(&http->lock);
	http->open++;
	pthread_mutex_unlock(&http->lock);
	return ex;
}

static void drop_body(struct sf_http *http, struct exchange *ex)
{
	atomic_fetch_sub(&http->held, ex->cap);
	free(ex->body);
	ex->body = NULL;
	ex->len = 0;
	ex->cap = 0;
}

static void close_exchange(void *ctx, struct MHD_Connection *connection, void **slot,
                           enum MHD_RequestTerminationCode code)
{
	struct sf_http *http = ctx;
	struct exchange *ex = *slot;
	(void)connection;
	(void)code;
	if (ex == NULL) {
		return;
	}
	*slot = NULL;
	drop_body(http, ex);
	free(ex->path);
	free(ex);
	pthread_mutex_lock(&http->lock);
	http->open--;
	pthread_cond_signal(&http->closed);
	pthread_mutex_unlock(&http->lock);
}

/* Room for `need` bytes, within the budget of all bodies. A body of known length gets its room at
 * once, to the byte. */
static bool grow_body(struct sf_http *http, struct exchange *ex, size_t need)
{
	size_t cap = ex->cap > 0 ? ex->cap : FIRST_BODY;
	if (ex->promised >= need - 1) {
		cap = ex->promised + 1;
	}
	while (cap < need) {
		cap *= 2;
	}
	if (cap == ex->cap) {
		return true;
	}
	size_t more = cap - ex->cap;
	if (atomic_fetch_add(&http->held, more) + more > http->budget) {
		atomic_fetch_sub(&http->held, more);
		return false;
	}
	char *body = realloc(ex->body, cap);
	if (body == NULL) {
		atomic_fetch_sub(&http->held, more);
		return false;
	}
	ex->body = body;
	ex->cap = cap;
	return true;
}

/* Once a request is refused the rest of its body is read and dropped. */
static void take_chunk(struct sf_http *http, struct exchange *ex, const char *data, size_t size)
{
	if (ex->request.status != 0) {
		return;
	}
	if (size > ex->limit - ex->len) {
		refuse(ex, 413, "the body is larger than this route takes");
	} else if (!grow_body(http, ex, ex->len + size + 1)) {
		refuse(ex, 503, "too many large requests at once");
	}
	if (ex->request.status != 0) {
		drop_body(http, ex);
		return;
	}
	memcpy(ex->body + ex->len, data, size);
	ex->len += size;
	ex->body[ex->len] = '\0';
	ex->request.body = ex->body;
	ex->request.len = ex->len;
	ex->request.cap = ex->cap;
}

/* The answer's body: handed over, or that of the request, which lives until the exchange ends. */
static struct MHD_Response *make_response(struct sf_http *http, struct exchange *ex,
                                          struct sf_http_response *from)
{
	struct MHD_Response *response;
	if (from->over > 0) {
		sf_str_finish(&from->body);
		return MHD_create_response_from_buffer(from->over, ex->body,
		                                       MHD_RESPMEM_PERSISTENT);
	}
	drop_body(http, ex);
	response = MHD_create_response_from_buffer(
		from->body.len, from->body.text,
		from->body.text != NULL ? MHD_RESPMEM_MUST_FREE : MHD_RESPMEM_PERSISTENT);
	if (response == NULL) {
		sf_str_finish(&from->body);
	}
	return response;
}

static enum MHD_Result send_response(struct sf_http *http, struct MHD_Connection *connection,
                                     struct exchange *ex, struct sf_http_response *from)
{
	struct MHD_Response *response = make_response(http, ex, from);
	if (response == NULL) {
		return MHD_NO;
	}
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE,
	                        from->type != NULL ? from->type : "application/json");
	if (from->allow != NULL) {
		MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, from->allow);
	}
	if (atomic_load(&http->draining)) {
		MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
	}
	unsigned status = from->status != 0 ? (unsigned)from->status : 200;
	enum MHD_Result rc = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return rc;
}

static enum MHD_Result answer(struct sf_http *http, struct MHD_Connection *connection,
                              struct exchange *ex)
{
	struct sf_http_response response = {0};
	MHD_set_connection_option(connection, MHD_CONNECTION_OPTION_TIMEOUT, (unsigned)IDLE_S);
	http->handler.handle(http->handler.ctx, &ex->request, &response);
	return send_response(http, connection, ex, &response);
}

/* Called with the head, then with each chunk of the body, then once more with no data. The
 * parameters are libmicrohttpd's: NOLINTNEXTLINE(readability-function-size) */
static enum MHD_Result on_request(void *ctx, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *data,
                                  size_t *size, void **slot)
{
	struct sf_http *http = ctx;
	struct exchange *ex = *slot;
	(void)version;
	if (ex == NULL) {
		ex = open_exchange(http, connection, url, method);
		*slot = ex;
		return ex->early ? answer(http, connection, ex) : MHD_YES;
	}
	if (*size > 0) {
		take_chunk(http, ex, data, *size);
		*size = 0;
		return MHD_YES;
	}
	return answer(http, connection, ex);
}

static void on_log(void *ctx, const char *fmt, va_list args) __attribute__((format(printf, 2, 0)));

static void on_log(void *ctx, const char *fmt, va_list args)
{
	char text[256];
	(void)ctx;
	vsnprintf(text, sizeof(text), fmt, args);
	text[strcspn(text, "\n")] = '\0';
	sf_log(SF_LOG_DEBUG, "http", "%s", text);
}

static struct MHD_Daemon *start_daemon(struct sf_http *http, const struct sf_http_options *options,
                                       const struct sockaddr *address)
{
	unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ERROR_LOG | MHD_USE_ITC;
	struct MHD_OptionItem items[] = {
		{MHD_OPTION_THREAD_POOL_SIZE, (intptr_t)options->threads, NULL},
		{MHD_OPTION_END, 0, NULL},
	};
	if (options->threads < 2) {
		items[0] = items[1]; /* a pool of one is refused */
	}
	if (address->sa_family == AF_INET6) {
		flags |= MHD_USE_IPv6 | MHD_USE_DUAL_STACK;
	}
	return MHD_start_daemon(
		flags, 0, NULL, NULL, on_request, http, MHD_OPTION_EXTERNAL_LOGGER, on_log, NULL,
		MHD_OPTION_SOCK_ADDR, address, MHD_OPTION_NOTIFY_COMPLETED, close_exchange, http,
		MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
		(size_t)CONNECTION_MEMORY, MHD_OPTION_LISTEN_BACKLOG_SIZE, (unsigned)BACKLOG,
		MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_ARRAY, items, MHD_OPTION_END);
}

struct sf_http *sf_http_start(const struct sf_http_options *options,
                              const struct sf_http_handler *handler, struct sf_error *err)
{
	struct sockaddr_storage address;
	if (sf_listen_parse(options->listen, &address, err) < 0) {
		return NULL;
	}
	struct sf_http *http = sf_xcalloc(1, sizeof(*http));
	http->handler = *handler;
	http->budget = options->budget;
	pthread_mutex_init(&http->lock, NULL);
	pthread_cond_init(&http->closed, NULL);
	errno = 0;
	http->daemon = start_daemon(http, options, (struct sockaddr *)&address);
	if (http->daemon == NULL) {
		sf_fail(err, SF_EIO, "listen %s: %s", options->listen,
		        errno != 0 ? strerror(errno) : "cannot start the server");
		sf_http_stop(http);
		return NULL;
	}
	http->port = MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
	return http;
}

uint16_t sf_http_port(const struct sf_http *http)
{
	return http->port;
}

unsigned sf_http_open(struct sf_http *http)
{
	pthread_mutex_lock(&http->lock);
	unsigned open = http->open;
	pthread_mutex_unlock(&http->lock);
	return open;
}

bool sf_http_drain(struct sf_http *http, unsigned limit_s)
{
	struct timespec until;
	atomic_store(&http->draining, true);
	MHD_socket listener = MHD_quiesce_daemon(http->daemon);
	if (listener != MHD_INVALID_SOCKET) {
		close(listener);
	}
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += limit_s;
	pthread_mutex_lock(&http->lock);
	int rc = 0;
	while (http->open > 0 && rc == 0) {
		rc = pthread_cond_timedwait(&http->closed, &http->lock, &until);
	}
	bool clean = http->open == 0;
	pthread_mutex_unlock(&http->lock);
	return clean;
}

void sf_http_stop(struct sf_http *http)
{
	if (http == NULL) {
		return;
	}
	if (http->daemon != NULL) {
		MHD_stop_daemon(http->daemon);
	}
	pthread_cond_destroy(&http->closed);
	pthread_mutex_destroy(&http->lock);
	free(http);
}
