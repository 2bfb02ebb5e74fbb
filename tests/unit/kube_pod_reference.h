/* kube_pod_reference: a Pod's text, read by way of jansson's tree and in one pass: the same comes out.
 */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_KUBE_POD_REFERENCE_H
#define SF_KUBE_POD_REFERENCE_H

#include <slicefit/kube_pod.h>

#include <jansson.h>
#include <string.h>

static inline bool reference_same_pod(const struct sf_kube_pod *a, const struct sf_kube_pod *b)
{
	if (strcmp(a->name, b->name) != 0 || strcmp(a->space, b->space) != 0 ||
	    strcmp(a->uid, b->uid) != 0 || strcmp(a->node, b->node) != 0 ||
	    a->finished != b->finished || a->start_us != b->start_us ||
	    a->deleting != b->deleting || a->start_us != b->start_us ||
	    a->priority != b->priority || a->n != b->n || a->cpu_milli != b->cpu_milli ||
	    a->memory_mib != b->memory_mib || a->gpu_memory_mib != b->gpu_memory_mib ||
	    a->gpu_memory_milli != b->gpu_memory_milli || a->replica_only != b->replica_only ||
	    a->wish_fault != b->wish_fault || memcmp(a->wish, b->wish, sizeof(a->wish)) != 0) {
		return false;
	}
	for (uint8_t i = 0; i < a->n; i++) {
		if (strcmp(a->want[i].name, b->want[i].name) != 0 ||
		    a->want[i].count != b->want[i].count) {
			return false;
		}
	}
	return true;
}

/* The slow way: 0, or -1 when the Pod is refused. */
static inline int reference_pod(const char *text, size_t len, struct sf_kube_pod *out)
{
	json_t *json = json_loadb(text, len, JSON_ALLOW_NUL, NULL);
	int rc = sf_kube_pod_parse(json, out, NULL);
	json_decref(json);
	return rc;
}

/* Is something given twice? Then the tree has the last, and the one pass may refuse the first. */
static inline bool reference_has_twice(const char *text, size_t len)
{
	json_error_t where;
	json_t *json = json_loadb(text, len, JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, &where);
	json_decref(json);
	return json == NULL && json_error_code(&where) == json_error_duplicate_key;
}

#endif
