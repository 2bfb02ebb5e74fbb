/* recent: the pods that were asked about last, for a bind that comes before the watch has told. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_RECENT_H
#define SF_RECENT_H

#include "classes.h"

#include <slicefit/kube_pod.h>

#include <stddef.h>

/* Hundreds of pods are between filter and bind at most; about 1.7 MB. */
enum { SF_RECENT = 1024 };

/* A pod, and the rules that it was judged by. */
struct sf_recent_pod {
	struct sf_kube_pod pod;
	struct sf_pod_rules rules; /* its class is a text of this entry */
	char class[SF_NAME_MAX];
};

/* Zero-initialise. */
struct sf_recent {
	size_t next; /* the oldest */
	struct sf_recent_pod *entry;
};

void sf_recent_finish(struct sf_recent *recent);
void sf_recent_add(struct sf_recent *recent, const struct sf_kube_pod *pod,
                   const struct sf_pod_rules *rules);
/* The latest with this UID, or NULL; until the next pod is added. */
const struct sf_recent_pod *sf_recent_find(const struct sf_recent *recent, const char *uid);

/* The same by namespace and name. */
const struct sf_recent_pod *sf_recent_find_named(const struct sf_recent *recent, const char *space,
                                                 const char *name);

#endif
