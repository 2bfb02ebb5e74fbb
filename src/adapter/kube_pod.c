/* kube_pod: what a Kubernetes Pod object asks for. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/kube_pod.h>

#include "kube_json.h"
#include "kube_time.h"
#include "pod_amounts.h"

#include <slicefit/cluster.h>
#include <slicefit/error.h>
#include <slicefit/quantity.h>

#include <stdio.h>
#include <string.h>

int sf_kube_quantity(const json_t *json, int scale, int64_t *out)
{
	if (json_is_string(json)) {
		return sf_quantity_parse(json_string_value(json), json_string_length(json), scale,
		                         out);
	}
	if (!json_is_integer(json)) {
		return -1;
	}
	char text[24];
	int len = snprintf(text, sizeof(text), "%lld", (long long)json_integer_value(json));
	return sf_quantity_parse(text, (size_t)len, scale, out);
}

/* One entry of requests or limits. */
static int read_entry(const char *name, const json_t *value, struct sf_pod_amounts *out,
                      struct sf_error *err)
{
	char digits[24];
	const char *text = NULL;
	size_t len = 0;
	if (json_is_string(value)) {
		text = json_string_value(value);
		len = json_string_length(value);
	} else if (json_is_integer(value)) {
		text = digits;
		len = (size_t)snprintf(digits, sizeof(digits), "%lld",
		                       (long long)json_integer_value(value));
	}
	return sf_pod_amounts_set(out, name, strlen(name), text, len, err);
}

/* resources.requests, and limits for extended names that requests do not mention. */
static int read_resources(const json_t *resources, struct sf_pod_amounts *out, struct sf_error *err)
{
	json_t *requests, *limits, *value;
	const char *name;
	*out = (struct sf_pod_amounts){0};
	if (sf_kube_object(resources, "requests", &requests, err) < 0 ||
	    sf_kube_object(resources, "limits", &limits, err) < 0) {
		return -1;
	}
	json_object_foreach(requests, name, value) {
		if (read_entry(name, value, out, err) < 0) {
			return sf_wrap(err, "requests");
		}
	}
	json_object_foreach(limits, name, value) {
		if (!sf_pod_amounts_extended(name, strlen(name)) ||
		    json_object_get(requests, name) != NULL) {
			continue;
		}
		if (read_entry(name, value, out, err) < 0) {
			return sf_wrap(err, "limits");
		}
	}
	return 0;
}

static int read_container(const json_t *container, struct sf_pod_amounts *out, struct sf_error *err)
{
	json_t *resources;
	if (!json_is_object(container)) {
		return sf_fail(err, SF_EINVAL, "a container is no object");
	}
	if (sf_kube_object(container, "resources", &resources, err) < 0) {
		return -1;
	}
	return read_resources(resources, out, err);
}

static int read_containers(const json_t *spec, const char *field, struct sf_pod_parts *parts,
                           struct sf_error *err)
{
	bool init = strcmp(field, "initContainers") == 0;
	json_t *list, *container;
	size_t i;
	if (sf_kube_array(spec, field, &list, err) < 0) {
		return -1;
	}
	json_array_foreach(list, i, container) {
		struct sf_pod_amounts one;
		if (read_container(container, &one, err) < 0) {
			return sf_wrap(err, "spec.%s[%zu]", field, i);
		}
		bool stays = strcmp(sf_kube_text(container, "restartPolicy"), "Always") == 0;
		if ((init ? sf_pod_parts_add_init(parts, &one, stays, err)
		          : sf_pod_parts_add(parts, &one, err)) < 0) {
			return -1;
		}
	}
	return 0;
}

static int read_pod_level(const json_t *spec, struct sf_pod_parts *parts, struct sf_error *err)
{
	json_t *resources, *requests;
	if (sf_kube_object(spec, "resources", &resources, err) < 0 ||
	    read_resources(resources, &parts->pod_level, err) < 0 ||
	    sf_kube_object(resources, "requests", &requests, err) < 0) {
		return -1;
	}
	parts->pod_cpu = json_object_get(requests, "cpu") != NULL;
	parts->pod_memory = json_object_get(requests, "memory") != NULL;
	return 0;
}

