/* cluster_rule_build: the rules of a cluster: made, copied, checked, told in words. */
// SPDX-License-Identifier: Apache-2.0
#include "cluster_rule_impl.h"

#include "cluster_impl.h"

#include <slicefit/alloc.h>
#include <slicefit/arena.h>

#include <stdlib.h>
#include <string.h>

enum { RULES_MAX = UINT16_MAX };

const struct sf_taint *sf_node_taints(struct sf_cluster *cluster, const struct sf_taint *taint,
                                      uint16_t n)
{
	struct sf_taint *copy = sf_arena_array(cluster->arena, n, sizeof(*copy));
	for (uint16_t i = 0; i < n; i++) {
		copy[i] = (struct sf_taint){
			.key = sf_arena_strdup(cluster->arena, taint[i].key),
			.value = sf_arena_strdup(cluster->arena, taint[i].value),
			.effect = taint[i].effect,
		};
	}
	return copy;
}

struct sf_node_traits sf_rule_traits(const struct sf_node *node)
{
	return (struct sf_node_traits){
		.name = node->name,
		.label = node->label,
		.n_labels = node->n_labels,
		.taint = node->taint,
		.n_taints = node->n_taints,
	};
}

static struct sf_rule_sight look_at(const struct sf_node_rule *rule, const struct sf_node *node)
{
	const struct sf_node_traits traits = sf_rule_traits(node);
	const struct sf_taint *taint;
	const enum sf_rule_fit fit = sf_node_rule_judge(rule, &traits, &taint);
	return (struct sf_rule_sight){
		.verdict = (uint8_t)fit,
		.selected = fit == SF_RULE_TAINT ? sf_node_rule_selects(rule, &traits)
	                                         : fit == SF_RULE_FITS,
		.tolerated = taint == NULL,
	};
}

/* Do they differ in their names at most? */
static bool looks_alike(const struct sf_node *a, const struct sf_node *b)
{
	if (a->n_labels != b->n_labels || a->n_taints != b->n_taints) {
		return false;
	}
	for (uint16_t i = 0; i < a->n_labels; i++) {
		if (strcmp(a->label[i].key, b->label[i].key) != 0 ||
		    strcmp(a->label[i].value, b->label[i].value) != 0) {
			return false;
		}
	}
	for (uint16_t i = 0; i < a->n_taints; i++) {
		if (strcmp(a->taint[i].key, b->taint[i].key) != 0 ||
		    strcmp(a->taint[i].value, b->taint[i].value) != 0 ||
		    a->taint[i].effect != b->taint[i].effect) {
			return false;
		}
	}
	return true;
}

/* The same array with room for `to` entries, those from `from` on zero. */
static void *grow_zero(void *array, size_t from, size_t to, size_t size)
{
	char *grown = sf_xresize(array, to * size);
	memset(grown + from * size, 0, (to - from) * size);
	return grown;
}

static void reserve_nodes(struct sf_rules *rules, uint32_t n)
{
	const uint32_t from = rules->cap_nodes;
	if (n <= from) {
		return;
	}
	const uint32_t to = n > 2 * from ? n : 2 * from;
	for (size_t i = 0; i < rules->n; i++) {
		struct sf_rule *rule = &rules->rule[i];
		rule->sight = grow_zero(rule->sight, from, to, sizeof(*rule->sight));
	}
	for (size_t i = 0; i < rules->n_groups; i++) {
		struct sf_rule_group *group = &rules->group[i];
		if (group->pods != NULL) {
			group->pods = grow_zero(group->pods, from, to, sizeof(*group->pods));
			group->shunned =
				grow_zero(group->shunned, from, to, sizeof(*group->shunned));
		}
	}
	rules->alike = grow_zero(rules->alike, from, to, sizeof(*rules->alike));
	rules->cap_nodes = to;
}

static void compare_with_last(struct sf_rules *rules, const struct sf_cluster *cluster,
                              uint32_t node)
{
	rules->alike[node] =
		node > 0 && looks_alike(&cluster->node[node], &cluster->node[node - 1]);
}

