/* kube_rule: where pods may run by their spec: selector, affinity, tolerations; taints of nodes. */
// SPDX-License-Identifier: Apache-2.0
#include "kube_rule.h"

#include "kube_word.h"

#include <slicefit/arena.h>
#include <slicefit/manifests.h>

#include <stdlib.h>
#include <string.h>

/* What a scenario takes (scenario_affinity.c, scenario_rule.c). */
enum { VALUES_MAX = 10000, ENTRIES_MAX = 1000, TAINTS_MAX = 256, WEIGHT_MAX = 100 };

/* What is made of a spec, and whether there was room for all of it. */
struct making {
	const struct sf_kube_rule_reader *reader;
	bool full;
};

static void leave_out(const struct making *making, const char *why)
{
	if (making->reader->note != NULL) {
		making->reader->note(making->reader->ctx, why);
	}
}

static const char *keep(struct making *making, const char *text)
{
	const char *copy = sf_arena_strdup(making->reader->arena, text);
	making->full = making->full || copy == NULL;
	return copy;
}

/* Room for `n` entries and one more: never NULL but when the arena is full. */
static void *make(struct making *making, size_t n, size_t size)
{
	void *array = sf_arena_array(making->reader->arena, n + 1, size);
	making->full = making->full || array == NULL;
	return array;
}

static size_t entries(const struct sf_yaml *list)
{
	return list != NULL && list->kind == SF_YAML_SEQUENCE ? list->n : 0;
}

static int by_key(const void *a, const void *b)
{
	const struct sf_label *x = a, *y = b;
	return strcmp(x->key, y->key);
}

static void read_selector(struct making *making, const struct sf_yaml *map,
                          struct sf_node_rule *rule)
{
	size_t n = map != NULL && map->kind == SF_YAML_MAPPING ? map->n : 0;
	struct sf_label *label = make(making, n, sizeof(*label));
	for (size_t i = 0; i < n && !making->full; i++) {
		const struct sf_yaml *one = map->child[i];
		if (one->kind != SF_YAML_SCALAR || !sf_kube_word_is_key(one->key) ||
		    !sf_kube_word_is_value(one->text)) {
			leave_out(making, "an entry of its nodeSelector is no label, left out");
			continue;
		}
		label[rule->n_selector++] =
			(struct sf_label){keep(making, one->key), keep(making, one->text)};
	}
	if (rule->n_selector > 0 && !making->full) {
		qsort(label, rule->n_selector, sizeof(*label), by_key);
	}
	rule->selector = label;
}

/* How many values an operator takes, as the API server has it. */
static bool is_sound(const struct sf_node_expr *expr)
{
	char *end;
	switch (expr->op) {
	case SF_NODE_OP_EXISTS:
	case SF_NODE_OP_DOES_NOT_EXIST:
		return expr->n == 0;
	case SF_NODE_OP_GT:
	case SF_NODE_OP_LT:
		if (expr->n != 1 || *expr->value[0] == '\0') {
			return false;
		}
		strtoll(expr->value[0], &end, 10);
		return *end == '\0';
	default:
		return expr->n > 0;
	}
}

/* Of fields there is the name alone, one of which is asked for (or not). */
static bool is_sound_field(const struct sf_node_expr *expr)
{
	return (expr->op == SF_NODE_OP_IN || expr->op == SF_NODE_OP_NOT_IN) && expr->n == 1;
}

/* False: it is none. */
static bool read_expr(struct making *making, const struct sf_yaml *node, bool field,
                      struct sf_node_expr *out)
{
	const struct sf_yaml *values = sf_yaml_get(node, "values");
	const char *key = sf_manifest_text(node, "key");
	int op = sf_kube_word_find(sf_node_op_names, sf_manifest_text(node, "operator"));
	size_t n = entries(values);
	if (op < 0 || !sf_kube_word_is_key(key) || n > VALUES_MAX ||
	    (field && strcmp(key, "metadata.name") != 0)) {
		return false;
	}
	const char **value = make(making, n, sizeof(*value));
	*out = (struct sf_node_expr){.op = (enum sf_node_op)op, .value = value};
	out->key = field ? NULL : keep(making, key);
	for (size_t i = 0; i < n && !making->full; i++) {
		const char *text = sf_manifest_text(values->child[i], "");
		if (field ? sf_kube_word_is_name(text) : sf_kube_word_is_value(text)) {
			value[out->n++] = keep(making, text); /* no label has any other */
		}
	}
	return !making->full && (field ? is_sound_field(out) : is_sound(out));
}

/* A term with an expression that is none matches no node (nodeaffinity.NewNodeSelector): it is kept
 * without expressions, which says the same. */
static void read_term(struct making *making, const struct sf_yaml *node, struct sf_node_term *out)
{
	const struct sf_yaml *fields =
		making->reader->daemon ? NULL : sf_yaml_get(node, "matchFields");
	const struct sf_yaml *list[] = {sf_yaml_get(node, "matchExpressions"), fields};
	size_t n = entries(list[0]) + entries(list[1]);
	struct sf_node_expr *expr = make(making, n < ENTRIES_MAX ? n : 0, sizeof(*expr));
	bool sound = n <= ENTRIES_MAX;
	for (int k = 0; k < 2; k++) {
		for (size_t i = 0; i < entries(list[k]) && sound && !making->full; i++) {
			sound = read_expr(making, list[k]->child[i], k == 1, &expr[out->n++]);
		}
	}
	if (!sound && !making->full) {
		leave_out(making, "a term of its node affinity is wrong, so it matches no node");
		out->n = 0;
	}
	out->expr = expr;
}

