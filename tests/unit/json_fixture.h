/* json_fixture: JSON in test tables, with ' for ". */
// SPDX-License-Identifier: Apache-2.0
#ifndef JSON_FIXTURE_H
#define JSON_FIXTURE_H

#include <criterion/criterion.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>

__attribute__((format(printf, 1, 2))) static inline json_t *json_quoted(const char *fmt, ...)
{
	char text[4096];
	va_list args;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	for (char *c = text; *c != '\0'; c++) {
		*c = *c == '\'' ? '"' : *c;
	}
	json_t *json = json_loads(text, 0, NULL);
	cr_assert(json != NULL, "the test's own JSON: %s", text);
	return json;
}

#endif
