/* kube_unseen: what a pod asks for that the model does not have. */
// SPDX-License-Identifier: Apache-2.0
#include "kube_unseen.h"

#include "pod_amounts.h"

#include <slicefit/kube_pod.h>
#include <slicefit/manifests.h>
#include <slicefit/quantity.h>
#include <slicefit/str.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Devices of others, and huge pages: with these, nodes have room or not, too. */
static bool is_unseen(const char *name)
{
	bool device = strchr(name, '/') != NULL || strncmp(name, "hugepages-", 10) == 0;
	return device && !sf_pod_amounts_known(name, strlen(name));
}

static void add_names(const struct sf_yaml *amounts, struct sf_str *out)
{
	size_t n = amounts != NULL && amounts->kind == SF_YAML_MAPPING ? amounts->n : 0;
	for (size_t i = 0; i < n; i++) {
		struct sf_str line = {0};
		const char *name = amounts->child[i]->key;
		sf_str_printf(&line, "%.200s is not counted: only GPUs, CPU and memory are\n",
		              name);
		if (is_unseen(name) && strstr(sf_str_get(out), sf_str_get(&line)) == NULL) {
			sf_str_append(out, sf_str_get(&line));
		}
		sf_str_finish(&line);
	}
}

void sf_kube_unseen(const struct sf_yaml *spec, struct sf_str *out)
{
	static const char *const lists[] = {"containers", "initContainers"};
	const struct sf_yaml *claims = sf_yaml_get(spec, "resourceClaims");
	for (size_t i = 0; i < 2; i++) {
		const struct sf_yaml *list = sf_yaml_get(spec, lists[i]);
		for (size_t k = 0; list != NULL && k < list->n; k++) {
			add_names(sf_manifest_at(list->child[k], "resources.requests"), out);
			add_names(sf_manifest_at(list->child[k], "resources.limits"), out);
		}
	}
	if (claims != NULL && claims->n > 0) {
		sf_str_append(out, "resource claims are not looked at\n");
	}
}

/* What the quota lets in of a resource; -1: it says nothing of it. */
static int64_t quota_left(const struct sf_yaml *status, const char *key)
{
	const struct sf_yaml *hard = sf_yaml_get(sf_yaml_get(status, "hard"), key);
	const struct sf_yaml *used = sf_yaml_get(sf_yaml_get(status, "used"), key);
	int64_t most, now;
	if (hard == NULL || used == NULL || hard->kind != SF_YAML_SCALAR ||
	    used->kind != SF_YAML_SCALAR ||
	    sf_quantity_parse(hard->text, strlen(hard->text), 0, &most) < 0 ||
	    sf_quantity_parse(used->text, strlen(used->text), 0, &now) < 0) {
		return -1;
	}
	return most > now ? most - now : 0;
}

static void add_quota(const struct sf_manifest *quota, const struct sf_kube_pod *pod,
                      struct sf_str *out)
{
	const struct sf_yaml *status = sf_yaml_get(quota->tree, "status");
	for (uint8_t i = 0; i < pod->n; i++) {
		char key[SF_NAME_MAX + 16];
		snprintf(key, sizeof(key), "requests.%s", pod->want[i].name);
		int64_t left = quota_left(status, key);
		if (left >= 0 && left < pod->want[i].count) {
			sf_str_printf(out,
			              "the quota %s/%.200s lets %" PRId64
			              " more %s in, so the pod cannot be made\n",
			              pod->space, quota->name, left, pod->want[i].name);
		}
	}
}

void sf_kube_quotas(const struct sf_manifests *in, const struct sf_kube_pod *pod,
                    struct sf_str *out)
{
	for (size_t i = 0; i < in->n; i++) {
		const struct sf_manifest *item = &in->item[i];
		bool here = strcmp(item->kind, "ResourceQuota") == 0 &&
		            strcmp(item->space, pod->space) == 0;
		if (here && sf_manifest_at(item->tree, "spec.scopes") == NULL &&
		    sf_manifest_at(item->tree, "spec.scopeSelector") == NULL) {
			add_quota(item, pod, out);
		}
	}
}
