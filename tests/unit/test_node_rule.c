/* Tests of where pods may run: taints, selectors, affinity, against an evaluator of its own. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/node_rule.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TestSuite(node_rule, .timeout = 20);

enum { KEYS = 4, VALUES = 5, ROUNDS = 200000 };

static const char *const keys[KEYS] = {"a", "b", "kubernetes.io/hostname", "n"};
static const char *const values[VALUES] = {"x", "", "7", "-3", "12"};

static uint64_t seed = 42;

static uint32_t draw(uint32_t below)
{
	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(seed >> 33) % below;
}

/* A node and a rule with room of their own. */
struct world {
	struct sf_label label[KEYS];
	struct sf_taint taint[2];
	struct sf_node_traits node;
	struct sf_label selector[1];
	const char *value[12][2];
	struct sf_node_expr expr[3][2];
	struct sf_node_term term[3];
	struct sf_toleration toleration[2];
	struct sf_node_rule rule;
};

static void draw_node(struct world *w)
{
	w->node = (struct sf_node_traits){
		.name = draw(2) ? "x" : "y", .label = w->label, .taint = w->taint};
	for (int k = 0; k < KEYS; k++) {
		if (draw(2)) {
			w->label[w->node.n_labels++] =
				(struct sf_label){keys[k], values[draw(VALUES)]};
		}
	}
	w->node.n_taints = draw(3);
	for (size_t i = 0; i < w->node.n_taints; i++) {
		w->taint[i] = (struct sf_taint){keys[draw(2)], values[draw(2)],
		                                (enum sf_taint_effect)draw(SF_TAINT_EFFECTS)};
	}
}

static void draw_expr(struct sf_node_expr *expr, const char *value[2])
{
	const bool field = draw(5) == 0;
	*expr = (struct sf_node_expr){
		.key = field ? NULL : keys[draw(KEYS)],
		.op = (enum sf_node_op)draw(field ? 2 : SF_NODE_OPS),
		.value = value,
	};
	const bool none = expr->op == SF_NODE_OP_EXISTS || expr->op == SF_NODE_OP_DOES_NOT_EXIST;
	const bool one = field || expr->op == SF_NODE_OP_GT || expr->op == SF_NODE_OP_LT;
	expr->n = none ? 0 : one ? 1 : 1 + draw(2);
	for (size_t i = 0; i < expr->n; i++) {
		value[i] = field ? (draw(2) ? "x" : "y") : values[draw(VALUES)];
	}
}

static void draw_rule(struct world *w)
{
	size_t n = 0;
	w->rule = (struct sf_node_rule){.selector = w->selector,
	                                .term = w->term,
	                                .toleration = w->toleration,
	                                .n_selector = draw(4) == 0,
	                                .n_terms = draw(4),
	                                .n_tolerations = draw(3)};
	w->selector[0] = (struct sf_label){keys[draw(KEYS)], values[draw(VALUES)]};
	for (size_t t = 0; t < w->rule.n_terms; t++) {
		w->term[t] = (struct sf_node_term){.n = draw(3), .expr = w->expr[t]};
		for (size_t i = 0; i < w->term[t].n; i++) {
			draw_expr(&w->expr[t][i], w->value[n++]);
		}
	}
	for (size_t i = 0; i < w->rule.n_tolerations; i++) {
		w->toleration[i] =
			(struct sf_toleration){draw(3) ? keys[draw(2)] : NULL,
		                               draw(2) ? values[draw(2)] : NULL, (int)draw(4) - 1};
	}
}

static const char *label_of(const struct sf_node_traits *node, const char *key)
{
	for (size_t i = 0; i < node->n_labels; i++) {
		if (strcmp(node->label[i].key, key) == 0) {
			return node->label[i].value;
		}
	}
	return strcmp(key, "kubernetes.io/hostname") == 0 ? node->name : NULL;
}

/* Words of the Kubernetes documentation, one after the other. */
static bool expr_holds(const struct sf_node_expr *expr, const struct sf_node_traits *node)
{
	const char *have = expr->key ? label_of(node, expr->key) : node->name;
	bool listed = false;
	for (size_t i = 0; have && i < expr->n; i++) {
		listed |= strcmp(have, expr->value[i]) == 0;
	}
	if (expr->op == SF_NODE_OP_IN || expr->op == SF_NODE_OP_NOT_IN) {
		return listed == (expr->op == SF_NODE_OP_IN);
	}
	if (expr->op == SF_NODE_OP_EXISTS || expr->op == SF_NODE_OP_DOES_NOT_EXIST) {
		return (have != NULL) == (expr->op == SF_NODE_OP_EXISTS);
	}
	int x;
	int y;
	char rest;
	if (!have || sscanf(have, "%d%c", &x, &rest) != 1 ||
	    sscanf(expr->value[0], "%d%c", &y, &rest) != 1) {
		return false;
	}
	return expr->op == SF_NODE_OP_GT ? x > y : x < y;
}

