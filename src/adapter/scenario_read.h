/* scenario_read: what the parts of the scenario reader share. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_SCENARIO_READ_H
#define SF_SCENARIO_READ_H

#include <slicefit/map.h>
#include <slicefit/scenario.h>
#include <slicefit/scenario_yaml.h>
#include <slicefit/yaml.h>

/* What the scenario calls by name. Zero-initialise; finish with sf_reader_names_finish. */
struct sf_reader_names {
	struct sf_map pool;
	struct sf_map node; /* nodes with names of their own, by their numbers in the cluster */
	struct sf_map group;
};

void sf_reader_names_finish(struct sf_reader_names *names);

/* A scenario being read: where it comes from, what it becomes, where errors go. */
struct sf_reader {
	const char *file;
	struct sf_reader_names *names;
	const struct sf_catalog *catalog;
	struct sf_arena *arena;
	struct sf_scenario *scenario;
	struct sf_error *err;
	bool nodes_only;     /* workloads may be missing */
	size_t duty_samples; /* of each workload that has some; 0: none so far */
};

/* Lists of the document (scenario_pool.c, scenario_workload.c). */
int sf_reader_pools(struct sf_reader *reader, const struct sf_yaml *list);
int sf_reader_workloads(struct sf_reader *reader, const struct sf_yaml *list);

/* One entry of that list; out->name is what it is called when it has no name. */
int sf_reader_workload(struct sf_reader *reader, const struct sf_yaml *node,
                       struct sf_workload *out);
/* Its gpu_duty (scenario_duty.c). */
int sf_reader_duty(struct sf_reader *reader, const struct sf_yaml *node, struct sf_workload *out);
/* The trace of the document (scenario_trace.c): reads the file, beside the scenario's own. */
int sf_reader_trace(struct sf_reader *reader, const struct sf_yaml *node);

/* When the pods of a workload come and how long they stay (scenario_time.c). */
int sf_reader_arrival(struct sf_reader *reader, const struct sf_yaml *node,
                      struct sf_arrival_spec *out);
int sf_reader_stay(struct sf_reader *reader, const struct sf_yaml *node,
                   struct sf_duration_spec *out);

/* How much worse than its baseline each metric may be (scenario_tolerance.c). */
int sf_reader_tolerances(struct sf_reader *reader, const struct sf_yaml *node);
/* A product of the catalog. */
int sf_reader_product(struct sf_reader *reader, const struct sf_yaml *node,
                      const struct sf_product **out);
/* Names, taints and state of a pool's nodes, whose number is read (scenario_node.c). */
int sf_reader_pool_nodes(struct sf_reader *reader, const struct sf_yaml *node,
                         struct sf_pool *pool);
/* A list of names that is not empty; NULL and an error. */
const char *const *sf_reader_node_names(struct sf_reader *reader, const struct sf_yaml *list);
/* Once all pools are read: their names and those of their nodes; refuses what is given twice. */
int sf_reader_learn_nodes(struct sf_reader *reader, const struct sf_yaml *pools);
/* After that: the number of a pool or -1; the pool of a node and which of its nodes it is, which may
 * be one that is added later. */
int sf_reader_find_pool(const struct sf_reader *reader, const char *name);
bool sf_reader_find_node(const struct sf_reader *reader, const char *name, uint32_t *pool,
                         uint32_t *index);
/* `plan` of a pool, whose GPUs are read (scenario_pool_plan.c). */
int sf_reader_pool_plan(struct sf_reader *reader, const struct sf_yaml *node, struct sf_pool *pool);

/* `plan` of the scenario (NULL: its defaults; scenario_plan.c). */
int sf_reader_plan(struct sf_reader *reader, const struct sf_yaml *node);

/* `nodes` and `groups` of a workload: where its pods may run (scenario_rule.c). */
int sf_reader_rule(struct sf_reader *reader, const struct sf_yaml *workload,
                   struct sf_workload *out);

/* Its terms on nodes (scenario_affinity.c). */
int sf_reader_terms(struct sf_reader *reader, const struct sf_yaml *list, bool preferred,
                    const struct sf_node_term **out, size_t *n);

/* The number of a group, which may be named before a workload is in it; one or a list of them,
 * ascending. Once all workloads are read: refuses groups that none of them is in
 * (scenario_group.c). */
int sf_reader_group(struct sf_reader *reader, const struct sf_yaml *node, uint32_t *out);
int sf_reader_groups(struct sf_reader *reader, const struct sf_yaml *node, const uint32_t **out,
                     size_t *n);
int sf_reader_check_groups(struct sf_reader *reader, const struct sf_yaml *workloads);

/* `running` of a workload, whose count and gang are read (scenario_running.c). */
int sf_reader_running(struct sf_reader *reader, const struct sf_yaml *node,
                      struct sf_workload *out);

/* Where the placements of a pool's MIG layout are not known, describes its nodes by their counts;
 * the layout stays for reports and for writing it back (scenario_counts.c). */
int sf_reader_counts(struct sf_reader *reader, const struct sf_yaml *node, struct sf_pool *pool);

/* Who may take whose place, and what that costs (scenario_preempt.c): `preemption` of the scenario,
 * read before the workloads; `preemption`, `checkpoint` and `disruption` of a workload. */
int sf_reader_preemption(struct sf_reader *reader, const struct sf_yaml *node, bool *out);
int sf_reader_disruption(struct sf_reader *reader, const struct sf_yaml *workload,
                         struct sf_workload *out);

