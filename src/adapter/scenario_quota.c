/* scenario_quota: namespaces and the most that their pods may ask for. */
// SPDX-License-Identifier: Apache-2.0
#include "scenario_read.h"

#include <slicefit/nearest.h>
#include <slicefit/resource.h>

#include <string.h>

/* As Kubernetes has it for names (RFC 1123 labels). */
enum { NAMESPACE_NAME_MAX = 63 };
enum { HARD_MAX = 1000000000, QUOTA_LIMITS_MAX = 32 };

static const char requests[] = "requests.";

static bool is_device(const char *name)
{
	if (strncmp(name, requests, strlen(requests)) != 0) {
		return false;
	}
	struct sf_resources *known = sf_resources_create();
	int number = sf_resource_intern(known, name + strlen(requests), NULL);
	sf_resources_destroy(known);
	return number >= 0;
}

/* One entry of `quota`; cpu and requests.cpu are the same to Kubernetes, as are the others. */
static int read_limit(struct sf_reader *reader, const struct sf_yaml *node,
                      struct sf_quota_limit *out)
{
	static const char *const names[][2] = {
		{"pods", "count/pods"},
		{"requests.cpu", "cpu"},
		{"requests.memory", "memory"},
	};
	struct sf_yaml amount = *node;
	uint32_t devices = 0;
	int rc;
	amount.quoted = false; /* quantities of a manifest may be quoted */
	out->resource = node->key;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(node->key, names[i][1]) == 0) {
			out->resource = names[i][0];
		}
	}
	if (strcmp(out->resource, "requests.cpu") == 0) {
		return sf_reader_cpu(reader, &amount, &out->hard);
	}
	if (strcmp(out->resource, "requests.memory") == 0) {
		return sf_reader_memory(reader, &amount, true, &out->hard);
	}
	if (strcmp(out->resource, "pods") != 0 && !is_device(out->resource)) {
		return sf_yaml_fail_key(
			node, reader->file, reader->err,
			"'%.60s' is none of pods, requests.cpu, requests.memory, "
			"requests.nvidia.com/gpu, requests.nvidia.com/mig-... (with "
			"or without .shared)",
			node->key);
	}
	rc = sf_reader_uint(reader, &amount, 0, HARD_MAX, &devices);
	out->hard = devices;
	return rc;
}

static int read_quota(struct sf_reader *reader, const struct sf_yaml *node,
                      struct sf_namespace *out)
{
	if (node == NULL) {
		return 0;
	}
	if (node->kind != SF_YAML_MAPPING || node->n > QUOTA_LIMITS_MAX) {
		return sf_yaml_fail(node, reader->file, reader->err,
		                    "expected at most %d limits: {requests.nvidia.com/gpu: 8}",
		                    QUOTA_LIMITS_MAX);
	}
	out->limit = sf_reader_array(reader, node->n, sizeof(*out->limit));
	if (out->limit == NULL) {
		return -1;
	}
	for (size_t i = 0; i < node->n; i++) {
		struct sf_quota_limit *limit = &out->limit[i];
		if (read_limit(reader, node->child[i], limit) != 0) {
			return -1;
		}
		for (size_t k = 0; k < i; k++) {
			if (strcmp(out->limit[k].resource, limit->resource) == 0) {
				return sf_yaml_fail_key(node->child[i], reader->file, reader->err,
				                        "%s is limited twice in this quota",
				                        limit->resource);
			}
		}
	}
	out->n_limits = node->n;
	return 0;
}

static const struct sf_namespace *find(const struct sf_scenario *scenario, const char *name)
{
	for (size_t i = 0; i < scenario->n_namespaces; i++) {
		if (strcmp(scenario->namespace[i].name, name) == 0) {
			return &scenario->namespace[i];
		}
	}
	return NULL;
}

static int read_namespace(struct sf_reader *reader, const struct sf_yaml *node,
                          struct sf_namespace *out)
{
	static const char *const known[] = {"name", "quota", NULL};
	if (sf_yaml_check_keys(node, reader->file, known, reader->err) != 0 ||
	    sf_reader_text(reader, sf_yaml_get(node, "name"), NAMESPACE_NAME_MAX, &out->name) !=
	            0) {
		return -1;
	}
	if (out->name == NULL) {
		return sf_yaml_fail(node, reader->file, reader->err, "a namespace needs a name");
	}
	const struct sf_namespace *same = find(reader->scenario, out->name);
	if (same != NULL) {
		return sf_yaml_fail(node, reader->file, reader->err,
		                    "namespace %s is already given in line %u", out->name,
		                    same->line);
	}
	out->line = node->line;
	return read_quota(reader, sf_yaml_get(node, "quota"), out);
}

int sf_reader_namespaces(struct sf_reader *reader, const struct sf_yaml *root)
{
	struct sf_scenario *scenario = reader->scenario;
	const struct sf_yaml *list = NULL;
	if (sf_yaml_get(root, "namespaces") == NULL) {
		return 0;
	}
	if (sf_reader_list(reader, root, "namespaces", SF_SCENARIO_LIST_MAX, &list) != 0) {
		return -1;
	}
	scenario->namespace = sf_reader_array(reader, list->n, sizeof(*scenario->namespace));
	if (scenario->namespace == NULL) {
		return -1;
	}
	for (size_t i = 0; i < list->n; i++) {
		if (read_namespace(reader, list->child[i], &scenario->namespace[i]) != 0) {
			return -1;
		}
		scenario->n_namespaces++;
	}
	return 0;
}

int sf_reader_namespace(struct sf_reader *reader, const struct sf_yaml *node, uint32_t *out)
{
	const struct sf_scenario *scenario = reader->scenario;
	const char *name = NULL;
	if (node == NULL) {
		return 0;
	}
	if (sf_reader_text(reader, node, NAMESPACE_NAME_MAX, &name) != 0) {
		return -1;
	}
	const struct sf_namespace *found = find(scenario, name);
	if (found != NULL) {
		*out = 1 + (uint32_t)(found - scenario->namespace);
		return 0;
	}
	const char **known = sf_reader_array(reader, scenario->n_namespaces + 1, sizeof(*known));
	if (known == NULL) {
		return -1;
	}
	for (size_t i = 0; i < scenario->n_namespaces; i++) {
		known[i] = scenario->namespace[i].name;
	}
	const char *near = sf_nearest_find(name, known);
	return sf_yaml_fail(node, reader->file, reader->err,
	                    "no namespace '%.63s' under 'namespaces:'%s%s%s", name,
	                    near ? ", did you mean '" : "", near ? near : "", near ? "'?" : "");
}
