/* import_impl: what the parts of the import share. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_IMPORT_IMPL_H
#define SF_IMPORT_IMPL_H

#include "kube_rule.h"
#include "kube_word.h"

#include <slicefit/import.h>
#include <slicefit/kube_node.h>
#include <slicefit/map.h>
#include <slicefit/scenario.h>

#include <jansson.h>

struct sf_arena;

#define SF_IMPORT_NONE UINT32_MAX

struct sf_import_node {
	const struct sf_manifest *object;
	struct sf_kube_node kube;
	uint16_t n_taints;
	const struct sf_taint *taint;
	const char *key;  /* equal for nodes of one pool */
	uint32_t pool;    /* in the scenario */
	uint32_t in_pool; /* which node of the pool */
};

/* Pods that belong together: those of a controller (or of one role of it), or a pod of its own. */
struct sf_import_set {
	const char *kind, *space, *name, *role; /* of the controller */
	int64_t desired;                        /* pods that the controller wants; -1: not told */
	bool daemon;                            /* one on each node that it may use */
	uint32_t gang;                          /* pods that start together; 0: each for itself */
	const struct sf_yaml *pod_template;     /* metadata and spec of its pods; or NULL */
	bool admitted;                          /* the template came from an API server */
	uint32_t first_part;                    /* of its parts, linked by next; NONE: none */
};

/* Equal pods of a set: a workload. */
struct sf_import_part {
	uint32_t set;
	uint32_t next;         /* part of the same set */
	const char *signature; /* equal pods have equal ones */
	const struct sf_yaml *labels, *spec;
	struct sf_request_spec request;
	int32_t priority;
	bool never_preempts;
	uint32_t pending;
	size_t n_running, running_cap;
	struct sf_import_running {
		uint32_t node; /* in nodes */
		const char *name;
	} * running;
	uint32_t workload; /* in the scenario */
};

struct sf_importer {
	const struct sf_manifests *in;
	const struct sf_catalog *catalog;
	const struct sf_import_options *options;
	struct sf_import *out;
	struct sf_scenario *scenario;
	struct sf_arena *arena; /* of the scenario */
	struct sf_error *err;

	size_t n_nodes, nodes_cap;
	struct sf_import_node *node; /* sorted by name */
	struct sf_map node_names;

	struct sf_map objects;         /* "kind/space/name": number in `in` */
	size_t n_classes, classes_cap; /* priority classes */
	const struct sf_manifest **class;
	size_t n_ranges, ranges_cap;
	const struct sf_manifest **range; /* limit ranges */
	size_t n_slices, slices_cap;
	const struct sf_manifest **slice; /* resource slices */
	size_t n_sets, sets_cap;
	struct sf_import_set *set;
	struct sf_map set_keys; /* "kind/space/name/role": number in set */
	size_t n_parts, parts_cap;
	struct sf_import_part *part;
	size_t *order; /* parts by the names of their workloads */

	struct sf_import_configs *configs;
	bool fractions;           /* pods ask for parts of GPUs */
	struct sf_map label_keys; /* of nodes, that rules look at */
	struct sf_map group_keys, group_names;
};

/* import_report: counts an object, notes something about one. */
void sf_import_count(struct sf_importer *imp, const char *kind, const char *what);
void sf_import_note(struct sf_importer *imp, const struct sf_manifest *object, const char *text);
/* The same of what a reader of pods or nodes says, which begins with their names. */
void sf_import_note_error(struct sf_importer *imp, const struct sf_manifest *object,
                          const char *text);
void sf_import_note_named(struct sf_importer *imp, const char *object, const char *text);

/* -1 and err: the scenario's memory is full. */
int sf_import_full(struct sf_importer *imp);

/* The most that a scenario takes of one node or pod (scenario_value.c): a million CPUs, 1 Pi. */
enum { SF_IMPORT_CPU_MAX = 1000000000, SF_IMPORT_MIB_MAX = 1 << 30 };

/* import: is it an object to use? Not without a name, and of those given twice only the last one, as with
 * kubectl apply; both are counted. */
bool sf_import_takes(struct sf_importer *imp, const struct sf_manifest *object);

/* import_node: the nodes, and the pools of equal ones. */
int sf_import_nodes(struct sf_importer *imp);

/* import_config: configurations of the operator; what they say of a node that does not say it itself. */
int sf_import_configs_read(struct sf_importer *imp);
void sf_import_configs_finish(struct sf_import_configs *configs);
void sf_import_configure(struct sf_importer *imp, struct sf_import_node *node);

/* import_dra: GPUs of resource slices, for a node that has no others; and what pods claim of them. */
struct sf_kube_pod;
void sf_import_slices(struct sf_importer *imp, struct sf_import_node *node);
void sf_import_claims(struct sf_importer *imp, const struct sf_manifest *object,
                      const struct sf_yaml *spec, struct sf_kube_pod *pod);

/* import_set: the controllers. */
int sf_import_sets(struct sf_importer *imp);
/* The set of a pod; NONE and err when memory is full. */
uint32_t sf_import_set_of(struct sf_importer *imp, const struct sf_manifest *pod);
int sf_import_index(struct sf_importer *imp);
const struct sf_manifest *sf_import_find(const struct sf_importer *imp, const char *kind,
                                         const char *space, const char *name);

/* import_pod: pods, into parts of the sets. */
int sf_import_pods(struct sf_importer *imp);

/* import_workload: parts into workloads. */
int sf_import_workloads(struct sf_importer *imp);
/* How many pods DaemonSets have, once it is known where they may run; and away with workloads that
 * have none. */
int sf_import_daemons(struct sf_importer *imp);
int sf_import_drop_empty(struct sf_importer *imp);

/* import_request: what a pod (or the template of one) asks for. `json` has metadata and spec; 0,
 * or 1 and *why when the scenario cannot hold such a pod. */
int sf_import_request(struct sf_importer *imp, const struct sf_kube_pod *pod,
                      struct sf_request_spec *out, const char **why);

/* import_rule: where pods may run. */
int sf_import_rules(struct sf_importer *imp);
/* The keys of node labels that a pod's spec looks at. */
void sf_import_rule_keys(struct sf_importer *imp, const struct sf_yaml *spec);

/* import_group: the group of all workloads whose pods a selection by pods of a part means: its number in
 * the scenario, or SF_POD_GROUP_NONE when it means none; `own`: is the part itself in it? -1: memory is
 * full. */
int sf_import_group(struct sf_importer *imp, const struct sf_pod_selection *selection,
                    uint32_t part, uint32_t *out, bool *own);

/* import_policy: priority classes, quotas, disruption budgets. */
int32_t sf_import_priority(struct sf_importer *imp, const struct sf_manifest *object,
                           const struct sf_yaml *spec, bool *never);
int sf_import_quotas(struct sf_importer *imp);
int sf_import_budgets(struct sf_importer *imp);
/* 1 + the number of a namespace in the scenario, which is made if need be; 0: there are too many. */
uint32_t sf_import_namespace(struct sf_importer *imp, const char *name);

#endif
