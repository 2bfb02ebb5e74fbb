/* kube_node: what a Kubernetes Node object says about its GPUs. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/kube_node.h>

#include "kube_json.h"
#include "kube_layout.h"

#include <slicefit/arena.h>
#include <slicefit/change.h>
#include <slicefit/error.h>
#include <slicefit/kube_pod.h>
#include <slicefit/resource.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int64_t amount(const json_t *object, const char *key, int scale)
{
	int64_t value;
	if (sf_kube_quantity(json_object_get(object, key), scale, &value) < 0 || value < 0) {
		return 0;
	}
	return value;
}

/* After renameByDefault the old name stays there with 0. */
void sf_kube_node_count(const char *name, int64_t total, struct sf_node_spec *spec)
{
	if (!sf_resource_names_gpu(name, strlen(name)) || strlen(name) >= SF_NAME_MAX ||
	    spec->n_counts == SF_NODE_RESOURCES_MAX || total <= 0) {
		return;
	}
	snprintf(spec->count[spec->n_counts].name, SF_NAME_MAX, "%s", name);
	spec->count[spec->n_counts].total = total > UINT16_MAX ? UINT16_MAX : (uint32_t)total;
	spec->n_counts++;
}

static void read_counts(json_t *allocatable, struct sf_node_spec *spec)
{
	const char *name;
	json_t *value;
	json_object_foreach(allocatable, name, value) {
		int64_t total;
		if (sf_kube_quantity(value, 0, &total) == 0) {
			sf_kube_node_count(name, total, spec);
		}
	}
}

static int by_key(const void *a, const void *b)
{
	const struct sf_label *left = a, *right = b;
	return strcmp(left->key, right->key);
}

static int read_labels(json_t *labels, struct sf_arena *arena, struct sf_node_spec *spec,
                       struct sf_error *err)
{
	size_t n = json_object_size(labels), i = 0;
	const char *key;
	json_t *value;
	if (n > SF_LABELS_MAX) {
		n = SF_LABELS_MAX;
	}
	if (n == 0) {
		return 0;
	}
	struct sf_label *label = sf_arena_array(arena, n, sizeof(*label));
	json_object_foreach(labels, key, value) {
		if (label == NULL || i == n) {
			break;
		}
		const char *text = json_is_string(value) ? json_string_value(value) : "";
		label[i++] = (struct sf_label){.key = key, .value = text};
	}
	if (label == NULL) {
		return sf_fail(err, SF_ENOMEM, "labels: out of memory");
	}
	qsort(label, i, sizeof(*label), by_key);
	spec->label = label;
	spec->n_labels = (uint16_t)i;
	return 0;
}

/*
 * mig-manager takes the GPUs away while it works (nvidia.com/mig.config.state: pending, rebooting).
 * After success and after failure it starts the device plugin again (NVIDIA/mig-parted,
 * deployments/container/reconfigure-mig.sh, exit_failed), and allocatable tells what there is.
 */
uint8_t sf_kube_node_state(bool closed, const struct sf_kube_labels *labels)
{
	const char *state = sf_kube_label(labels, "nvidia.com/mig.config.state");
	bool away = *state != '\0' && strcmp(state, "success") != 0 && strcmp(state, "failed") != 0;
	return closed || away ? SF_NODE_CORDONED : SF_NODE_READY;
}

/* Has the node a condition Ready that is not True? One that says nothing of it is taken as ready. */
static int read_unready(const json_t *status, bool *unready, struct sf_error *err)
{
	json_t *conditions, *condition;
	size_t i;
	if (sf_kube_array(status, "conditions", &conditions, err) < 0) {
		return -1;
	}
	*unready = false;
	json_array_foreach(conditions, i, condition) {
		*unready = *unready || (strcmp(sf_kube_text(condition, "type"), "Ready") == 0 &&
		                        strcmp(sf_kube_text(condition, "status"), "True") != 0);
	}
	return 0;
}

/* The labels about GPUs. */
static void pick_labels(json_t *labels, struct sf_kube_labels *out)
{
	const char *key;
	json_t *value;
	out->n = 0;
	json_object_foreach(labels, key, value) {
		if (sf_kube_label_counts(key, strlen(key))) {
			sf_kube_label_add(out, key,
			                  json_is_string(value) ? json_string_value(value) : "");
		}
	}
}

int sf_kube_node_parse(const json_t *json, const struct sf_catalog *catalog, struct sf_arena *arena,
                       struct sf_kube_node *out, struct sf_error *err)
{
	json_t *metadata, *labels, *spec, *status, *allocatable;
	bool unready;
	if (sf_kube_object(json, "metadata", &metadata, err) < 0) {
		return -1;
	}
	const char *name = sf_kube_text(metadata, "name");
	if (*name == '\0') {
		return sf_fail(err, SF_EINVAL, "metadata.name is missing");
	}
	if (sf_kube_object(metadata, "labels", &labels, err) < 0 ||
	    sf_kube_object(json, "spec", &spec, err) < 0 ||
	    sf_kube_object(json, "status", &status, err) < 0 ||
	    sf_kube_object(status, "allocatable", &allocatable, err) < 0 ||
	    read_unready(status, &unready, err) < 0) {
		return sf_wrap(err, "node %.200s", name);
	}
	struct sf_kube_labels facts;
	pick_labels(labels, &facts);
	bool closed = unready || json_is_true(json_object_get(spec, "unschedulable")) ||
	              json_is_string(json_object_get(metadata, "deletionTimestamp"));
	*out = (struct sf_kube_node){.state = sf_kube_node_state(closed, &facts)};
	out->spec.name = name;
	if (arena != NULL && read_labels(labels, arena, &out->spec, err) < 0) {
		return sf_wrap(err, "node %.200s", name);
	}
	int64_t pods = amount(allocatable, "pods", 0);
	out->spec.pods_max = pods > UINT16_MAX ? UINT16_MAX : (uint32_t)pods;
	out->spec.cpu_milli = amount(allocatable, "cpu", 3);
	out->spec.memory_mib = amount(allocatable, "memory", 0) / 1048576;
	read_counts(allocatable, &out->spec);
	sf_kube_layout(&facts, catalog, &out->spec);
	return 0;
}

int sf_kube_node_add(struct sf_cluster *cluster, struct sf_kube_node *node, struct sf_error *err)
{
	if (sf_cluster_add_node(cluster, &node->spec, err) < 0) {
		if (node->spec.by_counts) {
			return -1;
		}
		sf_kube_by_counts(&node->spec);
		if (sf_cluster_add_node(cluster, &node->spec, err) < 0) {
			return -1;
		}
	}
	if (node->state == SF_NODE_READY) {
		return 0;
	}
	struct sf_change cordon = {
		.kind = SF_CHANGE_CORDON_NODE,
		.node = sf_cluster_nodes(cluster) - 1,
	};
	return sf_cluster_apply(cluster, &cordon, NULL, err);
}
