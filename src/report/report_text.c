/* report_text: small things that reports for people share. */
// SPDX-License-Identifier: Apache-2.0
#include "report_text.h"

#include <slicefit/str.h>

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

/* Escapes as in packages/core/src/command.ts of github.com/actions/toolkit: %, CR and LF in
 * messages; also : and , in properties. */
void sf_report_escape_github(const char *text, bool property, struct sf_str *out)
{
	const char *special = property ? "%\r\n:," : "%\r\n";
	for (const char *p = text; *p != '\0'; p++) {
		if (strchr(special, *p) != NULL) {
			sf_str_printf(out, "%%%02X", (unsigned)(unsigned char)*p);
		} else {
			sf_str_append_n(out, p, 1);
		}
	}
}

size_t sf_report_utf8(const char *text)
{
	static const struct {
		unsigned char mask, lead;
		uint32_t least;
	} forms[] = {{0x80, 0, 0}, {0xe0, 0xc0, 0x80}, {0xf0, 0xe0, 0x800}, {0xf8, 0xf0, 0x10000}};
	for (size_t n = 0; n < sizeof(forms) / sizeof(forms[0]); n++) {
		unsigned char first = (unsigned char)text[0];
		if ((first & forms[n].mask) != forms[n].lead) {
			continue;
		}
		uint32_t value = first & (unsigned char)~forms[n].mask;
		for (size_t i = 1; i <= n; i++) {
			if (((unsigned char)text[i] & 0xc0) != 0x80) {
				return 0;
			}
			value = value << 6 | ((unsigned char)text[i] & 0x3f);
		}
		bool surrogate = value >= 0xd800 && value <= 0xdfff;
		return value >= forms[n].least && value <= 0x10ffff && !surrogate ? n + 1 : 0;
	}
	return 0;
}
