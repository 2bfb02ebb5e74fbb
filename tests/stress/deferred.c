/* deferred: hundreds of requests whose answers come later, from other threads; clients that hang up
 * meanwhile; a server that stops under them. For ThreadSanitizer. */
// SPDX-License-Identifier: Apache-2.0
#include "http_client.h"

#include "service/http.h"

#include <slicefit/error.h>

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>

enum {
	TOGETHER = 300,
	WORKERS = 4,
	CLIENTS = 16,
	ROUNDS = 50,
	GONE = 100,
	LEFT = 50,
	TEXT = 32,
};

struct job {
	struct sf_http_ticket *ticket;
	char text[TEXT];
};

static struct {
	struct sf_http *http;
	pthread_mutex_t lock; /* for the jobs */
	pthread_cond_t more;
	struct job job[TOGETHER + CLIENTS * ROUNDS];
	unsigned jobs;
	unsigned hold; /* workers take none while fewer than these are there */
	bool stop;
	atomic_uint answered, failed;
} test = {.lock = PTHREAD_MUTEX_INITIALIZER, .more = PTHREAD_COND_INITIALIZER};

static void answer(struct job *job)
{
	struct sf_http_response response = {.type = "text/plain"};
	sf_str_append(&response.body, job->text);
	sf_http_answer(job->ticket, &response);
}

static size_t limit(void *ctx, const char *path)
{
	(void)ctx;
	(void)path;
	return TEXT - 1;
}

/* "/now" answers before it returns, the others leave that to the workers. */
static void handle(void *ctx, const struct sf_http_request *request,
                   struct sf_http_response *response)
{
	struct job job = {.ticket = sf_http_defer(request)};
	(void)ctx;
	sf_str_append(&response->body, "dropped");
	snprintf(job.text, sizeof(job.text), "%s", request->body);
	if (strcmp(request->path, "/now") == 0) {
		answer(&job);
		return;
	}
	pthread_mutex_lock(&test.lock);
	test.job[test.jobs++] = job;
	pthread_cond_broadcast(&test.more);
	pthread_mutex_unlock(&test.lock);
}

static void answered(void *ctx, const struct sf_http_request *request, int status, uint64_t ns)
{
	(void)ctx;
	(void)request;
	(void)status;
	(void)ns;
	atomic_fetch_add(&test.answered, 1);
}

static void *work(void *ctx)
{
	(void)ctx;
	pthread_mutex_lock(&test.lock);
	while (!test.stop) {
		if (test.jobs == 0 || test.jobs < test.hold) {
			pthread_cond_wait(&test.more, &test.lock);
			continue;
		}
		test.hold = 0;
		struct job job = test.job[--test.jobs];
		pthread_cond_broadcast(&test.more);
		pthread_mutex_unlock(&test.lock);
		answer(&job);
		pthread_mutex_lock(&test.lock);
	}
	pthread_mutex_unlock(&test.lock);
	return NULL;
}

/* From now on the workers wait until so many requests do. */
static void hold(unsigned n)
{
	pthread_mutex_lock(&test.lock);
	test.hold = n;
	pthread_cond_broadcast(&test.more);
	pthread_mutex_unlock(&test.lock);
}

static void wait_jobs(unsigned n)
{
	pthread_mutex_lock(&test.lock);
	while (test.jobs < n) {
		pthread_cond_wait(&test.more, &test.lock);
	}
	pthread_mutex_unlock(&test.lock);
}

/* Until the workers have taken all. */
static void wait_idle(void)
{
	pthread_mutex_lock(&test.lock);
	while (test.jobs > 0) {
		pthread_cond_wait(&test.more, &test.lock);
	}
	pthread_mutex_unlock(&test.lock);
}

static void ask(int fd, const char *path, unsigned number)
{
	struct sf_str text = {0};
	char body[TEXT];
	int len = snprintf(body, sizeof(body), "number %u", number);
	sf_str_printf(&text, "POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s", path,
	              len, body);
	if (!http_send(fd, &text)) {
		atomic_fetch_add(&test.failed, 1);
	}
	sf_str_finish(&text);
}

