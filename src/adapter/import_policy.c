/* import_policy: priority classes, namespaces and their quotas, disruption budgets. */
// SPDX-License-Identifier: Apache-2.0
#include "import_impl.h"
#include "kube_budget.h"
#include "kube_priority.h"

#include <slicefit/arena.h>
#include <slicefit/error.h>
#include <slicefit/quantity.h>
#include <slicefit/resource.h>

#include <string.h>

enum { LIMITS_MAX = 32, HARD_MAX = 1000000000 };

int32_t sf_import_priority(struct sf_importer *imp, const struct sf_manifest *object,
                           const struct sf_yaml *spec, bool *never)
{
	const struct sf_kube_priorities classes = {imp->n_classes, imp->class};
	int32_t priority;
	if (!sf_kube_priority(spec, &classes, &priority, never)) {
		sf_import_note(imp, object,
		               "its priority class is not given, so its priority is 0");
	}
	return priority;
}

uint32_t sf_import_namespace(struct sf_importer *imp, const char *name)
{
	struct sf_scenario *scenario = imp->scenario;
	name = *name != '\0' ? name : "default";
	for (size_t i = 0; i < scenario->n_namespaces; i++) {
		if (strcmp(scenario->namespace[i].name, name) == 0) {
			return (uint32_t)i + 1;
		}
	}
	if (scenario->namespace == NULL) {
		scenario->namespace = sf_arena_array(imp->arena, SF_SCENARIO_LIST_MAX,
		                                     sizeof(struct sf_namespace));
	}
	if (scenario->namespace == NULL || scenario->n_namespaces == SF_SCENARIO_LIST_MAX) {
		return 0;
	}
	scenario->namespace[scenario->n_namespaces++] = (struct sf_namespace){.name = name};
	return (uint32_t)scenario->n_namespaces;
}

/* What a scenario calls it, and its unit as a power of ten (CPU) or two (memory); NULL: it has none. */
static const char *limit_name(const char *key, int *scale, int64_t *unit)
{
	static const struct {
		const char *key, *name;
		int scale;
		int64_t unit;
	} known[] = {
		{"pods", "pods", 0, 1},
		{"count/pods", "pods", 0, 1},
		{"cpu", "requests.cpu", 3, 1},
		{"requests.cpu", "requests.cpu", 3, 1},
		{"memory", "requests.memory", 0, 1048576},
		{"requests.memory", "requests.memory", 0, 1048576},
	};
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strcmp(known[i].key, key) == 0) {
			*scale = known[i].scale;
			*unit = known[i].unit;
			return known[i].name;
		}
	}
	*scale = 0;
	*unit = 1;
	bool device = strncmp(key, "requests.", 9) == 0 &&
	              sf_resource_names_gpu(key + 9, strlen(key + 9));
	return device ? key : NULL;
}

/* Of several quotas each holds, so the smallest limit counts. */
static int set_limit(struct sf_importer *imp, uint32_t space, const char *name, int64_t hard)
{
	struct sf_namespace *namespace = &imp->scenario->namespace[space - 1];
	for (size_t i = 0; i < namespace->n_limits; i++) {
		struct sf_quota_limit *limit = &namespace->limit[i];
		if (strcmp(limit->resource, name) == 0) {
			limit->hard = limit->hard < hard ? limit->hard : hard;
			return 0;
		}
	}
	if (namespace->limit == NULL) {
		namespace->limit =
			sf_arena_array(imp->arena, LIMITS_MAX, sizeof(*namespace->limit));
	}
	if (namespace->limit == NULL) {
		return sf_import_full(imp);
	}
	if (namespace->n_limits < LIMITS_MAX) {
		namespace->limit[namespace->n_limits++] =
			(struct sf_quota_limit){.resource = name, .hard = hard};
	}
	return 0;
}

static int add_quota(struct sf_importer *imp, const struct sf_manifest *object)
{
	const struct sf_yaml *hard = sf_manifest_at(object->tree, "spec.hard");
	uint32_t space = sf_import_namespace(imp, object->space);
	if (sf_manifest_at(object->tree, "spec.scopes") != NULL ||
	    sf_manifest_at(object->tree, "spec.scopeSelector") != NULL) {
		sf_import_count(imp, "ResourceQuota", "with scopes, left out");
		sf_import_note(imp, object,
		               "a quota with scopes is left out: it holds for some pods only");
		return 0;
	}
	if (space == 0) {
		return sf_import_full(imp);
	}
	for (size_t i = 0; hard != NULL && hard->kind == SF_YAML_MAPPING && i < hard->n; i++) {
		const struct sf_yaml *one = hard->child[i];
		int scale;
		int64_t unit, value;
		const char *name = limit_name(one->key, &scale, &unit);
		bool read = name != NULL && one->kind == SF_YAML_SCALAR &&
		            sf_quantity_parse(one->text, strlen(one->text), scale, &value) == 0 &&
		            value >= 0;
		if (!read) {
			sf_import_count(imp, "ResourceQuota",
			                "limits of other resources, left out");
			continue;
		}
		value /= unit;
		if (set_limit(imp, space, name, value > HARD_MAX ? HARD_MAX : value) != 0) {
			return -1;
		}
	}
	sf_import_count(imp, "ResourceQuota", "read");
	return 0;
}

int sf_import_quotas(struct sf_importer *imp)
{
	for (size_t i = 0; i < imp->in->n; i++) {
		const struct sf_manifest *object = &imp->in->item[i];
		if (strcmp(object->kind, "ResourceQuota") == 0 && sf_import_takes(imp, object) &&
		    add_quota(imp, object) != 0) {
			return -1;
		}
	}
	return 0;
}

static void budget(struct sf_workload *workload, const struct sf_yaml *spec)
{
	int64_t most = sf_kube_budget_away(spec, workload->count);
	bool tighter = !workload->has_budget || (uint32_t)most < workload->max_unavailable;
	workload->max_unavailable = tighter ? (uint32_t)most : workload->max_unavailable;
	workload->has_budget = true;
}

static void add_budget(struct sf_importer *imp, const struct sf_manifest *object)
{
	const struct sf_yaml *spec = sf_yaml_get(object->tree, "spec");
	uint32_t workloads = 0;
	for (size_t i = 0; i < imp->n_parts; i++) {
		const struct sf_import_part *part = &imp->part[i];
		if (strcmp(imp->set[part->set].space, object->space) == 0 &&
		    part->workload != SF_IMPORT_NONE &&
		    sf_kube_budget_covers(object, part->labels)) {
			budget(&imp->scenario->workload[part->workload], spec);
			workloads++;
		}
	}
	sf_import_count(imp, object->kind, workloads > 0 ? "read" : "of no pods here");
	if (workloads > 1) {
		sf_import_note(imp, object,
		               "it covers several workloads; each of them is held to it by itself");
	}
}

int sf_import_budgets(struct sf_importer *imp)
{
	for (size_t i = 0; i < imp->in->n; i++) {
		const struct sf_manifest *object = &imp->in->item[i];
		if (strcmp(object->kind, "PodDisruptionBudget") == 0 &&
		    sf_import_takes(imp, object)) {
			add_budget(imp, object);
		}
	}
	return 0;
}
