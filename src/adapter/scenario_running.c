/* scenario_running: the pods of a workload that run when the replay begins. */
// SPDX-License-Identifier: Apache-2.0
#include "scenario_read.h"

#include <stdlib.h>
#include <string.h>

/* A namespace and the name of a pod, as Kubernetes limits them. */
enum { POD_NAME_MAX = 63 + 1 + 253 };

static int read_names(struct sf_reader *reader, const struct sf_yaml *list, struct sf_running *out)
{
	const char **name = sf_reader_array(reader, list->n, sizeof(*name));
	if (name == NULL) {
		return -1;
	}
	for (size_t i = 0; i < list->n; i++) {
		const struct sf_yaml *node = list->child[i];
		if (sf_reader_text(reader, node, POD_NAME_MAX, &name[i]) != 0) {
			return -1;
		}
		const char *slash = strchr(name[i], '/');
		if (slash == NULL || slash == name[i] || slash[1] == '\0' ||
		    strchr(slash + 1, '/') != NULL) {
			return sf_yaml_fail(node, reader->file, reader->err,
			                    "expected a pod as namespace/name");
		}
	}
	out->name = name;
	out->pods = (uint32_t)list->n;
	return 0;
}

/* NODE: 2, or NODE: [namespace/name, ...] */
static int read_node(struct sf_reader *reader, const struct sf_yaml *node, struct sf_running *out)
{
	uint32_t pool;
	uint32_t index;
	if (!sf_reader_find_node(reader, node->key, &pool, &index) ||
	    index >= reader->scenario->pool[pool].count) {
		return sf_yaml_fail_key(node, reader->file, reader->err,
		                        "no node is called '%.63s'", node->key);
	}
	out->node = index;
	for (uint32_t p = 0; p < pool; p++) {
		out->node += reader->scenario->pool[p].count;
	}
	if (node->kind == SF_YAML_SEQUENCE && node->n > 0 && node->n <= SF_SCENARIO_PODS_MAX) {
		return read_names(reader, node, out);
	}
	if (node->kind != SF_YAML_SCALAR) {
		return sf_yaml_fail(node, reader->file, reader->err,
		                    "expected a number of pods, or a list of namespace/name");
	}
	return sf_reader_uint(reader, node, 1, SF_SCENARIO_PODS_MAX, &out->pods);
}

static int by_node(const void *a, const void *b)
{
	const struct sf_running *x = a;
	const struct sf_running *y = b;
	return (x->node > y->node) - (x->node < y->node);
}

static int check_sum(struct sf_reader *reader, const struct sf_yaml *node, uint64_t pods,
                     const struct sf_workload *workload)
{
	if (pods > workload->count) {
		return sf_yaml_fail(node, reader->file, reader->err,
		                    "%llu running pods, but the workload has %u: count is all of "
		                    "them",
		                    (unsigned long long)pods, workload->count);
	}
	if (workload->gang > 0 && pods % workload->gang != 0) {
		return sf_yaml_fail(node, reader->file, reader->err,
		                    "%llu running pods are no whole gangs of %u",
		                    (unsigned long long)pods, workload->gang);
	}
	return 0;
}

int sf_reader_running(struct sf_reader *reader, const struct sf_yaml *node, struct sf_workload *out)
{
	uint64_t pods = 0;
	if (node == NULL) {
		return 0;
	}
	if (node->kind != SF_YAML_MAPPING || node->n == 0 || node->n > SF_SCENARIO_NODES_MAX) {
		return sf_yaml_fail(node, reader->file, reader->err,
		                    "expected pods by node: {node-1: 2}, or {node-1: [space/pod]}");
	}
	out->running = sf_reader_array(reader, node->n, sizeof(*out->running));
	if (out->running == NULL) {
		return -1;
	}
	for (size_t i = 0; i < node->n; i++) {
		if (read_node(reader, node->child[i], &out->running[i]) != 0) {
			return -1;
		}
		pods += out->running[i].pods;
	}
	if (check_sum(reader, node, pods, out) != 0) {
		return -1;
	}
	qsort(out->running, node->n, sizeof(*out->running), by_node);
	out->n_running = node->n;
	out->n_running_pods = (uint32_t)pods;
	return 0;
}
