/* import_rule: where the pods of a workload may run, and the labels of nodes that matter for it. */
// SPDX-License-Identifier: Apache-2.0
#include "import_impl.h"

#include <slicefit/arena.h>
#include <slicefit/error.h>

/* Keys that terms look at, so that nodes keep these labels. */
static void term_keys(struct sf_importer *imp, const struct sf_yaml *terms, const char *inner)
{
	for (size_t i = 0; terms != NULL && i < terms->n; i++) {
		const struct sf_yaml *term =
			inner != NULL ? sf_yaml_get(terms->child[i], inner) : terms->child[i];
		const struct sf_yaml *list = sf_yaml_get(term, "matchExpressions");
		for (size_t k = 0; list != NULL && k < list->n; k++) {
			const char *key = sf_manifest_text(list->child[k], "key");
			if (*key != '\0') {
				sf_map_set(&imp->label_keys, key, 1);
			}
		}
	}
}

void sf_import_rule_keys(struct sf_importer *imp, const struct sf_yaml *spec)
{
	const struct sf_yaml *selector = sf_yaml_get(spec, "nodeSelector");
	const struct sf_yaml *affinity = sf_manifest_at(spec, "affinity.nodeAffinity");
	for (size_t i = 0; selector != NULL && i < selector->n; i++) {
		if (selector->child[i]->key != NULL && *selector->child[i]->key != '\0') {
			sf_map_set(&imp->label_keys, selector->child[i]->key, 1);
		}
	}
	term_keys(
		imp,
		sf_manifest_at(affinity,
	                       "requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms"),
		NULL);
	term_keys(imp, sf_yaml_get(affinity, "preferredDuringSchedulingIgnoredDuringExecution"),
	          "preference");
}

/* The rule of a part that is being made. */
struct making {
	struct sf_importer *imp;
	uint32_t part;
	struct sf_manifest object; /* the controller or pod, for notes */
};

static void note(void *ctx, const char *why)
{
	struct making *making = ctx;
	sf_import_note(making->imp, &making->object, why);
}

static int find_group(void *ctx, const struct sf_pod_selection *selection, uint32_t *group,
                      bool *own)
{
	struct making *making = ctx;
	return sf_import_group(making->imp, selection, making->part, group, own);
}

static int make_rule(struct sf_importer *imp, uint32_t index)
{
	const struct sf_import_set *set = &imp->set[imp->part[index].set];
	struct making making = {
		.imp = imp,
		.part = index,
		.object = {.kind = set->kind, .space = set->space, .name = set->name},
	};
	const struct sf_kube_rule_reader reader = {
		.arena = imp->arena,
		.daemon = set->daemon,
		.note = note,
		.group = find_group,
		.ctx = &making,
	};
	struct sf_node_rule rule;
	if (sf_kube_rule_read(imp->part[index].spec, &reader, &rule) != 0) {
		return sf_import_full(imp);
	}
	rule.one_per_node = rule.one_per_node || set->daemon;
	if (sf_kube_rule_is_empty(&rule)) {
		return 0;
	}
	struct sf_node_rule *kept = sf_arena_alloc(imp->arena, sizeof(*kept));
	if (kept == NULL) {
		return sf_import_full(imp);
	}
	*kept = rule;
	imp->scenario->workload[imp->part[index].workload].rule = kept;
	return 0;
}

int sf_import_rules(struct sf_importer *imp)
{
	for (size_t i = 0; i < imp->n_parts; i++) {
		uint32_t index = (uint32_t)imp->order[i];
		if (imp->part[index].workload != SF_IMPORT_NONE && make_rule(imp, index) != 0) {
			return -1;
		}
	}
	return 0;
}