/* The answer must be the number that was sent, or only this status. */
static void expect(int fd, int status, unsigned number)
{
	struct sf_str got = {0};
	char body[TEXT];
	snprintf(body, sizeof(body), "\r\n\r\nnumber %u", number);
	size_t len = strlen(body);
	bool good = http_read(fd, &got) == status;
	if (good && status == 200) {
		good = got.len > len && strcmp(got.text + got.len - len, body) == 0;
	}
	if (!good) {
		atomic_fetch_add(&test.failed, 1);
	}
	sf_str_finish(&got);
}

/* Opens connections, asks on each, and waits until the server holds a ticket for each. */
static void ask_together(int *fd, unsigned n)
{
	hold(n + 1);
	for (unsigned i = 0; i < n; i++) {
		fd[i] = http_dial(sf_http_port(test.http));
		ask(fd[i], "/later", i);
	}
	wait_jobs(n);
}

static void check_together(void)
{
	int fd[TOGETHER];
	ask_together(fd, TOGETHER);
	hold(0);
	for (unsigned i = 0; i < TOGETHER; i++) {
		expect(fd[i], 200, i);
		close(fd[i]);
	}
}

static void *client(void *ctx)
{
	const unsigned *number = ctx;
	int fd = http_dial(sf_http_port(test.http));
	for (unsigned i = 0; i < ROUNDS; i++) {
		ask(fd, i % 8 == 7 ? "/now" : "/later", *number + i);
		expect(fd, 200, *number + i);
	}
	close(fd);
	return NULL;
}

/* Answers that race with the handler's return. */
static void check_races(void)
{
	pthread_t thread[CLIENTS];
	unsigned number[CLIENTS];
	for (unsigned i = 0; i < CLIENTS; i++) {
		number[i] = i * ROUNDS;
		pthread_create(&thread[i], NULL, client, &number[i]);
	}
	for (unsigned i = 0; i < CLIENTS; i++) {
		pthread_join(thread[i], NULL);
	}
}

/* Closes with a reset. */
static void reset(int fd)
{
	struct linger now = {.l_onoff = 1, .l_linger = 0};
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(fd);
}

static void check_gone(void)
{
	int fd[GONE];
	ask_together(fd, GONE);
	for (unsigned i = 0; i < GONE; i++) {
		reset(fd[i]);
	}
	hold(0);
	wait_idle();
}

/* Nobody answers before the server stops: it does, and tickets that come later are fine. */
static void check_stop(void)
{
	int fd[LEFT];
	ask_together(fd, LEFT);
	if (sf_http_drain(test.http, 0)) {
		atomic_fetch_add(&test.failed, 1);
	}
	for (unsigned i = 0; i < LEFT; i++) {
		expect(fd[i], 503, i);
		close(fd[i]);
	}
	sf_http_stop(test.http);
	hold(0);
	wait_idle();
}

static unsigned run(void)
{
	pthread_t worker[WORKERS];
	for (unsigned i = 0; i < WORKERS; i++) {
		pthread_create(&worker[i], NULL, work, NULL);
	}
	check_together();
	check_races();
	check_gone();
	check_stop();
	pthread_mutex_lock(&test.lock);
	test.stop = true;
	pthread_cond_broadcast(&test.more);
	pthread_mutex_unlock(&test.lock);
	for (unsigned i = 0; i < WORKERS; i++) {
		pthread_join(worker[i], NULL);
	}
	return TOGETHER + CLIENTS * ROUNDS + GONE + LEFT;
}

int main(void)
{
	struct sf_error err = {0};
	const struct sf_http_handler handler = {
		.limit = limit, .handle = handle, .answered = answered};
	const struct sf_http_options options = {.listen = "127.0.0.1:0",
	                                        .threads = 4,
	                                        .connections = 1000,
	                                        .idle_s = 60,
	                                        .silent_s = 60,
	                                        .budget = (size_t)1 << 26};
	signal(SIGPIPE, SIG_IGN);
	test.http = sf_http_create(&options, &handler);
	if (sf_http_listen(test.http, &err) < 0) {
		printf("%s\n", err.text);
		return 1;
	}
	unsigned want = run(), got = atomic_load(&test.answered),
		 failed = atomic_load(&test.failed);
	printf("%u answered of %u, %u failed\n", got, want, failed);
	return got == want && failed == 0 ? 0 : 1;
}
