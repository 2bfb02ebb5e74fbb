/* pod_file: the pod that a manifest describes: a Pod, or the template of what makes pods. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/pod_file.h>

#include "kube_json.h"
#include "yaml_json.h"

#include <slicefit/arena.h>
#include <slicefit/error.h>
#include <slicefit/kube_rule.h>
#include <slicefit/yaml.h>

#include <stdio.h>
#include <string.h>

enum { ARENA_MAX = 64 << 20 };

/* Where each kind has its template; a Kubeflow job has one per role. */
static const struct {
	const char *kind;
	const char *path[4];
	bool roles;
} templates[] = {
	{"Deployment", {"spec", "template"}, false},
	{"StatefulSet", {"spec", "template"}, false},
	{"ReplicaSet", {"spec", "template"}, false},
	{"ReplicationController", {"spec", "template"}, false},
	{"DaemonSet", {"spec", "template"}, false},
	{"Job", {"spec", "template"}, false},
	{"CronJob", {"spec", "jobTemplate", "spec", "template"}, false},
	{"PodTemplate", {"template"}, false},
	{"PyTorchJob", {"spec", "pytorchReplicaSpecs"}, true},
	{"MPIJob", {"spec", "mpiReplicaSpecs"}, true},
	{"TFJob", {"spec", "tfReplicaSpecs"}, true},
};

/* The template of the first role whose containers ask for a GPU would be best; the worker's is it. */
static json_t *role_template(json_t *roles)
{
	json_t *worker = json_object_get(roles, "Worker");
	json_t *first = json_object_iter_value(json_object_iter(roles));
	return json_object_get(worker != NULL ? worker : first, "template");
}

/* Borrowed; NULL: the object makes no pods. */
static json_t *find_template(json_t *object)
{
	const char *kind = sf_kube_text(object, "kind");
	for (size_t i = 0; i < sizeof(templates) / sizeof(templates[0]); i++) {
		json_t *at = object;
		if (strcmp(templates[i].kind, kind) != 0) {
			continue;
		}
		for (int k = 0; k < 4 && templates[i].path[k] != NULL; k++) {
			at = json_object_get(at, templates[i].path[k]);
		}
		return templates[i].roles ? role_template(at) : at;
	}
	return NULL;
}

/* The template as the pod that it would become. A new reference. */
static json_t *make_pod(json_t *object, json_t *template)
{
	json_t *pod = json_object();
	json_t *metadata = json_deep_copy(json_object_get(template, "metadata"));
	json_t *owner = json_object_get(object, "metadata");
	metadata = json_is_object(metadata) ? metadata : (json_decref(metadata), json_object());
	json_object_set_new(metadata, "name", json_string(sf_kube_text(owner, "name")));
	json_object_set_new(metadata, "namespace", json_string(sf_kube_text(owner, "namespace")));
	json_object_set_new(pod, "metadata", metadata);
	json_object_set(pod, "spec", json_object_get(template, "spec"));
	return pod;
}

static int read_pod(const json_t *pod, struct sf_pod_file *out, struct sf_error *err)
{
	if (sf_kube_pod_parse(pod, &out->pod, err) < 0) {
		return -1;
	}
	return sf_kube_rule_parse(pod, out->arena, &out->rule) == 0
	               ? 1
	               : sf_fail(err, SF_ENOMEM, "no memory left");
}

/* 1: here it is; 0: the object has none; -1: it has, and something is wrong with it. */
static int read_object(json_t *object, struct sf_pod_file *out, struct sf_error *err)
{
	if (strcmp(sf_kube_text(object, "kind"), "Pod") == 0) {
		return read_pod(object, out, err);
	}
	json_t *template = find_template(object);
	if (!json_is_object(template)) {
		return 0;
	}
	json_t *pod = make_pod(object, template);
	int rc = read_pod(pod, out, err);
	json_decref(pod);
	return rc;
}

/* The same for a document, which may be a list. */
static int read_document(json_t *root, struct sf_pod_file *out, struct sf_error *err)
{
	json_t *items = json_object_get(root, "items"), *item;
	size_t i;
	if (!json_is_array(items)) {
		return read_object(root, out, err);
	}
	json_array_foreach(items, i, item) {
		int rc = read_object(item, out, err);
		if (rc != 0) {
			return rc;
		}
	}
	return 0;
}

static int read_all(const struct sf_yaml **tree, size_t n, struct sf_pod_file *out,
                    struct sf_error *err)
{
	int rc = 0;
	for (size_t i = 0; i < n && rc == 0; i++) {
		json_t *root = sf_yaml_to_json(tree[i]);
		rc = read_document(root, out, err);
		json_decref(root);
	}
	return rc;
}

int sf_pod_file_parse(const char *text, size_t len, const char *name, struct sf_pod_file *out,
                      struct sf_error *err)
{
	struct sf_arena *arena = sf_arena_create(ARENA_MAX);
	size_t n = 0;
	const struct sf_yaml **tree = sf_yaml_parse_all(text, len, name, &n, arena, err);
	int rc = tree != NULL ? read_all(tree, n, out, err) : -1;
	if (tree != NULL && rc < 0) {
		sf_wrap(err, "%s", name);
	}
	if (rc == 0) {
		sf_fail(err, SF_EINVAL, "%s: no Pod in it, and nothing that makes pods", name);
	}
	if (rc > 0 && out->pod.space[0] == '\0') {
		snprintf(out->pod.space, sizeof(out->pod.space), "default");
	}
	sf_arena_destroy(arena);
	return rc > 0 ? 0 : -1;
}