void sf_rules_add_node(struct sf_rules *rules, const struct sf_cluster *cluster, uint32_t node)
{
	reserve_nodes(rules, node + 1);
	rules->n_nodes = node + 1;
	compare_with_last(rules, cluster, node);
	for (size_t i = 0; i < rules->n; i++) {
		struct sf_rule *rule = &rules->rule[i];
		rule->sight[node] = look_at(rule->rule, &cluster->node[node]);
	}
	sf_rules_node_changed(rules, cluster, node);
}

void sf_rules_drop_node(struct sf_rules *rules)
{
	const uint32_t node = --rules->n_nodes;
	for (size_t i = 0; i < rules->n; i++) {
		struct sf_rule *rule = &rules->rule[i];
		if (rule->sight[node].counts) {
			sf_spread_uncount_node(&rule->spread,
			                       rules->group[rule->watched].pods[node]);
		}
		rule->sight[node] = (struct sf_rule_sight){0};
	}
}

/* Groups between those that are in use have no counts. */
static void need_group(struct sf_rules *rules, uint32_t number)
{
	if (rules->n_groups <= number) {
		rules->group = sf_xgrow(rules->group, &rules->cap_groups, (size_t)number + 1,
		                        sizeof(*rules->group));
		rules->n_groups = (size_t)number + 1;
	}
	struct sf_rule_group *group = &rules->group[number];
	if (group->pods == NULL) {
		group->pods = sf_xcalloc((size_t)rules->cap_nodes + 1, sizeof(*group->pods));
		group->shunned = sf_xcalloc((size_t)rules->cap_nodes + 1, sizeof(*group->shunned));
	}
}

static uint32_t *copy_groups(struct sf_rules *rules, const uint32_t *group, size_t n, uint32_t more)
{
	uint32_t *copy = sf_xcalloc(n + 1, sizeof(*copy));
	for (size_t i = 0; i < n; i++) {
		copy[i] = group[i];
		need_group(rules, group[i]);
	}
	copy[n] = more;
	if (more != SF_GROUP_NONE) {
		need_group(rules, more);
	}
	return copy;
}

static bool is_in(const struct sf_rule *rule, uint32_t group)
{
	for (size_t i = 0; i < rule->n_groups; i++) {
		if (rule->group[i] == group) {
			return true;
		}
	}
	return false;
}

static void watch(struct sf_rules *rules, struct sf_rule *rule, uint32_t group)
{
	need_group(rules, group);
	struct sf_rule_group *watched = &rules->group[group];
	rule->watched = group;
	rule->watches_self = is_in(rule, group);
	watched->watcher = sf_xgrow(watched->watcher, &watched->cap_watchers,
	                            watched->n_watchers + 1, sizeof(*watched->watcher));
	watched->watcher[watched->n_watchers++] = (uint16_t)(rule - rules->rule);
}

static void look_at_all(struct sf_rules *rules, struct sf_rule *rule,
                        const struct sf_cluster *cluster)
{
	const bool by_name = sf_node_rule_by_name(rule->rule);
	for (uint32_t i = 0; i < rules->n_nodes; i++) {
		const bool same = rules->alike[i] && !by_name;
		rule->sight[i] = same ? rule->sight[i - 1] : look_at(rule->rule, &cluster->node[i]);
	}
	for (uint32_t i = 0; i < rules->n_nodes && rule->watched != SF_GROUP_NONE; i++) {
		sf_rule_set_counts(rules, rule, &cluster->node[i], i);
	}
}

static struct sf_rules *create(const struct sf_cluster *cluster)
{
	struct sf_rules *rules = sf_xcalloc(1, sizeof(*rules));
	reserve_nodes(rules, cluster->n_nodes);
	rules->n_nodes = cluster->n_nodes;
	for (uint32_t i = 0; i < rules->n_nodes; i++) {
		compare_with_last(rules, cluster, i);
	}
	return rules;
}

