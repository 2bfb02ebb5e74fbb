/* duration: lengths of time and rates as people write them. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_DURATION_H
#define SF_DURATION_H

struct sf_error;

/* Seconds of "90", "90s", "15m", "1h30m", "2d"; -1 and what would be right. */
int sf_duration_parse(const char *text, double *out, struct sf_error *err);

/* Per second, of "12/h", "0.5/s", "3/m", "100/d"; likewise. */
int sf_rate_parse(const char *text, double *out, struct sf_error *err);

#endif
