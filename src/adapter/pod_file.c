/* pod_file: the pod that manifests describe: a Pod, or the template of what makes pods. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/pod_file.h>

#include "kube_admit.h"
#include "pod_template.h"
#include "yaml_json.h"

#include <slicefit/error.h>
#include <slicefit/kube_pod.h>
#include <slicefit/manifests.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* The pods on the way through the objects. */
struct search {
	size_t n; /* found */
	struct sf_pod_file best;
	bool asks; /* the best one asks for GPUs */
};

/* -1 and err: something is wrong with it. */
static int offer(struct search *search, const struct sf_manifest *object,
                 const struct sf_yaml *tree, struct sf_error *err)
{
	struct sf_kube_pod pod;
	struct sf_pod_file file = {
		.space = *object->space != '\0' ? object->space : "default",
		.name = object->name,
		.kind = object->kind,
		.tree = tree,
	};
	if (tree == NULL || tree->kind != SF_YAML_MAPPING || search->asks) {
		return 0;
	}
	if (sf_pod_file_read(&file, &pod, err) < 0) {
		return sf_wrap(err, "%s:%" PRIu32 ":%" PRIu32, object->file, object->tree->line,
		               object->tree->column);
	}
	search->asks = pod.n > 0;
	search->best = search->asks || search->n == 0 ? file : search->best;
	search->n++;
	return 0;
}

/* A template is where containers are, whatever kind it is in (JobSet, RayCluster, Rollout, ...). */
static bool is_template(const struct sf_yaml *tree)
{
	const struct sf_yaml *containers = sf_manifest_at(tree, "spec.containers");
	return containers != NULL && containers->kind == SF_YAML_SEQUENCE && containers->n > 0;
}

/* Objects are as deep as their reader lets them be. */
static int offer_all(struct search *search, const struct sf_manifest *object,
                     const struct sf_yaml *tree, struct sf_error *err)
{
	if (is_template(tree)) {
		return offer(search, object, tree, err);
	}
	for (size_t i = 0; i < tree->n; i++) {
		if (offer_all(search, object, tree->child[i], err) < 0) {
			return -1;
		}
	}
	return 0;
}

static int offer_object(struct search *search, const struct sf_manifest *object,
                        struct sf_error *err)
{
	const struct sf_pod_template *known = sf_pod_template_of(object->kind);
	bool direct = known != NULL && known->roles == NULL;
	const struct sf_yaml *tree = direct ? sf_manifest_at(object->tree, known->path) : NULL;
	if (strcmp(object->kind, "Pod") == 0) {
		return offer(search, object, object->tree, err);
	}
	return tree != NULL ? offer(search, object, tree, err)
	                    : offer_all(search, object, object->tree, err);
}

int sf_pod_file_find(const struct sf_manifests *in, const char *name, struct sf_pod_file *out,
                     struct sf_error *err)
{
	struct search search = {0};
	if (sf_manifests_refuse(in, err) < 0) {
		return -1;
	}
	for (size_t i = 0; i < in->n; i++) {
		if (offer_object(&search, &in->item[i], err) < 0) {
			return -1;
		}
	}
	if (search.n == 0) {
		return sf_fail(err, SF_EINVAL,
		               "%s: no Pod in it, and nothing that makes pods (Deployment, "
		               "StatefulSet, Job, PyTorchJob, ...)",
		               name);
	}
	*out = search.best;
	out->from = in;
	return 0;
}

int sf_pod_file_read(const struct sf_pod_file *file, struct sf_kube_pod *out, struct sf_error *err)
{
	json_t *json = sf_yaml_to_json(file->tree);
	int rc = sf_kube_admit(json, NULL, out, err);
	json_decref(json);
	if (rc < 0) {
		return -1;
	}
	snprintf(out->name, sizeof(out->name), "%s", file->name);
	snprintf(out->space, sizeof(out->space), "%s", file->space);
	out->node[0] = '\0';
	out->finished = false;
	return 0;
}
