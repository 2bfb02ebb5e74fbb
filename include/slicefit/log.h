/* log: one line per event on standard error, for the service and the command line only. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_LOG_H
#define SF_LOG_H

#include <stdbool.h>

enum sf_log_level { SF_LOG_ERROR, SF_LOG_WARN, SF_LOG_INFO, SF_LOG_DEBUG };

/* Process-wide: lines above the level are dropped. Default SF_LOG_INFO. */
void sf_log_set_level(enum sf_log_level level);

/* One JSON object per line instead of text. */
void sf_log_set_json(bool json);

/* `event` is a short constant word pair, the rest key=value text. */
void sf_log(enum sf_log_level level, const char *event, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
