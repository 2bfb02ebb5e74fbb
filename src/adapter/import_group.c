/* import_group: groups of the workloads that label selectors of pods select. */
// SPDX-License-Identifier: Apache-2.0
#include "import_impl.h"

#include <slicefit/arena.h>
#include <slicefit/str.h>

#include <stdlib.h>
#include <string.h>

enum { GROUP_NAME_MAX = 120 };

/* A selection by the pods of a part. */
struct search {
	const struct sf_pod_selection *selection;
	const char *space; /* of the part */
};

static bool is_selected(const struct sf_importer *imp, const struct search *search, uint32_t index)
{
	const struct sf_import_part *part = &imp->part[index];
	return part->workload != SF_IMPORT_NONE &&
	       sf_pod_selection_has(search->selection, search->space, imp->set[part->set].space,
	                            part->labels);
}

/* "space/app=web,tier=front", cut; whatever else tells selectors apart becomes a number. */
static void describe(const struct search *search, struct sf_str *out)
{
	const struct sf_yaml *match = sf_yaml_get(search->selection->selector, "matchLabels");
	sf_str_printf(out, "%s/", search->selection->everywhere ? "*" : search->space);
	for (size_t i = 0; match != NULL && match->kind == SF_YAML_MAPPING && i < match->n; i++) {
		const struct sf_yaml *one = match->child[i];
		sf_str_printf(out, "%s%s=%s", i > 0 ? "," : "", one->key,
		              one->kind == SF_YAML_SCALAR ? one->text : "");
	}
}

/* Workloads by their numbers, as a set of bits in a text: groups of the same members are one. */
static int find_group(struct sf_importer *imp, const struct search *search, uint32_t *out)
{
	struct sf_str members = {0};
	bool any = false;
	for (uint32_t i = 0; i < imp->n_parts; i++) {
		if (is_selected(imp, search, i)) {
			sf_str_printf(&members, "%u ", imp->part[i].workload);
			any = true;
		}
	}
	*out = SF_IMPORT_NONE;
	const char *key = any ? sf_arena_strdup(imp->arena, sf_str_get(&members)) : "";
	sf_str_finish(&members);
	if (key == NULL) {
		return -1;
	}
	if (!any || sf_map_get(&imp->group_keys, key, out)) {
		return any ? 1 : 0;
	}
	*out = (uint32_t)imp->scenario->n_groups++;
	sf_map_set(&imp->group_keys, key, *out);
	return 2;
}

static const char *name_group(struct sf_importer *imp, const struct search *search)
{
	struct sf_str name = {0};
	uint32_t seen;
	describe(search, &name);
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
static int join(struct sf_importer *imp, const struct search *search, uint32_t group)
{
	for (uint32_t i = 0; i < imp->n_parts; i++) {
		if (!is_selected(imp, search, i)) {
			continue;
		}
		struct sf_workload *workload = &imp->scenario->workload[imp->part[i].workload];
		uint32_t *list = sf_arena_array(imp->arena, workload->n_groups + 1, sizeof(*list));
		if (list == NULL) {
			return -1;
		}
		if (workload->n_groups > 0) {
			memcpy(list, workload->group, workload->n_groups * sizeof(*list));
		}
		list[workload->n_groups++] = group; /* later groups have higher numbers */
		workload->group = list;
	}
	return 0;
}

int sf_import_group(struct sf_importer *imp, const struct sf_pod_selection *selection,
                    uint32_t part, uint32_t *out, bool *own)
{
	struct sf_scenario *scenario = imp->scenario;
	const struct search search = {selection, imp->set[imp->part[part].set].space};
	*own = is_selected(imp, &search, part);
	if (scenario->group == NULL) {
		scenario->group =
			sf_arena_array(imp->arena, SF_SCENARIO_LIST_MAX, sizeof(*scenario->group));
	}
	if (scenario->group == NULL || scenario->n_groups == SF_SCENARIO_LIST_MAX) {
		return -1;
	}
	int rc = find_group(imp, &search, out);
	if (rc <= 1) {
		return rc < 0 ? -1 : 0;
	}
	scenario->group[*out] = name_group(imp, &search);
	return scenario->group[*out] != NULL ? join(imp, &search, *out) : -1;
}
