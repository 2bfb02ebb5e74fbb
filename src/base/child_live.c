/*
 * child_live: the life of the child. It must do no harm: it has no files of the caller's but stderr,
 * runs none of its signal handlers and exit functions, dies with it, and is the first to go when the
 * system runs out of memory. After a fork in a program with threads malloc works (glibc sees to it);
 * stdio and whatever else has locks is left alone.
 */
// SPDX-License-Identifier: Apache-2.0
#include "child_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

/* Its end of the pair, wherever that was in the caller. */
enum { FD = STDERR_FILENO + 1 };

static void reset_signals(const sigset_t *mask)
{
	struct sigaction action = {.sa_handler = SIG_DFL};

	for (int number = 1; number < NSIG; number++) {
		sigaction(number, &action, NULL); /* of some it cannot be set, nor was it */
	}
	pthread_sigmask(SIG_SETMASK, mask, NULL);
}

/* Where there is no close_range (before Linux 5.9) one by one; more than these nobody has. */
static void close_files(void)
{
	enum { MOST = 65536 };

	close(STDIN_FILENO);
	close(STDOUT_FILENO);
	if (close_range(FD + 1, ~0u, 0)) {
		long end = sysconf(_SC_OPEN_MAX);

		for (int fd = FD + 1; fd < (end > 0 && end < MOST ? end : MOST); fd++) {
			close(fd);
		}
	}
}

/* The first number of /proc/self/statm: pages of address space in use (proc(5)). 0: not known. */
static size_t pages_in_use(void)
{
	char text[64] = "";
	int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);

	if (fd < 0) {
		return 0;
	}
	if (read(fd, text, sizeof text - 1) < 0) {
		text[0] = '\0';
	}
	close(fd);
	return strtoull(text, NULL, 10);
}

/* Relative to what the caller had, for that may be much. Terabytes are AddressSanitizer's, whose
 * allocator does not return NULL but ends the process with a report: there is no limit then. */
static void limit_memory(size_t bytes)
{
	const size_t begun = pages_in_use() * (size_t)sysconf(_SC_PAGESIZE);
	struct rlimit limit;

	if (!bytes || !begun || begun >> 40 || getrlimit(RLIMIT_AS, &limit)) {
		return;
	}
	bytes += begun;
	if (limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur > bytes) {
		limit.rlim_cur = bytes;
		setrlimit(RLIMIT_AS, &limit);
	}
}

/* proc(5): 1000 makes a process the first that the kernel kills when memory runs out. */
static void volunteer(void)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
	ssize_t written;

	if (fd >= 0) {
		written = write(fd, "1000", 4);
		(void)written; /* a help where it is allowed */
		close(fd);
	}
}

/* Ends the process where the caller is gone. */
static void give(const char *data, size_t size)
{
	while (size) {
		ssize_t n = send(FD, data, size, MSG_NOSIGNAL);

		if (n >= 0) {
			data += n;
			size -= (size_t)n;
		} else if (errno != EINTR) {
			_exit(0);
		}
	}
}

static void take(char *data, size_t size)
{
	while (size) {
		ssize_t n = recv(FD, data, size, 0);

		if (n > 0) {
			data += n;
			size -= (size_t)n;
		} else if (n == 0 || errno != EINTR) {
			_exit(0);
		}
	}
}

_Noreturn void sf_child_give_up(const char *why)
{
	struct {
		struct child_head head;
		char words[CHILD_WORDS_MAX];
	} message = {.head = {.kind = CHILD_GIVES_UP}};

	message.head.size = strnlen(why, CHILD_WORDS_MAX - 1);
	memcpy(message.words, why, message.head.size);
	give((const char *)&message, sizeof message.head + message.head.size);
	_exit(1);
}

void sf_child_note(const void *answer, size_t answer_size)
{
	const struct child_head head = {.size = answer_size, .kind = CHILD_NOTES};

	give((const char *)&head, sizeof head);
	give(answer, answer_size);
}

static void answer_one(const struct sf_child_options *options)
{
	struct child_head head, *answer;
	char *question;

	take((char *)&head, sizeof head);
	question = malloc(head.size + 1);
	answer = calloc(1, sizeof *answer + head.answer_size);
	if (!question || !answer) {
		sf_child_give_up("no memory for the question");
	}
	take(question, head.size);
	*answer = (struct child_head){.size = head.answer_size, .kind = CHILD_ANSWERS};
	options->answer(options->ctx, question, head.size, answer + 1, head.answer_size);
	give((const char *)answer, sizeof *answer + head.answer_size);
	free(question);
	free(answer);
}

_Noreturn void child_live(const struct sf_child_options *options, int fd, pid_t parent,
                          const sigset_t *mask)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent || dup2(fd, FD) < 0) {
		_exit(0);
	}
	reset_signals(mask);
	close_files();
	volunteer();
	limit_memory(options->memory);
	for (;;) {
		answer_one(options);
	}
}
