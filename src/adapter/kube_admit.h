/* kube_admit: what an API server fills in when a pod is made. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_KUBE_ADMIT_H
#define SF_KUBE_ADMIT_H

#include <jansson.h>
#include <stddef.h>

struct sf_manifest;

/* The LimitRanges that hold for it: those of its namespace count. */
struct sf_kube_ranges {
	size_t n;
	const struct sf_manifest *const *range;
	const char *space;
};

/* Requests of containers out of their limits, and of LimitRanges (NULL: none). */
void sf_kube_admit(json_t *pod, const struct sf_kube_ranges *ranges);

#endif
