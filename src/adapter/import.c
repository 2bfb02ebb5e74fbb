/* import: Kubernetes objects as one scenario. */
// SPDX-License-Identifier: Apache-2.0
#include "import_impl.h"

#include <slicefit/error.h>

#include <stdlib.h>
#include <string.h>

/* What is known of kinds that no step counts by itself; all others are not needed. */
static const struct {
	const char *kind, *what;
} kinds[] = {
	{"Node", NULL},
	{"Pod", NULL},
	{"Deployment", NULL},
	{"StatefulSet", NULL},
	{"ReplicaSet", NULL},
	{"ReplicationController", NULL},
	{"DaemonSet", NULL},
	{"Job", NULL},
	{"CronJob", NULL},
	{"PyTorchJob", NULL},
	{"MPIJob", NULL},
	{"TFJob", NULL},
	{"ResourceQuota", NULL},
	{"PodDisruptionBudget", NULL},
	{"ConfigMap", NULL},
	{"ClusterPolicy", NULL},
	{"KAI Scheduler snapshot", "read"},
	{"kube-scheduler-simulator export", "read"},
	{"PodGroup", "read"},
	{"PriorityClass", "read"},
	{"LimitRange", "read"},
	{"ResourceSlice", "read"},
	{"ResourceClaim", "read"},
	{"ResourceClaimTemplate", "read"},
};

bool sf_import_takes(struct sf_importer *imp, const struct sf_manifest *object)
{
	const struct sf_manifest *last =
		sf_import_find(imp, object->kind, object->space, object->name);
	if (!sf_kube_word_is_name(object->name) ||
	    (*object->space != '\0' && !sf_kube_word_is_space(object->space))) {
		sf_import_count(imp, object->kind, "without a name that can be one, left out");
		return false;
	}
	if (last != NULL && last != object) {
		sf_import_count(imp, object->kind, "given more than once");
		return false;
	}
	return true;
}

static void count_others(struct sf_importer *imp)
{
	for (size_t i = 0; i < imp->in->n; i++) {
		const char *kind = imp->in->item[i].kind;
		const char *what = "not needed";
		for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
			if (strcmp(kinds[k].kind, kind) == 0) {
				what = kinds[k].what;
			}
		}
		if (what != NULL && *kind != '\0') {
			sf_import_count(imp, kind, what);
		}
	}
}

/* Labels that rules look at have to be known before nodes are compared. */
static void collect_keys(struct sf_importer *imp)
{
	static const char *const specs[] = {"spec", "spec.template.spec",
	                                    "spec.jobTemplate.spec.template.spec"};
	for (size_t i = 0; i < imp->in->n; i++) {
		for (size_t k = 0; k < sizeof(specs) / sizeof(specs[0]); k++) {
			sf_import_rule_keys(imp, sf_manifest_at(imp->in->item[i].tree, specs[k]));
		}
	}
}

/* Where pods ask for parts of GPUs, those that are whole are shared that way. */
static int set_fractions(struct sf_importer *imp)
{
	for (size_t p = 0; p < imp->scenario->n_pools && imp->fractions; p++) {
		struct sf_node_spec *spec = &imp->scenario->pool[p].node;
		bool whole = spec->n_gpus > 0 && !spec->by_counts && !spec->dynamic &&
		             spec->sharing.mode == SF_SHARING_NONE;
		for (uint8_t g = 0; g < spec->n_gpus; g++) {
			whole = whole && !spec->gpu[g].mig;
		}
		if (whole) {
			spec->sharing.mode = SF_SHARING_FRACTION;
			spec->strategy = SF_STRATEGY_NONE;
		}
	}
	return 0;
}

/* Nodes alone can be looked at, but not replayed. */
static int check_workloads(struct sf_importer *imp)
{
	if (imp->scenario->n_workloads == 0) {
		sf_import_note_named(imp, "scenario",
		                     "no pods: it needs workloads before it can be replayed");
	}
	return 0;
}

/* A plan may share GPUs as much as the cluster does already, and those of training never. */
static int set_plan(struct sf_importer *imp)
{
	struct sf_scenario *scenario = imp->scenario;
	uint16_t most = 1;
	for (size_t p = 0; p < scenario->n_pools; p++) {
		const struct sf_sharing *sharing = &scenario->pool[p].node.sharing;
		for (uint8_t i = 0; i < sharing->n; i++) {
			uint16_t replicas = sharing->resource[i].replicas;
			most = replicas > most ? replicas : most;
		}
	}
	for (int c = 0; c < SF_CLASSES; c++) {
		scenario->max_replicas[c] = c == SF_CLASS_TRAINING ? 1 : most;
	}
	scenario->plan.duty_sigmas = 2;
	scenario->plan.duty_cap = 0.9;
	return 0;
}

/* Kinds that have a part of their own, in the order in which the parts need each other. */
static int (*const steps[])(struct sf_importer *imp) = {
	sf_import_index,      sf_import_configs_read,
	sf_import_nodes,      sf_import_sets,
	sf_import_pods,       sf_import_workloads,
	sf_import_rules,      sf_import_daemons,
	sf_import_quotas,     sf_import_budgets,
	sf_import_drop_empty, check_workloads,
	set_fractions,        set_plan,
};

static void finish(struct sf_importer *imp)
{
	for (size_t i = 0; i < imp->n_parts; i++) {
		free(imp->part[i].running);
	}
	free(imp->node);
	free(imp->set);
	free(imp->part);
	free(imp->class);
	free(imp->range);
	free(imp->slice);
	sf_import_configs_finish(imp->configs);
	sf_map_finish(&imp->node_names);
	sf_map_finish(&imp->objects);
	sf_map_finish(&imp->set_keys);
	sf_map_finish(&imp->label_keys);
	sf_map_finish(&imp->group_keys);
	sf_map_finish(&imp->group_names);
}

int sf_import(const struct sf_manifests *in, const struct sf_catalog *catalog,
              const struct sf_import_options *options, struct sf_import *out, struct sf_error *err)
{
	*out = (struct sf_import){.scenario = sf_scenario_create(catalog, 0)};
	struct sf_importer imp = {
		.in = in,
		.catalog = catalog,
		.options = options,
		.out = out,
		.scenario = out->scenario,
		.arena = out->scenario->arena,
		.err = err,
	};
	out->scenario->name = options->name != NULL ? options->name : "imported";
	collect_keys(&imp);
	count_others(&imp);
	int rc = 0;
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]) && rc == 0; i++) {
		rc = steps[i](&imp);
	}
	finish(&imp);
	return rc;
}

void sf_import_finish(struct sf_import *import)
{
	sf_scenario_destroy(import->scenario);
	free(import->count);
	free(import->note);
	*import = (struct sf_import){0};
}
