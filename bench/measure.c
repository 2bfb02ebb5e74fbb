/* measure: runs a command and says what it took: bench/measure FILE COMMAND...
 *
 * FILE gets one line: CPU microseconds (user and system, all threads), peak memory in KiB, exit status (or
 * 128 + signal). A small program of its own, because Linux counts the memory of the process that a command
 * was forked from into the command's peak. */
// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static long long microseconds(const struct timeval *time)
{
	return (long long)time->tv_sec * 1000000 + time->tv_usec;
}

static int report(const char *path, const struct rusage *usage, int status)
{
	FILE *file = fopen(path, "we");
	if (file == NULL) {
		perror(path);
		return 125;
	}
	int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	fprintf(file, "%lld %ld %d\n",
	        microseconds(&usage->ru_utime) + microseconds(&usage->ru_stime), usage->ru_maxrss,
	        code);
	return fclose(file) == 0 ? 0 : 125;
}

int main(int argc, char **argv)
{
	if (argc < 3) {
		fputs("usage: measure FILE COMMAND...\n", stderr);
		return 125;
	}
	pid_t pid = fork();
	if (pid == 0) {
		execvp(argv[2], argv + 2);
		perror(argv[2]);
		_exit(127);
	}
	int status;
	struct rusage usage;
	if (pid < 0 || wait4(pid, &status, 0, &usage) != pid) {
		perror("measure");
		return 125;
	}
	return report(argv[1], &usage, status);
}
