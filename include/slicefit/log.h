/* log: one line per event on standard error, for the service and the command line only. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_LOG_H
#define SF_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum sf_log_level { SF_LOG_ERROR, SF_LOG_WARN, SF_LOG_INFO, SF_LOG_DEBUG };

/* A value and its name; any bytes may be in the text, the line stays one line. */
struct sf_log_field {
	const char *key;  /* constant, a word */
	const char *text; /* NULL: it is the number */
	uint64_t number;
};

/* What sf_log_with takes at its end: SF_LOG_FIELDS({"verb", .text = verb}, {"id", .number = 7}). */
#define SF_LOG_FIELDS(...)                                                                         \
	(const struct sf_log_field[]){__VA_ARGS__},                                                \
		sizeof((const struct sf_log_field[]){__VA_ARGS__}) / sizeof(struct sf_log_field)

/* Process-wide: lines above the level are dropped. Default SF_LOG_INFO. */
void sf_log_set_level(enum sf_log_level level);

/* One JSON object per line instead of text: ts, level, msg (the event), then `detail` or the fields. */
void sf_log_set_json(bool json);

/* `event` is a short constant word pair; the text says more, to people. */
void sf_log(enum sf_log_level level, const char *event, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* The same with values that programs look for. */
void sf_log_with(enum sf_log_level level, const char *event, const struct sf_log_field *fields,
                 size_t n);

#endif
