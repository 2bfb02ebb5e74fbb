/* kube_unseen: what a pod asks for that the model does not have. */
// SPDX-License-Identifier: Apache-2.0
#include "kube_unseen.h"

#include "pod_amounts.h"

#include <slicefit/manifests.h>
#include <slicefit/str.h>

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
