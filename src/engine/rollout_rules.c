/* rollout_rules: see rollout_rules.h. */
// SPDX-License-Identifier: Apache-2.0
#include "rollout_rules.h"

#include <slicefit/alloc.h>
#include <slicefit/node_rule.h>

#include <stdlib.h>

static bool in_groups(const struct sf_workload *workload, uint32_t group)
{
	for (size_t i = 0; i < workload->n_groups; i++) {
		if (workload->group[i] == group) {
			return true;
		}
	}
	return false;
}

/* Does a's rule keep its pods off nodes with pods of b? */
static bool avoids(const struct sf_workload *a, const struct sf_workload *b)
{
	const struct sf_node_rule *rule = a->rule;

	if (!rule) {
		return false;
	}
	for (size_t i = 0; i < rule->n_apart; i++) {
		if (in_groups(b, rule->apart[i])) {
			return true;
		}
	}
	return a == b && rule->one_per_node;
}

static bool clashes(const struct sf_scenario *scenario, size_t a, size_t b)
{
	const struct sf_workload *x = &scenario->workload[a], *y = &scenario->workload[b];

	return avoids(x, y) || avoids(y, x);
}

static bool any_apart(const struct sf_scenario *scenario)
{
	for (size_t w = 0; w < scenario->n_workloads; w++) {
		const struct sf_node_rule *rule = scenario->workload[w].rule;

		if (rule && (rule->n_apart > 0 || rule->one_per_node)) {
			return true;
		}
	}
	return false;
}

/* Numbers the workloads that clash with one; most scenarios have none. */
static void number(struct rollout_rules *rules)
{
	const struct sf_scenario *scenario = rules->scenario;
	bool any = any_apart(scenario);

	for (size_t a = 0; a < scenario->n_workloads; a++) {
		rules->number[a] = UINT32_MAX;
		for (size_t b = 0; any && b < scenario->n_workloads; b++) {
			if (clashes(scenario, a, b)) {
				rules->number[a] = (uint32_t)rules->n++;
				break;
			}
		}
	}
}

static bool may_be_anywhere(const struct rollout_rules *rules, size_t w)
{
	const struct sf_workload *workload = &rules->scenario->workload[w];

	if (rules->number[w] != UINT32_MAX || sf_node_rule_by_name(workload->rule)) {
		return false;
	}
	for (size_t p = 0; p < rules->scenario->n_pools; p++) {
		if (!sf_workload_may_use(workload, &rules->scenario->pool[p], 0)) {
			return false;
		}
	}
	return true;
}

void rollout_rules_init(struct rollout_rules *rules, const struct sf_scenario *scenario,
                        size_t n_nodes)
{
	size_t n = scenario->n_workloads + 1;

	*rules = (struct rollout_rules){.scenario = scenario,
	                                .anywhere = sf_xcalloc(n, sizeof *rules->anywhere),
	                                .number = sf_xcalloc(n, sizeof *rules->number)};
	number(rules);
	rules->clash = sf_xcalloc(rules->n * rules->n + 1, sizeof *rules->clash);
	rules->pods = sf_xcalloc(rules->n * n_nodes + 1, sizeof *rules->pods);
	for (size_t a = 0; a < scenario->n_workloads; a++) {
		rules->anywhere[a] = may_be_anywhere(rules, a);
		for (size_t b = 0; rules->number[a] != UINT32_MAX && b < scenario->n_workloads;
		     b++) {
			if (rules->number[b] != UINT32_MAX) {
				rules->clash[rules->number[a] * rules->n + rules->number[b]] =
					clashes(scenario, a, b);
			}
		}
	}
}

void rollout_rules_finish(struct rollout_rules *rules)
{
	free(rules->anywhere);
	free(rules->number);
	free(rules->clash);
	free(rules->pods);
}

bool rollout_rules_allow(const struct rollout_rules *rules, uint32_t workload, uint32_t node)
{
	uint32_t mine = rules->number[workload], index;
	const struct sf_pool *pool;

	if (rules->anywhere[workload]) {
		return true;
	}
	for (size_t other = 0; mine != UINT32_MAX && other < rules->n; other++) {
		if (rules->clash[mine * rules->n + other] &&
		    rules->pods[node * rules->n + other] > 0) {
			return false;
		}
	}
	pool = sf_scenario_pool_of(rules->scenario, node, &index);
	return sf_workload_may_use(&rules->scenario->workload[workload], pool, index);
}

void rollout_rules_count(struct rollout_rules *rules, uint32_t workload, uint32_t node, int pods)
{
	uint32_t mine = rules->number[workload];

	if (mine != UINT32_MAX) {
		rules->pods[node * rules->n + mine] += (uint32_t)pods;
	}
}
