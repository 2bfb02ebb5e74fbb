/*
 * child: see child.h; this is the side of the caller.
 *
 * Both sides share a pair of sockets, so that a write to a dead process is an error of that write and
 * never a SIGPIPE. Each message is a head and so many bytes.
 */
// SPDX-License-Identifier: Apache-2.0
#include "child_impl.h"

#include <slicefit/alloc.h>
#include <slicefit/clock.h>
#include <slicefit/error.h>

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

struct sf_child {
	struct sf_child_options options;
	pid_t pid; /* 0: there is no process */
	int fd;
};

enum end { DONE, LATE, DEAD };

struct sf_child *sf_child_create(const struct sf_child_options *options)
{
	struct sf_child *child = sf_xcalloc(1, sizeof *child);

	child->options = *options;
	return child;
}

/* Kills and reaps the process; what waitpid says, -1 when somebody else has reaped it. */
static int end_process(struct sf_child *child)
{
	int status = -1;
	pid_t reaped;

	kill(child->pid, SIGKILL);
	close(child->fd);
	do {
		reaped = waitpid(child->pid, &status, 0);
	} while (reaped < 0 && errno == EINTR);
	child->pid = 0;
	return reaped < 0 ? -1 : status;
}

void sf_child_destroy(struct sf_child *child)
{
	if (child && child->pid) {
		end_process(child);
	}
	free(child);
}

/* Forks with all signals blocked, so that no handler of ours runs in the child. */
static int start(struct sf_child *child, struct sf_error *err)
{
	pid_t parent = getpid();
	sigset_t all, before;
	int fd[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd)) {
		return sf_fail(err, SF_EIO, "%s: no connection to a process of its own: %s",
		               child->options.name, strerror(errno));
	}
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	child->pid = fork();
	if (child->pid == 0) {
		child_live(&child->options, fd[1], parent, &before);
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	close(fd[1]);
	child->fd = fd[0];
	if (child->pid < 0) {
		child->pid = 0;
		close(fd[0]);
		return sf_fail(err, SF_EIO, "%s: no process of its own: %s", child->options.name,
		               strerror(errno));
	}
	return 0;
}

/* Until the socket can do more, or is closed, or it is too late. */
static enum end wait_for(int fd, short event, uint64_t until_ns)
{
	for (;;) {
		struct pollfd poll_fd = {.fd = fd, .events = event};
		uint64_t now = until_ns ? sf_clock_ns() : 0;
		uint64_t left_ms = until_ns > now ? (until_ns - now) / 1000000 + 1 : 0;
		int ms = !until_ns ? -1 : left_ms < INT_MAX ? (int)left_ms : INT_MAX;
		int ready = poll(&poll_fd, 1, ms);

		if (ready > 0) {
			return DONE;
		}
		if (ready == 0 && ms == 0) {
			return LATE;
		}
		if (ready < 0 && errno != EINTR) {
			return DEAD;
		}
	}
}

/* After a send or recv that did not go through. */
static enum end try_again(int fd, short event, uint64_t until_ns)
{
	if (errno == EINTR) {
		return DONE;
	}
	return errno == EAGAIN ? wait_for(fd, event, until_ns) : DEAD;
}

static enum end give(int fd, const char *data, size_t size, uint64_t until_ns)
{
	enum end end = DONE;

	while (end == DONE && size) {
		ssize_t n = send(fd, data, size, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0) {
			end = try_again(fd, POLLOUT, until_ns);
		} else {
			data += n;
			size -= (size_t)n;
		}
	}
	return end;
}

static enum end take(int fd, char *data, size_t size, uint64_t until_ns)
{
	enum end end = DONE;

	while (end == DONE && size) {
		ssize_t n = recv(fd, data, size, MSG_DONTWAIT);

		if (n == 0) {
			end = DEAD;
		} else if (n < 0) {
			end = try_again(fd, POLLIN, until_ns);
		} else {
			data += n;
			size -= (size_t)n;
		}
	}
	return end;
}