uint16_t sf_cluster_add_rule(struct sf_cluster *cluster, const struct sf_rule_spec *spec)
{
	static const struct sf_node_rule none;
	const struct sf_node_rule *what = spec->rule != NULL ? spec->rule : &none;
	if (cluster->rules == NULL) {
		cluster->rules = create(cluster);
	}
	struct sf_rules *rules = cluster->rules;
	if (rules->n == RULES_MAX) {
		return 0;
	}
	rules->rule = sf_xgrow(rules->rule, &rules->cap, rules->n + 1, sizeof(*rules->rule));
	struct sf_rule *rule = &rules->rule[rules->n++];
	*rule = (struct sf_rule){
		.rule = spec->rule,
		.n_groups = spec->n_groups,
		.group = copy_groups(rules, spec->group, spec->n_groups, SF_GROUP_NONE),
		.n_apart = what->n_apart + what->one_per_node,
		.apart = copy_groups(rules, what->apart, what->n_apart,
	                             what->one_per_node ? spec->own : SF_GROUP_NONE),
		.watched = SF_GROUP_NONE,
		.sight = sf_xcalloc((size_t)rules->cap_nodes + 1, sizeof(*rule->sight)),
	};
	if (what->max_skew > 0) {
		watch(rules, rule, what->spread > 0 ? what->spread - 1 : spec->own);
	}
	look_at_all(rules, rule, cluster);
	return (uint16_t)rules->n;
}

static void finish_rule(struct sf_rule *rule)
{
	free(rule->group);
	free(rule->apart);
	free(rule->sight);
	free(rule->spread.having);
}

void sf_rules_destroy(struct sf_rules *rules)
{
	if (rules == NULL) {
		return;
	}
	for (size_t i = 0; i < rules->n; i++) {
		finish_rule(&rules->rule[i]);
	}
	for (size_t i = 0; i < rules->n_groups; i++) {
		free(rules->group[i].pods);
		free(rules->group[i].shunned);
		free(rules->group[i].watcher);
	}
	free(rules->rule);
	free(rules->group);
	free(rules->alike);
	free(rules);
}

static void *duplicate(const void *array, size_t n, size_t size)
{
	void *out = sf_xcalloc(n + 1, size);
	if (n > 0) {
		memcpy(out, array, n * size);
	}
	return out;
}

struct sf_rules *sf_rules_clone(const struct sf_rules *rules)
{
	if (rules == NULL) {
		return NULL;
	}
	const size_t nodes = rules->cap_nodes;
	struct sf_rules *to = duplicate(rules, 1, sizeof(*rules));
	to->rule = duplicate(rules->rule, rules->n, sizeof(*rules->rule));
	to->cap = rules->n;
	to->group = duplicate(rules->group, rules->n_groups, sizeof(*rules->group));
	to->cap_groups = rules->n_groups;
	to->alike = duplicate(rules->alike, nodes, sizeof(*rules->alike));
	for (size_t i = 0; i < rules->n; i++) {
		struct sf_rule *rule = &to->rule[i];
		rule->group = duplicate(rule->group, rule->n_groups, sizeof(*rule->group));
		rule->apart = duplicate(rule->apart, rule->n_apart, sizeof(*rule->apart));
		rule->sight = duplicate(rule->sight, nodes, sizeof(*rule->sight));
		rule->spread.having =
			duplicate(rule->spread.having, rule->spread.cap, sizeof(uint32_t));
	}
	for (size_t i = 0; i < rules->n_groups; i++) {
		struct sf_rule_group *group = &to->group[i];
		if (group->pods != NULL) {
			group->pods = duplicate(group->pods, nodes, sizeof(*group->pods));
			group->shunned = duplicate(group->shunned, nodes, sizeof(*group->shunned));
		}
		group->watcher =
			duplicate(group->watcher, group->n_watchers, sizeof(*group->watcher));
		group->cap_watchers = group->n_watchers;
	}
	return to;
}