static int read_overhead(const json_t *spec, struct sf_pod_parts *parts, struct sf_error *err)
{
	json_t *overhead, *value;
	const char *name;
	if (sf_kube_object(spec, "overhead", &overhead, err) < 0) {
		return -1;
	}
	json_object_foreach(overhead, name, value) {
		if (!sf_pod_amounts_extended(name, strlen(name)) &&
		    read_entry(name, value, &parts->overhead, err) < 0) {
			return sf_wrap(err, "spec.overhead");
		}
	}
	return 0;
}

static int read_spec(const json_t *spec, struct sf_kube_pod *pod, struct sf_error *err)
{
	struct sf_pod_parts parts = {0};
	if (read_containers(spec, "containers", &parts, err) < 0 ||
	    read_containers(spec, "initContainers", &parts, err) < 0 ||
	    read_pod_level(spec, &parts, err) < 0 || read_overhead(spec, &parts, err) < 0) {
		return -1;
	}
	return sf_pod_parts_finish(&parts, pod, err);
}

static int read_annotations(const json_t *metadata, struct sf_kube_pod *pod, struct sf_error *err)
{
	json_t *annotations, *value;
	const char *key;
	if (sf_kube_object(metadata, "annotations", &annotations, err) < 0) {
		return -1;
	}
	json_object_foreach(annotations, key, value) {
		bool null = json_is_null(value);
		sf_kube_wish_annotation(pod, key, strlen(key), null ? "" : json_string_value(value),
		                        null ? 0 : json_string_length(value));
	}
	return 0;
}

static int32_t read_priority(const json_t *spec)
{
	json_int_t priority = json_integer_value(json_object_get(spec, "priority"));
	if (priority > INT32_MAX) {
		return INT32_MAX;
	}
	return priority < INT32_MIN ? INT32_MIN : (int32_t)priority;
}

static int read_pod(const json_t *json, struct sf_kube_pod *pod, struct sf_error *err)
{
	json_t *metadata, *spec, *status;
	if (sf_kube_object(json, "metadata", &metadata, err) < 0 ||
	    sf_kube_object(json, "spec", &spec, err) < 0 ||
	    sf_kube_object(json, "status", &status, err) < 0) {
		return -1;
	}
	sf_kube_copy(metadata, "name", pod->name, sizeof(pod->name));
	sf_kube_copy(metadata, "namespace", pod->space, sizeof(pod->space));
	sf_kube_copy(metadata, "uid", pod->uid, sizeof(pod->uid));
	sf_kube_copy(spec, "nodeName", pod->node, sizeof(pod->node));
	const char *phase = sf_kube_text(status, "phase");
	pod->finished = strcmp(phase, "Succeeded") == 0 || strcmp(phase, "Failed") == 0;
	pod->priority = read_priority(spec);
	pod->start_us = sf_kube_time(sf_kube_text(status, "startTime"));
	pod->deleting = *sf_kube_text(metadata, "deletionTimestamp") != '\0';
	if (read_spec(spec, pod, err) < 0 || read_annotations(metadata, pod, err) < 0) {
		return -1;
	}
	sf_kube_wish_apply(pod, &(struct sf_kube_wish_rules){0});
	return 0;
}

int sf_kube_pod_parse(const json_t *json, struct sf_kube_pod *out, struct sf_error *err)
{
	struct sf_kube_pod pod = {0};
	if (!json_is_object(json)) {
		return sf_fail(err, SF_EINVAL, "Pod is missing or no object");
	}
	if (read_pod(json, &pod, err) < 0) {
		return sf_wrap(err, "pod %.63s/%.63s", pod.space, pod.name);
	}
	*out = pod;
	return 0;
}

void sf_kube_pod_request(const struct sf_kube_pod *pod, const struct sf_cluster *cluster,
                         struct sf_request *out)
{
	const struct sf_resources *resources = sf_cluster_resources(cluster);
	*out = (struct sf_request){
		.n = pod->n,
		.sharing = pod->replica_only ? SF_WISH_SHARED : SF_WISH_BY_NAME,
		.gpu_memory_mib = pod->gpu_memory_mib,
		.gpu_memory_milli = pod->gpu_memory_milli,
	};
	for (uint8_t i = 0; i < pod->n; i++) {
		out->want[i].resource = sf_resource_find(resources, pod->want[i].name);
		out->want[i].count = pod->want[i].count;
	}
}
