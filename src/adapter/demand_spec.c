/* demand_spec: the words of --demand. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/demand_spec.h>

#include <slicefit/duration.h>
#include <slicefit/error.h>

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 100 };

static const double ahead_max_s = 52 * 7 * 86400.0, growth_min = 0.01, growth_max = 100;

/* Copies up to `stop` (or to the end) into a buffer; where it stopped, or NULL when it is too long. */
static const char *take_until(const char *text, const char *stop, char out[TEXT_MAX])
{
	const char *end = strstr(text, stop);
	size_t len = end ? (size_t)(end - text) : strlen(text);

	if (len >= TEXT_MAX) {
		return NULL;
	}
	memcpy(out, text, len);
	out[len] = '\0';
	return text + len;
}

/* A decimal number above `min`, up to `max`, and nothing behind it. */
static bool take_number(const char *text, double min, double max, double *out)
{
	char *end;

	errno = 0;
	*out = strtod(text, &end);
	return text[0] >= '0' && text[0] <= '9' && strspn(text, "0123456789.") == strlen(text) &&
	       !*end && !errno && *out > min && *out <= max;
}

static int parse_window(const char *text, struct sf_demand_spec *out, struct sf_error *err)
{
	char start[TEXT_MAX];
	const char *end = take_until(text, "..", start);

	if (!end || !*end) {
		return sf_fail(err, SF_EINVAL, "demand 'window=%.60s': expected window=9h..17h",
		               text);
	}
	if (sf_duration_parse(start, &out->start_s, err) ||
	    sf_duration_parse(end + 2, &out->end_s, err)) {
		return sf_wrap(err, "demand 'window=%.60s'", text);
	}
	if (out->end_s <= out->start_s) {
		return sf_fail(err, SF_EINVAL, "demand 'window=%.60s': it ends before it begins",
		               text);
	}
	out->basis = SF_DEMAND_WINDOW;
	return 0;
}

static int parse_forecast(const char *text, struct sf_demand_spec *out, struct sf_error *err)
{
	static const char growth[] = ",growth=";
	char ahead[TEXT_MAX];
	const char *rest = take_until(text, ",", ahead);

	if (!rest || (*rest && strncmp(rest, growth, sizeof growth - 1) != 0)) {
		return sf_fail(err, SF_EINVAL,
		               "demand 'forecast=%.60s': expected forecast=7d or "
		               "forecast=7d,growth=1.1",
		               text);
	}
	if (sf_duration_parse(ahead, &out->ahead_s, err)) {
		return sf_wrap(err, "demand 'forecast=%.60s'", text);
	}
	if (out->ahead_s <= 0 || out->ahead_s > ahead_max_s) {
		return sf_fail(
			err, SF_EINVAL,
			"demand 'forecast=%.60s': expected more than nothing and at most 52w",
			text);
	}
	if (*rest && !take_number(rest + sizeof growth - 1, growth_min, growth_max, &out->growth)) {
		return sf_fail(err, SF_EINVAL,
		               "demand 'forecast=%.60s': growth is a factor from week to week "
		               "such as 1.1",
		               text);
	}
	out->basis = SF_DEMAND_FORECAST;
	return 0;
}

static int parse_percentile(const char *text, struct sf_demand_spec *out, struct sf_error *err)
{
	if (!take_number(text, 0, 100, &out->percent)) {
		return sf_fail(err, SF_EINVAL,
		               "demand 'p%.60s': expected a percentile such as p95, up to p100",
		               text);
	}
	out->basis = SF_DEMAND_PERCENTILE;
	return 0;
}

int sf_demand_spec_parse(const char *text, struct sf_demand_spec *out, struct sf_error *err)
{
	*out = (struct sf_demand_spec){.basis = SF_DEMAND_PEAK};
	if (strcmp(text, "peak") == 0) {
		return 0;
	}
	if (strcmp(text, "all") == 0) {
		out->basis = SF_DEMAND_ALL;
		return 0;
	}
	if (strncmp(text, "window=", 7) == 0) {
		return parse_window(text + 7, out, err);
	}
	if (strncmp(text, "forecast=", 9) == 0) {
		return parse_forecast(text + 9, out, err);
	}
	if (text[0] == 'p' && text[1] && strspn(text + 1, "0123456789.") == strlen(text + 1)) {
		return parse_percentile(text + 1, out, err);
	}
	return 1;
}
