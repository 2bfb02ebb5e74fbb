/* kube_time: moments as Kubernetes writes them. */
// SPDX-License-Identifier: Apache-2.0
#include "kube_time.h"

#include <string.h>
#include <time.h>

int64_t sf_kube_time(const char *text)
{
	struct tm utc = {0};
	const char *end = strptime(text, "%Y-%m-%dT%H:%M:%S", &utc);
	if (end != NULL && *end == '.') {
		end += 1 + strspn(end + 1, "0123456789");
	}
	return end != NULL && strcmp(end, "Z") == 0 ? (int64_t)timegm(&utc) * 1000000 : INT64_MAX;
}
