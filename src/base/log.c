/* log: one line per event on standard error. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/log.h>

#include <slicefit/json.h>
#include <slicefit/str.h>

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

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

void sf_log(enum sf_log_level level, const char *event, const char *fmt, ...)
{
	if ((int)level > atomic_load(&log_level)) {
		return;
	}
	char text[1024];
	char when[40];
	va_list args;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	format_time(when, sizeof(when));
	if (!atomic_load(&log_json)) {
		fprintf(stderr, "%s %-5s %s %s\n", when, names[level], event, text);
		return;
	}
	struct sf_json *json = sf_json_create_object();
	struct sf_str line = {0};
	sf_json_str(json, "time", when);
	sf_json_str(json, "level", names[level]);
	sf_json_str(json, "event", event);
	sf_json_str(json, "message", text);
	sf_json_write(json, false, &line);
	fprintf(stderr, "%s\n", sf_str_get(&line));
	sf_str_finish(&line);
	sf_json_destroy(json);
}
