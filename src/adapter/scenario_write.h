/* scenario_write: what the parts of the scenario writer share. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_SCENARIO_WRITE_H
#define SF_SCENARIO_WRITE_H

#include <slicefit/scenario.h>

struct sf_yaml_writer;

/* A whole number of some unit: 16Gi. */
void sf_scenario_write_amount(struct sf_yaml_writer *yaml, const char *key, int64_t value,
                              const char *unit);

/* Memory in the largest unit that it is a whole number of; nothing for 0. */
void sf_scenario_write_mib(struct sf_yaml_writer *yaml, const char *key, int64_t mib);

/* A duration, to the microsecond. */
void sf_scenario_write_time(struct sf_yaml_writer *yaml, const char *key, double seconds);

/* `arrival` and `duration` of a workload (scenario_write_time.c). */
void sf_scenario_write_arrival(struct sf_yaml_writer *yaml, const struct sf_arrival_spec *spec);
void sf_scenario_write_stay(struct sf_yaml_writer *yaml, const struct sf_duration_spec *spec);

/* `trace`, if there is one, with its file as seen from the root: the text may be stored anywhere. */
void sf_scenario_write_trace(struct sf_yaml_writer *yaml, const struct sf_trace *trace);

/* How many nodes a pool has and what they are called, their taints; `nodes` and `running` of a
 * workload (scenario_write_node.c). */
void sf_scenario_write_nodes(struct sf_yaml_writer *yaml, const struct sf_pool *pool);
void sf_scenario_write_rule(struct sf_yaml_writer *yaml, const struct sf_scenario *scenario,
                            const struct sf_workload *workload);
void sf_scenario_write_running(struct sf_yaml_writer *yaml, const struct sf_scenario *scenario,
                               const struct sf_workload *workload);

/* `plan` of a pool, if it says anything, and of the scenario (scenario_write_plan.c). */
void sf_scenario_write_pool_plan(struct sf_yaml_writer *yaml, const struct sf_pool *pool);
void sf_scenario_write_plan(struct sf_yaml_writer *yaml, const struct sf_scenario *scenario);

/* `events` and `contention`, as far as the scenario has them (scenario_write_event.c). */
void sf_scenario_write_events(struct sf_yaml_writer *yaml, const struct sf_scenario *scenario);
void sf_scenario_write_contention(struct sf_yaml_writer *yaml, const struct sf_scenario *scenario);

#endif
