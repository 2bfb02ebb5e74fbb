/* scenario_group: groups of workloads, for pods that keep apart or spread. */
// SPDX-License-Identifier: Apache-2.0
#include "scenario_read.h"

#include <slicefit/nearest.h>

#include <stdlib.h>

enum { GROUP_NAME_MAX = 128, GROUPS_OF_ONE_MAX = 256 };

/* The number of a group, which may be named before a workload is in it. */
int sf_reader_group(struct sf_reader *reader, const struct sf_yaml *node, uint32_t *out)
{
	struct sf_scenario *scenario = reader->scenario;
	struct sf_map *known = &reader->names->group;
	const char *name = NULL;
	if (sf_reader_text(reader, node, GROUP_NAME_MAX, &name) != 0) {
		return -1;
	}
	if (sf_map_get(known, name, out)) {
		return 0;
	}
	if (scenario->n_groups == SF_SCENARIO_LIST_MAX) {
		return sf_reader_fail_limit(reader, node, "groups", SF_SCENARIO_LIST_MAX);
	}
	if (scenario->group == NULL) {
		scenario->group = sf_reader_array(reader, SF_SCENARIO_LIST_MAX, sizeof(name));
	}
	if (scenario->group == NULL) {
		return -1;
	}
	*out = (uint32_t)scenario->n_groups++;
	scenario->group[*out] = name;
	sf_map_set(known, name, *out);
	return 0;
}

static int by_number(const void *a, const void *b)
{
	const uint32_t x = *(const uint32_t *)a;
	const uint32_t y = *(const uint32_t *)b;
	return (x > y) - (x < y);
}

/* One group or a list of them; ascending. */
int sf_reader_groups(struct sf_reader *reader, const struct sf_yaml *node, const uint32_t **out,
                     size_t *n)
{
	if (node == NULL) {
		return 0;
	}
	const bool list = node->kind == SF_YAML_SEQUENCE;
	*n = list ? node->n : 1;
	if (*n > GROUPS_OF_ONE_MAX) {
		return sf_yaml_fail(node, reader->file, reader->err, "more than %d groups",
		                    GROUPS_OF_ONE_MAX);
	}
	uint32_t *group = sf_reader_array(reader, *n, sizeof(*group));
	if (group == NULL) {
		return -1;
	}
	for (size_t i = 0; i < *n; i++) {
		const struct sf_yaml *entry = list ? node->child[i] : node;
		if (sf_reader_group(reader, entry, &group[i]) != 0) {
			return -1;
		}
		for (size_t k = 0; k < i; k++) {
			if (group[k] == group[i]) {
				return sf_yaml_fail(entry, reader->file, reader->err,
				                    "group %.60s is listed twice", entry->text);
			}
		}
	}
	if (*n > 0) {
		qsort(group, *n, sizeof(*group), by_number);
	}
	*out = group;
	return 0;
}

/* The first entry under `nodes` that names a group without members, or NULL. */
static const struct sf_yaml *find_empty(const struct sf_reader *reader, const struct sf_yaml *rule,
                                        const bool *has_members)
{
	const struct sf_yaml *apart = sf_yaml_get(rule, "apart");
	const struct sf_yaml *spread = sf_yaml_get(sf_yaml_get(rule, "spread"), "group");
	const bool list = apart != NULL && apart->kind == SF_YAML_SEQUENCE;
	uint32_t number;
	for (size_t i = 0; apart != NULL && i < (list ? apart->n : 1); i++) {
		const struct sf_yaml *entry = list ? apart->child[i] : apart;
		if (sf_map_get(&reader->names->group, entry->text, &number) &&
		    !has_members[number]) {
			return entry;
		}
	}
	return spread != NULL && sf_map_get(&reader->names->group, spread->text, &number) &&
	                       !has_members[number]
	               ? spread
	               : NULL;
}

int sf_reader_check_groups(struct sf_reader *reader, const struct sf_yaml *workloads)
{
	const struct sf_scenario *scenario = reader->scenario;
	bool *has_members = sf_reader_array(reader, scenario->n_groups, sizeof(*has_members));
	const char **known = sf_reader_array(reader, scenario->n_groups + 1, sizeof(*known));
	if (has_members == NULL || known == NULL) {
		return -1;
	}
	for (size_t i = 0; i < scenario->n_workloads; i++) {
		for (size_t k = 0; k < scenario->workload[i].n_groups; k++) {
			has_members[scenario->workload[i].group[k]] = true;
		}
	}
	for (size_t i = 0, n = 0; i < scenario->n_groups; i++) {
		if (has_members[i]) {
			known[n++] = scenario->group[i];
		}
	}
	for (size_t i = 0; i < workloads->n; i++) {
		const struct sf_yaml *rule = sf_yaml_get(workloads->child[i], "nodes");
		const struct sf_yaml *empty = find_empty(reader, rule, has_members);
		if (empty != NULL) {
			const char *near = sf_nearest_find(empty->text, known);
			return sf_yaml_fail(empty, reader->file, reader->err,
			                    "no workload has '%.60s' under 'groups:'%s%s%s",
			                    empty->text, near ? ", did you mean '" : "",
			                    near ? near : "", near ? "'?" : "");
		}
	}
	return 0;
}