static bool selects(const struct world *w)
{
	bool any = w->rule.n_terms == 0;
	for (size_t t = 0; t < w->rule.n_terms; t++) {
		bool all = w->term[t].n > 0;
		for (size_t i = 0; i < w->term[t].n; i++) {
			all &= expr_holds(&w->expr[t][i], &w->node);
		}
		any |= all;
	}
	for (size_t i = 0; i < w->rule.n_selector; i++) {
		const char *have = label_of(&w->node, w->selector[i].key);
		any &= have && strcmp(have, w->selector[i].value) == 0;
	}
	return any;
}

static int first_obstacle(const struct world *w)
{
	for (size_t t = 0; t < w->node.n_taints; t++) {
		const struct sf_taint *taint = &w->taint[t];
		bool covered = taint->effect == SF_TAINT_PREFER_NO_SCHEDULE;
		for (size_t i = 0; i < w->rule.n_tolerations; i++) {
			const struct sf_toleration *by = &w->toleration[i];
			covered |= (!by->key || !strcmp(by->key, taint->key)) &&
			           (!by->value || !strcmp(by->value, taint->value)) &&
			           (by->effect == -1 || by->effect == (int)taint->effect);
		}
		if (!covered) {
			return (int)t;
		}
	}
	return -1;
}

Test(node_rule, as_the_documentation_has_it)
{
	uint32_t told[SF_RULE_APART + 1] = {0};
	for (int i = 0; i < ROUNDS; i++) {
		struct world w = {0};
		draw_node(&w);
		draw_rule(&w);
		const int obstacle = first_obstacle(&w);
		const enum sf_rule_fit want = obstacle >= 0 ? SF_RULE_TAINT
		                              : selects(&w) ? SF_RULE_FITS
		                                            : SF_RULE_SELECTOR;
		const struct sf_taint *taint;
		const enum sf_rule_fit got = sf_node_rule_judge(&w.rule, &w.node, &taint);
		cr_assert(got == want, "round %d: %d, not %d", i, (int)got, (int)want);
		cr_assert(taint == (obstacle >= 0 ? &w.taint[obstacle] : NULL), "round %d", i);
		cr_assert(sf_node_rule_selects(&w.rule, &w.node) == selects(&w), "round %d", i);
		/* Who does not look at names says the same of a node with another name. */
		struct sf_node_traits other = w.node;
		other.name = w.node.name[0] == 'x' ? "y" : "x";
		cr_assert(sf_node_rule_by_name(&w.rule) ||
		                  sf_node_rule_judge(&w.rule, &other, NULL) == got,
		          "round %d", i);
		told[got]++;
	}
	cr_expect(told[SF_RULE_FITS] > ROUNDS / 50 && told[SF_RULE_TAINT] > ROUNDS / 50 &&
	          told[SF_RULE_SELECTOR] > ROUNDS / 50);
}

static const struct {
	const char *value, *bound;
	bool greater, less;
} numbers[] = {
	{"5", "4", true, false},
	{"4", "5", false, true},
	{"+5", "4", true, false},
	{"-7", "-8", true, false},
	{"9223372036854775807", "0", true, false},
	{"9223372036854775808", "0", false, false}, /* no 64-bit number: matches nothing */
	{"5 ", "4", false, false},
	{"0x10", "4", false, false},
	{"", "4", false, false},
};

Test(node_rule, compares_whole_numbers)
{
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		const struct sf_label label = {"n", numbers[i].value};
		const struct sf_node_traits node = {.name = "x", .label = &label, .n_labels = 1};
		const struct sf_node_expr gt = {"n", SF_NODE_OP_GT, 1, &numbers[i].bound};
		const struct sf_node_expr lt = {"n", SF_NODE_OP_LT, 1, &numbers[i].bound};
		const struct sf_node_term greater = {.n = 1, .expr = &gt};
		const struct sf_node_term less = {.n = 1, .expr = &lt};
		cr_expect(sf_node_term_matches(&greater, &node) == numbers[i].greater, "row %zu",
		          i);
		cr_expect(sf_node_term_matches(&less, &node) == numbers[i].less, "row %zu", i);
	}
}

Test(node_rule, without_a_rule_only_taints_count)
{
	const struct sf_taint taint[] = {{"k", "", SF_TAINT_PREFER_NO_SCHEDULE},
	                                 {"k", "v", SF_TAINT_NO_EXECUTE}};
	struct sf_node_traits node = {.name = "x", .taint = taint, .n_taints = 1};
	cr_expect(sf_node_rule_judge(NULL, &node, NULL) == SF_RULE_FITS);
	node.n_taints = 2;
	cr_expect(sf_node_rule_judge(NULL, &node, NULL) == SF_RULE_TAINT);
	cr_expect(sf_node_rule_selects(NULL, &node));
}
