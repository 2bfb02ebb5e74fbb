/*
 * node_rule: on which nodes pods may run.
 *
 * After kubernetes/kubernetes: staging/src/k8s.io/component-helpers/scheduling/corev1/nodeaffinity/
 * nodeaffinity.go and helpers.go, apimachinery/pkg/labels/selector.go (Requirement.Matches) and
 * pkg/scheduler/framework/plugins/tainttoleration.
 */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/node_rule.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const char *const sf_taint_effect_names[] = {
	[SF_TAINT_NO_SCHEDULE] = "NoSchedule",
	[SF_TAINT_NO_EXECUTE] = "NoExecute",
	[SF_TAINT_PREFER_NO_SCHEDULE] = "PreferNoSchedule",
	NULL,
};

const char *const sf_node_op_names[] = {
	[SF_NODE_OP_IN] = "In",
	[SF_NODE_OP_NOT_IN] = "NotIn",
	[SF_NODE_OP_EXISTS] = "Exists",
	[SF_NODE_OP_DOES_NOT_EXIST] = "DoesNotExist",
	[SF_NODE_OP_GT] = "Gt",
	[SF_NODE_OP_LT] = "Lt",
	NULL,
};

static bool tolerates(const struct sf_toleration *toleration, const struct sf_taint *taint)
{
	return (toleration->effect < 0 || toleration->effect == (int)taint->effect) &&
	       (toleration->key == NULL || strcmp(toleration->key, taint->key) == 0) &&
	       (toleration->value == NULL || strcmp(toleration->value, taint->value) == 0);
}

bool sf_taint_is_tolerated(const struct sf_taint *taint, const struct sf_toleration *toleration,
                           size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (tolerates(&toleration[i], taint)) {
			return true;
		}
	}
	return false;
}

static int by_key(const void *key, const void *label)
{
	return strcmp(key, ((const struct sf_label *)label)->key);
}

static const char *value_of(const struct sf_node_traits *node, const char *key)
{
	const struct sf_label *label =
		node->n_labels > 0
			? bsearch(key, node->label, node->n_labels, sizeof(*label), by_key)
			: NULL;
	if (label != NULL) {
		return label->value;
	}
	return strcmp(key, SF_LABEL_HOSTNAME) == 0 ? node->name : NULL;
}

static bool is_among(const char *value, const struct sf_node_expr *expr)
{
	for (size_t i = 0; i < expr->n; i++) {
		if (strcmp(value, expr->value[i]) == 0) {
			return true;
		}
	}
	return false;
}

/* As Go's strconv.ParseInt(text, 10, 64): digits with at most one sign, nothing else. */
static bool parse_int(const char *text, int64_t *out)
{
	const char *digits = text + (text[0] == '+' || text[0] == '-');
	if (digits[0] == '\0' || strspn(digits, "0123456789") != strlen(digits)) {
		return false;
	}
	errno = 0;
	*out = strtoll(text, NULL, 10);
	return errno == 0;
}

static bool compares(const char *value, const struct sf_node_expr *expr)
{
	int64_t have;
	int64_t bound;
	if (!parse_int(value, &have) || !parse_int(expr->value[0], &bound)) {
		return false;
	}
	return expr->op == SF_NODE_OP_GT ? have > bound : have < bound;
}

static bool matches(const struct sf_node_expr *expr, const struct sf_node_traits *node)
{
	const char *value = expr->key == NULL ? node->name : value_of(node, expr->key);
	switch (expr->op) {
	case SF_NODE_OP_IN:
		return value != NULL && is_among(value, expr);
	case SF_NODE_OP_NOT_IN:
		return value == NULL || !is_among(value, expr);
	case SF_NODE_OP_EXISTS:
		return value != NULL;
	case SF_NODE_OP_DOES_NOT_EXIST:
		return value == NULL;
	case SF_NODE_OP_GT:
	case SF_NODE_OP_LT:
		return value != NULL && compares(value, expr);
	case SF_NODE_OPS:
		break;
	}
	return false;
}

bool sf_node_term_matches(const struct sf_node_term *term, const struct sf_node_traits *node)
{
	for (size_t i = 0; i < term->n; i++) {
		if (!matches(&term->expr[i], node)) {
			return false;
		}
	}
	return term->n > 0;
}

static bool selector_matches(const struct sf_node_rule *rule, const struct sf_node_traits *node)
{
	for (size_t i = 0; i < rule->n_selector; i++) {
		const char *value = value_of(node, rule->selector[i].key);
		if (value == NULL || strcmp(value, rule->selector[i].value) != 0) {
			return false;
		}
	}
	return true;
}

bool sf_node_rule_selects(const struct sf_node_rule *rule, const struct sf_node_traits *node)
{
	if (rule == NULL) {
		return true;
	}
	bool any = rule->n_terms == 0;
	for (size_t i = 0; i < rule->n_terms && !any; i++) {
		any = sf_node_term_matches(&rule->term[i], node);
	}
	return any && selector_matches(rule, node);
}

static bool looks_at_name(const struct sf_node_term *term)
{
	for (size_t i = 0; i < term->n; i++) {
		const char *key = term->expr[i].key;
		if (key == NULL || strcmp(key, SF_LABEL_HOSTNAME) == 0) {
			return true;
		}
	}
	return false;
}

bool sf_node_rule_by_name(const struct sf_node_rule *rule)
{
	if (rule == NULL) {
		return false;
	}
	for (size_t i = 0; i < rule->n_terms; i++) {
		if (looks_at_name(&rule->term[i])) {
			return true;
		}
	}
	for (size_t i = 0; i < rule->n_selector; i++) {
		if (strcmp(rule->selector[i].key, SF_LABEL_HOSTNAME) == 0) {
			return true;
		}
	}
	return false;
}

/* The first taint that keeps the pods away, or NULL. */
static const struct sf_taint *obstacle(const struct sf_node_rule *rule,
                                       const struct sf_node_traits *node)
{
	const size_t n = rule != NULL ? rule->n_tolerations : 0;
	for (size_t i = 0; i < node->n_taints; i++) {
		const struct sf_taint *taint = &node->taint[i];
		if (taint->effect != SF_TAINT_PREFER_NO_SCHEDULE &&
		    !sf_taint_is_tolerated(taint, n > 0 ? rule->toleration : NULL, n)) {
			return taint;
		}
	}
	return NULL;
}

enum sf_rule_fit sf_node_rule_judge(const struct sf_node_rule *rule,
                                    const struct sf_node_traits *node,
                                    const struct sf_taint **taint)
{
	const struct sf_taint *in_the_way = obstacle(rule, node);
	if (taint != NULL) {
		*taint = in_the_way;
	}
	if (in_the_way != NULL) {
		return SF_RULE_TAINT;
	}
	return sf_node_rule_selects(rule, node) ? SF_RULE_FITS : SF_RULE_SELECTOR;
}
