/* procfs: what the kernel says about this process. */
// SPDX-License-Identifier: Apache-2.0
#include "procfs.h"

#include "prom.h"

#include <slicefit/str.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static void write_one(const char *name, enum sf_prom_type type, const char *help, unsigned decimals,
                      int64_t value, struct sf_str *out)
{
	const struct sf_prom_family family = {name, type, help, decimals};
	sf_prom_head(&family, out);
	sf_prom_sample(&family, NULL, value, out);
}

/* Fields of /proc/self/stat by their numbers in proc(5). */
enum field {
	FIELD_STATE = 3,
	FIELD_USER = 14, /* ticks, see sysconf */
	FIELD_SYSTEM,
	FIELD_THREADS = 20,
	FIELD_START = 22, /* ticks since the machine booted */
	FIELD_VIRTUAL,    /* bytes */
	FIELD_RESIDENT,   /* pages */
	FIELDS,
};

static int read_stat(int64_t field[FIELDS])
{
	char text[1024];
	FILE *file = fopen("/proc/self/stat", "re");
	if (file == NULL) {
		return -1;
	}
	size_t n = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	text[n] = '\0';
	/* The name of the program, field 2, may hold anything: fields are counted from its ')'. */
	char *at = strrchr(text, ')');
	if (at == NULL || strlen(at) < sizeof(") R")) {
		return -1;
	}
	at += strlen(") R");
	for (int i = FIELD_STATE + 1; i < FIELDS; i++) {
		char *end;
		field[i] = strtoll(at, &end, 10);
		if (end == at) {
			return -1;
		}
		at = end;
	}
	return 0;
}

/* Seconds since 1970 at which the machine booted; 0: unknown. */
static int64_t boot_time(void)
{
	static const char key[] = "btime ";
	char line[256];
	int64_t boot = 0;
	FILE *file = fopen("/proc/stat", "re");
	while (file != NULL && boot == 0 && fgets(line, sizeof(line), file) != NULL) {
		if (strncmp(line, key, strlen(key)) == 0) {
			boot = strtoll(line + strlen(key), NULL, 10);
		}
	}
	if (file != NULL) {
		fclose(file);
	}
	return boot;
}

static void write_stat(const int64_t field[FIELDS], struct sf_str *out)
{
	int64_t ticks = sysconf(_SC_CLK_TCK);
	int64_t boot = boot_time();
	write_one("process_cpu_seconds_total", SF_PROM_COUNTER,
	          "User and system CPU time of the process.", 2,
	          (field[FIELD_USER] + field[FIELD_SYSTEM]) * 100 / ticks, out);
	if (boot > 0) {
		write_one("process_start_time_seconds", SF_PROM_GAUGE,
		          "When the process was started, in seconds since 1970.", 2,
		          boot * 100 + field[FIELD_START] * 100 / ticks, out);
	}
	write_one("process_resident_memory_bytes", SF_PROM_GAUGE, "Memory that is resident.", 0,
	          field[FIELD_RESIDENT] * sysconf(_SC_PAGESIZE), out);
	write_one("process_virtual_memory_bytes", SF_PROM_GAUGE, "Size of the address space.", 0,
	          field[FIELD_VIRTUAL], out);
	write_one("process_threads", SF_PROM_GAUGE, "Threads of the process.", 0,
	          field[FIELD_THREADS], out);
}

static void write_fds(struct sf_str *out)
{
	struct rlimit limit;
	int64_t n = 0;
	DIR *dir = opendir("/proc/self/fd");
	if (dir != NULL) {
		while (readdir(dir) != NULL) {
			n++;
		}
		closedir(dir);
		/* Without ".", ".." and that of the directory itself. */
		write_one("process_open_fds", SF_PROM_GAUGE, "Open file descriptors.", 0, n - 3,
		          out);
	}
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) {
		write_one("process_max_fds", SF_PROM_GAUGE,
		          "Most file descriptors that may be open.", 0, (int64_t)limit.rlim_cur,
		          out);
	}
}

void sf_procfs_write(struct sf_str *out)
{
	int64_t field[FIELDS];
	if (read_stat(field) == 0) {
		write_stat(field, out);
	}
	write_fds(out);
}
