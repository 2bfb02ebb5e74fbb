/* http: an HTTP/1.1 server that hands whole requests to a handler (on libmicrohttpd). */
// SPDX-License-Identifier: Apache-2.0
#include "http.h"

#include "framing.h"
#include "http_impl.h"
#include "listen.h"
#include "tls.h"

#include <slicefit/alloc.h>
#include <slicefit/clock.h>
#include <slicefit/error.h>
#include <slicefit/log.h>

#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
	CONNECTION_MEMORY = 128 << 10, /* bodies arrive in chunks of half of it */
	BACKLOG = 1024,                /* the system caps it at net.core.somaxconn */
	LAST_WORDS_S = 1,              /* for a 503 to get out before all connections close */
	/* A body that trickles in takes at most so many times the silence that is allowed. */
	SLOW = 4,
};

static void refuse(struct sf_http_exchange *ex, int status, const char *fault)
{
	if (ex->request.status == 0) {
		ex->request.status = status;
		ex->request.fault = fault;
	}
}

/* The parameters are libmicrohttpd's: NOLINTNEXTLINE(readability-function-size) */
static enum MHD_Result read_header(void *ctx, enum MHD_ValueKind kind, const char *key,
                                   size_t key_size, const char *value, size_t value_size)
{
	(void)kind;
	sf_framing_add(ctx, key, key_size, value, value_size);
	return MHD_YES;
}

static void check_framing(struct sf_http_exchange *ex, const char *version)
{
	struct sf_framing framing = {.old = strcmp(version, MHD_HTTP_VERSION_1_0) == 0};
	MHD_get_connection_values_n(ex->connection, MHD_HEADER_KIND, read_header, &framing);
	struct sf_framing_fault fault =
		sf_framing_check(&framing, ex->request.method, ex->body.limit);
	if (fault.status != 0) {
		refuse(ex, fault.status, fault.text);
		ex->early = fault.early;
	} else {
		ex->body.promised = (size_t)framing.length;
	}
}

static atomic_ullong requests; /* of all servers in this process */

/* Of requests without one; nobody writes to it, for there is no room (cap 0). */
static char empty_body[1];

static struct sf_http_exchange *open_exchange(struct sf_http *http,
                                              struct MHD_Connection *connection, const char *url,
                                              const char *method, const char *version)
{
	struct sf_http_exchange *ex = sf_xcalloc(1, sizeof(*ex));
	ex->http = http;
	ex->connection = connection;
	ex->path = sf_xstrdup(url);
	ex->request.id = atomic_fetch_add(&requests, 1) + 1;
	ex->request.exchange = ex;
	ex->request.path = ex->path;
	ex->request.method = method;
	ex->request.body = empty_body;
	ex->request.start_ns = sf_clock_ns();
	ex->body.limit = http->handler.limit(http->handler.ctx, url);
	check_framing(ex, version);
	MHD_set_connection_option(connection, MHD_CONNECTION_OPTION_TIMEOUT,
	                          http->options.silent_s);
	pthread_mutex_lock(&http->lock);
	http->open++;
	pthread_mutex_unlock(&http->lock);
	return ex;
}

static void tell(struct sf_http *http, const struct sf_http_exchange *ex,
                 const struct sf_http_response *response, uint64_t ns)
{
	int status = response->status != 0 ? response->status : 200;
	http->handler.answered(http->handler.ctx, &ex->request, status, ns);
}

static void close_exchange(void *ctx, struct MHD_Connection *connection, void **slot,
                           enum MHD_RequestTerminationCode code)
{
	struct sf_http *http = ctx;
	struct sf_http_exchange *ex = *slot;
	(void)connection;
	(void)code;
	if (ex == NULL) {
		return;
	}
	*slot = NULL;
	if (ex->answered) { /* but the client was gone */
		tell(http, ex, &ex->late, ex->late_ns);
		sf_str_finish(&ex->late.body);
	}
	pthread_mutex_lock(&http->lock);
	if (ex->ticket != NULL) {
		sf_http_ticket_detach(ex->ticket);
	}
	http->open--;
	pthread_cond_signal(&http->closed);
	pthread_mutex_unlock(&http->lock);
	sf_body_drop(&ex->body, &http->budget);
	free(ex->path);
	free(ex);
}

