/* scenario_write_node: names and taints of nodes, and which of them pods may use, as YAML. */
// SPDX-License-Identifier: Apache-2.0
#include "scenario_write.h"

#include <slicefit/yaml.h>

static void write_names(struct sf_yaml_writer *yaml, const struct sf_pool *pool)
{
	sf_yaml_write_sequence(yaml, "names");
	for (uint32_t i = 0; i < pool->count; i++) {
		sf_yaml_write_str(yaml, NULL, pool->node_name[i]);
	}
	sf_yaml_write_end(yaml);
}

void sf_scenario_write_nodes(struct sf_yaml_writer *yaml, const struct sf_pool *pool)
{
	if (pool->node_name != NULL) {
		write_names(yaml, pool);
	} else {
		sf_yaml_write_int(yaml, "nodes", pool->count);
	}
	if (pool->cordoned) {
		sf_yaml_write_bool(yaml, "cordoned", true);
	}
	if (pool->n_taints == 0) {
		return;
	}
	sf_yaml_write_sequence(yaml, "taints");
	for (size_t i = 0; i < pool->n_taints; i++) {
		const struct sf_taint *taint = &pool->taint[i];
		sf_yaml_write_mapping(yaml, NULL);
		sf_yaml_write_str(yaml, "key", taint->key);
		if (taint->value[0] != '\0') {
			sf_yaml_write_str(yaml, "value", taint->value);
		}
		sf_yaml_write_str(yaml, "effect", sf_taint_effect_names[taint->effect]);
		sf_yaml_write_end(yaml);
	}
	sf_yaml_write_end(yaml);
}

static void write_labels(struct sf_yaml_writer *yaml, const char *key, const struct sf_label *label,
                         size_t n)
{
	if (n == 0) {
		return;
	}
	sf_yaml_write_mapping(yaml, key);
	for (size_t i = 0; i < n; i++) {
		sf_yaml_write_str(yaml, label[i].key, label[i].value);
	}
	sf_yaml_write_end(yaml);
}

static void write_expr(struct sf_yaml_writer *yaml, const struct sf_node_expr *expr)
{
	sf_yaml_write_mapping(yaml, NULL);
	sf_yaml_write_str(yaml, "key", expr->key != NULL ? expr->key : "metadata.name");
	sf_yaml_write_str(yaml, "operator", sf_node_op_names[expr->op]);
	if (expr->n > 0) {
		sf_yaml_write_flow(yaml, "values");
		for (size_t i = 0; i < expr->n; i++) {
			sf_yaml_write_str(yaml, NULL, expr->value[i]);
		}
		sf_yaml_write_end(yaml);
	}
	sf_yaml_write_end(yaml);
}

/* Expressions on labels, or those on fields. */
static void write_exprs(struct sf_yaml_writer *yaml, const struct sf_node_term *term, bool fields)
{
	bool any = false;
	for (size_t i = 0; i < term->n; i++) {
		if ((term->expr[i].key == NULL) != fields) {
			continue;
		}
		if (!any) {
			sf_yaml_write_sequence(yaml, fields ? "matchFields" : "matchExpressions");
			any = true;
		}
		write_expr(yaml, &term->expr[i]);
	}
	if (any) {
		sf_yaml_write_end(yaml);
	}
}

static void write_terms(struct sf_yaml_writer *yaml, const char *key,
                        const struct sf_node_term *term, size_t n, bool preferred)
{
	if (n == 0) {
		return;
	}
	sf_yaml_write_sequence(yaml, key);
	for (size_t i = 0; i < n; i++) {
		sf_yaml_write_mapping(yaml, NULL);
		if (preferred) {
			sf_yaml_write_int(yaml, "weight", term[i].weight);
			sf_yaml_write_mapping(yaml, "preference");
		}
		write_exprs(yaml, &term[i], false);
		write_exprs(yaml, &term[i], true);
		if (preferred) {
			sf_yaml_write_end(yaml);
		}
		sf_yaml_write_end(yaml);
	}
	sf_yaml_write_end(yaml);
}

