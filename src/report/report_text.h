/* report_text: small things that reports for people share. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_REPORT_TEXT_H
#define SF_REPORT_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sf_str;

enum { SF_DURATION_MAX = 32 };

/* "0 s", "2.5 s", "45 s", "12m30s", "3h05m", "2d04h"; `s` >= 0. */
const char *sf_report_duration(double s, char out[SF_DURATION_MAX]);

/* A number with as many decimals as it needs, at most `decimals` (1 to 6). */
const char *sf_report_decimals(double value, int decimals, char out[SF_DURATION_MAX]);

/* The same with at most four. */
const char *sf_report_number(double value, char out[SF_DURATION_MAX]);

/* "" or "s". */
const char *sf_report_plural(uint64_t n);

/* A text in a workflow command of GitHub Actions: as a message, or as the value of a property. */
void sf_report_escape_github(const char *text, bool property, struct sf_str *out);

/* Bytes of the first character of a text; 0 when it is no UTF-8. */
size_t sf_report_utf8(const char *text);

#endif
