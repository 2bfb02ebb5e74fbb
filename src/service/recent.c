/* recent: the pods that were asked about last. */
// SPDX-License-Identifier: Apache-2.0
#include "recent.h"

#include <slicefit/alloc.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void sf_recent_finish(struct sf_recent *recent)
{
	free(recent->entry);
	*recent = (struct sf_recent){0};
}

void sf_recent_add(struct sf_recent *recent, const struct sf_kube_pod *pod,
                   const struct sf_pod_rules *rules)
{
	if (recent->entry == NULL) {
		recent->entry = sf_xcalloc(SF_RECENT, sizeof(*recent->entry));
	}
	struct sf_recent_pod *entry = &recent->entry[recent->next];
	entry->pod = *pod;
	entry->rules = *rules;
	snprintf(entry->class, sizeof(entry->class), "%s", rules->class);
	entry->rules.class = entry->class;
	recent->next = (recent->next + 1) % SF_RECENT;
}

const struct sf_recent_pod *sf_recent_find(const struct sf_recent *recent, const char *uid)
{
	for (size_t i = 1; i <= SF_RECENT && recent->entry != NULL; i++) {
		const struct sf_recent_pod *entry =
			&recent->entry[(recent->next + SF_RECENT - i) % SF_RECENT];
		if (strcmp(entry->pod.uid, uid) == 0) {
			return entry;
		}
	}
	return NULL;
}

const struct sf_recent_pod *sf_recent_find_named(const struct sf_recent *recent, const char *space,
                                                 const char *name)
{
	for (size_t i = 1; i <= SF_RECENT && recent->entry != NULL; i++) {
		const struct sf_recent_pod *entry =
			&recent->entry[(recent->next + SF_RECENT - i) % SF_RECENT];
		if (strcmp(entry->pod.name, name) == 0 && strcmp(entry->pod.space, space) == 0) {
			return entry;
		}
	}
	return NULL;
}
