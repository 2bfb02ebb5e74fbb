/*
 * cluster_rule: who may run where in a cluster.
 *
 * Keeping apart and spreading are those of kubernetes/kubernetes pkg/scheduler/framework/plugins:
 * interpodaffinity/filtering.go (satisfyPodAntiAffinity, satisfyExistingPodsAntiAffinity) and
 * podtopologyspread/filtering.go, with the topology key kubernetes.io/hostname.
 */
// SPDX-License-Identifier: Apache-2.0
#include "cluster_rule_impl.h"

#include "cluster_impl.h"

#include <slicefit/alloc.h>

static void move_count(struct sf_rule_spread *spread, uint32_t from, uint32_t to)
{
	spread->having =
		sf_xgrow(spread->having, &spread->cap, (size_t)to + 1, sizeof(*spread->having));
	spread->having[from]--;
	spread->having[to]++;
	if (to < spread->least) {
		spread->least = to;
	}
	while (spread->having[spread->least] == 0) {
		spread->least++;
	}
}

static void count_node(struct sf_rule_spread *spread, uint32_t pods)
{
	spread->having =
		sf_xgrow(spread->having, &spread->cap, (size_t)pods + 1, sizeof(*spread->having));
	spread->having[pods]++;
	if (spread->nodes++ == 0 || pods < spread->least) {
		spread->least = pods;
	}
}

void sf_spread_uncount_node(struct sf_rule_spread *spread, uint32_t pods)
{
	spread->having[pods]--;
	if (--spread->nodes == 0) {
		spread->least = 0;
		return;
	}
	while (spread->having[spread->least] == 0) {
		spread->least++;
	}
}

uint32_t sf_rule_level(const struct sf_rule *rule)
{
	return rule->watched == SF_GROUP_NONE || rule->spread.nodes < rule->rule->min_nodes
	               ? 0
	               : rule->spread.least;
}

/* Does the node count for the rule's spread? A node that takes no pods has a taint that says so. */
bool sf_rule_should_count(const struct sf_rule *rule, const struct sf_rule_sight *sight,
                          const struct sf_node *node)
{
	if ((node->state & SF_NODE_REMOVED) != 0) {
		return false;
	}
	return (sight->selected || rule->rule->spread_everywhere) &&
	       (!rule->rule->spread_untainted ||
	        (sight->tolerated && node->state == SF_NODE_READY));
}

void sf_rule_set_counts(struct sf_rules *rules, struct sf_rule *rule, const struct sf_node *node,
                        uint32_t number)
{
	struct sf_rule_sight *sight = &rule->sight[number];
	const bool counts = sf_rule_should_count(rule, sight, node);
	const uint32_t pods = rules->group[rule->watched].pods[number];
	const uint32_t before = sf_rule_level(rule);
	if (counts && !sight->counts) {
		count_node(&rule->spread, pods);
	} else if (!counts && sight->counts) {
		sf_spread_uncount_node(&rule->spread, pods);
	}
	sight->counts = counts;
	rules->eased += sf_rule_level(rule) > before;
}

void sf_rules_node_changed(struct sf_rules *rules, const struct sf_cluster *cluster, uint32_t node)
{
	for (size_t i = 0; i < rules->n; i++) {
		if (rules->rule[i].watched != SF_GROUP_NONE) {
			sf_rule_set_counts(rules, &rules->rule[i], &cluster->node[node], node);
		}
	}
}

static void move_watchers(struct sf_rules *rules, const struct sf_rule_group *group, uint32_t node,
                          int by)
{
	const uint32_t pods = group->pods[node];
	for (size_t i = 0; i < group->n_watchers; i++) {
		struct sf_rule *rule = &rules->rule[group->watcher[i]];
		const uint32_t before = sf_rule_level(rule);
		if (rule->sight[node].counts) {
			move_count(&rule->spread, pods - (uint32_t)by, pods);
		}
		rules->eased += sf_rule_level(rule) > before;
	}
}

