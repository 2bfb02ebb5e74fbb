/* kube_pod: what a Kubernetes Pod object asks for. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/kube_pod.h>

#include "kube_json.h"

#include <slicefit/cluster.h>
#include <slicefit/error.h>
#include <slicefit/quantity.h>

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* A sum or a maximum over containers; GPU amounts of zero are not kept. */
struct amounts {
	int64_t cpu_milli;
	int64_t memory; /* bytes */
	uint8_t n;
	struct {
		char name[SF_NAME_MAX];
		int64_t count;
	} gpu[SF_WANTS_MAX];
};

bool sf_kube_is_gpu_name(const char *name)
{
	static const char prefix[] = "nvidia.com/mig-";
	size_t len = strlen(name), skip = sizeof(prefix) - 1;
	if (strcmp(name, "nvidia.com/gpu") == 0 || strcmp(name, "nvidia.com/gpu.shared") == 0) {
		return true;
	}
	/* As the syntax of resource names has it: alphanumeric at both ends. */
	return strncmp(name, prefix, skip) == 0 && isalnum((unsigned char)name[skip]) &&
	       isalnum((unsigned char)name[len - 1]);
}

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

static int add_checked(int64_t *to, int64_t value, struct sf_error *err)
{
	if (__builtin_add_overflow(*to, value, to)) {
		return sf_fail(err, SF_ELIMIT, "the sum of the requests is too large");
	}
	return 0;
}

/* The slot of a name in `sum`, a new one if need be; NULL and err when there is none left. */
static int64_t *gpu_slot(struct amounts *sum, const char *name, struct sf_error *err)
{
	for (uint8_t i = 0; i < sum->n; i++) {
		if (strcmp(sum->gpu[i].name, name) == 0) {
			return &sum->gpu[i].count;
		}
	}
	if (sum->n == SF_WANTS_MAX) {
		sf_fail(err, SF_ELIMIT, "more than %d different GPU resources", SF_WANTS_MAX);
		return NULL;
	}
	if (strlen(name) >= SF_NAME_MAX) {
		sf_fail(err, SF_EINVAL, "resource name %.80s... is longer than %d characters", name,
		        SF_NAME_MAX - 1);
		return NULL;
	}
	int64_t *count = &sum->gpu[sum->n].count;
	snprintf(sum->gpu[sum->n++].name, SF_NAME_MAX, "%s", name);
	*count = 0;
	return count;
}

static int add(struct amounts *to, const struct amounts *from, struct sf_error *err)
{
	if (add_checked(&to->cpu_milli, from->cpu_milli, err) < 0 ||
	    add_checked(&to->memory, from->memory, err) < 0) {
		return -1;
	}
	for (uint8_t i = 0; i < from->n; i++) {
		int64_t *count = gpu_slot(to, from->gpu[i].name, err);
		if (count == NULL || add_checked(count, from->gpu[i].count, err) < 0) {
			return -1;
		}
	}
	return 0;
}

static int64_t larger(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int raise_to(struct amounts *to, const struct amounts *from, struct sf_error *err)
{
	to->cpu_milli = larger(to->cpu_milli, from->cpu_milli);
	to->memory = larger(to->memory, from->memory);
	for (uint8_t i = 0; i < from->n; i++) {
		int64_t *count = gpu_slot(to, from->gpu[i].name, err);
		if (count == NULL) {
			return -1;
		}
		*count = larger(*count, from->gpu[i].count);
	}
	return 0;
}

/* One entry of requests or limits. */
static int read_entry(const char *name, const json_t *value, struct amounts *out,
                      struct sf_error *err)
{
	bool cpu = strcmp(name, "cpu") == 0;
	bool gpu = sf_kube_is_gpu_name(name);
	int64_t *to = cpu ? &out->cpu_milli : &out->memory;
	int64_t amount;
	if (!cpu && !gpu && strcmp(name, "memory") != 0) {
		return 0;
	}
	if (sf_kube_quantity(value, cpu ? 3 : 0, &amount) < 0) {
		return sf_fail(err, SF_EINVAL, "%.80s: the amount is no quantity", name);
	}
	if (amount < 0) {
		return sf_fail(err, SF_EINVAL, "%.80s: the amount is negative", name);
	}
	if (gpu && amount == 0) {
		return 0;
	}
	if (gpu) {
		to = gpu_slot(out, name, err);
	}
	if (to == NULL) {
		return -1;
	}
	*to = amount;
	return 0;
}

/* resources.requests, and limits for GPU names that requests do not mention. */
static int read_resources(const json_t *resources, struct amounts *out, struct sf_error *err)
{
	json_t *requests, *limits, *value;
	const char *name;
	*out = (struct amounts){0};
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
		if (!sf_kube_is_gpu_name(name) || json_object_get(requests, name) != NULL) {
			continue;
		}
		if (read_entry(name, value, out, err) < 0) {
			return sf_wrap(err, "limits");
		}
	}
	return 0;
}

static int read_container(const json_t *container, struct amounts *out, struct sf_error *err)
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

