/* scenario_rule: on which nodes the pods of a workload may run. */
// SPDX-License-Identifier: Apache-2.0
#include "scenario_read.h"

#include <string.h>

enum { ENTRIES_MAX = 1000, KEY_MAX = 317 };

/* As the API server checks it: Exists takes no value, no key takes Exists. */
static int check_toleration(struct sf_reader *reader, const struct sf_yaml *node, bool exists,
                            const struct sf_toleration *toleration)
{
	if (exists && toleration->value != NULL && toleration->value[0] != '\0') {
		return sf_yaml_fail(node, reader->file, reader->err, "Exists takes no value");
	}
	if (!exists && toleration->key == NULL) {
		return sf_yaml_fail(node, reader->file, reader->err,
		                    "a toleration without a key needs operator: Exists");
	}
	return 0;
}

static int read_toleration(struct sf_reader *reader, const struct sf_yaml *node,
                           struct sf_toleration *out)
{
	static const char *const known[] = {"key",    "operator",          "value",
	                                    "effect", "tolerationSeconds", NULL};
	const struct sf_yaml *key = sf_yaml_get(node, "key");
	const struct sf_yaml *op = sf_yaml_get(node, "operator");
	const bool empty = key != NULL && key->kind == SF_YAML_SCALAR && key->text[0] == '\0';
	const char *text = "Equal";
	*out = (struct sf_toleration){.effect = -1};
	if (sf_yaml_check_keys(node, reader->file, known, reader->err) != 0 ||
	    sf_reader_text(reader, empty ? NULL : key, KEY_MAX, &out->key) != 0 ||
	    (op != NULL && sf_yaml_str(op, reader->file, &text, reader->err) != 0) ||
	    sf_reader_label_value(reader, sf_yaml_get(node, "value"), &out->value) != 0 ||
	    sf_reader_effect(reader, sf_yaml_get(node, "effect"), &out->effect) != 0) {
		return -1;
	}
	const bool exists = strcmp(text, "Exists") == 0;
	if (!exists && strcmp(text, "Equal") != 0) {
		return sf_yaml_fail(op, reader->file, reader->err,
		                    "unknown operator '%.40s' (Equal, Exists)", text);
	}
	if (check_toleration(reader, node, exists, out) != 0) {
		return -1;
	}
	out->value = exists ? NULL : out->value != NULL ? out->value : "";
	return 0;
}

static int read_tolerations(struct sf_reader *reader, const struct sf_yaml *list,
                            struct sf_node_rule *out)
{
	if (list == NULL) {
		return 0;
	}
	if (sf_reader_some(reader, list, ENTRIES_MAX, "tolerations") != 0) {
		return -1;
	}
	struct sf_toleration *toleration = sf_reader_array(reader, list->n, sizeof(*toleration));
	if (toleration == NULL) {
		return -1;
	}
	for (size_t i = 0; i < list->n; i++) {
		if (read_toleration(reader, list->child[i], &toleration[i]) != 0) {
			return -1;
		}
	}
	out->toleration = toleration;
	out->n_tolerations = list->n;
	return 0;
}

/* One of two words, as manifests have them. */
static int read_policy(struct sf_reader *reader, const struct sf_yaml *node, const char *on,
                       const char *off, bool *out)
{
	const char *text = off;
	if (node != NULL && sf_yaml_str(node, reader->file, &text, reader->err) != 0) {
		return -1;
	}
	*out = strcmp(text, on) == 0;
	return *out || strcmp(text, off) == 0
	               ? 0
	               : sf_yaml_fail(node, reader->file, reader->err, "expected Honor or Ignore");
}

static int read_spread(struct sf_reader *reader, const struct sf_yaml *node,
                       struct sf_node_rule *out)
{
	static const char *const known[] = {"max_skew",           "group",
	                                    "min_nodes",          "node_affinity_policy",
	                                    "node_taints_policy", NULL};
	const struct sf_yaml *group = sf_yaml_get(node, "group");
	uint32_t number = 0;
	if (node == NULL) {
		return 0;
	}
	out->max_skew = 1;
	if (sf_yaml_check_keys(node, reader->file, known, reader->err) != 0 ||
	    sf_reader_uint(reader, sf_yaml_get(node, "max_skew"), 1, SF_SCENARIO_PODS_MAX,
	                   &out->max_skew) != 0 ||
	    sf_reader_uint(reader, sf_yaml_get(node, "min_nodes"), 1, SF_SCENARIO_NODES_MAX,
	                   &out->min_nodes) != 0 ||
	    (group != NULL && sf_reader_group(reader, group, &number) != 0)) {
		return -1;
	}
	out->spread = group != NULL ? 1 + number : 0;
	if (read_policy(reader, sf_yaml_get(node, "node_affinity_policy"), "Ignore", "Honor",
	                &out->spread_everywhere) != 0) {
		return -1;
	}
	return read_policy(reader, sf_yaml_get(node, "node_taints_policy"), "Honor", "Ignore",
	                   &out->spread_untainted);
}

static int read_rule(struct sf_reader *reader, const struct sf_yaml *node, struct sf_node_rule *out)
{
	static const char *const known[] = {"selector",     "affinity", "preferred", "tolerations",
	                                    "one_per_node", "apart",    "spread",    NULL};
	static const struct sf_reader_slip slips[] = {
		{"nodeSelector", "did you mean 'selector'?"},
		{"nodeAffinity", "did you mean 'affinity'?"},
		{"podAntiAffinity", "did you mean 'one_per_node' or 'apart'?"},
		{"topologySpreadConstraints", "did you mean 'spread'?"},
		{"matchExpressions", "it belongs into an entry of 'affinity'"},
		{NULL, NULL},
	};
	struct sf_label *selector = NULL;
	if (sf_reader_check_keys(reader, node, known, slips) != 0 ||
	    sf_reader_labels(reader, sf_yaml_get(node, "selector"), &selector, &out->n_selector) !=
	            0 ||
	    sf_reader_terms(reader, sf_yaml_get(node, "affinity"), false, &out->term,
	                    &out->n_terms) != 0 ||
	    sf_reader_terms(reader, sf_yaml_get(node, "preferred"), true, &out->preferred,
	                    &out->n_preferred) != 0 ||
	    read_tolerations(reader, sf_yaml_get(node, "tolerations"), out) != 0) {
		return -1;
	}
	out->selector = selector;
	if (sf_reader_bool(reader, sf_yaml_get(node, "one_per_node"), &out->one_per_node) != 0 ||
	    sf_reader_groups(reader, sf_yaml_get(node, "apart"), &out->apart, &out->n_apart) != 0) {
		return -1;
	}
	return read_spread(reader, sf_yaml_get(node, "spread"), out);
}

int sf_reader_rule(struct sf_reader *reader, const struct sf_yaml *workload,
                   struct sf_workload *out)
{
	const struct sf_yaml *node = sf_yaml_get(workload, "nodes");
	if (sf_reader_groups(reader, sf_yaml_get(workload, "groups"), &out->group,
	                     &out->n_groups) != 0) {
		return -1;
	}
	if (node == NULL) {
		return 0;
	}
	struct sf_node_rule *rule = sf_reader_array(reader, 1, sizeof(*rule));
	out->rule = rule;
	return rule != NULL ? read_rule(reader, node, rule) : -1;
}