static bool is_slow(const struct sf_http *http, const struct sf_http_exchange *ex)
{
	uint64_t most = (uint64_t)http->options.silent_s * SLOW * 1000000000U;
	return sf_clock_ns() - ex->request.start_ns > most;
}

/* Once a request is refused the rest of its body is read and dropped. */
static void take_chunk(struct sf_http *http, struct sf_http_exchange *ex, const char *data,
                       size_t size)
{
	if (ex->request.status != 0) {
		return;
	}
	int status = sf_body_append(&ex->body, &http->budget, data, size);
	if (status != 0) {
		refuse(ex, status,
		       status == 413 ? "the body is larger than this route takes"
		                     : "too many large requests at once");
		sf_body_drop(&ex->body, &http->budget);
		return;
	}
	ex->request.body = ex->body.text;
	ex->request.len = ex->body.len;
}

void sf_http_response_text(const struct sf_http_response *response, struct sf_str *out)
{
	if (response->piece == NULL) {
		sf_str_append_n(out, sf_str_get(&response->body), response->body.len);
		return;
	}
	for (size_t i = 0; i < response->n_pieces; i++) {
		sf_str_append_n(out, response->piece[i].text, response->piece[i].len);
	}
}

/* The request's body, where most pieces are, lives until the exchange ends. */
static struct MHD_Response *gather(struct sf_http_response *from)
{
	struct MHD_IoVec *vector = sf_xcalloc(from->n_pieces, sizeof(*vector));
	for (size_t i = 0; i < from->n_pieces; i++) {
		vector[i] = (struct MHD_IoVec){from->piece[i].text, from->piece[i].len};
	}
	struct MHD_Response *response = MHD_create_response_from_iovec(
		vector, (unsigned)from->n_pieces, free, from->body.text);
	if (response == NULL) {
		sf_str_finish(&from->body);
	}
	free(vector);
	free(from->piece);
	return response;
}

/* The answer's body is handed over. */
static struct MHD_Response *make_response(struct sf_http *http, struct sf_http_exchange *ex,
                                          struct sf_http_response *from)
{
	struct MHD_Response *response;
	if (from->piece != NULL) {
		return gather(from);
	}
	sf_body_drop(&ex->body, &http->budget);
	response = MHD_create_response_from_buffer(
		from->body.len, from->body.text,
		from->body.text != NULL ? MHD_RESPMEM_MUST_FREE : MHD_RESPMEM_PERSISTENT);
	if (response == NULL) {
		sf_str_finish(&from->body);
	}
	return response;
}

static enum MHD_Result send_response(struct sf_http *http, struct sf_http_exchange *ex,
                                     struct sf_http_response *from, uint64_t ns)
{
	tell(http, ex, from, ns);
	struct MHD_Response *response = make_response(http, ex, from);
	if (response == NULL) {
		return MHD_NO;
	}
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE,
	                        from->type != NULL ? from->type : "application/json");
	if (from->allow != NULL) {
		MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, from->allow);
	}
	if (ex->early || atomic_load(&http->draining)) {
		MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
	}
	unsigned status = from->status != 0 ? (unsigned)from->status : 200;
	enum MHD_Result rc = MHD_queue_response(ex->connection, status, response);
	MHD_destroy_response(response);
	return rc;
}

void sf_http_wake(struct sf_http_exchange *ex)
{
	MHD_resume_connection(ex->connection);
}

static enum MHD_Result send_late(struct sf_http *http, struct sf_http_exchange *ex)
{
	struct sf_http_response late = ex->late;
	ex->answered = false;
	return send_response(http, ex, &late, ex->late_ns);
}

