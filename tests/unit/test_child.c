/* test_child: answers of any size, and every way to die without one. */
// SPDX-License-Identifier: Apache-2.0
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "sanitized.h"

#include <slicefit/child.h>
#include <slicefit/clock.h>
#include <slicefit/error.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

/* What a question begins with, and what is to be done. */
enum deed { ECHO, EXIT, ABORT, KILL, CRASH, GIVE_UP, HANG, OPEN_FILES, MAP, SELF, STOP, NOTES };

static unsigned open_files(void)
{
	DIR *folder = opendir("/proc/self/fd");
	unsigned n = 0;

	cr_assert(not(zero(ptr, folder)));
	while (readdir(folder)) {
		n++;
	}
	closedir(folder);
	return n;
}

/* The next two are for the child, where Criterion's asserts are of no use. */
static uint64_t files_of_child(void)
{
	uint64_t mask = 0;

	for (int fd = 0; fd < 64; fd++) {
		mask |= fcntl(fd, F_GETFD) >= 0 ? UINT64_C(1) << fd : 0;
	}
	return mask;
}

static uint64_t can_map(size_t bytes)
{
	void *area = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (area == MAP_FAILED) {
		return 0;
	}
	munmap(area, bytes);
	return 1;
}

static void by_signal(int number)
{
	sigset_t one;

	sigemptyset(&one);
	sigaddset(&one, number);
	sigprocmask(SIG_UNBLOCK, &one, NULL);
	raise(number);
}

static void answer(void *ctx, void *question, size_t size, void *out, size_t out_size)
{
	const struct rlimit no_core = {0};
	enum deed deed = *(const enum deed *)question;
	uint64_t number = 0;

	(void)ctx;
	setrlimit(RLIMIT_CORE, &no_core);
	switch (deed) {
	case ECHO:
		memcpy(out, question, size < out_size ? size : out_size);
		return;
	case EXIT:
		_exit(7);
	case ABORT:
		by_signal(SIGABRT);
		return;
	case KILL:
		by_signal(SIGKILL);
		return;
	case CRASH:
		by_signal(SIGSEGV);
		return;
	case GIVE_UP:
		sf_child_give_up("the question is too hard");
	case HANG:
		for (;;) {
			pause();
		}
	case OPEN_FILES:
		number = files_of_child();
		break;
	case MAP:
		number = can_map((size_t)64 << 20);
		break;
	case SELF:
		number = (uint64_t)getpid();
		break;
	case STOP:
		by_signal(SIGSTOP);
		break;
	case NOTES:
		for (number = 1; number <= 3; number++) {
			sf_child_note(&number, sizeof number);
		}
		by_signal(SIGKILL);
		return;
	}
	memcpy(out, &number, sizeof number);
}

static const struct sf_child_options plain = {.name = "tester", .answer = answer};

static int ask(struct sf_child *child, enum deed deed, uint64_t *number, uint64_t until_ns,
               struct sf_error *err)
{
	const struct sf_child_question question = {.text = &deed,
	                                           .size = sizeof deed,
	                                           .answer = number,
	                                           .answer_size = sizeof *number,
	                                           .until_ns = until_ns};

	return sf_child_ask(child, &question, NULL, err);
}

static void check_echo(struct sf_child *child, size_t size)
{
	char *text = malloc(size), *back = malloc(size);
	const struct sf_child_question question = {
		.text = text, .size = size, .answer = back, .answer_size = size};
	struct sf_error err = {0};

	memset(text, 'x', size);
	memset(text, 0, sizeof(enum deed));
	cr_assert(eq(int, sf_child_ask(child, &question, NULL, &err), 0), "%s", err.text);
	cr_expect(eq(int, memcmp(text, back, size), 0), "%zu bytes", size);
	free(text);
	free(back);
}

Test(child, answers_of_any_size)
{
	static const size_t sizes[] = {4, 5, 4096, 1 << 20, 30 << 20, 8};
	struct sf_child *child = sf_child_create(&plain);

	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		check_echo(child, sizes[i]);
	}
	sf_child_destroy(child);
	sf_child_destroy(NULL);
}

