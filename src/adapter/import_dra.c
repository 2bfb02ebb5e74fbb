/*
 * import_dra: GPUs that dynamic resource allocation hands out: ResourceSlices as what nodes have,
 * ResourceClaims as what pods ask for.
 *
 * As the driver gpu.nvidia.com publishes and understands them (github.com/NVIDIA/k8s-dra-driver-gpu,
 * cmd/gpu-kubelet-plugin/deviceinfo.go): devices of type gpu or mig, with productName, uuid or
 * parentUUID, profile, and a capacity memorySliceN for each slice of memory that an instance has. In
 * resource.k8s.io/v1beta1 attributes are under `basic`, and requests have no `exactly`.
 */
// SPDX-License-Identifier: Apache-2.0
#include "import_impl.h"

#include <slicefit/arena.h>
#include <slicefit/catalog.h>
#include <slicefit/change.h>
#include <slicefit/cluster.h>
#include <slicefit/kube_pod.h>
#include <slicefit/mig.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char driver[] = "gpu.nvidia.com";

/* A text or number among the attributes of a device. */
static const char *attribute(const struct sf_yaml *device, const char *key)
{
	const struct sf_yaml *basic = sf_yaml_get(device, "basic");
	const struct sf_yaml *all = sf_yaml_get(basic != NULL ? basic : device, "attributes");
	return sf_manifest_text(sf_yaml_get(all, key), "string");
}

/* First slice of memory that an instance has; -1: not told. */
static int first_slice(const struct sf_yaml *device)
{
	const struct sf_yaml *basic = sf_yaml_get(device, "basic");
	const struct sf_yaml *all = sf_yaml_get(basic != NULL ? basic : device, "capacity");
	char key[24];
	for (int i = 0; i < SF_UNITS_MAX; i++) {
		snprintf(key, sizeof(key), "memorySlice%d", i);
		if (sf_yaml_get(all, key) != NULL) {
			return i;
		}
	}
	return -1;
}

/* "NVIDIA A100-SXM4-80GB" as the label has it. */
static const struct sf_product *product_of(const struct sf_importer *imp, const char *name)
{
	char label[128];
	size_t n = 0;
	for (; name[n] != '\0' && n + 1 < sizeof(label); n++) {
		label[n] = name[n];
		if (label[n] == ' ') {
			label[n] = '-';
		}
	}
	label[n] = '\0';
	return sf_catalog_find(imp->catalog, label);
}

/* GPUs as they come out of the devices, and who is who. */
struct inventory {
	struct sf_node_spec *spec;
	const char *uuid[SF_GPUS_MAX];
	bool wrong; /* something that makes no layout */
};

static struct sf_gpu_spec *gpu_of(struct inventory *all, const char *uuid)
{
	uint8_t n = all->spec->n_gpus;
	for (uint8_t i = 0; i < n; i++) {
		if (all->uuid[i] != NULL && strcmp(all->uuid[i], uuid) == 0) {
			return &all->spec->gpu[i];
		}
	}
	if (n == SF_GPUS_MAX) {
		return NULL;
	}
	all->uuid[n] = uuid;
	all->spec->n_gpus++;
	all->spec->gpu[n] = (struct sf_gpu_spec){0};
	return &all->spec->gpu[n];
}

static void add_device(const struct sf_importer *imp, const struct sf_yaml *device,
                       struct inventory *all)
{
	const char *type = attribute(device, "type");
	bool mig = strcmp(type, "mig") == 0;
	if (!mig && strcmp(type, "gpu") != 0) {
		return; /* passed through to virtual machines */
	}
	struct sf_gpu_spec *gpu = gpu_of(all, attribute(device, mig ? "parentUUID" : "uuid"));
	const struct sf_product *product = product_of(imp, attribute(device, "productName"));
	if (gpu == NULL || product == NULL) {
		all->wrong = true;
		return;
	}
	gpu->product = product;
	if (!mig) {
		return;
	}
	int profile = sf_product_profile(product, attribute(device, "profile"));
	int start = first_slice(device);
	all->spec->strategy = SF_STRATEGY_MIXED;
	if (profile < 0 || start < 0 || gpu->layout.n == SF_INSTANCES_MAX ||
	    !sf_mig_fits(product, &gpu->layout, profile, start)) {
		all->wrong = true;
		return;
	}
	gpu->mig = true;
	sf_mig_add(&gpu->layout, profile, start);
}

/* The devices of a node that the device plugin does not serve. */
void sf_import_slices(struct sf_importer *imp, struct sf_import_node *node)
{
	struct sf_node_spec spec = node->kube.spec;
	struct inventory all = {.spec = &spec};
	if (spec.n_counts > 0 || imp->n_slices == 0) {
		return;
	}
	spec.n_gpus = 0;
	spec.by_counts = false;
	spec.strategy = SF_STRATEGY_NONE;
	for (size_t i = 0; i < imp->n_slices; i++) {
		const struct sf_yaml *slice = sf_yaml_get(imp->slice[i]->tree, "spec");
		const struct sf_yaml *devices = sf_yaml_get(slice, "devices");
		if (strcmp(sf_manifest_text(slice, "driver"), driver) != 0 ||
		    strcmp(sf_manifest_text(slice, "nodeName"), node->object->name) != 0) {
			continue;
		}
		for (size_t k = 0; devices != NULL && k < devices->n; k++) {
			add_device(imp, devices->child[k], &all);
		}
	}
	struct sf_cluster *cluster = sf_cluster_create(imp->catalog);
	bool exists =
		spec.n_gpus > 0 && !all.wrong && sf_cluster_add_node(cluster, &spec, NULL) == 0;
	sf_cluster_destroy(cluster);
	if (exists) {
		node->kube.spec = spec;
	} else if (spec.n_gpus > 0) {
		sf_import_note(imp, node->object,
		               "the devices of its ResourceSlices make no layout that is known");
	}
}

