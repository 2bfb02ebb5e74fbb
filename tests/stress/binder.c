/* binder: hundreds of bindings at once against an API server that loses, delays and repeats, for
 * ThreadSanitizer: each is told once, and what is told is what the server has. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/error.h>
#include <slicefit/kube_binder.h>
#include <slicefit/kube_config.h>
#include <slicefit/rng.h>

#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PODS = 300, CLIENTS = 4, CONNECTIONS = 4096, REQUEST_MAX = 4096, PATIENT_MS = 120000 };

struct server {
	int fd;
	uint16_t port;
	pthread_t thread;
	pthread_t serving[CONNECTIONS];
	size_t n_serving;
	pthread_mutex_t lock;
	int node[PODS]; /* 0: not bound */
};

struct connection {
	struct server *server;
	int fd;
	struct sf_rng rng;
};

/* Reads one request; false at the end of the connection. */
static bool read_request(int fd, char *text)
{
	size_t len = 0;
	for (;;) {
		ssize_t n = recv(fd, text + len, REQUEST_MAX - 1 - len, 0);
		if (n <= 0) {
			return false;
		}
		len += (size_t)n;
		text[len] = '\0';
		const char *end = strstr(text, "\r\n\r\n");
		const char *length = strstr(text, "Content-Length: ");
		size_t body = length != NULL ? strtoul(length + 16, NULL, 10) : 0;
		if (end != NULL && len >= (size_t)(end + 4 - text) + body) {
			return true;
		}
	}
}

static bool answer(int fd, const char *status, const char *body)
{
	char text[1024];
	int n = snprintf(text, sizeof(text), "HTTP/1.1 %s\r\nContent-Length: %zu\r\n\r\n%s", status,
	                 strlen(body), body);
	return send(fd, text, (size_t)n, MSG_NOSIGNAL) == n;
}

static bool answer_get(struct connection *connection, int pod)
{
	struct server *server = connection->server;
	char body[256];
	pthread_mutex_lock(&server->lock);
	int node = server->node[pod];
	pthread_mutex_unlock(&server->lock);
	if (sf_rng_below(&connection->rng, 8) == 0) {
		return answer(connection->fd, "503 Service Unavailable", "{}");
	}
	int n = snprintf(body, sizeof(body), "{\"metadata\":{\"uid\":\"u%d\"},\"spec\":{", pod);
	if (node != 0) {
		n += snprintf(body + n, sizeof(body) - (size_t)n, "\"nodeName\":\"n%d\"", node);
	}
	snprintf(body + n, sizeof(body) - (size_t)n, "}}");
	return answer(connection->fd, "200 OK", body);
}

/* Binds the pod if it is not; was it free? */
static bool bind_pod(struct server *server, int pod, int node)
{
	pthread_mutex_lock(&server->lock);
	bool is_free = server->node[pod] == 0;
	server->node[pod] = is_free ? node : server->node[pod];
	pthread_mutex_unlock(&server->lock);
	return is_free;
}

static bool answer_post(struct connection *connection, int pod, int node)
{
	uint64_t dice = sf_rng_below(&connection->rng, 16);
	if (dice == 0) {
		return answer(connection->fd, "429 Too Many Requests", "{}");
	}
	if (dice == 1) {
		return answer(connection->fd, "500 Internal Server Error", "{}");
	}
	bool is_free = bind_pod(connection->server, pod, node);
	if (dice == 2) {
		return false; /* done, and nobody says so */
	}
	if (dice == 3) {
		return answer(connection->fd, "504 Gateway Timeout", "{}");
	}
	return answer(connection->fd, is_free ? "201 Created" : "409 Conflict", "{}");
}

static bool serve_one(struct connection *connection, const char *text)
{
	const char *target = strstr(text, "\"kind\":\"Node\",\"name\":\"n");
	int pod = atoi(strstr(text, "/pods/p") + 7);
	if (target == NULL) {
		return answer_get(connection, pod);
	}
	return answer_post(connection, pod, atoi(strstr(target, ":\"n") + 3));
}

static void *serve(void *ctx)
{
	struct connection *connection = ctx;
	char text[REQUEST_MAX];
	while (read_request(connection->fd, text) && serve_one(connection, text)) {
	}
	close(connection->fd);
	free(connection);
	return NULL;
}

static void *accept_all(void *ctx)
{
	struct server *server = ctx;
	int fd;
	while (server->n_serving < CONNECTIONS && (fd = accept(server->fd, NULL, NULL)) >= 0) {
		struct connection *connection = calloc(1, sizeof(*connection));
		connection->server = server;
		connection->fd = fd;
		sf_rng_seed(&connection->rng, 7, server->n_serving);
		pthread_create(&server->serving[server->n_serving++], NULL, serve, connection);
	}
	return NULL;
}

static void server_start(struct server *server)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t len = sizeof(address);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	server->fd = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(server->fd, (void *)&address, len) != 0 || listen(server->fd, 128) != 0 ||
	    getsockname(server->fd, (void *)&address, &len) != 0) {
		abort();
	}
	server->port = ntohs(address.sin_port);
	pthread_mutex_init(&server->lock, NULL);
	pthread_create(&server->thread, NULL, accept_all, server);
}

