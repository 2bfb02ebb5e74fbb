/* kube_json: null-tolerant access to the fields of Kubernetes objects. */
// SPDX-License-Identifier: Apache-2.0
#include "kube_json.h"

#include <slicefit/error.h>

#include <stdio.h>

int sf_kube_object(const json_t *object, const char *key, json_t **out, struct sf_error *err)
{
	json_t *value = json_object_get(object, key);
	*out = NULL;
	if (value == NULL || json_is_null(value)) {
		return 0;
	}
	if (!json_is_object(value)) {
		return sf_fail(err, SF_EINVAL, "%s is no object", key);
	}
	*out = value;
	return 0;
}

int sf_kube_array(const json_t *object, const char *key, json_t **out, struct sf_error *err)
{
	json_t *value = json_object_get(object, key);
	*out = NULL;
	if (value == NULL || json_is_null(value)) {
		return 0;
	}
	if (!json_is_array(value)) {
		return sf_fail(err, SF_EINVAL, "%s is no array", key);
	}
	*out = value;
	return 0;
}

const char *sf_kube_text(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));
	return text != NULL ? text : "";
}

void sf_kube_copy(const json_t *object, const char *key, char *out, size_t cap)
{
	snprintf(out, cap, "%s", sf_kube_text(object, key));
}
