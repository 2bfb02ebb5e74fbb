/* preempt_reference: ExtenderPreemptionArgs read the slow way, with jansson: what the decoder must
 * agree with. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_PREEMPT_REFERENCE_H
#define SF_PREEMPT_REFERENCE_H

#include "extender_reference.h"

#include <slicefit/extender_preempt.h>

/* A member that must be an object (or an array) unless it is missing: false when it is not. */
static inline bool reference_is(const json_t *value, json_type type)
{
	return value == NULL || json_typeof(value) == type;
}

/* The UID of a victim, NULL when it has none; false when something is of a wrong type. */
static inline bool reference_victim(json_t *pod, bool whole, const char **uid, json_t **priority)
{
	*uid = NULL;
	*priority = NULL;
	if (json_is_null(pod)) {
		return true;
	}
	if (!json_is_object(pod)) {
		return false;
	}
	json_t *holder = whole ? reference_member(pod, "metadata") : pod;
	json_t *spec = whole ? reference_member(pod, "spec") : NULL;
	if (!reference_is(holder, JSON_OBJECT) || !reference_is(spec, JSON_OBJECT)) {
		return false;
	}
	json_t *text = holder != NULL ? reference_member(holder, whole ? "uid" : "UID") : NULL;
	*priority = spec != NULL ? reference_member(spec, "priority") : NULL;
	*uid = json_string_value(text);
	return (text == NULL || reference_is_name(text)) && reference_is(*priority, JSON_INTEGER);
}

/* Does the entry say what was read of it? */
static inline bool reference_same_entry(json_t *entry, bool whole,
                                        const struct sf_extender_candidate *node)
{
	if (json_is_null(entry)) {
		return node->n == 0 && node->violations == 0;
	}
	json_t *pods = reference_member(entry, "Pods"), *pod;
	json_t *violations = reference_member(entry, "NumPDBViolations");
	size_t i, n = 0;
	if (!json_is_object(entry) || !reference_is(pods, JSON_ARRAY) ||
	    !reference_is(violations, JSON_INTEGER)) {
		return false;
	}
	json_array_foreach(pods, i, pod) {
		const char *uid;
		json_t *priority;
		if (!reference_victim(pod, whole, &uid, &priority)) {
			return false;
		}
		if (uid == NULL || uid[0] == '\0') {
			continue;
		}
		if (n == node->n || strcmp(node->victim[n].uid, uid) != 0 ||
		    (priority != NULL && json_integer_value(priority) != node->victim[n].priority &&
		     llabs(json_integer_value(priority)) <= INT32_MAX)) {
			return false;
		}
		n++;
	}
	return n == node->n && json_integer_value(violations) == node->violations;
}

/* Does the text say what was read of it? */
static inline bool reference_same_args(const char *text, size_t len,
                                       const struct sf_extender_preempt *args)
{
	json_t *root = json_loadb(text, len, JSON_ALLOW_NUL, NULL), *entry;
	json_t *map = reference_member(root, "NodeNameToMetaVictims");
	bool whole = map == NULL;
	map = whole ? reference_member(root, "NodeNameToVictims") : map;
	bool same = json_is_object(root) && reference_is(map, JSON_OBJECT) &&
	            json_object_size(map) == args->n;
	for (size_t i = 0; same && i < args->n; i++) {
		entry = json_object_get(map, args->node[i].name);
		same = entry != NULL && reference_same_entry(entry, whole, &args->node[i]);
	}
	json_decref(root);
	return same;
}

#endif