static void write_toleration(struct sf_yaml_writer *yaml, const struct sf_toleration *toleration)
{
	sf_yaml_write_mapping(yaml, NULL);
	if (toleration->key != NULL) {
		sf_yaml_write_str(yaml, "key", toleration->key);
	}
	sf_yaml_write_str(yaml, "operator", toleration->value != NULL ? "Equal" : "Exists");
	if (toleration->value != NULL) {
		sf_yaml_write_str(yaml, "value", toleration->value);
	}
	if (toleration->effect >= 0) {
		sf_yaml_write_str(yaml, "effect", sf_taint_effect_names[toleration->effect]);
	}
	sf_yaml_write_end(yaml);
}

static void write_groups(struct sf_yaml_writer *yaml, const char *key,
                         const struct sf_scenario *scenario, const uint32_t *group, size_t n)
{
	if (n == 0) {
		return;
	}
	sf_yaml_write_flow(yaml, key);
	for (size_t i = 0; i < n; i++) {
		sf_yaml_write_str(yaml, NULL, scenario->group[group[i]]);
	}
	sf_yaml_write_end(yaml);
}

static void write_spread(struct sf_yaml_writer *yaml, const struct sf_scenario *scenario,
                         const struct sf_node_rule *rule)
{
	if (rule->max_skew == 0) {
		return;
	}
	sf_yaml_write_mapping(yaml, "spread");
	sf_yaml_write_int(yaml, "max_skew", rule->max_skew);
	if (rule->spread > 0) {
		sf_yaml_write_str(yaml, "group", scenario->group[rule->spread - 1]);
	}
	if (rule->min_nodes > 0) {
		sf_yaml_write_int(yaml, "min_nodes", rule->min_nodes);
	}
	if (rule->spread_everywhere) {
		sf_yaml_write_str(yaml, "node_affinity_policy", "Ignore");
	}
	if (rule->spread_untainted) {
		sf_yaml_write_str(yaml, "node_taints_policy", "Honor");
	}
	sf_yaml_write_end(yaml);
}

void sf_scenario_write_rule(struct sf_yaml_writer *yaml, const struct sf_scenario *scenario,
                            const struct sf_workload *workload)
{
	const struct sf_node_rule *rule = workload->rule;
	write_groups(yaml, "groups", scenario, workload->group, workload->n_groups);
	if (rule == NULL) {
		return;
	}
	sf_yaml_write_mapping(yaml, "nodes");
	write_labels(yaml, "selector", rule->selector, rule->n_selector);
	write_terms(yaml, "affinity", rule->term, rule->n_terms, false);
	write_terms(yaml, "preferred", rule->preferred, rule->n_preferred, true);
	if (rule->n_tolerations > 0) {
		sf_yaml_write_sequence(yaml, "tolerations");
		for (size_t i = 0; i < rule->n_tolerations; i++) {
			write_toleration(yaml, &rule->toleration[i]);
		}
		sf_yaml_write_end(yaml);
	}
	if (rule->one_per_node) {
		sf_yaml_write_bool(yaml, "one_per_node", true);
	}
	write_groups(yaml, "apart", scenario, rule->apart, rule->n_apart);
	write_spread(yaml, scenario, rule);
	sf_yaml_write_end(yaml);
}

void sf_scenario_write_running(struct sf_yaml_writer *yaml, const struct sf_scenario *scenario,
                               const struct sf_workload *workload)
{
	if (workload->n_running == 0) {
		return;
	}
	sf_yaml_write_mapping(yaml, "running");
	for (size_t i = 0; i < workload->n_running; i++) {
		const struct sf_running *running = &workload->running[i];
		char buffer[SF_NODE_NAME_MAX + 1];
		uint32_t index = 0;
		const struct sf_pool *pool = sf_scenario_pool_of(scenario, running->node, &index);
		const char *node = sf_pool_node_name(pool, index, buffer);
		if (running->name == NULL) {
			sf_yaml_write_int(yaml, node, running->pods);
			continue;
		}
		sf_yaml_write_sequence(yaml, node);
		for (uint32_t k = 0; k < running->pods; k++) {
			sf_yaml_write_str(yaml, NULL, running->name[k]);
		}
		sf_yaml_write_end(yaml);
	}
	sf_yaml_write_end(yaml);
}
