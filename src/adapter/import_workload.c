/* import_workload: equal pods of a controller as a workload. */
// SPDX-License-Identifier: Apache-2.0
#include "import_impl.h"

#include <slicefit/alloc.h>
#include <slicefit/arena.h>
#include <slicefit/error.h>
#include <slicefit/str.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_MAX_BYTES = 120 };

/* What pods of a controller usually do. */
static enum sf_class class_of(const char *kind)
{
	static const struct {
		const char *kind;
		enum sf_class class;
	} classes[] = {
		{"Deployment", SF_CLASS_INFERENCE}, {"StatefulSet", SF_CLASS_INFERENCE},
		{"ReplicaSet", SF_CLASS_INFERENCE}, {"DaemonSet", SF_CLASS_INFERENCE},
		{"PyTorchJob", SF_CLASS_TRAINING},  {"MPIJob", SF_CLASS_TRAINING},
		{"TFJob", SF_CLASS_TRAINING},       {"RayCluster", SF_CLASS_TRAINING},
		{"Notebook", SF_CLASS_INTERACTIVE}, {"InferenceService", SF_CLASS_INFERENCE},
	};
	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
		if (strcmp(classes[i].kind, kind) == 0) {
			return classes[i].class;
		}
	}
	return SF_CLASS_BATCH;
}

static int compare_sets(const struct sf_import_set *a, const struct sf_import_set *b)
{
	int order = strcmp(a->space, b->space);
	order = order != 0 ? order : strcmp(a->name, b->name);
	order = order != 0 ? order : strcmp(a->kind, b->kind);
	return order != 0 ? order : strcmp(a->role, b->role);
}

static int compare_parts(const void *a, const void *b, void *ctx)
{
	const struct sf_importer *imp = ctx;
	const struct sf_import_part *x = &imp->part[*(const size_t *)a];
	const struct sf_import_part *y = &imp->part[*(const size_t *)b];
	int order = compare_sets(&imp->set[x->set], &imp->set[y->set]);
	return order != 0 ? order : strcmp(x->signature, y->signature);
}

/* "space/name", with the role, and the kind or a number where names meet. */
static const char *name_of(struct sf_importer *imp, const struct sf_import_set *set,
                           struct sf_map *taken)
{
	struct sf_str base = {0};
	uint32_t seen;
	sf_str_printf(&base, "%s/%s%s%s", *set->space != '\0' ? set->space : "default", set->name,
	              *set->role != '\0' ? "-" : "", set->role);
	const char *text = sf_str_get(&base);
	int len = base.len > NAME_MAX_BYTES ? NAME_MAX_BYTES : (int)base.len;
	const char *name = sf_arena_strndup(imp->arena, text, (size_t)len);
	for (uint32_t i = 2; name != NULL && sf_map_get(taken, name, &seen); i++) {
		name = sf_arena_printf(imp->arena, "%.*s-%" PRIu32, len, text, i);
	}
	sf_str_finish(&base);
	if (name != NULL) {
		sf_map_set(taken, name, 1);
	}
	return name;
}

/* Nodes in the order of the scenario's cluster, pods of one node by name. */
static int compare_running(const void *a, const void *b, void *ctx)
{
	const struct sf_importer *imp = ctx;
	const struct sf_import_running *x = a, *y = b;
	const struct sf_import_node *m = &imp->node[x->node], *n = &imp->node[y->node];
	if (m->pool != n->pool) {
		return m->pool < n->pool ? -1 : 1;
	}
	if (m->in_pool != n->in_pool) {
		return m->in_pool < n->in_pool ? -1 : 1;
	}
	return strcmp(x->name, y->name);
}

static uint32_t number_of(const struct sf_importer *imp, uint32_t node)
{
	uint32_t number = imp->node[node].in_pool;
	for (uint32_t p = 0; p < imp->node[node].pool; p++) {
		number += imp->scenario->pool[p].count;
	}
	return number;
}