/* Once the clients are gone all its connections end. */
static void server_stop(struct server *server)
{
	shutdown(server->fd, SHUT_RDWR);
	pthread_join(server->thread, NULL);
	for (size_t i = 0; i < server->n_serving; i++) {
		pthread_join(server->serving[i], NULL);
	}
	close(server->fd);
	pthread_mutex_destroy(&server->lock);
}

struct told {
	int pod;
	int node;
	atomic_uint times;
	enum sf_bind_result result;
};

static void on_bound(void *ctx, const struct sf_kube_bound *bound)
{
	struct told *told = ctx;
	told->result = bound->result;
	atomic_fetch_add(&told->times, 1);
}

struct client {
	struct sf_kube_binder *binder;
	struct told *told;
	size_t n;
};

static void *submit_all(void *ctx)
{
	struct client *client = ctx;
	for (size_t i = 0; i < client->n; i++) {
		struct told *told = &client->told[i];
		char pod[16];
		char uid[16];
		char node[16];
		snprintf(pod, sizeof(pod), "p%d", told->pod);
		snprintf(uid, sizeof(uid), "u%d", told->pod);
		snprintf(node, sizeof(node), "n%d", told->node);
		struct sf_kube_bind bind = {.space = "s", .pod = pod, .uid = uid, .node = node};
		if (sf_kube_binder_submit(client->binder, &bind, on_bound, told, NULL) < 0) {
			abort(); /* all fit into the queue */
		}
	}
	return NULL;
}

/* Submits all, from several threads. */
static void submit(struct sf_kube_binder *binder, struct told *told, size_t n)
{
	struct client clients[CLIENTS];
	pthread_t threads[CLIENTS];
	for (size_t i = 0; i < CLIENTS; i++) {
		clients[i] = (struct client){binder, told + i * (n / CLIENTS), n / CLIENTS};
		pthread_create(&threads[i], NULL, submit_all, &clients[i]);
	}
	for (size_t i = 0; i < CLIENTS; i++) {
		pthread_join(threads[i], NULL);
	}
}

/* How often what was told is not what the server has. */
static unsigned compare(struct server *server, const struct told *told, size_t n)
{
	unsigned wrong = 0;
	pthread_mutex_lock(&server->lock);
	for (size_t i = 0; i < n; i++) {
		bool there = server->node[told[i].pod] == told[i].node;
		bool agrees[] = {
			[SF_BIND_DONE] = there,
			[SF_BIND_ELSEWHERE] = !there && server->node[told[i].pod] != 0,
			[SF_BIND_GONE] = false,
			[SF_BIND_FAILED] = !there,
			[SF_BIND_UNKNOWN] = true,
		};
		wrong += told[i].times != 1 || !agrees[told[i].result];
	}
	pthread_mutex_unlock(&server->lock);
	return wrong;
}

/* Each of `nodes` nodes wants each pod; then the binder stops. Returns what is wrong. */
static unsigned run(struct server *server, const struct sf_kube_config *config, int nodes,
                    uint32_t grace_ms)
{
	struct sf_binder_options options = {
		.config = config,
		.deadline_ms = PATIENT_MS,
		.qps = 100000,
		.burst = 100000,
	};
	size_t n = (size_t)nodes * PODS;
	struct told *told = calloc(n, sizeof(*told));
	for (size_t i = 0; i < n; i++) {
		told[i].pod = (int)(i % PODS);
		told[i].node = (int)(i / PODS) + 1;
	}
	struct sf_kube_binder *binder = sf_kube_binder_create(&options, NULL);
	submit(binder, told, n);
	sf_kube_binder_stop(binder, grace_ms);
	struct sf_binder_stats stats = sf_kube_binder_stats(binder);
	const uint64_t *results = stats.results;
	sf_kube_binder_destroy(binder);
	unsigned wrong = compare(server, told, n);
	wrong += grace_ms > 0 &&
	         (results[SF_BIND_DONE] != PODS || results[SF_BIND_ELSEWHERE] != n - PODS);
	printf("%zu bindings, grace %u ms: %lu done, %lu elsewhere, %lu failed, %lu unknown, "
	       "%lu posts, %lu asks, %u wrong\n",
	       n, grace_ms, (unsigned long)results[SF_BIND_DONE],
	       (unsigned long)results[SF_BIND_ELSEWHERE], (unsigned long)results[SF_BIND_FAILED],
	       (unsigned long)results[SF_BIND_UNKNOWN], (unsigned long)stats.posts,
	       (unsigned long)stats.asks, wrong);
	free(told);
	return wrong;
}

int main(void)
{
	char url[64];
	struct sf_kube_config config = {.server = url};
	/* All at once, three that want the same pod, and an end in the middle. */
	static const struct {
		int nodes;
		uint32_t grace_ms;
	} runs[] = {{1, PATIENT_MS}, {3, PATIENT_MS}, {1, 0}};
	unsigned wrong = 0;
	for (size_t i = 0; i < sizeof(runs) / sizeof(*runs); i++) {
		struct server server = {0};
		server_start(&server);
		snprintf(url, sizeof(url), "http://127.0.0.1:%u", server.port);
		wrong += run(&server, &config, runs[i].nodes, runs[i].grace_ms);
		server_stop(&server);
	}
	return wrong == 0 ? 0 : 1;
}
