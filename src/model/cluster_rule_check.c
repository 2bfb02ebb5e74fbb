/* cluster_rule_check: rules of a cluster in words; their counts from scratch. */
// SPDX-License-Identifier: Apache-2.0
#include "cluster_rule_impl.h"

#include "cluster_impl.h"

#include <slicefit/alloc.h>
#include <slicefit/error.h>
#include <slicefit/str.h>

#include <stdlib.h>
#include <string.h>

static void tell_taint(const struct sf_taint *taint, struct sf_str *out)
{
	sf_str_printf(out, "untolerated taint %s%s%s:%s", taint->key,
	              taint->value[0] != '\0' ? "=" : "", taint->value,
	              sf_taint_effect_names[taint->effect]);
}

/* The labels of the selector that the node has not. */
static void tell_selector(const struct sf_node_rule *rule, const struct sf_node_traits *node,
                          struct sf_str *out)
{
	const size_t before = out->len;
	for (size_t i = 0; i < rule->n_selector; i++) {
		const struct sf_node_rule one = {.n_selector = 1, .selector = &rule->selector[i]};
		if (!sf_node_rule_selects(&one, node)) {
			sf_str_printf(out, "%s%s=%s", out->len > before ? "," : "node selector ",
			              rule->selector[i].key, rule->selector[i].value);
		}
	}
	if (out->len == before) {
		sf_str_append(out, "node affinity");
	}
}

void sf_cluster_rule_why(const struct sf_cluster *cluster, uint16_t number, uint32_t node,
                         struct sf_str *out)
{
	if (number == 0) {
		return;
	}
	const struct sf_rule *rule = &cluster->rules->rule[number - 1];
	const struct sf_node_traits traits = sf_rule_traits(&cluster->node[node]);
	const struct sf_taint *taint;
	switch (sf_cluster_rule_now(cluster, number, node)) {
	case SF_RULE_FITS:
		break;
	case SF_RULE_TAINT:
		sf_node_rule_judge(rule->rule, &traits, &taint);
		tell_taint(taint, out);
		break;
	case SF_RULE_SELECTOR:
		tell_selector(rule->rule, &traits, out);
		break;
	case SF_RULE_SPREAD:
		sf_str_printf(out, "spread: %u of its pods are there, %u on the emptiest node",
		              cluster->rules->group[rule->watched].pods[node], sf_rule_level(rule));
		break;
	case SF_RULE_APART:
		sf_str_append(out, "pods that keep apart are there");
		break;
	}
}

/* Per group and node: pods of the group, and those that keep apart from it. */
struct sums {
	uint32_t *pods, *shunned;
};

static void add_pod(const struct sf_cluster *cluster, const struct sf_pod *pod, struct sums *sums)
{
	const struct sf_rules *rules = cluster->rules;
	if (pod->request.rule == 0 ||
	    (pod->state != SF_POD_PLACED && pod->state != SF_POD_RESERVED)) {
		return;
	}
	const struct sf_rule *rule = &rules->rule[pod->request.rule - 1];
	for (size_t i = 0; i < rule->n_groups; i++) {
		sums->pods[(size_t)rule->group[i] * rules->n_nodes + pod->node]++;
	}
	for (size_t i = 0; i < rule->n_apart; i++) {
		sums->shunned[(size_t)rule->apart[i] * rules->n_nodes + pod->node]++;
	}
}

static int check_counts(const struct sf_cluster *cluster, const struct sums *sums,
                        struct sf_error *err)
{
	const struct sf_rules *rules = cluster->rules;
	for (size_t g = 0; g < rules->n_groups; g++) {
		for (uint32_t i = 0; i < rules->n_nodes; i++) {
			const size_t at = g * rules->n_nodes + i;
			if (rules->group[g].pods == NULL) {
				break;
			}
			if (rules->group[g].pods[i] != sums->pods[at] ||
			    rules->group[g].shunned[i] != sums->shunned[at]) {
				return sf_fail(err, SF_EINVAL,
				               "node %.64s: %u pods of group %zu and %u apart, "
				               "not %u and %u",
				               cluster->node[i].name, sums->pods[at], g,
				               sums->shunned[at], rules->group[g].pods[i],
				               rules->group[g].shunned[i]);
			}
		}
	}
	return 0;
}

static int check_spread(const struct sf_cluster *cluster, const struct sf_rule *rule,
                        struct sf_error *err)
{
	const struct sf_rules *rules = cluster->rules;
	uint32_t least = UINT32_MAX;
	uint32_t nodes = 0;
	for (uint32_t i = 0; i < rules->n_nodes; i++) {
		const struct sf_rule_sight *sight = &rule->sight[i];
		const uint32_t pods = rules->group[rule->watched].pods[i];
		if (sight->counts != sf_rule_should_count(rule, sight, &cluster->node[i])) {
			return sf_fail(err, SF_EINVAL, "node %.64s: counts wrongly for a spread",
			               cluster->node[i].name);
		}
		nodes += sight->counts;
		least = sight->counts && pods < least ? pods : least;
	}
	return nodes == rule->spread.nodes && (nodes == 0 ? 0 : least) == rule->spread.least
	               ? 0
	               : sf_fail(err, SF_EINVAL, "a spread over %u nodes from %u on, not %u, %u",
	                         nodes, least, rule->spread.nodes, rule->spread.least);
}

int sf_rules_check(const struct sf_cluster *cluster, struct sf_error *err)
{
	const struct sf_rules *rules = cluster->rules;
	if (rules == NULL) {
		return 0;
	}
	const size_t n = rules->n_groups * rules->n_nodes + 1;
	struct sums sums = {sf_xcalloc(n, sizeof(uint32_t)), sf_xcalloc(n, sizeof(uint32_t))};
	for (uint32_t i = 0; i < cluster->n_pods; i++) {
		add_pod(cluster, &cluster->pod[i], &sums);
	}
	int rc = check_counts(cluster, &sums, err);
	for (size_t i = 0; i < rules->n && rc == 0; i++) {
		if (rules->rule[i].watched != SF_GROUP_NONE) {
			rc = check_spread(cluster, &rules->rule[i], err);
		}
	}
	free(sums.pods);
	free(sums.shunned);
	return rc;
}
