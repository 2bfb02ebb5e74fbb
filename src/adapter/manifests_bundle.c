/*
 * manifests_bundle: objects that other tools put into one document of their own.
 *
 * KAI Scheduler (github.com/NVIDIA/KAI-Scheduler, pkg/scheduler/plugins/snapshot/snapshot.go):
 * {config, schedulerParams, rawObjects: {pods, nodes, ...}} as snapshot.json in a zip file.
 * kube-scheduler-simulator (github.com/kubernetes-sigs/kube-scheduler-simulator,
 * simulator/snapshot/snapshot.go, ResourcesForSnap): {pods, nodes, pvs, ..., schedulerConfig}.
 */
// SPDX-License-Identifier: Apache-2.0
#include "manifests_bundle.h"

#include <string.h>

static const struct sf_bundle_member members[] = {
	{"pods", "v1", "Pod"},
	{"nodes", "v1", "Node"},
	{"namespaces", "v1", "Namespace"},
	{"configMaps", "v1", "ConfigMap"},
	{"pvs", "v1", "PersistentVolume"},
	{"pvcs", "v1", "PersistentVolumeClaim"},
	{"persistentVolumeClaims", "v1", "PersistentVolumeClaim"},
	{"priorityClasses", "scheduling.k8s.io/v1", "PriorityClass"},
	{"podDisruptionBudgets", "policy/v1", "PodDisruptionBudget"},
	{"storageClasses", "storage.k8s.io/v1", "StorageClass"},
	{"csiDrivers", "storage.k8s.io/v1", "CSIDriver"},
	{"csiStorageCapacities", "storage.k8s.io/v1", "CSIStorageCapacity"},
	{"resourceClaims", "resource.k8s.io/v1", "ResourceClaim"},
	{"resourceSlices", "resource.k8s.io/v1", "ResourceSlice"},
	{"deviceClasses", "resource.k8s.io/v1", "DeviceClass"},
	{"queues", "scheduling.run.ai/v2", "Queue"},
	{"podGroups", "scheduling.run.ai/v2alpha2", "PodGroup"},
	{"bindRequests", "scheduling.run.ai/v1alpha2", "BindRequest"},
	{"topologies", "kueue.x-k8s.io/v1alpha1", "Topology"},
};

const struct sf_bundle_member *sf_manifests_member(const char *key)
{
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		if (strcmp(members[i].key, key) == 0) {
			return &members[i];
		}
	}
	return NULL;
}

/* Lists of nodes and pods, empty or null where there are none. */
static bool has_lists(const struct sf_yaml *tree)
{
	const struct sf_yaml *nodes = sf_yaml_get(tree, "nodes"), *pods = sf_yaml_get(tree, "pods");
	return nodes != NULL && pods != NULL &&
	       (nodes->kind == SF_YAML_SEQUENCE || sf_yaml_is_null(nodes)) &&
	       (pods->kind == SF_YAML_SEQUENCE || sf_yaml_is_null(pods));
}

const struct sf_yaml *sf_manifests_bundle(const struct sf_yaml *tree, const char **tool)
{
	const struct sf_yaml *raw = sf_yaml_get(tree, "rawObjects");
	if (has_lists(raw)) {
		*tool = "KAI Scheduler snapshot";
		return raw;
	}
	bool simulator = has_lists(tree) && (sf_yaml_get(tree, "schedulerConfig") != NULL ||
	                                     sf_yaml_get(tree, "priorityClasses") != NULL);
	*tool = "kube-scheduler-simulator export";
	return simulator ? tree : NULL;
}