/* `gang` of a workload, whose count and deadline are read (scenario_gang.c). */
int sf_reader_gang(struct sf_reader *reader, const struct sf_yaml *workload,
                   struct sf_workload *out);

/* `events` of the scenario (NULL: none); they name pools, so these come first (scenario_event.c). */
int sf_reader_events(struct sf_reader *reader, const struct sf_yaml *list);

/* The new layout of an event: out->pick is read from `nodes`, which are of one pool; fills the GPUs
 * that `config` sets (scenario_repartition.c). */
int sf_reader_repartition(struct sf_reader *reader, const struct sf_yaml *nodes,
                          const struct sf_yaml *config, struct sf_node_event *out);

/* `contention` of the scenario (NULL: absent; scenario_contention.c). */
int sf_reader_contention(struct sf_reader *reader, const struct sf_yaml *node);

/* `queue` of the scenario (scenario_queue.c). */
int sf_reader_queue(struct sf_reader *reader, const struct sf_yaml *node);

/* `namespaces` of the scenario, read before the workloads, and `namespace` of a workload
 * (scenario_quota.c). */
int sf_reader_namespaces(struct sf_reader *reader, const struct sf_yaml *root);
int sf_reader_namespace(struct sf_reader *reader, const struct sf_yaml *node, uint32_t *out);

/* A key that is often written where it is not known, and what to say then. A list ends with NULL. */
struct sf_reader_slip {
	const char *key, *mend;
};

/* sf_yaml_check_keys with better advice for known slips (scenario_slips.c). */
int sf_reader_check_keys(struct sf_reader *reader, const struct sf_yaml *node,
                         const char *const *known, const struct sf_reader_slip *slips);

/* Values; every reader refuses with the place (scenario_value.c). An absent key (NULL node) leaves
 * *out as it is. */

/* Seconds: a number, or "90s", "15m", "1h30m", "2d", "90min". */
int sf_reader_duration(struct sf_reader *reader, const struct sf_yaml *node, double *out);

/* Arrivals per second: "12/h", "0.5/s", "3/m", "100/d". */
int sf_reader_rate(struct sf_reader *reader, const struct sf_yaml *node, double *out);

/* A quantity of CPUs in milli-CPU. */
int sf_reader_cpu(struct sf_reader *reader, const struct sf_yaml *node, int64_t *milli);

/* A quantity of bytes in MiB: what is asked for is rounded up, what a node has (`down`) down. */
int sf_reader_memory(struct sf_reader *reader, const struct sf_yaml *node, bool down, int64_t *mib);

/* Numbers, quoted or not. */
int sf_reader_int(struct sf_reader *reader, const struct sf_yaml *node, int64_t min, int64_t max,
                  int64_t *out);
int sf_reader_real(struct sf_reader *reader, const struct sf_yaml *node, double min, double max,
                   double *out);
int sf_reader_uint(struct sf_reader *reader, const struct sf_yaml *node, uint32_t min, uint32_t max,
                   uint32_t *out);
int sf_reader_bool(struct sf_reader *reader, const struct sf_yaml *node, bool *out);

/* Printable text of 1..max bytes. */
int sf_reader_text(struct sf_reader *reader, const struct sf_yaml *node, size_t max,
                   const char **out);

/* The `name`s in a list of mappings, each with the first entry that has it. */
void sf_reader_given_names(const struct sf_yaml *list, struct sf_map *out);

/* WHAT-N for entry N - 1 of a list, which has no name of its own; names that other entries were
 * given are passed over. */
const char *sf_reader_default_name(struct sf_reader *reader, const struct sf_yaml *list,
                                   const struct sf_map *given, size_t index, const char *what);

/* Labels as `name: value`, sorted by name; the parts of one; the effect of a taint
 * (scenario_node.c). */
int sf_reader_labels(struct sf_reader *reader, const struct sf_yaml *node, struct sf_label **out,
                     size_t *n);
int sf_reader_label_key(struct sf_reader *reader, const struct sf_yaml *node, const char *key);
int sf_reader_label_value(struct sf_reader *reader, const struct sf_yaml *node, const char **out);
int sf_reader_effect(struct sf_reader *reader, const struct sf_yaml *node, int *out);

/* Is it the name of a MIG profile of some product? `text` is the key of `node`, or its value. */
int sf_reader_profile(struct sf_reader *reader, const struct sf_yaml *node, const char *text);

/* A class of pods. */
int sf_reader_class(struct sf_reader *reader, const struct sf_yaml *node, enum sf_class *out);

/* A list of at most `max` entries; a missing or empty one is refused with "no WHAT: ...". */
int sf_reader_list(struct sf_reader *reader, const struct sf_yaml *parent, const char *key,
                   size_t max, const struct sf_yaml **out);

/* Is it a list of at most `max` entries, or absent? */
int sf_reader_some(struct sf_reader *reader, const struct sf_yaml *node, size_t max,
                   const char *what);

/* Refuses the entry with which there are more than `max` of `what`; returns -1. */
int sf_reader_fail_limit(struct sf_reader *reader, const struct sf_yaml *node, const char *what,
                         int max);

/* Zeroed memory that lives as long as the scenario; NULL and an error when there is none left. */
void *sf_reader_array(struct sf_reader *reader, size_t n, size_t size);

#endif