/* Init containers run one after the other, beside the sidecars that were started before. */
static int read_init_containers(const json_t *list, struct amounts *sum, struct sf_error *err)
{
	struct amounts peak = {0}, sidecars = {0};
	size_t i;
	json_t *container;
	json_array_foreach(list, i, container) {
		struct amounts one = {0};
		if (read_container(container, &one, err) < 0) {
			return sf_wrap(err, "spec.initContainers[%zu]", i);
		}
		if (strcmp(sf_kube_text(container, "restartPolicy"), "Always") == 0) {
			if (add(sum, &one, err) < 0 || add(&sidecars, &one, err) < 0) {
				return -1;
			}
			one = sidecars;
		} else if (add(&one, &sidecars, err) < 0) {
			return -1;
		}
		if (raise_to(&peak, &one, err) < 0) {
			return -1;
		}
	}
	return raise_to(sum, &peak, err);
}

/* spec.resources (pod-level requests, KEP-2837) replaces what the containers add up to. */
static int read_pod_level(const json_t *spec, struct amounts *sum, struct sf_error *err)
{
	json_t *resources, *requests;
	struct amounts own;
	if (sf_kube_object(spec, "resources", &resources, err) < 0 ||
	    read_resources(resources, &own, err) < 0 ||
	    sf_kube_object(resources, "requests", &requests, err) < 0) {
		return -1;
	}
	if (json_object_get(requests, "cpu") != NULL) {
		sum->cpu_milli = own.cpu_milli;
	}
	if (json_object_get(requests, "memory") != NULL) {
		sum->memory = own.memory;
	}
	return 0;
}

static int read_overhead(const json_t *spec, struct amounts *sum, struct sf_error *err)
{
	json_t *overhead, *value;
	const char *name;
	struct amounts own = {0};
	if (sf_kube_object(spec, "overhead", &overhead, err) < 0) {
		return -1;
	}
	json_object_foreach(overhead, name, value) {
		if (!sf_kube_is_gpu_name(name) && read_entry(name, value, &own, err) < 0) {
			return sf_wrap(err, "spec.overhead");
		}
	}
	return add(sum, &own, err);
}

static int read_spec(const json_t *spec, struct amounts *sum, struct sf_error *err)
{
	json_t *containers, *init, *container;
	size_t i;
	if (sf_kube_array(spec, "containers", &containers, err) < 0 ||
	    sf_kube_array(spec, "initContainers", &init, err) < 0) {
		return -1;
	}
	json_array_foreach(containers, i, container) {
		struct amounts one = {0};
		if (read_container(container, &one, err) < 0) {
			return sf_wrap(err, "spec.containers[%zu]", i);
		}
		if (add(sum, &one, err) < 0) {
			return -1;
		}
	}
	if (read_init_containers(init, sum, err) < 0 || read_pod_level(spec, sum, err) < 0) {
		return -1;
	}
	return read_overhead(spec, sum, err);
}

static int64_t mib(int64_t bytes)
{
	return bytes / 1048576 + (bytes % 1048576 != 0);
}

static int read_gpu_memory(const json_t *metadata, int32_t *out, struct sf_error *err)
{
	json_t *annotations;
	int64_t bytes;
	if (sf_kube_object(metadata, "annotations", &annotations, err) < 0) {
		return -1;
	}
	const json_t *value = json_object_get(annotations, SF_KUBE_GPU_MEMORY);
	if (value == NULL || json_is_null(value)) {
		return 0;
	}
	if (sf_kube_quantity(value, 0, &bytes) < 0 || bytes < 0 || mib(bytes) > INT32_MAX) {
		return sf_fail(err, SF_EINVAL,
		               "annotation %s is no amount of memory (write for example 10Gi)",
		               SF_KUBE_GPU_MEMORY);
	}
	*out = (int32_t)mib(bytes);
	return 0;
}

static int set_wants(const struct amounts *sum, struct sf_kube_pod *pod, struct sf_error *err)
{
	for (uint8_t i = 0; i < sum->n; i++) {
		if (sum->gpu[i].count > UINT16_MAX) {
			return sf_fail(err, SF_ELIMIT, "%s: more than %d asked for",
			               sum->gpu[i].name, UINT16_MAX);
		}
		memcpy(pod->want[i].name, sum->gpu[i].name, SF_NAME_MAX);
		pod->want[i].count = (uint16_t)sum->gpu[i].count;
	}
	pod->n = sum->n;
	pod->cpu_milli = sum->cpu_milli;
	pod->memory_mib = mib(sum->memory);
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
	struct amounts sum = {0};
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
	if (read_spec(spec, &sum, err) < 0 || set_wants(&sum, pod, err) < 0) {
		return -1;
	}
	return read_gpu_memory(metadata, &pod->gpu_memory_mib, err);
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
		.sharing = SF_WISH_BY_NAME,
		.gpu_memory_mib = pod->gpu_memory_mib,
	};
	for (uint8_t i = 0; i < pod->n; i++) {
		out->want[i].resource = sf_resource_find(resources, pod->want[i].name);
		out->want[i].count = pod->want[i].count;
	}
}
