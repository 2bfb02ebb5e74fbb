/* kube_apart: pods that keep apart or spread over nodes, by their spec. */
// SPDX-License-Identifier: Apache-2.0
#include "kube_rule.h"

#include <slicefit/arena.h>
#include <slicefit/manifests.h>
#include <slicefit/scenario.h>

#include <stdlib.h>
#include <string.h>

static void leave_out(const struct sf_kube_rule_reader *reader, const char *why)
{
	if (reader->note != NULL) {
		reader->note(reader->ctx, why);
	}
}

static size_t entries(const struct sf_yaml *list)
{
	return list != NULL && list->kind == SF_YAML_SEQUENCE ? list->n : 0;
}

static struct sf_pod_selection select_pods(const struct sf_yaml *term)
{
	const struct sf_yaml *spaces = sf_yaml_get(term, "namespaces");
	const struct sf_yaml *by_label = sf_yaml_get(term, "namespaceSelector");
	return (struct sf_pod_selection){
		.selector = sf_yaml_get(term, "labelSelector"),
		.spaces = entries(spaces) > 0 ? spaces : NULL,
		.everywhere =
			by_label != NULL && by_label->n == 0 && by_label->kind == SF_YAML_MAPPING,
	};
}

static bool is_by_node(const struct sf_yaml *term)
{
	return strcmp(sf_manifest_text(term, "topologyKey"), SF_LABEL_HOSTNAME) == 0;
}

static int by_number(const void *a, const void *b)
{
	const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return (x > y) - (x < y);
}

/* Each group once. */
static void add_group(uint32_t *group, size_t *n, uint32_t number)
{
	size_t same = 0;
	while (same < *n && group[same] != number) {
		same++;
	}
	if (number != SF_POD_GROUP_NONE && same == *n) {
		group[(*n)++] = number;
	}
}

static int read_apart(const struct sf_yaml *list, const struct sf_kube_rule_reader *reader,
                      struct sf_node_rule *out)
{
	uint32_t *group = sf_arena_array(reader->arena, entries(list) + 1, sizeof(*group));
	out->apart = group;
	if (group == NULL) {
		return -1;
	}
	for (size_t i = 0; i < entries(list); i++) {
		struct sf_pod_selection selection = select_pods(list->child[i]);
		uint32_t number;
		bool own;
		if (!is_by_node(list->child[i])) {
			leave_out(reader, "pod anti-affinity by another key than "
			                  "kubernetes.io/hostname is left out");
			continue;
		}
		if (reader->group(reader->ctx, &selection, &number, &own) != 0) {
			return -1;
		}
		out->one_per_node = out->one_per_node || own;
		add_group(group, &out->n_apart, number);
	}
	if (out->n_apart > 0) {
		qsort(group, out->n_apart, sizeof(*group), by_number);
	}
	return 0;
}

/* A number above 0, or 0. */
static uint32_t count_at(const struct sf_yaml *tree, const char *key, long most)
{
	char *end;
	long value = strtol(sf_manifest_text(tree, key), &end, 10);
	return *end == '\0' && value > 0 && value <= most ? (uint32_t)value : 0;
}

/* The constraint of the smallest skew is the one that is kept. */
static int read_spread(const struct sf_yaml *term, const struct sf_kube_rule_reader *reader,
                       struct sf_node_rule *out)
{
	struct sf_pod_selection selection = select_pods(term);
	uint32_t skew = count_at(term, "maxSkew", SF_SCENARIO_PODS_MAX), number;
	bool own;
	selection.spaces = NULL;
	if (skew < 1) {
		leave_out(reader, "a spread constraint without maxSkew is left out");
		return 0;
	}
	if (out->max_skew > 0) {
		leave_out(reader,
		          "of several spread constraints by node the strictest one is kept");
		if (skew >= out->max_skew) {
			return 0;
		}
	}
	if (reader->group(reader->ctx, &selection, &number, &own) != 0) {
		return -1;
	}
	if (number == SF_POD_GROUP_NONE) {
		leave_out(reader, "a spread constraint that selects no pods is left out");
		return 0;
	}
	out->max_skew = skew;
	out->spread = 1 + number;
	out->min_nodes = count_at(term, "minDomains", SF_SCENARIO_NODES_MAX);
	out->spread_everywhere =
		strcmp(sf_manifest_text(term, "nodeAffinityPolicy"), "Ignore") == 0;
	out->spread_untainted = strcmp(sf_manifest_text(term, "nodeTaintsPolicy"), "Honor") == 0;
	return 0;
}

static int read_spreads(const struct sf_yaml *list, const struct sf_kube_rule_reader *reader,
                        struct sf_node_rule *out)
{
	for (size_t i = 0; i < entries(list); i++) {
		const struct sf_yaml *term = list->child[i];
		bool wish =
			strcmp(sf_manifest_text(term, "whenUnsatisfiable"), "ScheduleAnyway") == 0;
		if (wish || !is_by_node(term)) {
			leave_out(reader, wish ? "spreading that is only wished for is left out"
			                       : "spreading by another key than "
			                         "kubernetes.io/hostname is left out");
		} else if (read_spread(term, reader, out) != 0) {
			return -1;
		}
	}
	return 0;
}

static void note_others(const struct sf_yaml *affinity, const struct sf_kube_rule_reader *reader)
{
	static const struct {
		const char *path, *why;
	} others[] = {
		{"podAffinity.requiredDuringSchedulingIgnoredDuringExecution",
	         "pod affinity is left out"},
		{"podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution",
	         "pod anti-affinity that is only wished for is left out"},
	};
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		if (entries(sf_manifest_at(affinity, others[i].path)) > 0) {
			leave_out(reader, others[i].why);
		}
	}
}

int sf_kube_apart_read(const struct sf_yaml *spec, const struct sf_kube_rule_reader *reader,
                       struct sf_node_rule *out)
{
	const struct sf_yaml *affinity = sf_yaml_get(spec, "affinity");
	const struct sf_yaml *apart = sf_manifest_at(
		affinity, "podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution");
	if (reader->group == NULL) {
		return 0;
	}
	if (read_apart(apart, reader, out) != 0 ||
	    read_spreads(sf_yaml_get(spec, "topologySpreadConstraints"), reader, out) != 0) {
		return -1;
	}
	note_others(affinity, reader);
	return 0;
}