/* For DaemonSets a term of nothing but the node's name (which its controller adds) says nothing. */
static const struct sf_node_term *read_required(struct making *making, const struct sf_yaml *list,
                                                size_t *n)
{
	struct sf_node_term *term = make(making, entries(list), sizeof(*term));
	for (size_t i = 0; i < entries(list) && *n < ENTRIES_MAX && !making->full; i++) {
		term[*n] = (struct sf_node_term){0};
		read_term(making, list->child[i], &term[*n]);
		*n += term[*n].n > 0 || !making->reader->daemon;
	}
	return term;
}

static const struct sf_node_term *read_preferred(struct making *making, const struct sf_yaml *list,
                                                 size_t *n)
{
	struct sf_node_term *term = make(making, entries(list), sizeof(*term));
	for (size_t i = 0; i < entries(list) && *n < ENTRIES_MAX && !making->full; i++) {
		char *end;
		long weight = strtol(sf_manifest_text(list->child[i], "weight"), &end, 10);
		bool weighs = *end == '\0' && weight >= 1 && weight <= WEIGHT_MAX;
		term[*n] = (struct sf_node_term){.weight = weighs ? (int32_t)weight : 0};
		read_term(making, sf_yaml_get(list->child[i], "preference"), &term[*n]);
		*n += term[*n].n > 0 && weighs;
	}
	return term;
}

/* Taints of these keys, which the node controller sets and takes away, only say what the node's state
 * says already (k8s.io/api/core/v1/well_known_taints.go). */
static bool is_state(const char *key)
{
	static const char *const states[] = {
		"node.kubernetes.io/not-ready",
		"node.kubernetes.io/unreachable",
		"node.kubernetes.io/unschedulable",
		NULL,
	};
	return sf_kube_word_find(states, key) >= 0;
}

/* An empty key with Exists is every key; no effect is every effect. */
static void read_tolerations(struct making *making, const struct sf_yaml *list,
                             struct sf_node_rule *rule)
{
	struct sf_toleration *toleration = make(making, entries(list), sizeof(*toleration));
	rule->toleration = toleration;
	for (size_t i = 0; i < entries(list) && !making->full; i++) {
		const char *key = sf_manifest_text(list->child[i], "key");
		const char *word = sf_manifest_text(list->child[i], "effect");
		const char *value = sf_manifest_text(list->child[i], "value");
		bool exists = strcmp(sf_manifest_text(list->child[i], "operator"), "Exists") == 0;
		int effect = sf_kube_word_find(sf_taint_effect_names, word);
		bool keyed = *key != '\0' ? sf_kube_word_is_key(key) : exists;
		if ((*word != '\0' && effect < 0) || !keyed || !sf_kube_word_is_value(value) ||
		    rule->n_tolerations == ENTRIES_MAX) {
			leave_out(making, "a toleration is wrong, left out");
		} else if (making->reader->states || !is_state(key)) {
			toleration[rule->n_tolerations++] = (struct sf_toleration){
				.key = *key != '\0' ? keep(making, key) : NULL,
				.value = exists ? NULL : keep(making, value),
				.effect = effect,
			};
		}
	}
}

int sf_kube_rule_read(const struct sf_yaml *spec, const struct sf_kube_rule_reader *reader,
                      struct sf_node_rule *out)
{
	struct making making = {.reader = reader};
	const struct sf_yaml *affinity = sf_manifest_at(spec, "affinity.nodeAffinity");
	*out = (struct sf_node_rule){0};
	read_selector(&making, sf_yaml_get(spec, "nodeSelector"), out);
	out->term = read_required(&making,
	                          sf_manifest_at(affinity,
	                                         "requiredDuringSchedulingIgnoredDuringExecution."
	                                         "nodeSelectorTerms"),
	                          &out->n_terms);
	out->preferred = read_preferred(
		&making, sf_yaml_get(affinity, "preferredDuringSchedulingIgnoredDuringExecution"),
		&out->n_preferred);
	read_tolerations(&making, sf_yaml_get(spec, "tolerations"), out);
	return making.full ? -1 : sf_kube_apart_read(spec, reader, out);
}

bool sf_kube_rule_is_empty(const struct sf_node_rule *rule)
{
	return rule->n_selector + rule->n_terms + rule->n_preferred + rule->n_tolerations +
	                       rule->n_apart + rule->max_skew ==
	               0 &&
	       !rule->one_per_node;
}

int sf_kube_taints_read(const struct sf_yaml *node, const struct sf_kube_rule_reader *reader,
                        const struct sf_taint **out, uint16_t *n)
{
	struct making making = {.reader = reader};
	const struct sf_yaml *list = sf_manifest_at(node, "spec.taints");
	struct sf_taint *taint = make(&making, entries(list), sizeof(*taint));
	*out = taint;
	*n = 0;
	for (size_t i = 0; i < entries(list) && !making.full; i++) {
		const char *key = sf_manifest_text(list->child[i], "key");
		const char *value = sf_manifest_text(list->child[i], "value");
		int effect = sf_kube_word_find(sf_taint_effect_names,
		                               sf_manifest_text(list->child[i], "effect"));
		if (!sf_kube_word_is_key(key) || !sf_kube_word_is_value(value) || effect < 0 ||
		    *n == TAINTS_MAX) {
			leave_out(&making, "a taint that is none is left out");
		} else if (!is_state(key)) {
			taint[(*n)++] = (struct sf_taint){
				.key = keep(&making, key),
				.value = keep(&making, value),
				.effect = (enum sf_taint_effect)effect,
			};
		}
	}
	return making.full ? -1 : 0;
}
