/* tolerance: how much worse than its baseline a metric may be. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/tolerance.h>

#include <slicefit/error.h>
#include <slicefit/str.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* One number, with % or without, up to a comma or the end. -1 when it is none; else its length. */
static int parse_limit(const char *text, struct sf_tolerance *out)
{
	if (!strchr("0123456789.", *text)) {
		return -1;
	}
	char *end;
	double value = strtod(text, &end);
	if (end == text || !isfinite(value) || memchr(text, 'x', (size_t)(end - text))) {
		return -1;
	}
	if (*end == '%') {
		out->relative = value / 100;
		end++;
	} else {
		out->absolute = value;
	}
	return (int)(end - text);
}

int sf_tolerance_parse(const char *text, struct sf_tolerance *out, struct sf_error *err)
{
	struct sf_tolerance limits = {.any = strcmp(text, "any") == 0};
	const char *at = text;
	int n = limits.any ? (int)strlen(text) : parse_limit(at, &limits);
	if (n > 0 && at[n] == ',') {
		bool relative_first = at[n - 1] == '%';
		at += n + 1;
		n = parse_limit(at, &limits);
		if (n > 0 && (at[n - 1] == '%') == relative_first) {
			n = -1;
		}
	}
	if (n <= 0 || at[n] != '\0') {
		return sf_fail(err, SF_EINVAL,
		               "tolerance '%.40s': expected a number (2), a share of the baseline "
		               "(1%%), both (2,1%%) or any",
		               text);
	}
	out->absolute = limits.absolute;
	out->relative = limits.relative;
	out->any = limits.any;
	return 0;
}

void sf_tolerance_format(const struct sf_tolerance *tolerance, struct sf_str *out)
{
	if (tolerance->any) {
		sf_str_append(out, "any");
		return;
	}
	if (tolerance->absolute > 0 || !(tolerance->relative > 0)) {
		sf_str_printf(out, "%.10g", tolerance->absolute);
	}
	if (tolerance->relative > 0) {
		sf_str_printf(out, "%s%.10g%%", tolerance->absolute > 0 ? "," : "",
		              100 * tolerance->relative);
	}
}

bool sf_tolerance_matches(const struct sf_tolerance *tolerance, const char *metric)
{
	size_t len = strlen(tolerance->metric);
	if (len > 0 && tolerance->metric[len - 1] == '*') {
		return strncmp(tolerance->metric, metric, len - 1) == 0;
	}
	return strcmp(tolerance->metric, metric) == 0;
}

double sf_tolerance_allows(const struct sf_tolerance *tolerance, double was)
{
	if (tolerance->any) {
		return (double)INFINITY;
	}
	return fmax(tolerance->absolute, tolerance->relative * fabs(was));
}