/* The handler took a ticket: sleep until it is handed in, which may have happened already. */
static enum MHD_Result await(struct sf_http *http, struct sf_http_exchange *ex)
{
	pthread_mutex_lock(&http->lock);
	if (http->stopping) {
		sf_http_tickets_settle(http);
	}
	bool answered = ex->answered;
	if (!answered) {
		ex->suspended = true;
		MHD_suspend_connection(ex->connection);
	}
	pthread_mutex_unlock(&http->lock);
	return answered ? send_late(http, ex) : MHD_YES;
}

static enum MHD_Result answer(struct sf_http *http, struct sf_http_exchange *ex)
{
	struct sf_http_response response = {0};
	MHD_set_connection_option(ex->connection, MHD_CONNECTION_OPTION_TIMEOUT,
	                          http->options.idle_s);
	http->handler.handle(http->handler.ctx, &ex->request, &response);
	if (ex->deferred) {
		sf_str_finish(&response.body);
		return await(http, ex);
	}
	return send_response(http, ex, &response, sf_clock_ns() - ex->request.start_ns);
}

/* Called with the head, then with each chunk of the body, then once more with no data, and again
 * after a resume. The parameters are libmicrohttpd's:
 * NOLINTNEXTLINE(readability-function-size) */
static enum MHD_Result on_request(void *ctx, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *data,
                                  size_t *size, void **slot)
{
	struct sf_http *http = ctx;
	struct sf_http_exchange *ex = *slot;
	if (ex == NULL) {
		ex = open_exchange(http, connection, url, method, version);
		*slot = ex;
		return ex->early ? answer(http, ex) : MHD_YES;
	}
	if (*size > 0 && is_slow(http, ex)) {
		return MHD_NO; /* closes the connection */
	}
	if (*size > 0) {
		take_chunk(http, ex, data, *size);
		*size = 0;
		return MHD_YES;
	}
	return ex->deferred ? await(http, ex) : answer(http, ex);
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

/* Once the line of a request is there, the rest of its head has to follow. */
static void *on_line(void *ctx, const char *uri, struct MHD_Connection *connection)
{
	const struct sf_http *http = ctx;
	(void)uri;
	MHD_set_connection_option(connection, MHD_CONNECTION_OPTION_TIMEOUT,
	                          http->options.silent_s);
	return NULL;
}

/* Sessions get their certificate here, before they begin; the slot holds it until they are gone. */
static void on_connection(void *ctx, struct MHD_Connection *connection, void **slot,
                          enum MHD_ConnectionNotificationCode code)
{
	const struct sf_http *http = ctx;
	if (http->options.tls != NULL && code == MHD_CONNECTION_NOTIFY_STARTED) {
		const union MHD_ConnectionInfo *info =
			MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
		*slot = sf_tls_attach(http->options.tls, info->tls_session);
	} else if (http->options.tls != NULL) {
		sf_tls_release(*slot);
	}
}

static struct MHD_Daemon *start_daemon(struct sf_http *http, const struct sockaddr *address)
{
	const struct sf_http_options *options = &http->options;
	unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ERROR_LOG |
	                 MHD_ALLOW_SUSPEND_RESUME | (http->options.tls != NULL ? MHD_USE_TLS : 0);
	static char priority[] = SF_TLS_PRIORITY;
	struct MHD_OptionItem items[4];
	size_t n = 0;
	if (options->threads > 1) { /* a pool of one is refused */
		items[n++] = (struct MHD_OptionItem){MHD_OPTION_THREAD_POOL_SIZE,
		                                     (intptr_t)options->threads, NULL};
	}
	if (http->options.tls != NULL) {
		items[n++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_PRIORITIES, 0, priority};
		items[n++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_CERT_CALLBACK, 0,
		                                     sf_tls_no_certificate()};
	}
	items[n] = (struct MHD_OptionItem){MHD_OPTION_END, 0, NULL};
	if (address->sa_family == AF_INET6) {
		flags |= MHD_USE_IPv6 | MHD_USE_DUAL_STACK;
	}
	return MHD_start_daemon(
		flags, 0, NULL, NULL, on_request, http, MHD_OPTION_EXTERNAL_LOGGER, on_log, NULL,
		MHD_OPTION_SOCK_ADDR, address, MHD_OPTION_NOTIFY_COMPLETED, close_exchange, http,
		MHD_OPTION_NOTIFY_CONNECTION, on_connection, http, MHD_OPTION_URI_LOG_CALLBACK,
		on_line, http, MHD_OPTION_CONNECTION_TIMEOUT, http->options.idle_s,
		MHD_OPTION_CONNECTION_LIMIT, options->connections,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
		MHD_OPTION_LISTEN_BACKLOG_SIZE, (unsigned)BACKLOG, MHD_OPTION_STRICT_FOR_CLIENT, 1,
		MHD_OPTION_ARRAY, items, MHD_OPTION_END);
}

struct sf_http *sf_http_create(const struct sf_http_options *options,
                               const struct sf_http_handler *handler)
{
	struct sf_http *http = sf_xcalloc(1, sizeof(*http));
	http->options = *options;
	http->handler = *handler;
	http->budget.most = options->budget;
	http->holders = 1;
	pthread_mutex_init(&http->lock, NULL);
	pthread_cond_init(&http->closed, NULL);
	return http;
}

int sf_http_listen(struct sf_http *http, struct sf_error *err)
{
	struct sockaddr_storage address;
	if (sf_listen_parse(http->options.listen, &address, err) < 0) {
		return -1;
	}
	errno = 0;
	http->daemon = start_daemon(http, (struct sockaddr *)&address);
	if (http->daemon == NULL) {
		return sf_fail(err, SF_EIO, "listen %s: %s", http->options.listen,
		               errno != 0 ? strerror(errno) : "cannot start the server");
	}
	http->port = MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
	return 0;
}

uint16_t sf_http_port(const struct sf_http *http)
{
	return http->port;
}

struct query {
	bool (*each)(void *ctx, const char *key, const char *value);
	void *ctx;
};

static enum MHD_Result read_query(void *ctx, enum MHD_ValueKind kind, const char *key,
                                  const char *value)
{
	const struct query *query = ctx;
	(void)kind;
	return query->each(query->ctx, key, value) ? MHD_YES : MHD_NO;
}

void sf_http_each_query(const struct sf_http_request *request,
                        bool (*each)(void *ctx, const char *key, const char *value), void *ctx)
{
	struct query query = {each, ctx};
	MHD_get_connection_values(request->exchange->connection, MHD_GET_ARGUMENT_KIND, read_query,
	                          &query);
}

const char *sf_http_header(const struct sf_http_request *request, const char *name)
{
	return MHD_lookup_connection_value(request->exchange->connection, MHD_HEADER_KIND, name);
}

unsigned sf_http_open(struct sf_http *http)
{
	pthread_mutex_lock(&http->lock);
	unsigned open = http->open;
	pthread_mutex_unlock(&http->lock);
	return open;
}

/* Waits until all requests have ended, for so many seconds; with the lock held. */
static bool wait_closed(struct sf_http *http, unsigned limit_s)
{
	struct timespec until;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += limit_s;
	int rc = 0;
	while (http->open > 0 && rc == 0) {
		rc = pthread_cond_timedwait(&http->closed, &http->lock, &until);
	}
	return http->open == 0;
}

bool sf_http_drain(struct sf_http *http, unsigned limit_s)
{
	atomic_store(&http->draining, true);
	MHD_socket listener = MHD_quiesce_daemon(http->daemon);
	if (listener != MHD_INVALID_SOCKET) {
		close(listener);
	}
	pthread_mutex_lock(&http->lock);
	bool clean = wait_closed(http, limit_s);
	if (!clean) {
		sf_http_tickets_settle(http);
		wait_closed(http, LAST_WORDS_S);
	}
	pthread_mutex_unlock(&http->lock);
	return clean;
}

void sf_http_stop(struct sf_http *http)
{
	if (http == NULL) {
		return;
	}
	if (http->daemon != NULL) {
		pthread_mutex_lock(&http->lock);
		sf_http_tickets_settle(
			http); /* the daemon must not be stopped over a suspended connection */
		pthread_mutex_unlock(&http->lock);
		MHD_stop_daemon(http->daemon);
	}
	sf_http_release(http);
}
