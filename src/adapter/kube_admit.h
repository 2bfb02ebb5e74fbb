/* kube_admit: what an API server fills in when a pod is made. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_KUBE_ADMIT_H
#define SF_KUBE_ADMIT_H

#include <jansson.h>
#include <stddef.h>

struct sf_error;
struct sf_kube_pod;
struct sf_manifest;

/* The LimitRanges that hold for it: those of its namespace count. */
struct sf_kube_ranges {
	size_t n;
	const struct sf_manifest *const *range;
	const char *space;
};

/* Reads a pod that no API server has seen: requests of its containers come out of their limits, and of
 * LimitRanges (NULL: none); they are added to `pod`. -1 and err as sf_kube_pod_parse. */
int sf_kube_admit(json_t *pod, const struct sf_kube_ranges *ranges, struct sf_kube_pod *out,
                  struct sf_error *err);

#endif
