/* kube_admit: what an API server fills in when a pod is made. */
// SPDX-License-Identifier: Apache-2.0
#include "kube_admit.h"

#include "yaml_json.h"

#include <slicefit/kube_pod.h>
#include <slicefit/manifests.h>

#include <string.h>

/* The object under a key, made if it is not there; NULL when something else is. */
static json_t *open_object(json_t *in, const char *key)
{
	json_t *object = json_object_get(in, key);
	if (object == NULL || json_is_null(object)) {
		json_object_set_new(in, key, json_object());
	}
	return json_object_get(in, key);
}

/* Adds what is missing. */
static void fill(json_t *to, json_t *from)
{
	const char *key;
	json_t *value;
	json_object_foreach(from, key, value) {
		if (json_object_get(to, key) == NULL) {
			json_object_set(to, key, value);
		}
	}
}

/* One limit of a LimitRange for containers: defaultRequest, else default, else max
 * (pkg/apis/core/v1/defaults.go, SetDefaults_LimitRangeItem). */
static void fill_range(json_t *requests, const struct sf_yaml *limit)
{
	static const char *const keys[] = {"defaultRequest", "default", "max"};
	for (size_t i = 0; i < 3; i++) {
		const struct sf_yaml *amounts = sf_yaml_get(limit, keys[i]);
		if (amounts != NULL && amounts->kind == SF_YAML_MAPPING) {
			json_t *json = sf_yaml_to_json(amounts);
			fill(requests, json);
			json_decref(json);
		}
	}
}

static void fill_ranges(json_t *requests, const struct sf_kube_ranges *ranges)
{
	for (size_t i = 0; i < ranges->n; i++) {
		const struct sf_manifest *item = ranges->range[i];
		const struct sf_yaml *limits = sf_manifest_at(item->tree, "spec.limits");
		if (strcmp(item->space, ranges->space) != 0) {
			continue;
		}
		for (size_t k = 0; limits != NULL && k < limits->n; k++) {
			if (strcmp(sf_manifest_text(limits->child[k], "type"), "Container") == 0) {
				fill_range(requests, limits->child[k]);
			}
		}
	}
}

static void fill_pod(json_t *pod, const struct sf_kube_ranges *ranges)
{
	static const char *const lists[] = {"containers", "initContainers"};
	json_t *spec = json_object_get(pod, "spec");
	for (size_t i = 0; i < 2; i++) {
		json_t *list = json_object_get(spec, lists[i]);
		json_t *container;
		size_t k;
		json_array_foreach(list, k, container) {
			if (!json_is_object(container)) {
				continue;
			}
			json_t *resources = open_object(container, "resources");
			json_t *requests = open_object(resources, "requests");
			fill(requests, json_object_get(resources, "limits"));
			if (ranges != NULL) {
				fill_ranges(requests, ranges);
			}
		}
	}
}

/* It is read twice, so that what is wrong is told as it was written. */
int sf_kube_admit(json_t *pod, const struct sf_kube_ranges *ranges, struct sf_kube_pod *out,
                  struct sf_error *err)
{
	if (sf_kube_pod_parse(pod, out, err) < 0) {
		return -1;
	}
	fill_pod(pod, ranges);
	return sf_kube_pod_parse(pod, out, err);
}