/* The profile that a CEL expression asks for: ...profile == '1g.10gb'; false without one. */
static bool read_profile(const struct sf_yaml *selectors, char out[24])
{
	for (size_t i = 0; selectors != NULL && i < selectors->n; i++) {
		const char *text = sf_manifest_text(selectors->child[i], "cel.expression");
		const char *at = strstr(text, "profile");
		at = at != NULL ? at + strcspn(at, "\"'") : "";
		if (*at != '\0' && strstr(text, "==") != NULL) {
			size_t len = strcspn(at + 1, "\"'");
			snprintf(out, 24, "%.*s", len < 23 ? (int)len : 23, at + 1);
			return len > 0;
		}
	}
	return false;
}

static const char out_of_range[] = "a claim to too much is left out";

/* Devices of a name; a constant text when they are too many. */
static const char *add_devices(struct sf_kube_pod *pod, const char *name, long count)
{
	uint8_t i = 0;
	while (i < pod->n && strcmp(pod->want[i].name, name) != 0) {
		i++;
	}
	if (i == SF_WANTS_MAX || strlen(name) >= sizeof(pod->want[i].name)) {
		return out_of_range;
	}
	long had = i < pod->n ? pod->want[i].count : 0;
	if (count > UINT16_MAX - had) {
		return out_of_range;
	}
	if (i == pod->n) {
		pod->want[pod->n++] = (struct sf_kube_want){0};
		memcpy(pod->want[i].name, name, strlen(name) + 1);
	}
	pod->want[i].count = (uint16_t)(had + count);
	return NULL;
}

/* MIG devices as the device plugin spells them: + is . in names. */
static void name_instance(const char *profile, char *out, size_t cap)
{
	snprintf(out, cap, "nvidia.com/mig-%s", profile);
	for (char *c = out; *c != '\0'; c++) {
		*c = *c == '+' ? '.' : *c;
	}
}

/* Adds what one request of a claim asks for; a constant text when it cannot be said. */
static const char *add_request(const struct sf_yaml *request, struct sf_kube_pod *pod)
{
	const struct sf_yaml *exactly = sf_yaml_get(request, "exactly");
	const struct sf_yaml *wanted = exactly != NULL ? exactly : request;
	const char *class = sf_manifest_text(wanted, "deviceClassName");
	char profile[24], name[SF_NAME_MAX + 32] = "nvidia.com/gpu";
	long count = strtol(sf_manifest_text(wanted, "count"), NULL, 10);
	bool mig = strcmp(class, "mig.nvidia.com") == 0;
	if (!mig && strcmp(class, driver) != 0) {
		return *class != '\0' ? NULL : "a claim that gives a choice of devices is left out";
	}
	if (strcmp(sf_manifest_text(wanted, "allocationMode"), "All") == 0) {
		return "a claim to all devices of a node is left out";
	}
	if (mig && !read_profile(sf_yaml_get(wanted, "selectors"), profile)) {
		return "a claim to a MIG device without `profile == '...'` is left out";
	}
	if (mig) {
		name_instance(profile, name, sizeof(name));
	}
	return add_devices(pod, name, count > 0 ? count : 1);
}

/* The claim, or the template of one, that a pod names. */
static const struct sf_yaml *find_claim(const struct sf_importer *imp, const char *space,
                                        const struct sf_yaml *entry)
{
	const char *claim = sf_manifest_text(entry, "resourceClaimName");
	const char *template = sf_manifest_text(entry, "resourceClaimTemplateName");
	const struct sf_manifest *found =
		*claim != '\0' ? sf_import_find(imp, "ResourceClaim", space, claim)
			       : sf_import_find(imp, "ResourceClaimTemplate", space, template);
	return found == NULL ? NULL
	                     : sf_manifest_at(found->tree, *claim != '\0' ? "spec" : "spec.spec");
}

void sf_import_claims(struct sf_importer *imp, const struct sf_manifest *object,
                      const struct sf_yaml *spec, struct sf_kube_pod *pod)
{
	const struct sf_yaml *list = sf_yaml_get(spec, "resourceClaims");
	for (size_t i = 0; list != NULL && i < list->n; i++) {
		const struct sf_yaml *claim = find_claim(imp, object->space, list->child[i]);
		const struct sf_yaml *requests = sf_manifest_at(claim, "devices.requests");
		if (claim == NULL) {
			sf_import_note(imp, object, "a claim that it names is not given");
		}
		for (size_t k = 0; requests != NULL && k < requests->n; k++) {
			const char *why = add_request(requests->child[k], pod);
			if (why != NULL) {
				sf_import_note(imp, object, why);
			}
		}
	}
}
