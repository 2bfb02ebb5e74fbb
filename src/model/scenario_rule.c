/* scenario_rule: the rules of a scenario's workloads as rules of a cluster. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/alloc.h>
#include <slicefit/cluster_rule.h>
#include <slicefit/scenario.h>

#include <stdlib.h>
#include <string.h>

/* Rules that only say which nodes, each once. */
struct plain_rule {
	const struct sf_node_rule *rule; /* may be NULL */
	uint16_t number;                 /* in the cluster; 0: any node will do */
};

struct making {
	const struct sf_scenario *scenario;
	struct sf_cluster *cluster;
	bool *matters; /* per group: does anybody keep apart from it, or spread it? */
	uint32_t next_group;
	size_t n_plain;
	struct plain_rule *plain;
};

static bool same_labels(const struct sf_label *a, const struct sf_label *b, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(a[i].key, b[i].key) != 0 || strcmp(a[i].value, b[i].value) != 0) {
			return false;
		}
	}
	return true;
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool same_expr(const struct sf_node_expr *a, const struct sf_node_expr *b)
{
	bool same = a->op == b->op && a->n == b->n && same_text(a->key, b->key);
	for (size_t i = 0; same && i < a->n; i++) {
		same = strcmp(a->value[i], b->value[i]) == 0;
	}
	return same;
}

static bool same_term(const struct sf_node_term *a, const struct sf_node_term *b)
{
	bool same = a->n == b->n;
	for (size_t i = 0; same && i < a->n; i++) {
		same = same_expr(&a->expr[i], &b->expr[i]);
	}
	return same;
}

static bool same_toleration(const struct sf_toleration *a, const struct sf_toleration *b)
{
	return a->effect == b->effect && same_text(a->key, b->key) && same_text(a->value, b->value);
}

/* Do two rules name the same nodes in the same words? */
static bool same_nodes(const struct sf_node_rule *a, const struct sf_node_rule *b)
{
	if (a == NULL || b == NULL) {
		return a == b;
	}
	bool same = a->n_selector == b->n_selector && a->n_terms == b->n_terms &&
	            a->n_tolerations == b->n_tolerations &&
	            same_labels(a->selector, b->selector, a->n_selector);
	for (size_t i = 0; same && i < a->n_terms; i++) {
		same = same_term(&a->term[i], &b->term[i]);
	}
	for (size_t i = 0; same && i < a->n_tolerations; i++) {
		same = same_toleration(&a->toleration[i], &b->toleration[i]);
	}
	return same;
}

/* May pods of the rule use every node of the scenario? */
static bool any_node_will_do(const struct sf_scenario *scenario, const struct sf_node_rule *rule)
{
	if (sf_node_rule_by_name(rule)) {
		return false;
	}
	const struct sf_workload workload = {.rule = rule};
	for (size_t p = 0; p < scenario->n_pools; p++) {
		if (!sf_workload_may_use(&workload, &scenario->pool[p], 0)) {
			return false;
		}
	}
	return true;
}

static uint16_t find_plain(struct making *m, const struct sf_node_rule *rule)
{
	size_t i = 0;
	while (i < m->n_plain && !same_nodes(m->plain[i].rule, rule)) {
		i++;
	}
	if (i == m->n_plain) {
		const struct sf_rule_spec spec = {.rule = rule, .own = SF_GROUP_NONE};
		m->plain[m->n_plain++] =
			(struct plain_rule){rule, any_node_will_do(m->scenario, rule)
		                                          ? 0
		                                          : sf_cluster_add_rule(m->cluster, &spec)};
	}
	return m->plain[i].number;
}

static void find_groups_that_matter(struct making *m)
{
	for (size_t i = 0; i < m->scenario->n_workloads; i++) {
		const struct sf_node_rule *rule = m->scenario->workload[i].rule;
		for (size_t k = 0; rule != NULL && k < rule->n_apart; k++) {
			m->matters[rule->apart[k]] = true;
		}
		if (rule != NULL && rule->spread > 0) {
			m->matters[rule->spread - 1] = true;
		}
	}
}

static uint16_t find_rule(struct making *m, const struct sf_workload *workload)
{
	const struct sf_node_rule *rule = workload->rule;
	uint32_t *group = sf_xcalloc(workload->n_groups + 1, sizeof(*group));
	struct sf_rule_spec spec = {.rule = rule, .group = group, .own = SF_GROUP_NONE};
	for (size_t i = 0; i < workload->n_groups; i++) {
		if (m->matters[workload->group[i]]) {
			group[spec.n_groups++] = workload->group[i];
		}
	}
	if (rule != NULL && (rule->one_per_node || (rule->max_skew > 0 && rule->spread == 0))) {
		spec.own = m->next_group++;
		group[spec.n_groups++] = spec.own;
	}
	const bool plain =
		spec.n_groups == 0 && (rule == NULL || (rule->n_apart == 0 && rule->max_skew == 0));
	uint16_t number = plain ? find_plain(m, rule) : sf_cluster_add_rule(m->cluster, &spec);
	free(group);
	return number;
}

void sf_scenario_requests(const struct sf_scenario *scenario, struct sf_cluster *cluster,
                          struct sf_request *out)
{
	struct making m = {
		.scenario = scenario,
		.cluster = cluster,
		.matters = sf_xcalloc(scenario->n_groups + 1, sizeof(bool)),
		.next_group = (uint32_t)scenario->n_groups,
		.plain = sf_xcalloc(scenario->n_workloads + 1, sizeof(struct plain_rule)),
	};
	find_groups_that_matter(&m);
	for (size_t i = 0; i < scenario->n_workloads; i++) {
		sf_request_resolve(&scenario->workload[i].request, cluster, &out[i]);
		out[i].rule = find_rule(&m, &scenario->workload[i]);
	}
	free(m.matters);
	free(m.plain);
}
