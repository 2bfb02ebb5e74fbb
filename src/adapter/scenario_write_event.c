/* scenario_write_event: what happens to nodes, and how pods contend, as YAML. */
// SPDX-License-Identifier: Apache-2.0
#include "scenario_write.h"

#include <slicefit/mig_parted.h>
#include <slicefit/yaml.h>

static void write_pick(struct sf_yaml_writer *yaml, const char *key,
                       const struct sf_scenario *scenario, const struct sf_node_pick *pick)
{
	const char *pool = scenario->pool[pick->pool].name;
	char name[SF_NODE_NAME_MAX + 1];
	if (pick->kind == SF_PICK_NODE) {
		sf_yaml_write_str(yaml, key,
		                  sf_pool_node_name(&scenario->pool[pick->pool], pick->n, name));
		return;
	}
	sf_yaml_write_mapping(yaml, key);
	sf_yaml_write_str(yaml, "pool", pool);
	if (pick->kind == SF_PICK_LOT) {
		sf_yaml_write_int(yaml, "count", pick->n);
	}
	sf_yaml_write_end(yaml);
}

static void write_picks(struct sf_yaml_writer *yaml, const char *key,
                        const struct sf_scenario *scenario, const struct sf_node_event *event)
{
	if (event->n_picks == 1) {
		write_pick(yaml, key, scenario, &event->pick[0]);
		return;
	}
	sf_yaml_write_sequence(yaml, key);
	for (size_t i = 0; i < event->n_picks; i++) {
		write_pick(yaml, NULL, scenario, &event->pick[i]);
	}
	sf_yaml_write_end(yaml);
}

static void write_grace(struct sf_yaml_writer *yaml, const struct sf_node_event *event)
{
	if (event->grace_s < 0) {
		sf_yaml_write_str(yaml, "grace", "forever");
	} else if (event->grace_s > 0) {
		sf_scenario_write_time(yaml, "grace", event->grace_s);
	}
}

static void write_repartition(struct sf_yaml_writer *yaml, const struct sf_scenario *scenario,
                              const struct sf_node_event *event)
{
	const struct sf_pool *pool = &scenario->pool[event->pick[0].pool];
	sf_yaml_write_mapping(yaml, "repartition");
	write_picks(yaml, "nodes", scenario, event);
	sf_mig_config_write(yaml, "config", event->gpu, pool->node.n_gpus, event->gpus);
	sf_scenario_write_time(yaml, "takes", event->takes_s);
	write_grace(yaml, event);
	sf_yaml_write_end(yaml);
}

static void write_event(struct sf_yaml_writer *yaml, const struct sf_scenario *scenario,
                        const struct sf_node_event *event)
{
	sf_yaml_write_mapping(yaml, NULL);
	sf_scenario_write_time(yaml, "at", event->at_s);
	if (event->kind == SF_NODE_EVENT_REPARTITION) {
		write_repartition(yaml, scenario, event);
	} else {
		write_picks(yaml, sf_node_event_name(event->kind), scenario, event);
		write_grace(yaml, event);
	}
	if (event->back_s >= 0) {
		sf_scenario_write_time(yaml, "back", event->back_s);
	}
	sf_yaml_write_end(yaml);
}

void sf_scenario_write_events(struct sf_yaml_writer *yaml, const struct sf_scenario *scenario)
{
	if (scenario->n_events == 0) {
		return;
	}
	sf_yaml_write_sequence(yaml, "events");
	for (size_t i = 0; i < scenario->n_events; i++) {
		write_event(yaml, scenario, &scenario->event[i]);
	}
	sf_yaml_write_end(yaml);
}

void sf_scenario_write_contention(struct sf_yaml_writer *yaml, const struct sf_scenario *scenario)
{
	const struct sf_contention *contention = &scenario->contention;
	if (contention->efficiency <= 0) {
		return;
	}
	sf_yaml_write_mapping(yaml, "contention");
	sf_yaml_write_bool(yaml, "time_slicing", contention->time_slicing);
	sf_yaml_write_bool(yaml, "mps", contention->mps);
	sf_yaml_write_real(yaml, "efficiency", contention->efficiency);
	sf_yaml_write_end(yaml);
}
