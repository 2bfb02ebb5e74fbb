/* import_group: label selectors of pods, and groups of the workloads that they select. */
// SPDX-License-Identifier: Apache-2.0
#include "import_impl.h"

#include <slicefit/arena.h>
#include <slicefit/error.h>
#include <slicefit/str.h>

#include <stdlib.h>
#include <string.h>

enum { GROUP_NAME_MAX = 120 };

static const char *value_of(const struct sf_yaml *labels, const char *key)
{
	const struct sf_yaml *label = sf_yaml_get(labels, key);
	return label != NULL && label->kind == SF_YAML_SCALAR ? label->text : NULL;
}

static bool is_among(const struct sf_yaml *values, const char *value)
{
	for (size_t i = 0; values != NULL && value != NULL && i < values->n; i++) {
		if (values->child[i]->kind == SF_YAML_SCALAR &&
		    strcmp(values->child[i]->text, value) == 0) {
			return true;
		}
	}
	return false;
}

static bool holds(const struct sf_yaml *expression, const struct sf_yaml *labels)
{
	const char *op = sf_manifest_text(expression, "operator");
	const struct sf_yaml *values = sf_yaml_get(expression, "values");
	const char *value = value_of(labels, sf_manifest_text(expression, "key"));
	if (strcmp(op, "In") == 0) {
		return is_among(values, value);
	}
	if (strcmp(op, "NotIn") == 0) {
		return !is_among(values, value);
	}
	return strcmp(op, "Exists") == 0 ? value != NULL
	                                 : strcmp(op, "DoesNotExist") == 0 && value == NULL;
}

/* A selector that is not there selects nothing, an empty one everything. */
bool sf_import_selects(const struct sf_yaml *selector, const struct sf_yaml *labels)
{
	const struct sf_yaml *match = sf_yaml_get(selector, "matchLabels");
	const struct sf_yaml *expressions = sf_yaml_get(selector, "matchExpressions");
	if (selector == NULL || selector->kind != SF_YAML_MAPPING) {
		return false;
	}
	for (size_t i = 0; match != NULL && match->kind == SF_YAML_MAPPING && i < match->n; i++) {
		const struct sf_yaml *one = match->child[i];
		const char *value = value_of(labels, one->key);
		if (one->kind != SF_YAML_SCALAR || value == NULL || strcmp(value, one->text) != 0) {
			return false;
		}
	}
	for (size_t i = 0; expressions != NULL && i < expressions->n; i++) {
		if (!holds(expressions->child[i], labels)) {
			return false;
		}
	}
	return true;
}

static bool is_selected(const struct sf_importer *imp, const struct sf_import_selection *selection,
                        uint32_t index)
{
	const struct sf_import_part *part = &imp->part[index];
	const char *space = imp->set[part->set].space;
	bool there = selection->everywhere ||
	             (selection->spaces != NULL ? is_among(selection->spaces, space)
	                                        : strcmp(selection->space, space) == 0);
	return there && part->workload != SF_IMPORT_NONE &&
	       sf_import_selects(selection->selector, part->labels);
}

/* "space/app=web,tier=front", cut; whatever else tells selectors apart becomes a number. */
static void describe(const struct sf_import_selection *selection, struct sf_str *out)
{
	const struct sf_yaml *match = sf_yaml_get(selection->selector, "matchLabels");
	sf_str_printf(out, "%s/", selection->everywhere ? "*" : selection->space);
	for (size_t i = 0; match != NULL && match->kind == SF_YAML_MAPPING && i < match->n; i++) {
		const struct sf_yaml *one = match->child[i];
		sf_str_printf(out, "%s%s=%s", i > 0 ? "," : "", one->key,
		              one->kind == SF_YAML_SCALAR ? one->text : "");
	}
}

/* Workloads by their numbers, as a set of bits in a text: groups of the same members are one. */
static int find_group(struct sf_importer *imp, const struct sf_import_selection *selection,
                      uint32_t *out)
{
	struct sf_str members = {0};
	bool any = false;
	for (uint32_t i = 0; i < imp->n_parts; i++) {
		if (is_selected(imp, selection, i)) {
			sf_str_printf(&members, "%u ", imp->part[i].workload);
			any = true;
		}
	}
	*out = SF_IMPORT_NONE;
	const char *key = any ? sf_arena_strdup(imp->arena, sf_str_get(&members)) : "";
	sf_str_finish(&members);
	if (key == NULL) {
		return sf_import_full(imp);
	}
	if (!any || sf_map_get(&imp->group_keys, key, out)) {
		return any ? 1 : 0;
	}
	*out = (uint32_t)imp->scenario->n_groups++;
	sf_map_set(&imp->group_keys, key, *out);
	return 2;
}

static const char *name_group(struct sf_importer *imp, const struct sf_import_selection *selection)
{
	struct sf_str name = {0};
	uint32_t seen;
	describe(selection, &name);
	size_t len = name.len > GROUP_NAME_MAX ? GROUP_NAME_MAX : name.len;
	for (size_t i = 0; i < len; i++) {
		bool plain = name.text[i] > ' ' && name.text[i] < 0x7f;
		name.text[i] = plain ? name.text[i] : '?';
	}
	const char *kept = sf_arena_strndup(imp->arena, sf_str_get(&name), len);
	for (uint32_t i = 2; kept != NULL && sf_map_get(&imp->group_names, kept, &seen); i++) {
		kept = sf_arena_printf(imp->arena, "%.*s#%u", (int)len, sf_str_get(&name), i);
	}
	sf_str_finish(&name);
	if (kept != NULL) {
		sf_map_set(&imp->group_names, kept, 1);
	}
	return kept;
}

/* Writes the group down with those that belong to it. */
static int join(struct sf_importer *imp, const struct sf_import_selection *selection,
                uint32_t group)
{
	for (uint32_t i = 0; i < imp->n_parts; i++) {
		if (!is_selected(imp, selection, i)) {
			continue;
		}
		struct sf_workload *workload = &imp->scenario->workload[imp->part[i].workload];
		uint32_t *list = sf_arena_array(imp->arena, workload->n_groups + 1, sizeof(*list));
		if (list == NULL) {
			return sf_import_full(imp);
		}
		if (workload->n_groups > 0) {
			memcpy(list, workload->group, workload->n_groups * sizeof(*list));
		}
		list[workload->n_groups++] = group; /* later groups have higher numbers */
		workload->group = list;
	}
	return 0;
}

int sf_import_group(struct sf_importer *imp, struct sf_import_selection *selection, uint32_t *out)
{
	struct sf_scenario *scenario = imp->scenario;
	selection->own = is_selected(imp, selection, selection->part);
	if (scenario->group == NULL) {
		scenario->group =
			sf_arena_array(imp->arena, SF_SCENARIO_LIST_MAX, sizeof(*scenario->group));
	}
	if (scenario->group == NULL || scenario->n_groups == SF_SCENARIO_LIST_MAX) {
		return sf_import_full(imp);
	}
	int rc = find_group(imp, selection, out);
	if (rc <= 1) {
		return rc < 0 ? -1 : 0;
	}
	scenario->group[*out] = name_group(imp, selection);
	return scenario->group[*out] != NULL ? join(imp, selection, *out) : sf_import_full(imp);
}