/* Every way to die is told apart, and the next question finds a process that answers. */
Test(child, deaths_are_told_and_survived)
{
	static const struct {
		enum deed deed;
		const char *text;
	} rows[] = {
		{EXIT, "tester: its process ended with status 7"},
		{ABORT, "tester: its process was killed by signal 6 (Aborted)"},
		{CRASH, "tester: its process was killed by signal 11 (Segmentation fault)"},
		{KILL,
	         "tester: its process was killed by signal 9 (Killed; the system may have run "
	         "out of memory)"},
		{GIVE_UP, "tester: the question is too hard"},
	};
	unsigned files = open_files();
	struct sf_child *child = sf_child_create(&plain);

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct sf_error err = {0};
		uint64_t number;

		cr_assert(eq(int, ask(child, rows[i].deed, &number, 0, &err), -1));
		cr_expect(eq(int, (int)err.code, SF_EIO));
		cr_expect(eq(str, err.text, (char *)rows[i].text));
		check_echo(child, 100);
	}
	sf_child_destroy(child);
	cr_expect(eq(uint, open_files(), files));
	cr_expect(eq(int, waitpid(-1, NULL, WNOHANG), -1));
	cr_expect(eq(int, errno, ECHILD));
}

/* One that hangs, and one that was stopped. */
Test(child, waits_no_longer_than_it_may)
{
	static const enum deed deeds[] = {HANG, STOP};
	struct sf_child *child = sf_child_create(&plain);

	for (size_t i = 0; i < sizeof deeds / sizeof deeds[0]; i++) {
		struct sf_error err = {0};
		uint64_t number, until = sf_clock_ns() + 20000000;

		cr_assert(eq(int, ask(child, deeds[i], &number, until, &err), -1));
		cr_expect(eq(int, (int)err.code, SF_ELIMIT));
		cr_expect(eq(str, err.text,
		             (char *)"tester: no answer in time, its process was ended"));
		cr_expect(ge(u64, sf_clock_ns(), until));
		check_echo(child, 100);
	}
	sf_child_destroy(child);
	cr_expect(eq(int, waitpid(-1, NULL, WNOHANG), -1));
}

/* The last note counts when there is no answer, and only then. */
Test(child, notes_count_without_an_answer)
{
	struct sf_child *child = sf_child_create(&plain);
	const enum deed deeds[] = {NOTES, KILL, SELF};

	for (int i = 0; i < 3; i++) {
		uint64_t number = 0;
		bool noted = i > 0;
		const struct sf_child_question question = {.text = &deeds[i],
		                                           .size = sizeof deeds[i],
		                                           .answer = &number,
		                                           .answer_size = sizeof number};

		cr_expect(eq(int, sf_child_ask(child, &question, &noted, NULL),
		             deeds[i] == SELF ? 0 : -1));
		cr_expect(eq(int, noted, deeds[i] == NOTES));
		if (deeds[i] != SELF) {
			cr_expect(eq(u64, number, deeds[i] == NOTES ? 3 : 0));
		}
	}
	sf_child_destroy(child);
}

static pid_t pid_of(struct sf_child *child)
{
	uint64_t pid = 0;

	cr_assert(eq(int, ask(child, SELF, &pid, 0, NULL), 0));
	cr_assert(gt(u64, pid, 1));
	return (pid_t)pid;
}

/* Stopped or killed from outside between two questions, the second too large for the socket. */
Test(child, a_process_that_does_not_read)
{
	const size_t size = 8 << 20;
	struct sf_child *child = sf_child_create(&plain);
	char *text = calloc(1, size);
	struct sf_child_question question = {.text = text, .size = size, .answer = text};
	struct sf_error err = {0};

	kill(pid_of(child), SIGSTOP);
	question.until_ns = sf_clock_ns() + 20000000;
	cr_assert(eq(int, sf_child_ask(child, &question, NULL, &err), -1));
	cr_expect(eq(int, (int)err.code, SF_ELIMIT));

	kill(pid_of(child), SIGKILL);
	question.until_ns = 0;
	cr_assert(eq(int, sf_child_ask(child, &question, NULL, &err), -1));
	cr_expect(eq(int, (int)err.code, SF_EIO));
	check_echo(child, 100);
	free(text);
	sf_child_destroy(child);
}

/* Only stderr and its socket, whatever the caller has open, and also where that has no stdin. */
Test(child, has_no_files_of_the_callers)
{
	for (int round = 0; round < 2; round++) {
		int other = open("/dev/null", O_RDONLY), kept = dup(STDIN_FILENO);
		struct sf_child *child = sf_child_create(&plain);
		uint64_t mask;

		if (round) {
			close(STDIN_FILENO);
		}
		cr_assert(eq(int, ask(child, OPEN_FILES, &mask, 0, NULL), 0));
		cr_expect(eq(u64, mask, 0xc));
		sf_child_destroy(child);
		dup2(kept, STDIN_FILENO);
		close(kept);
		close(other);
	}
}

