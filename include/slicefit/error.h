/* error: error values on the caller's stack. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_ERROR_H
#define SF_ERROR_H

#include <stdarg.h>

/* What kind of trouble; each maps to one exit code and one HTTP status (src/base/error.c). */
enum sf_code {
	SF_OK,
	SF_EINVAL, /* wrong usage or wrong input: exit 2, HTTP 400 */
	SF_ENOENT, /* a named thing does not exist: exit 2, HTTP 404 */
	SF_ELIMIT, /* input beyond a documented limit: exit 2, HTTP 413 */
	SF_ENOMEM, /* a memory budget is used up: exit 3, HTTP 503 */
	SF_EIO,    /* file system, network: exit 3, HTTP 500 */
	SF_EUNMET, /* a finding, an unmet expectation, "does not fit": exit 1, HTTP 409 */
};

/* Fits one log line; the text names the thing first and has no full stop. */
struct sf_error {
	enum sf_code code;
	char text[256];
};

/* Fills err (may be NULL) and returns -1, so that `return sf_fail(...)` reads well. */
int sf_fail(struct sf_error *err, enum sf_code code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Prefixes err's text with "WHAT: " and returns -1. */
int sf_wrap(struct sf_error *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Exit code of the command line for a code: 0, 1, 2 or 3. */
int sf_code_exit(enum sf_code code);

/* HTTP status for a code. */
int sf_code_http(enum sf_code code);

#endif
