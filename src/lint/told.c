/* told: what a comment says that the command beside it makes. */
// SPDX-License-Identifier: Apache-2.0
#include "told.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Behind a number: "x", "*", "instances", "slices", "MIG", "1g". */
static bool counts_instances(const char *behind)
{
	static const char *const words[] = {"instance", "slice", "MIG", "1g", "*", "\xc3\x97"};
	behind += strspn(behind, " ");
	if (tolower((unsigned char)*behind) == 'x' && !isalpha((unsigned char)behind[1])) {
		return true;
	}
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strncasecmp(behind, words[i], strlen(words[i])) == 0) {
			return true;
		}
	}
	return false;
}

long told_count(const char *comment)
{
	static const char *const words[] = {"two", "three", "four", "five", "six", "seven"};
	for (const char *p = comment; *p != '\0'; p++) {
		bool digit = *p >= '2' && *p <= '7' && !isdigit((unsigned char)p[1]);
		bool starts = p == comment || !isalnum((unsigned char)p[-1]);
		if (digit && starts && counts_instances(p + 1)) {
			return *p - '0';
		}
	}
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		const char *at = strcasestr(comment, words[i]);
		if (at != NULL && (at == comment || !isalpha((unsigned char)at[-1])) &&
		    counts_instances(at + strlen(words[i]))) {
			return (long)i + 2;
		}
	}
	return 0;
}

long told_slices(const char *comment, char *name, size_t cap)
{
	long found = 0;
	for (const char *p = comment; *p != '\0'; p++) {
		size_t g = strspn(p, "0123456789");
		bool starts = p == comment || !isalnum((unsigned char)p[-1]);
		if (!starts || g != 1 || strncmp(p + 1, "g.", 2) != 0 ||
		    !isdigit((unsigned char)p[3])) {
			continue;
		}
		if (found != 0 && found != *p - '0') {
			return 0;
		}
		found = *p - '0';
		snprintf(name, cap, "%.*s", (int)(3 + strspn(p + 3, "0123456789gb")), p);
	}
	return found;
}