/* The limit is on what the child takes beyond what the caller had. */
Test(child, memory_is_limited)
{
	static const struct {
		size_t memory;
		uint64_t can;
	} rows[] = {{0, 1}, {(size_t)1 << 30, 1}, {32 << 20, SF_SANITIZED}};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct sf_child_options options = plain;
		struct sf_child *child;
		uint64_t can;

		options.memory = rows[i].memory;
		child = sf_child_create(&options);
		cr_assert(eq(int, ask(child, MAP, &can, 0, NULL), 0));
		cr_expect(eq(u64, can, rows[i].can), "row %zu", i);
		sf_child_destroy(child);
	}
}

static volatile sig_atomic_t alarms;

static void on_alarm(int number)
{
	(void)number;
	alarms++;
}

/* Signals of the caller's: they interrupt it all the time, and are none of the child's business. */
Test(child, interrupted_system_calls_go_on)
{
	const struct itimerval often = {{0, 200}, {0, 200}}, never = {{0, 0}, {0, 0}};
	struct sigaction action = {.sa_handler = on_alarm}; /* without SA_RESTART */
	struct sf_child *child = sf_child_create(&plain);

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	for (int i = 0; i < 20 || !alarms; i++) {
		check_echo(child, 1 << 20);
	}
	setitimer(ITIMER_REAL, &never, NULL);
	sf_child_destroy(child);
}

static void *ask_often(void *arg)
{
	struct sf_child *child = sf_child_create(&plain);

	(void)arg;
	for (int i = 0; i < 20; i++) {
		uint64_t number;
		struct sf_error err = {0};

		check_echo(child, 1000 + (size_t)i);
		cr_expect(eq(int, ask(child, i % 2 ? CRASH : GIVE_UP, &number, 0, &err), -1));
	}
	sf_child_destroy(child);
	return NULL;
}

/* Each thread with a child of its own, while the others are in malloc and stdio. */
Test(child, serves_several_threads)
{
	pthread_t thread[4];
	unsigned files = open_files();

	for (int i = 0; i < 4; i++) {
		cr_assert(eq(int, pthread_create(&thread[i], NULL, ask_often, NULL), 0));
	}
	for (int i = 0; i < 4; i++) {
		pthread_join(thread[i], NULL);
	}
	cr_expect(eq(uint, open_files(), files));
	cr_expect(eq(int, waitpid(-1, NULL, WNOHANG), -1));
}

/* Also when the caller is killed. */
Test(child, ends_with_its_caller)
{
	int fd[2];
	uint64_t number = 0;
	struct pollfd end = {.events = POLLIN};
	pid_t caller;

	cr_assert(eq(int, pipe(fd), 0));
	caller = fork();
	if (caller == 0) {
		ask(sf_child_create(&plain), SELF, &number, 0, NULL);
		if (write(fd[1], &number, sizeof number) == sizeof number) {
			pause();
		}
		_exit(1);
	}
	cr_assert(eq(sz, (size_t)read(fd[0], &number, sizeof number), sizeof number));
	end.fd = pidfd_open((pid_t)number, 0);
	cr_assert(ge(int, end.fd, 0));
	cr_expect(eq(int, poll(&end, 1, 0), 0));
	kill(caller, SIGKILL);
	cr_expect(eq(int, poll(&end, 1, 60000), 1));
	waitpid(caller, NULL, 0);
	close(end.fd);
	close(fd[0]);
	close(fd[1]);
}

/* Without file descriptors or processes there is no child, and that is said. */
Test(child, a_process_that_cannot_be_started)
{
	struct sf_child *child = sf_child_create(&plain);
	struct rlimit files, few;
	struct sf_error err = {0};
	uint64_t number;
	int rc;

	getrlimit(RLIMIT_NOFILE, &files);
	few = (struct rlimit){0, files.rlim_max};
	setrlimit(RLIMIT_NOFILE, &few);
	rc = ask(child, SELF, &number, 0, &err);
	setrlimit(RLIMIT_NOFILE, &files);
	cr_assert(eq(int, rc, -1));
	cr_expect(eq(int, (int)err.code, SF_EIO));
	cr_expect(eq(str, err.text,
	             (char *)"tester: no connection to a process of its own: Too many open files"));
	check_echo(child, 100);
	sf_child_destroy(child);
}