static int set_running(struct sf_importer *imp, struct sf_import_part *part,
                       struct sf_workload *workload)
{
	size_t n = part->n_running;
	if (n == 0) {
		return 0;
	}
	qsort_r(part->running, n, sizeof(*part->running), compare_running, imp);
	const char **name = sf_arena_array(imp->arena, n, sizeof(*name));
	workload->running = sf_arena_array(imp->arena, n, sizeof(*workload->running));
	if (name == NULL || workload->running == NULL) {
		return sf_import_full(imp);
	}
	for (size_t i = 0; i < n; i++) {
		name[i] = part->running[i].name;
		if (i == 0 || part->running[i].node != part->running[i - 1].node) {
			workload->running[workload->n_running++] = (struct sf_running){
				.node = number_of(imp, part->running[i].node), .name = &name[i]};
		}
		workload->running[workload->n_running - 1].pods++;
	}
	workload->n_running_pods = (uint32_t)n;
	return 0;
}

/* Pods that wait for each other can only be said to run when whole gangs do. */
static void set_gang(struct sf_importer *imp, const struct sf_import_set *set,
                     struct sf_workload *workload)
{
	if (set->gang < 2) {
		return;
	}
	if (workload->count % set->gang == 0 && workload->n_running_pods % set->gang == 0) {
		workload->gang = set->gang;
		workload->gang_timeout_s = -1;
		return;
	}
	sf_import_note(
		imp,
		&(struct sf_manifest){.kind = set->kind, .space = set->space, .name = set->name},
		"some of its pods run and some do not: they are placed one by one");
}

static int add_workload(struct sf_importer *imp, struct sf_import_part *part, struct sf_map *taken)
{
	struct sf_scenario *scenario = imp->scenario;
	const struct sf_import_set *set = &imp->set[part->set];
	struct sf_workload *workload = &scenario->workload[scenario->n_workloads];
	*workload = (struct sf_workload){
		.name = name_of(imp, set, taken),
		.count = part->pending + (uint32_t)part->n_running,
		.request = part->request,
		.class = class_of(set->kind),
		.priority = part->priority,
		.namespace = sf_import_namespace(imp, set->space),
		.preempts = imp->options->preemption && !part->never_preempts,
		.drain_cost = 1,
		.deadline_s = -1,
	};
	if (workload->name == NULL || scenario->namespace == NULL) {
		return sf_import_full(imp);
	}
	part->workload = (uint32_t)scenario->n_workloads++;
	if (set_running(imp, part, workload) != 0) {
		return -1;
	}
	set_gang(imp, set, workload);
	return 0;
}

static int check_limits(struct sf_importer *imp)
{
	uint64_t pods = 0;
	size_t workloads = 0;
	for (size_t i = 0; i < imp->n_parts; i++) {
		uint64_t n = imp->part[i].pending + imp->part[i].n_running;
		pods += n;
		workloads += n > 0;
	}
	if (pods > SF_SCENARIO_PODS_MAX || workloads > SF_SCENARIO_LIST_MAX) {
		return sf_fail(imp->err, SF_ELIMIT,
		               "%" PRIu64
		               " pods in %zu workloads: a scenario holds at most %d in %d",
		               pods, workloads, SF_SCENARIO_PODS_MAX, SF_SCENARIO_LIST_MAX);
	}
	return 0;
}

/* One part's pods join those of another. */
static void join(struct sf_import_part *to, struct sf_import_part *from)
{
	to->pending += from->pending;
	to->running = sf_xgrow(to->running, &to->running_cap, to->n_running + from->n_running + 1,
	                       sizeof(*to->running));
	for (size_t i = 0; i < from->n_running; i++) {
		to->running[to->n_running++] = from->running[i];
	}
	from->pending = 0;
	from->n_running = 0;
}

/*
 * A cluster may have more controllers than a scenario has workloads (each run of a workflow is one).
 * Then equal pods of a namespace count as one workload, whoever owns them; gangs and DaemonSets stay.
 */
