/* recent: the pods that were asked about last, for a bind that comes before the watch has told. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_RECENT_H
#define SF_RECENT_H

#include <slicefit/kube_pod.h>

#include <stddef.h>

/* Hundreds of pods are between filter and bind at most; about 1.5 MB. */
enum { SF_RECENT = 1024 };

/* Zero-initialise. */
struct sf_recent {
	size_t next; /* the oldest */
	struct sf_kube_pod *pod;
};

void sf_recent_finish(struct sf_recent *recent);
void sf_recent_add(struct sf_recent *recent, const struct sf_kube_pod *pod);
/* The latest with this UID, or NULL. */
const struct sf_kube_pod *sf_recent_find(const struct sf_recent *recent, const char *uid);

#endif
