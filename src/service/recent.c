/* recent: the pods that were asked about last. */
// SPDX-License-Identifier: Apache-2.0
#include "recent.h"

#include <slicefit/alloc.h>

#include <stdlib.h>
#include <string.h>

void sf_recent_finish(struct sf_recent *recent)
{
	free(recent->pod);
	*recent = (struct sf_recent){0};
}

void sf_recent_add(struct sf_recent *recent, const struct sf_kube_pod *pod)
{
	if (recent->pod == NULL) {
		recent->pod = sf_xcalloc(SF_RECENT, sizeof(*recent->pod));
	}
	recent->pod[recent->next] = *pod;
	recent->next = (recent->next + 1) % SF_RECENT;
}

const struct sf_kube_pod *sf_recent_find(const struct sf_recent *recent, const char *uid)
{
	for (size_t i = 1; i <= SF_RECENT && recent->pod != NULL; i++) {
		const struct sf_kube_pod *pod =
			&recent->pod[(recent->next + SF_RECENT - i) % SF_RECENT];
		if (strcmp(pod->uid, uid) == 0) {
			return pod;
		}
	}
	return NULL;
}