static int merge_parts(struct sf_importer *imp)
{
	struct sf_map first = {0};
	int rc = 0;
	uint32_t seen;
	if (imp->n_parts <= SF_SCENARIO_LIST_MAX) {
		return 0;
	}
	for (size_t i = 0; i < imp->n_parts && rc == 0; i++) {
		struct sf_import_part *part = &imp->part[imp->order[i]];
		const struct sf_import_set *set = &imp->set[part->set];
		const char *key = sf_arena_printf(imp->arena, "%s\n%d\n%s", set->space,
		                                  class_of(set->kind), part->signature);
		rc = key == NULL ? sf_import_full(imp) : 0;
		if (rc != 0 || set->daemon || set->gang > 0) {
			continue;
		}
		if (sf_map_get(&first, key, &seen)) {
			join(&imp->part[seen], part);
		} else {
			sf_map_set(&first, key, (uint32_t)imp->order[i]);
		}
	}
	sf_map_finish(&first);
	sf_import_note_named(
		imp, "scenario",
		"more workloads than it can have: equal pods of a namespace are put together");
	return rc;
}

int sf_import_workloads(struct sf_importer *imp)
{
	struct sf_map taken = {0};
	imp->order = sf_arena_array(imp->arena, imp->n_parts + 1, sizeof(*imp->order));
	imp->scenario->workload =
		sf_arena_array(imp->arena, imp->n_parts + 1, sizeof(struct sf_workload));
	if (imp->order == NULL || imp->scenario->workload == NULL) {
		return sf_import_full(imp);
	}
	for (size_t i = 0; i < imp->n_parts; i++) {
		imp->order[i] = i;
		imp->part[i].workload = SF_IMPORT_NONE;
	}
	qsort_r(imp->order, imp->n_parts, sizeof(*imp->order), compare_parts, imp);
	if (merge_parts(imp) != 0 || check_limits(imp) != 0) {
		return -1;
	}
	int rc = 0;
	for (size_t i = 0; i < imp->n_parts && rc == 0; i++) {
		struct sf_import_part *part = &imp->part[imp->order[i]];
		if (part->pending + part->n_running > 0) {
			rc = add_workload(imp, part, &taken);
		}
	}
	sf_map_finish(&taken);
	return rc;
}

/* Nodes that take a pod of a DaemonSet now, when nobody told how many that are. */
static uint32_t count_nodes(const struct sf_importer *imp, const struct sf_workload *workload)
{
	const struct sf_scenario *scenario = imp->scenario;
	uint32_t n = 0;
	for (size_t p = 0; p < scenario->n_pools; p++) {
		const struct sf_pool *pool = &scenario->pool[p];
		for (uint32_t i = 0; i < pool->count && !pool->cordoned; i++) {
			n += sf_workload_may_use(workload, pool, i);
		}
	}
	return n;
}

int sf_import_daemons(struct sf_importer *imp)
{
	for (size_t i = 0; i < imp->n_parts; i++) {
		const struct sf_import_part *part = &imp->part[i];
		const struct sf_import_set *set = &imp->set[part->set];
		if (!set->daemon || set->desired >= 0 || part->workload == SF_IMPORT_NONE) {
			continue;
		}
		struct sf_workload *workload = &imp->scenario->workload[part->workload];
		uint32_t nodes = count_nodes(imp, workload);
		workload->count = nodes > part->n_running ? nodes : (uint32_t)part->n_running;
	}
	return 0;
}

int sf_import_drop_empty(struct sf_importer *imp)
{
	struct sf_scenario *scenario = imp->scenario;
	size_t kept = 0;
	for (size_t i = 0; i < scenario->n_workloads; i++) {
		if (scenario->workload[i].count > 0) {
			scenario->workload[kept++] = scenario->workload[i];
		}
	}
	scenario->n_workloads = kept;
	return 0;
}
