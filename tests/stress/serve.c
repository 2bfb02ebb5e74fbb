/* serve: many clients against one server while its cluster is replaced, for ThreadSanitizer. */
// SPDX-License-Identifier: Apache-2.0
#include "http_client.h"

#include <slicefit/catalog.h>
#include <slicefit/error.h>
#include <slicefit/file.h>
#include <slicefit/policy.h>
#include <slicefit/service.h>
#include <slicefit/str.h>

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>

enum { CLIENTS = 12, ROUNDS = 60, SWAPS = 40 };

#define DATA SF_SOURCE_DIR "/tests/data/extender/"

static const struct {
	const char *path;
	const char *file; /* NULL: GET */
} requests[] = {
	{"/filter", DATA "filter-names.json"},
	{"/prioritize", DATA "filter-names-mig.json"},
	{"/scheduler/filter", DATA "filter-nodes.json"},
	{"/scheduler/prioritize", DATA "filter-nodes-mig.json"},
	{"/preempt", DATA "preempt-names.json"},
	{"/metrics", NULL},
	{"/state", NULL},
	{"/explain?pod=research/train-0", NULL},
	{"/readyz", NULL},
};

enum { REQUESTS = sizeof(requests) / sizeof(requests[0]) };

struct shared {
	uint16_t port;
	struct sf_str text[REQUESTS]; /* whole requests, head and body */
	atomic_uint answered;
	atomic_uint failed;
};

/* Reads one answer; true when it is a 200 with as many bytes as it says. */
static bool read_answer(int fd)
{
	struct sf_str got = {0};
	int status = http_read(fd, &got);
	sf_str_finish(&got);
	return status == 200;
}

static void *client(void *ctx)
{
	struct shared *shared = ctx;
	int fd = http_dial(shared->port);
	for (unsigned i = 0; i < ROUNDS; i++) {
		/* Now and then a connection of its own, as binds have. */
		if (i % 16 == 15) {
			close(fd);
			fd = http_dial(shared->port);
		}
		bool good = http_send(fd, &shared->text[i % REQUESTS]) && read_answer(fd);
		atomic_fetch_add(good ? &shared->answered : &shared->failed, 1);
	}
	close(fd);
	return NULL;
}

static int build_requests(struct shared *shared, struct sf_error *err)
{
	for (size_t i = 0; i < REQUESTS; i++) {
		struct sf_str body = {0};
		if (requests[i].file == NULL) {
			sf_str_printf(&shared->text[i], "GET %s HTTP/1.1\r\nHost: x\r\n\r\n",
			              requests[i].path);
			continue;
		}
		if (sf_file_read(requests[i].file, (size_t)1 << 20, &body, err) < 0) {
			return -1;
		}
		sf_str_printf(&shared->text[i],
		              "POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: %zu\r\n\r\n",
		              requests[i].path, body.len);
		sf_str_append_n(&shared->text[i], body.text, body.len);
		sf_str_finish(&body);
	}
	return 0;
}

static int run(struct shared *shared, const struct sf_catalog *catalog, struct sf_error *err)
{
	pthread_t thread[CLIENTS];
	struct sf_service_options options = {
		.listen = "127.0.0.1:0",
		.version = "stress",
		.catalog = catalog,
		.policy = sf_policy_find("best-fit"),
		.cluster = DATA "cluster.json",
		.record = "/dev/null",
		.max_body = (size_t)1 << 20,
		.threads = 4,
	};
	struct sf_service *service = sf_service_create(&options, err);
	if (service == NULL) {
		return -1;
	}
	shared->port = sf_service_port(service);
	for (size_t i = 0; i < CLIENTS; i++) {
		pthread_create(&thread[i], NULL, client, shared);
	}
	unsigned reloaded = 0;
	for (size_t i = 0; i < SWAPS; i++) {
		reloaded += sf_service_reload(service, err) == 0;
	}
	for (size_t i = 0; i < CLIENTS; i++) {
		pthread_join(thread[i], NULL);
	}
	bool clean = sf_service_drain(service, 10);
	sf_service_destroy(service);
	if (reloaded != SWAPS) {
		return -1;
	}
	return clean ? 0 : sf_fail(err, SF_EUNMET, "requests were left after the drain");
}

int main(void)
{
	struct shared shared = {0};
	struct sf_error err = {0};
	struct sf_catalog *catalog = sf_catalog_create();
	signal(SIGPIPE, SIG_IGN);
	int rc = build_requests(&shared, &err);
	rc = rc == 0 ? run(&shared, catalog, &err) : rc;
	unsigned answered = atomic_load(&shared.answered), failed = atomic_load(&shared.failed);
	printf("%u answered, %u failed%s%s\n", answered, failed, rc < 0 ? ": " : "", err.text);
	for (size_t i = 0; i < REQUESTS; i++) {
		sf_str_finish(&shared.text[i]);
	}
	sf_catalog_destroy(catalog);
	return rc == 0 && failed == 0 && answered == CLIENTS * ROUNDS ? 0 : 1;
}
