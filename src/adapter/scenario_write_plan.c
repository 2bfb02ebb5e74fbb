/* scenario_write_plan: what the planner aims at, and what it may do with pools, as YAML. */
// SPDX-License-Identifier: Apache-2.0
#include "scenario_write.h"

#include <slicefit/yaml.h>

static void write_layouts(struct sf_yaml_writer *yaml, const char *key, const char *const *layout,
                          size_t n)
{
	if (n == 0) {
		return;
	}
	sf_yaml_write_flow(yaml, key);
	for (size_t i = 0; i < n; i++) {
		sf_yaml_write_str(yaml, NULL, layout[i]);
	}
	sf_yaml_write_end(yaml);
}

static void write_strategies(struct sf_yaml_writer *yaml, uint32_t strategies)
{
	if (strategies == 0) {
		return;
	}
	sf_yaml_write_flow(yaml, "strategies");
	for (int mode = 0; mode < SF_MODES; mode++) {
		if ((strategies & 1U << mode) != 0) {
			sf_yaml_write_str(yaml, NULL, sf_mode_names[mode]);
		}
	}
	sf_yaml_write_end(yaml);
}

static void write_buy_names(struct sf_yaml_writer *yaml, const struct sf_pool *pool)
{
	if (pool->buy_name) {
		sf_yaml_write_sequence(yaml, "names");
		for (uint32_t i = 0; i < pool->buy_max; i++) {
			sf_yaml_write_str(yaml, NULL, pool->buy_name[i]);
		}
		sf_yaml_write_end(yaml);
	}
}

void sf_scenario_write_pool_plan(struct sf_yaml_writer *yaml, const struct sf_pool *pool)
{
	const bool layouts = pool->n_only > 0 || pool->n_never > 0;
	if (!pool->pinned && pool->max_drained == UINT32_MAX && pool->buy_max == 0 &&
	    pool->strategies == 0 && !layouts) {
		return;
	}
	sf_yaml_write_mapping(yaml, "plan");
	if (pool->pinned) {
		sf_yaml_write_bool(yaml, "pinned", true);
	}
	if (pool->max_drained != UINT32_MAX) {
		sf_yaml_write_int(yaml, "max_drained", pool->max_drained);
	}
	if (pool->buy_max > 0) {
		sf_yaml_write_mapping(yaml, "buy");
		sf_yaml_write_int(yaml, "max", pool->buy_max);
		sf_yaml_write_real(yaml, "price", pool->price);
		write_buy_names(yaml, pool);
		sf_yaml_write_end(yaml);
	}
	write_strategies(yaml, pool->strategies);
	if (layouts) {
		sf_yaml_write_mapping(yaml, "layouts");
		write_layouts(yaml, "only", pool->layout_only, pool->n_only);
		write_layouts(yaml, "never", pool->layout_never, pool->n_never);
		sf_yaml_write_end(yaml);
	}
	sf_yaml_write_end(yaml);
}

static void write_tier(struct sf_yaml_writer *yaml, const struct sf_plan_tier_spec *tier)
{
	if (tier->n == 1 && tier->weight[0] == 1) {
		sf_yaml_write_str(yaml, NULL, sf_plan_tier_names[tier->kind[0]]);
		return;
	}
	sf_yaml_write_mapping(yaml, NULL);
	for (size_t i = 0; i < tier->n; i++) {
		sf_yaml_write_real(yaml, sf_plan_tier_names[tier->kind[i]], tier->weight[i]);
	}
	sf_yaml_write_end(yaml);
}

static void write_tiers(struct sf_yaml_writer *yaml, const struct sf_plan_spec *plan)
{
	if (plan->n_tiers == 0) {
		return;
	}
	sf_yaml_write_flow(yaml, "tiers");
	for (size_t i = 0; i < plan->n_tiers; i++) {
		write_tier(yaml, &plan->tier[i]);
	}
	sf_yaml_write_end(yaml);
}

static void write_headroom(struct sf_yaml_writer *yaml, const struct sf_plan_spec *plan)
{
	if (plan->n_headroom == 0) {
		return;
	}
	sf_yaml_write_mapping(yaml, "headroom");
	for (size_t i = 0; i < plan->n_headroom; i++) {
		sf_yaml_write_int(yaml, plan->headroom[i].kind, plan->headroom[i].count);
	}
	sf_yaml_write_end(yaml);
}

static bool any_samples(const struct sf_scenario *scenario)
{
	for (size_t w = 0; w < scenario->n_workloads; w++) {
		if (scenario->workload[w].n_duty_samples > 0) {
			return true;
		}
	}
	return false;
}

void sf_scenario_write_plan(struct sf_yaml_writer *yaml, const struct sf_scenario *scenario)
{
	const struct sf_plan_spec *plan = &scenario->plan;
	sf_yaml_write_mapping(yaml, "plan");
	sf_yaml_write_mapping(yaml, "max_replicas");
	for (int c = 0; c < SF_CLASSES; c++) {
		sf_yaml_write_int(yaml, sf_class_name((enum sf_class)c), scenario->max_replicas[c]);
	}
	sf_yaml_write_end(yaml);
	sf_scenario_write_mib(yaml, "gpu_memory_reserve", scenario->gpu_reserve_mib);
	write_tiers(yaml, plan);
	if (plan->substitute) {
		sf_yaml_write_bool(yaml, "substitute", true);
	}
	write_headroom(yaml, plan);
	if (plan->packed) {
		sf_yaml_write_str(yaml, "sharing", "packed");
	}
	sf_yaml_write_real(yaml, "duty_sigmas", plan->duty_sigmas);
	if (any_samples(scenario)) {
		sf_yaml_write_real(yaml, "duty_percentile", plan->duty_percentile);
	}
	sf_yaml_write_real(yaml, "duty_cap", plan->duty_cap);
	sf_scenario_write_mib(yaml, "process_reserve", plan->process_reserve_mib);
	sf_yaml_write_end(yaml);
}