void sf_rules_count(struct sf_rules *rules, uint16_t number, uint32_t node, int by)
{
	const struct sf_rule *rule = &rules->rule[number - 1];
	for (size_t i = 0; i < rule->n_groups; i++) {
		struct sf_rule_group *group = &rules->group[rule->group[i]];
		group->pods[node] += (uint32_t)by;
		move_watchers(rules, group, node, by);
	}
	for (size_t i = 0; i < rule->n_apart; i++) {
		rules->group[rule->apart[i]].shunned[node] += (uint32_t)by;
	}
}

enum sf_rule_fit sf_cluster_rule_static(const struct sf_cluster *cluster, uint16_t rule,
                                        uint32_t node)
{
	return rule == 0 ? SF_RULE_FITS
	                 : (enum sf_rule_fit)cluster->rules->rule[rule - 1].sight[node].verdict;
}

static bool is_apart(const struct sf_rules *rules, const struct sf_rule *rule, uint32_t node)
{
	for (size_t i = 0; i < rule->n_apart; i++) {
		if (rules->group[rule->apart[i]].pods[node] > 0) {
			return true;
		}
	}
	for (size_t i = 0; i < rule->n_groups; i++) {
		if (rules->group[rule->group[i]].shunned[node] > 0) {
			return true;
		}
	}
	return false;
}

enum sf_rule_fit sf_cluster_rule_now(const struct sf_cluster *cluster, uint16_t number,
                                     uint32_t node)
{
	if (number == 0) {
		return SF_RULE_FITS;
	}
	const struct sf_rules *rules = cluster->rules;
	const struct sf_rule *rule = &rules->rule[number - 1];
	if (rule->sight[node].verdict != SF_RULE_FITS) {
		return (enum sf_rule_fit)rule->sight[node].verdict;
	}
	if (rule->watched != SF_GROUP_NONE &&
	    (uint64_t)rules->group[rule->watched].pods[node] + rule->watches_self >
	            (uint64_t)sf_rule_level(rule) + rule->rule->max_skew) {
		return SF_RULE_SPREAD;
	}
	return is_apart(rules, rule, node) ? SF_RULE_APART : SF_RULE_FITS;
}

struct sf_rule_company sf_cluster_rule_company(const struct sf_cluster *cluster, uint16_t number)
{
	struct sf_rule_company company = {0};
	if (number == 0) {
		return company;
	}
	const struct sf_rule *rule = &cluster->rules->rule[number - 1];
	for (size_t i = 0; i < rule->n_apart; i++) {
		for (size_t k = 0; k < rule->n_groups; k++) {
			company.alone = company.alone || rule->apart[i] == rule->group[k];
		}
	}
	if (rule->watched != SF_GROUP_NONE && rule->watches_self) {
		company.max_skew = rule->rule->max_skew;
		company.no_level = rule->spread.nodes < rule->rule->min_nodes;
	}
	return company;
}

struct sf_rule_stand sf_cluster_rule_stand(const struct sf_cluster *cluster, uint16_t number,
                                           uint32_t node)
{
	if (number == 0) {
		return (struct sf_rule_stand){.may = true};
	}
	const struct sf_rules *rules = cluster->rules;
	const struct sf_rule *rule = &rules->rule[number - 1];
	const struct sf_rule_sight *sight = &rule->sight[node];
	const enum sf_rule_fit now = sf_cluster_rule_now(cluster, number, node);
	return (struct sf_rule_stand){
		.may = now == SF_RULE_FITS || (now == SF_RULE_SPREAD && rule->watches_self &&
	                                       !is_apart(rules, rule, node)),
		.counts = sight->counts,
		.pods = rule->watched != SF_GROUP_NONE ? rules->group[rule->watched].pods[node] : 0,
	};
}

uint32_t sf_cluster_rule_level(const struct sf_cluster *cluster, uint16_t rule)
{
	return rule == 0 ? 0 : sf_rule_level(&cluster->rules->rule[rule - 1]);
}

uint64_t sf_cluster_rules_eased(const struct sf_cluster *cluster)
{
	return cluster->rules != NULL ? cluster->rules->eased : 0;
}
