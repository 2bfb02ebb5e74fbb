/* log: one line per event on standard error. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/log.h>

#include "log_line.h"

#include <slicefit/str.h>

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static atomic_int log_level = SF_LOG_INFO;
static atomic_bool log_json;

static const char *const names[] = {
	[SF_LOG_ERROR] = "error",
	[SF_LOG_WARN] = "warn",
	[SF_LOG_INFO] = "info",
	[SF_LOG_DEBUG] = "debug",
};

void sf_log_set_level(enum sf_log_level level)
{
	atomic_store(&log_level, level);
}

void sf_log_set_json(bool json)
{
	atomic_store(&log_json, json);
}

static void format_time(char *out, size_t cap)
{
	struct timespec now;
	struct tm tm;
	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &tm);
	size_t n = strftime(out, cap, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(out + n, cap - n, ".%03ldZ", now.tv_nsec / 1000000);
}

/* In one write, so that lines of several threads do not mix. */
static void put(struct sf_log_line line)
{
	char when[40];
	struct sf_str text = {0};
	format_time(when, sizeof(when));
	line.time = when;
	if (atomic_load(&log_json)) {
		sf_log_line_json(&line, &text);
	} else {
		sf_log_line_text(&line, &text);
	}
	ssize_t written = write(STDERR_FILENO, text.text, text.len);
	(void)written; /* there is nowhere to complain */
	sf_str_finish(&text);
}

void sf_log(enum sf_log_level level, const char *event, const char *fmt, ...)
{
	if ((int)level > atomic_load(&log_level)) {
		return;
	}
	char text[1024];
	va_list args;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	put((struct sf_log_line){.level = names[level], .event = event, .detail = text});
}

void sf_log_with(enum sf_log_level level, const char *event, const struct sf_log_field *fields,
                 size_t n)
{
	if ((int)level > atomic_load(&log_level)) {
		return;
	}
	put((struct sf_log_line){.level = names[level], .event = event, .fields = fields, .n = n});
}
