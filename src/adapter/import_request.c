/* import_request: what a pod asks for, in the words of a scenario. */
// SPDX-License-Identifier: Apache-2.0
#include "import_impl.h"
#include "yaml_json.h"

#include <slicefit/error.h>
#include <slicefit/kube_pod.h>
#include <slicefit/resource.h>

#include <stdio.h>
#include <string.h>

enum { DEVICES_MAX = 1000 }; /* of one name, as a scenario has it */

/* Is it a name that a scenario takes? */
static bool is_resource(const char *name)
{
	struct sf_resources *known = sf_resources_create();
	int number = sf_resource_intern(known, name, NULL);
	sf_resources_destroy(known);
	return number >= 0;
}

/* Memory of every GPU of the nodes when all have the same; -1 otherwise. */
static int32_t common_memory(const struct sf_importer *imp)
{
	int32_t common = 0;
	for (size_t p = 0; p < imp->scenario->n_pools; p++) {
		const struct sf_node_spec *spec = &imp->scenario->pool[p].node;
		for (uint8_t g = 0; g < spec->n_gpus; g++) {
			const struct sf_product *product = spec->gpu[g].product;
			int32_t mib = product != NULL ? product->memory_mib : -1;
			if (mib <= 0 || (common > 0 && mib != common)) {
				return -1;
			}
			common = mib;
		}
	}
	return common > 0 ? common : -1;
}

static int set_wish(struct sf_importer *imp, const struct sf_kube_pod *pod,
                    struct sf_request_spec *out, const char **why)
{
	if (pod->wish_fault != NULL) {
		*why = pod->wish_fault;
		return 1;
	}
	out->gpu_memory_mib = pod->gpu_memory_mib;
	if (pod->gpu_memory_milli == 0) {
		return 0;
	}
	int32_t device = common_memory(imp);
	if (device < 0) {
		*why = "it wishes for a part of a GPU's memory, and the GPUs differ in it";
		return 1;
	}
	out->gpu_memory_mib = (int32_t)(((int64_t)device * pod->gpu_memory_milli + 999) / 1000);
	return 0;
}

/* KAI Scheduler: pods that ask for a part of a GPU by annotation alone, as a share or as MiB
 * (docs/gpu-sharing of github.com/NVIDIA/KAI-Scheduler). */
static int set_fraction(struct sf_importer *imp, const struct sf_kube_pod *pod,
                        struct sf_request_spec *out, const char **why)
{
	int64_t milli = pod->wish[SF_KUBE_WISH_KAI_FRACTION];
	int64_t mib = pod->wish[SF_KUBE_WISH_KAI_MEMORY];
	int32_t device = common_memory(imp);
	if (milli < 0 || mib < 0) {
		*why = "its gpu-fraction or gpu-memory is no amount";
		return 1;
	}
	if (milli == 0 && device < 0) {
		*why = "it asks for MiB of a GPU, and the GPUs differ in memory";
		return 1;
	}
	if (milli == 0) {
		milli = (mib * SF_FRACTION_REPLICAS + device - 1) / device;
	}
	out->gpu = 1;
	out->gpu_milli = milli < SF_FRACTION_REPLICAS ? (uint16_t)milli : SF_FRACTION_REPLICAS;
	imp->fractions = true;
	return 0;
}

int sf_import_request(struct sf_importer *imp, const struct sf_kube_pod *pod,
                      struct sf_request_spec *out, const char **why)
{
	*out = (struct sf_request_spec){.cpu_milli = pod->cpu_milli, .memory_mib = pod->memory_mib};
	if (pod->cpu_milli > SF_IMPORT_CPU_MAX || pod->memory_mib > SF_IMPORT_MIB_MAX ||
	    pod->gpu_memory_mib > SF_GPU_MEMORY_MAX) {
		*why = "it asks for more than any node has";
		return 1;
	}
	if (pod->n > sizeof(out->resource) / sizeof(out->resource[0])) {
		*why = "it asks for more than four different GPU resources";
		return 1;
	}
	if (pod->replica_only) {
		out->shared = 1;
		return set_wish(imp, pod, out, why);
	}
	for (uint8_t i = 0; i < pod->n; i++) {
		const struct sf_kube_want *want = &pod->want[i];
		if (want->count > DEVICES_MAX || !is_resource(want->name)) {
			*why = want->count > DEVICES_MAX ? "it asks for more than 1000 GPUs"
			                                 : "no node has resources of such a name";
			return 1;
		}
		memcpy(out->resource[i].name, want->name, sizeof(out->resource[i].name));
		out->resource[i].count = want->count;
	}
	out->n_resources = pod->n;
	if (pod->n == 0 && (pod->wish[SF_KUBE_WISH_KAI_FRACTION] != 0 ||
	                    pod->wish[SF_KUBE_WISH_KAI_MEMORY] != 0)) {
		return set_fraction(imp, pod, out, why);
	}
	if (pod->n == 0 && pod->cpu_milli == 0 && pod->memory_mib == 0) {
		*why = "it asks for nothing that is modelled";
		return 1;
	}
	return pod->n > 0 ? set_wish(imp, pod, out, why) : 0;
}

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

static void admit_container(struct sf_importer *imp, const char *space, json_t *container)
{
	json_t *resources = open_object(container, "resources");
	json_t *requests = open_object(resources, "requests");
	fill(requests, json_object_get(resources, "limits"));
	for (size_t i = 0; i < imp->n_ranges; i++) {
		const struct sf_manifest *item = imp->range[i];
		if (strcmp(item->space, space) != 0) {
			continue;
		}
		const struct sf_yaml *limits = sf_manifest_at(item->tree, "spec.limits");
		for (size_t k = 0; limits != NULL && k < limits->n; k++) {
			if (strcmp(sf_manifest_text(limits->child[k], "type"), "Container") == 0) {
				fill_range(requests, limits->child[k]);
			}
		}
	}
}

void sf_import_admit(struct sf_importer *imp, const char *space, json_t *pod)
{
	static const char *const lists[] = {"containers", "initContainers"};
	json_t *spec = json_object_get(pod, "spec");
	for (size_t i = 0; i < 2; i++) {
		json_t *list = json_object_get(spec, lists[i]);
		json_t *container;
		size_t k;
		json_array_foreach(list, k, container) {
			if (json_is_object(container)) {
				admit_container(imp, space, container);
			}
		}
	}
}
