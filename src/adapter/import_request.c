/* import_request: what a pod asks for, in the words of a scenario. */
// SPDX-License-Identifier: Apache-2.0
#include "import_impl.h"

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

/* Why a scenario cannot hold such a pod, whatever it is for; NULL: it can. */
static const char *find_excess(const struct sf_kube_pod *pod, const struct sf_request_spec *out)
{
	if (pod->cpu_milli > SF_IMPORT_CPU_MAX || pod->memory_mib > SF_IMPORT_MIB_MAX ||
	    pod->gpu_memory_mib > SF_GPU_MEMORY_MAX) {
		return "it asks for more than any node has";
	}
	return pod->n > sizeof(out->resource) / sizeof(out->resource[0])
	               ? "it asks for more than four different GPU resources"
	               : NULL;
}

static const char *set_resources(const struct sf_kube_pod *pod, struct sf_request_spec *out)
{
	for (uint8_t i = 0; i < pod->n; i++) {
		const struct sf_kube_want *want = &pod->want[i];
		if (want->count > DEVICES_MAX) {
			return "it asks for more than 1000 GPUs";
		}
		if (!is_resource(want->name)) {
			return "no node has resources of such a name";
		}
		memcpy(out->resource[i].name, want->name, sizeof(out->resource[i].name));
		out->resource[i].count = want->count;
	}
	out->n_resources = pod->n;
	return NULL;
}

/* A pod without GPUs by name: a part of one, or none at all. */
static int set_rest(struct sf_importer *imp, const struct sf_kube_pod *pod,
                    struct sf_request_spec *out, const char **why)
{
	if (pod->wish[SF_KUBE_WISH_KAI_FRACTION] != 0 || pod->wish[SF_KUBE_WISH_KAI_MEMORY] != 0) {
		return set_fraction(imp, pod, out, why);
	}
	*why = "it asks for nothing that is modelled";
	return pod->cpu_milli == 0 && pod->memory_mib == 0;
}

int sf_import_request(struct sf_importer *imp, const struct sf_kube_pod *pod,
                      struct sf_request_spec *out, const char **why)
{
	*out = (struct sf_request_spec){.cpu_milli = pod->cpu_milli, .memory_mib = pod->memory_mib};
	*why = find_excess(pod, out);
	if (*why != NULL) {
		return 1;
	}
	if (pod->replica_only) {
		out->shared = 1;
		return set_wish(imp, pod, out, why);
	}
	*why = set_resources(pod, out);
	if (*why != NULL) {
		return 1;
	}
	return pod->n > 0 ? set_wish(imp, pod, out, why) : set_rest(imp, pod, out, why);
}
