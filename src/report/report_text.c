/* report_text: small things that reports for people share. */
// SPDX-License-Identifier: Apache-2.0
#include "report_text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const char *sf_report_duration(double s, char out[SF_DURATION_MAX])
{
	long long whole = (long long)(s + 0.5);
	if (s < 10) {
		snprintf(out, SF_DURATION_MAX, s > 0 ? "%.1f s" : "%.0f s", s);
	} else if (whole < 60) {
		snprintf(out, SF_DURATION_MAX, "%lld s", whole);
	} else if (whole < 3600) {
		snprintf(out, SF_DURATION_MAX, "%lldm%02llds", whole / 60, whole % 60);
	} else if (whole < 24 * 3600LL) {
		snprintf(out, SF_DURATION_MAX, "%lldh%02lldm", whole / 3600, whole / 60 % 60);
	} else {
		snprintf(out, SF_DURATION_MAX, "%lldd%02lldh", whole / 86400, whole / 3600 % 24);
	}
	return out;
}

const char *sf_report_decimals(double value, int decimals, char out[SF_DURATION_MAX])
{
	if (fabs(value) >= 1e15) {
		snprintf(out, SF_DURATION_MAX, "%.6g", value);
		return out;
	}
	snprintf(out, SF_DURATION_MAX, "%.*f", decimals, value);
	size_t len = strlen(out);
	while (out[len - 1] == '0') {
		out[--len] = '\0';
	}
	if (out[len - 1] == '.') {
		out[len - 1] = '\0';
	}
	return out;
}

const char *sf_report_number(double value, char out[SF_DURATION_MAX])
{
	return sf_report_decimals(value, 4, out);
}

const char *sf_report_plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}