/* Where the child died while it was asked, what it said may still be there to be read. */
static enum end send_question(const struct sf_child *child,
                              const struct sf_child_question *question)
{
	const size_t size = sizeof(struct child_head) + question->size;
	struct child_head *message = sf_xcalloc(1, size);
	enum end end;

	*message =
		(struct child_head){.size = question->size, .answer_size = question->answer_size};
	if (question->size) {
		memcpy(message + 1, question->text, question->size);
	}
	end = give(child->fd, (const char *)message, size, question->until_ns);
	free(message);
	return end == LATE ? LATE : DONE;
}

/* What came back. */
struct reply {
	char *text; /* of a message that is not complete: room for an answer */
	bool noted;
	char words[CHILD_WORDS_MAX]; /* that it gave up with */
};

static enum end receive_words(const struct sf_child *child, size_t size, uint64_t until_ns,
                              struct reply *reply)
{
	enum end end = take(child->fd, reply->words, size, until_ns);

	reply->words[end == DONE ? size : 0] = '\0';
	return end == DONE ? DEAD : end;
}

/* Notes, until the answer comes or an end without one. */
static enum end receive(const struct sf_child *child, const struct sf_child_question *question,
                        struct reply *reply)
{
	const size_t size = question->answer_size;
	struct child_head head = {.kind = CHILD_NOTES};
	enum end end = DONE;

	while (end == DONE && head.kind == CHILD_NOTES) {
		end = take(child->fd, (char *)&head, sizeof head, question->until_ns);
		if (end != DONE) {
			break;
		}
		if (head.kind == CHILD_GIVES_UP && head.size < CHILD_WORDS_MAX) {
			return receive_words(child, head.size, question->until_ns, reply);
		}
		if (head.size != size) {
			snprintf(reply->words, CHILD_WORDS_MAX, "an answer of another size");
			return DEAD;
		}
		end = take(child->fd, reply->text, size, question->until_ns);
		if (end == DONE && size) {
			memcpy(question->answer, reply->text, size);
			reply->noted = true;
		}
	}
	return end;
}

static int fail_dead(const char *name, int status, const char *words, struct sf_error *err)
{
	if (words[0]) {
		return sf_fail(err, SF_EIO, "%s: %s", name, words);
	}
	if (status >= 0 && WIFSIGNALED(status)) {
		int number = WTERMSIG(status);
		const char *text = sigdescr_np(number);

		return sf_fail(err, SF_EIO, "%s: its process was killed by signal %d (%s%s)", name,
		               number, text ? text : "unknown",
		               number == SIGKILL ? "; the system may have run out of memory" : "");
	}
	if (status >= 0 && WIFEXITED(status)) {
		return sf_fail(err, SF_EIO, "%s: its process ended with status %d", name,
		               WEXITSTATUS(status));
	}
	return sf_fail(err, SF_EIO, "%s: its process ended", name);
}

/* After a question without an answer: ends the process and says why. */
static int fail(struct sf_child *child, enum end end, const char *words, struct sf_error *err)
{
	int status = end_process(child);

	if (end == LATE) {
		return sf_fail(err, SF_ELIMIT, "%s: no answer in time, its process was ended",
		               child->options.name);
	}
	return fail_dead(child->options.name, status, words, err);
}

int sf_child_ask(struct sf_child *child, const struct sf_child_question *question, bool *noted,
                 struct sf_error *err)
{
	struct reply reply = {0};
	enum end end;

	if (noted) {
		*noted = false;
	}
	if (!child->pid && start(child, err)) {
		return -1;
	}
	reply.text = sf_xcalloc(1, question->answer_size);
	end = send_question(child, question);
	if (end == DONE) {
		end = receive(child, question, &reply);
	}
	free(reply.text);
	if (end == DONE) {
		return 0;
	}
	if (noted) {
		*noted = reply.noted;
	}
	return fail(child, end, reply.words, err);
}
