/* duration: lengths of time and rates as people write them. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/duration.h>

#include <slicefit/error.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const double duration_max = 1e9; /* seconds: more than thirty years */
static const double rate_max = 1e6;     /* per second */
static const double rate_min = 1e-9;    /* per second: one in more than thirty years */

static const struct {
	const char *name;
	double seconds;
} units[] = {
	{"ms", 0.001},  {"s", 1},         {"sec", 1},        {"second", 1},   {"seconds", 1},
	{"m", 60},      {"min", 60},      {"minute", 60},    {"minutes", 60}, {"h", 3600},
	{"hour", 3600}, {"hours", 3600},  {"d", 86400},      {"day", 86400},  {"days", 86400},
	{"w", 604800},  {"week", 604800}, {"weeks", 604800},
};

/* Seconds of the unit that the letters at `text` name; 0 for none. */
static double take_unit(const char **text)
{
	size_t len = strspn(*text, "abcdefghijklmnopqrstuvwxyz");
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strlen(units[i].name) == len && strncmp(*text, units[i].name, len) == 0) {
			*text += len;
			return units[i].seconds;
		}
	}
	return 0;
}

/* A decimal number without sign or exponent. */
static bool take_decimal(const char **text, double *out)
{
	size_t len = strspn(*text, "0123456789.");
	char *end;
	char digits[32];
	if (len == 0 || len >= sizeof(digits)) {
		return false;
	}
	memcpy(digits, *text, len);
	digits[len] = '\0';
	*out = strtod(digits, &end);
	*text += len;
	return *end == '\0' && end != digits;
}

/* "1h30m": parts are added up. A number alone is seconds. */
static bool parse_duration(const char *text, double *out)
{
	double sum = 0;
	double part;
	bool first = true;
	if (*text == '\0') {
		return false;
	}
	for (; *text != '\0'; first = false) {
		if (!take_decimal(&text, &part)) {
			return false;
		}
		if (*text == '\0' && first) {
			*out = part;
			return true;
		}
		double seconds = take_unit(&text);
		if (seconds <= 0) {
			return false;
		}
		sum += part * seconds;
	}
	*out = sum;
	return true;
}

int sf_duration_parse(const char *text, double *out, struct sf_error *err)
{
	double value;
	if (!parse_duration(text, &value)) {
		return sf_fail(err, SF_EINVAL,
		               "expected a duration such as 90, 90s, 15m, 1h30m or 2d");
	}
	if (value > duration_max) {
		return sf_fail(err, SF_EINVAL, "duration longer than %.0f seconds", duration_max);
	}
	*out = value;
	return 0;
}

int sf_rate_parse(const char *text, double *out, struct sf_error *err)
{
	double value = 0;
	double seconds = 0;
	if (take_decimal(&text, &value) && *text == '/') {
		text++;
		seconds = take_unit(&text);
	}
	if (seconds < 1 || *text != '\0' || value / seconds < rate_min ||
	    value / seconds > rate_max) {
		return sf_fail(err, SF_EINVAL,
		               "expected a rate above 0 such as 0.5/s, 3/m, 12/h or 100/d");
	}
	*out = value / seconds;
	return 0;
}
