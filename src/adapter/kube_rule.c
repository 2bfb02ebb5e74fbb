/* kube_rule: where a Pod may run by its spec, and the taints of a Node. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/kube_rule.h>

#include "kube_json.h"

#include <slicefit/arena.h>

#include <stdlib.h>
#include <string.h>

/* What is made, and whether there was room for all of it. */
struct reader {
	struct sf_arena *arena;
	bool full;
};

static const char *keep(struct reader *reader, const char *text)
{
	const char *copy = sf_arena_strdup(reader->arena, text);
	reader->full = reader->full || copy == NULL;
	return copy;
}

static void *make(struct reader *reader, size_t n, size_t size)
{
	void *array = sf_arena_array(reader->arena, n + 1, size);
	reader->full = reader->full || array == NULL;
	return array;
}

static int by_key(const void *a, const void *b)
{
	const struct sf_label *x = a, *y = b;
	return strcmp(x->key, y->key);
}

static void read_selector(struct reader *reader, json_t *map, struct sf_node_rule *rule)
{
	struct sf_label *label = make(reader, json_object_size(map), sizeof(*label));
	const char *key;
	json_t *value;
	size_t n = 0;
	json_object_foreach(map, key, value) {
		if (reader->full) {
			return;
		}
		const char *text = json_is_string(value) ? json_string_value(value) : "";
		label[n++] = (struct sf_label){keep(reader, key), keep(reader, text)};
	}
	if (n > 0 && !reader->full) {
		qsort(label, n, sizeof(*label), by_key);
	}
	rule->selector = label;
	rule->n_selector = n;
}

/* The place of a word in a list that ends with NULL, or -1. */
static int find_word(const char *const *words, const char *word)
{
	for (int i = 0; words[i] != NULL; i++) {
		if (strcmp(words[i], word) == 0) {
			return i;
		}
	}
	return -1;
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
		if (expr->n != 1 || expr->value[0][0] == '\0') {
			return false;
		}
		strtoll(expr->value[0], &end, 10);
		return *end == '\0';
	default:
		return expr->n > 0;
	}
}

static bool read_expr(struct reader *reader, const json_t *json, bool field,
                      struct sf_node_expr *out)
{
	const json_t *values = json_object_get(json, "values"), *value;
	const char *key = sf_kube_text(json, "key");
	int op = find_word(sf_node_op_names, sf_kube_text(json, "operator"));
	const char **text = make(reader, json_array_size(values), sizeof(*text));
	size_t i;
	if (op < 0 || *key == '\0' || reader->full ||
	    (field && strcmp(key, "metadata.name") != 0)) {
		return false;
	}
	*out = (struct sf_node_expr){.op = (enum sf_node_op)op, .value = text};
	out->key = field ? NULL : keep(reader, key);
	json_array_foreach(values, i, value) {
		text[out->n++] =
			keep(reader, json_is_string(value) ? json_string_value(value) : "");
	}
	return !reader->full && is_sound(out);
}

/* A term with something wrong in it is left without expressions, and so matches nothing. */
static void read_term(struct reader *reader, const json_t *json, struct sf_node_term *out)
{
	const json_t *list[] = {json_object_get(json, "matchExpressions"),
	                        json_object_get(json, "matchFields")};
	size_t n = json_array_size(list[0]) + json_array_size(list[1]), kept = 0;
	struct sf_node_expr *expr = make(reader, n, sizeof(*expr));
	for (int k = 0; k < 2 && expr != NULL; k++) {
		const json_t *item;
		size_t i;
		json_array_foreach(list[k], i, item) {
			kept += read_expr(reader, item, k == 1, &expr[kept]);
		}
	}
	*out = (struct sf_node_term){.n = kept == n ? n : 0, .expr = expr};
}

static void read_affinity(struct reader *reader, const json_t *spec, struct sf_node_rule *rule)
{
	const json_t *affinity = json_object_get(json_object_get(spec, "affinity"), "nodeAffinity");
	const json_t *terms = json_object_get(
		json_object_get(affinity, "requiredDuringSchedulingIgnoredDuringExecution"),
		"nodeSelectorTerms");
	const json_t *item;
	size_t i;
	struct sf_node_term *term = make(reader, json_array_size(terms), sizeof(*term));
	json_array_foreach(terms, i, item) {
		if (term != NULL) {
			read_term(reader, item, &term[rule->n_terms++]);
		}
	}
	rule->term = term;
}

/* An empty key with Exists is every key; no effect is every effect. */
static void read_tolerations(struct reader *reader, const json_t *list, struct sf_node_rule *rule)
{
	struct sf_toleration *toleration = make(reader, json_array_size(list), sizeof(*toleration));
	const json_t *item;
	size_t i;
	json_array_foreach(list, i, item) {
		const char *key = sf_kube_text(item, "key");
		bool exists = strcmp(sf_kube_text(item, "operator"), "Exists") == 0;
		if (toleration == NULL || (*key == '\0' && !exists)) {
			continue;
		}
		toleration[rule->n_tolerations++] = (struct sf_toleration){
			.key = *key != '\0' ? keep(reader, key) : NULL,
			.value = exists ? NULL : keep(reader, sf_kube_text(item, "value")),
			.effect = find_word(sf_taint_effect_names, sf_kube_text(item, "effect")),
		};
	}
	rule->toleration = toleration;
}

int sf_kube_rule_parse(const json_t *pod, struct sf_arena *arena, struct sf_node_rule **out)
{
	struct reader reader = {.arena = arena};
	struct sf_node_rule *rule = make(&reader, 1, sizeof(*rule));
	json_t *spec = json_object_get(pod, "spec");
	*out = rule;
	if (rule == NULL) {
		return -1;
	}
	*rule = (struct sf_node_rule){0};
	read_selector(&reader, json_object_get(spec, "nodeSelector"), rule);
	read_affinity(&reader, spec, rule);
	read_tolerations(&reader, json_object_get(spec, "tolerations"), rule);
	return reader.full ? -1 : 0;
}

static bool is_state(const char *key)
{
	static const char *const states[] = {
		"node.kubernetes.io/unschedulable",
		"node.kubernetes.io/not-ready",
		"node.kubernetes.io/unreachable",
		NULL,
	};
	return find_word(states, key) >= 0;
}

int sf_kube_taints_parse(const json_t *node, struct sf_arena *arena, const struct sf_taint **out,
                         size_t *n)
{
	struct reader reader = {.arena = arena};
	const json_t *list = json_object_get(json_object_get(node, "spec"), "taints"), *item;
	struct sf_taint *taint = make(&reader, json_array_size(list), sizeof(*taint));
	size_t i;
	*out = taint;
	*n = 0;
	json_array_foreach(list, i, item) {
		const char *key = sf_kube_text(item, "key");
		int effect = find_word(sf_taint_effect_names, sf_kube_text(item, "effect"));
		if (taint != NULL && *key != '\0' && effect >= 0 && !is_state(key)) {
			taint[(*n)++] = (struct sf_taint){
				.key = keep(&reader, key),
				.value = keep(&reader, sf_kube_text(item, "value")),
				.effect = (enum sf_taint_effect)effect,
			};
		}
	}
	return reader.full ? -1 : 0;
}
