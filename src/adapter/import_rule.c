/* import_rule: where pods may run: selectors, affinity, tolerations, pods that keep apart or spread. */
// SPDX-License-Identifier: Apache-2.0
#include "import_impl.h"

#include <slicefit/arena.h>
#include <slicefit/error.h>

#include <stdlib.h>
#include <string.h>

/* What a scenario takes (scenario_affinity.c, scenario_rule.c). */
enum { VALUES_MAX = 10000, ENTRIES_MAX = 1000 };

/* The rule of a part that is being made. */
struct making {
	struct sf_importer *imp;
	uint32_t part;
	struct sf_manifest object; /* the controller or pod, for notes */
	struct sf_node_rule rule;
};

/* A small number above 0, or 0. */
static int small_number(const struct sf_yaml *tree, const char *key)
{
	char *end;
	long value = strtol(sf_manifest_text(tree, key), &end, 10);
	return *end == '\0' && value > 0 && value <= SF_SCENARIO_PODS_MAX ? (int)value : 0;
}

static void leave_out(struct making *making, const char *why)
{
	sf_import_note(making->imp, &making->object, why);
}

/* Keys that terms look at, so that nodes keep these labels. */
static void term_keys(struct sf_importer *imp, const struct sf_yaml *terms, const char *inner)
{
	for (size_t i = 0; terms != NULL && i < terms->n; i++) {
		const struct sf_yaml *term =
			inner != NULL ? sf_yaml_get(terms->child[i], inner) : terms->child[i];
		const struct sf_yaml *list = sf_yaml_get(term, "matchExpressions");
		for (size_t k = 0; list != NULL && k < list->n; k++) {
			const char *key = sf_manifest_text(list->child[k], "key");
			if (*key != '\0') {
				sf_map_set(&imp->label_keys, key, 1);
			}
		}
	}
}

#define REQUIRED                                                                                   \
	"affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms"
#define PREFERRED "affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution"
#define APART     "affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution"

void sf_import_rule_keys(struct sf_importer *imp, const struct sf_yaml *spec)
{
	const struct sf_yaml *selector = sf_yaml_get(spec, "nodeSelector");
	for (size_t i = 0; selector != NULL && i < selector->n; i++) {
		if (selector->child[i]->key != NULL && *selector->child[i]->key != '\0') {
			sf_map_set(&imp->label_keys, selector->child[i]->key, 1);
		}
	}
	term_keys(imp, sf_manifest_at(spec, REQUIRED), NULL);
	term_keys(imp, sf_manifest_at(spec, PREFERRED), "preference");
}

static int by_key(const void *a, const void *b)
{
	const struct sf_label *x = a, *y = b;
	return strcmp(x->key, y->key);
}

static int read_selector(struct making *making, const struct sf_yaml *spec)
{
	const struct sf_yaml *map = sf_yaml_get(spec, "nodeSelector");
	size_t n = map != NULL && map->kind == SF_YAML_MAPPING ? map->n : 0;
	struct sf_label *label = sf_arena_array(making->imp->arena, n + 1, sizeof(*label));
	if (label == NULL) {
		return sf_import_full(making->imp);
	}
	for (size_t i = 0; i < n; i++) {
		const struct sf_yaml *one = map->child[i];
		if (one->kind != SF_YAML_SCALAR || !sf_import_is_key(one->key) ||
		    !sf_import_is_value(one->text)) {
			leave_out(making, "an entry of its nodeSelector is no label, left out");
			continue;
		}
		label[making->rule.n_selector++] =
			(struct sf_label){.key = one->key, .value = one->text};
	}
	if (making->rule.n_selector > 0) {
		qsort(label, making->rule.n_selector, sizeof(*label), by_key);
	}
	making->rule.selector = label;
	return 0;
}

/* How many values an operator takes, as the API server has it. */
static bool fits(const struct sf_node_expr *expr, bool field)
{
	bool none = expr->op == SF_NODE_OP_EXISTS || expr->op == SF_NODE_OP_DOES_NOT_EXIST;
	bool one = expr->op == SF_NODE_OP_GT || expr->op == SF_NODE_OP_LT;
	char *end;
	if (one && expr->n == 1) {
		strtoll(expr->value[0], &end, 10);
		return !field && *expr->value[0] != '\0' && *end == '\0';
	}
	if (field) {
		return (expr->op == SF_NODE_OP_IN || expr->op == SF_NODE_OP_NOT_IN) && expr->n == 1;
	}
	return none ? expr->n == 0 : !one && expr->n > 0;
}

/* 1: kept; 0: it is none; -1: memory is full. */
static int read_expr(struct making *making, const struct sf_yaml *node, bool field,
                     struct sf_node_expr *out)
{
	const struct sf_yaml *values = sf_yaml_get(node, "values");
	const char *key = sf_manifest_text(node, "key");
	const char *op = sf_manifest_text(node, "operator");
	size_t n = values != NULL && values->kind == SF_YAML_SEQUENCE ? values->n : 0;
	int known = SF_NODE_OPS;
	while (known > 0 && strcmp(sf_node_op_names[known - 1], op) != 0) {
		known--;
	}
	if (known == 0 || !sf_import_is_key(key) || n > VALUES_MAX ||
	    (field && strcmp(key, "metadata.name") != 0)) {
		return 0;
	}
	const char **value = sf_arena_array(making->imp->arena, n + 1, sizeof(*value));
	if (value == NULL) {
		return sf_import_full(making->imp);
	}
	size_t kept = 0;
	for (size_t i = 0; i < n; i++) {
		const char *text = sf_manifest_text(values->child[i], "");
		if (field ? sf_import_is_name(text) : sf_import_is_value(text)) {
			value[kept++] = text; /* no label has any other */
		}
	}
	*out = (struct sf_node_expr){.key = field ? NULL : key,
	                             .op = (enum sf_node_op)(known - 1),
	                             .n = kept,
	                             .value = value};
	return fits(out, field);
}

/* A term with an expression that is none matches no node (nodeaffinity.NewNodeSelector): it is kept
 * without expressions, which says the same. */
static int read_term(struct making *making, const struct sf_yaml *node, bool daemon,
                     struct sf_node_term *out)
{
	const struct sf_yaml *list[] = {sf_yaml_get(node, "matchExpressions"),
	                                daemon ? NULL : sf_yaml_get(node, "matchFields")};
	size_t n = (list[0] != NULL ? list[0]->n : 0) + (list[1] != NULL ? list[1]->n : 0);
	struct sf_node_expr *expr =
		sf_arena_array(making->imp->arena, (n < ENTRIES_MAX ? n : 0) + 1, sizeof(*expr));
	if (expr == NULL) {
		return sf_import_full(making->imp);
	}
	bool wrong = n > ENTRIES_MAX;
	for (int k = 0; k < 2; k++) {
		for (size_t i = 0; list[k] != NULL && !wrong && i < list[k]->n; i++) {
			int rc = read_expr(making, list[k]->child[i], k == 1, &expr[out->n]);
			if (rc < 0) {
				return -1;
			}
			wrong = rc == 0;
			out->n++;
		}
	}
	if (wrong) {
		leave_out(making, "a term of its node affinity is wrong, so it matches no node");
		out->n = 0;
	}
	out->expr = expr;
	return 0;
}

/* For DaemonSets a term of nothing but the node's name (which its controller adds) says nothing. */
static int read_terms(struct making *making, const struct sf_yaml *list, bool preferred)
{
	bool daemon = making->imp->set[making->imp->part[making->part].set].daemon;
	size_t n = list != NULL && list->kind == SF_YAML_SEQUENCE ? list->n : 0, kept = 0;
	struct sf_node_term *term = sf_arena_array(making->imp->arena, n + 1, sizeof(*term));
	if (term == NULL) {
		return sf_import_full(making->imp);
	}
	for (size_t i = 0; i < n && kept < ENTRIES_MAX; i++) {
		const struct sf_yaml *node =
			preferred ? sf_yaml_get(list->child[i], "preference") : list->child[i];
		int weight = small_number(list->child[i], "weight");
		term[kept] = (struct sf_node_term){.weight = preferred ? weight : 0};
		if (read_term(making, node, daemon, &term[kept]) != 0) {
			return -1;
		}
		bool empty = term[kept].n == 0 && (daemon || preferred);
		kept += !empty && (!preferred || (weight >= 1 && weight <= 100));
	}
	if (preferred) {
		making->rule.preferred = term;
		making->rule.n_preferred = kept;
	} else {
		making->rule.term = term;
		making->rule.n_terms = kept;
	}
	return 0;
}

static int read_tolerations(struct making *making, const struct sf_yaml *spec)
{
	const struct sf_yaml *list = sf_yaml_get(spec, "tolerations");
	size_t n = list != NULL && list->kind == SF_YAML_SEQUENCE ? list->n : 0;
	struct sf_toleration *toleration =
		sf_arena_array(making->imp->arena, n + 1, sizeof(*toleration));
	if (toleration == NULL) {
		return sf_import_full(making->imp);
	}
	for (size_t i = 0; i < n; i++) {
		const char *key = sf_manifest_text(list->child[i], "key");
		const char *effect = sf_manifest_text(list->child[i], "effect");
		bool exists = strcmp(sf_manifest_text(list->child[i], "operator"), "Exists") == 0;
		int known = SF_TAINT_EFFECTS;
		while (known > 0 && strcmp(sf_taint_effect_names[known - 1], effect) != 0) {
			known--;
		}
		bool wrong = *key != '\0' ? !sf_import_is_key(key) : !exists;
		if ((*effect != '\0' && known == 0) || wrong ||
		    making->rule.n_tolerations == ENTRIES_MAX ||
		    !sf_import_is_value(sf_manifest_text(list->child[i], "value"))) {
			leave_out(making, "a toleration is wrong, left out");
			continue;
		}
		if (sf_import_is_state(key)) {
			continue;
		}
		toleration[making->rule.n_tolerations++] = (struct sf_toleration){
			.key = *key != '\0' ? key : NULL,
			.value = exists ? NULL : sf_manifest_text(list->child[i], "value"),
			.effect = known - 1,
		};
	}
	making->rule.toleration = toleration;
	return 0;
}

static struct sf_import_selection select_pods(const struct making *making,
                                              const struct sf_yaml *term)
{
	const struct sf_yaml *spaces = sf_yaml_get(term, "namespaces");
	const struct sf_yaml *by_label = sf_yaml_get(term, "namespaceSelector");
	return (struct sf_import_selection){
		.selector = sf_yaml_get(term, "labelSelector"),
		.space = making->object.space,
		.spaces = spaces != NULL && spaces->n > 0 ? spaces : NULL,
		.everywhere =
			by_label != NULL && by_label->n == 0 && by_label->kind == SF_YAML_MAPPING,
		.part = making->part,
	};
}

static bool is_by_node(const struct sf_yaml *term)
{
	return strcmp(sf_manifest_text(term, "topologyKey"), SF_LABEL_HOSTNAME) == 0;
}

static int by_number(const void *a, const void *b)
{
	const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return (x > y) - (x < y);
}

static int read_apart(struct making *making, const struct sf_yaml *spec)
{
	const struct sf_yaml *list = sf_manifest_at(spec, APART);
	size_t n = list != NULL ? list->n : 0;
	uint32_t *group = sf_arena_array(making->imp->arena, n + 1, sizeof(*group));
	if (group == NULL) {
		return sf_import_full(making->imp);
	}
	for (size_t i = 0; i < n; i++) {
		struct sf_import_selection selection = select_pods(making, list->child[i]);
		uint32_t number, same = 0;
		if (!is_by_node(list->child[i])) {
			leave_out(making, "pod anti-affinity by another key than "
			                  "kubernetes.io/hostname is left out");
			continue;
		}
		if (sf_import_group(making->imp, &selection, &number) != 0) {
			return -1;
		}
		making->rule.one_per_node = making->rule.one_per_node || selection.own;
		while (same < making->rule.n_apart && group[same] != number) {
			same++;
		}
		if (number != SF_IMPORT_NONE && same == making->rule.n_apart) {
			group[making->rule.n_apart++] = number;
		}
	}
	if (making->rule.n_apart > 0) {
		qsort(group, making->rule.n_apart, sizeof(*group), by_number);
	}
	making->rule.apart = group;
	return 0;
}

/* The constraint of the smallest skew is the one that is kept. */
static int read_spread(struct making *making, const struct sf_yaml *term)
{
	struct sf_node_rule *rule = &making->rule;
	struct sf_import_selection selection = select_pods(making, term);
	int skew = small_number(term, "maxSkew");
	int domains = small_number(term, "minDomains");
	uint32_t number;
	selection.spaces = NULL;
	if (skew < 1) {
		leave_out(making, "a spread constraint without maxSkew is left out");
		return 0;
	}
	if (rule->max_skew > 0) {
		leave_out(making,
		          "of several spread constraints by node the strictest one is kept");
		if ((uint32_t)skew >= rule->max_skew) {
			return 0;
		}
	}
	if (sf_import_group(making->imp, &selection, &number) != 0) {
		return -1;
	}
	rule->max_skew = (uint32_t)skew;
	rule->spread = number != SF_IMPORT_NONE ? 1 + number : 0;
	rule->min_nodes = domains <= SF_SCENARIO_NODES_MAX ? (uint32_t)domains : 0;
	rule->spread_everywhere =
		strcmp(sf_manifest_text(term, "nodeAffinityPolicy"), "Ignore") == 0;
	rule->spread_untainted = strcmp(sf_manifest_text(term, "nodeTaintsPolicy"), "Honor") == 0;
	return 0;
}

static int read_spreads(struct making *making, const struct sf_yaml *spec)
{
	const struct sf_yaml *list = sf_yaml_get(spec, "topologySpreadConstraints");
	for (size_t i = 0; list != NULL && i < list->n; i++) {
		const struct sf_yaml *term = list->child[i];
		bool wish =
			strcmp(sf_manifest_text(term, "whenUnsatisfiable"), "ScheduleAnyway") == 0;
		if (wish || !is_by_node(term)) {
			leave_out(making, wish ? "spreading that is only wished for is left out"
			                       : "spreading by another key than "
			                         "kubernetes.io/hostname is left out");
		} else if (read_spread(making, term) != 0) {
			return -1;
		}
	}
	return 0;
}

static void note_others(struct making *making, const struct sf_yaml *spec)
{
	const struct sf_yaml *near = sf_manifest_at(
		spec, "affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution");
	const struct sf_yaml *wish = sf_manifest_at(
		spec, "affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution");
	if (near != NULL && near->n > 0) {
		leave_out(making, "pod affinity is left out");
	}
	if (wish != NULL && wish->n > 0) {
		leave_out(making, "pod anti-affinity that is only wished for is left out");
	}
}

static bool is_empty(const struct sf_node_rule *rule)
{
	return rule->n_selector + rule->n_terms + rule->n_preferred + rule->n_tolerations +
	                       rule->n_apart + rule->max_skew ==
	               0 &&
	       !rule->one_per_node;
}

static int make_rule(struct sf_importer *imp, uint32_t index)
{
	const struct sf_import_set *set = &imp->set[imp->part[index].set];
	const struct sf_yaml *spec = imp->part[index].spec;
	struct making making = {
		.imp = imp,
		.part = index,
		.object = {.kind = set->kind, .space = set->space, .name = set->name},
		.rule = {.one_per_node = set->daemon},
	};
	if (read_selector(&making, spec) != 0 ||
	    read_terms(&making, sf_manifest_at(spec, REQUIRED), false) != 0 ||
	    read_terms(&making, sf_manifest_at(spec, PREFERRED), true) != 0 ||
	    read_tolerations(&making, spec) != 0 || read_apart(&making, spec) != 0 ||
	    read_spreads(&making, spec) != 0) {
		return -1;
	}
	note_others(&making, spec);
	if (is_empty(&making.rule)) {
		return 0;
	}
	struct sf_node_rule *kept = sf_arena_alloc(imp->arena, sizeof(*kept));
	if (kept == NULL) {
		return sf_import_full(imp);
	}
	*kept = making.rule;
	imp->scenario->workload[imp->part[index].workload].rule = kept;
	return 0;
}

int sf_import_rules(struct sf_importer *imp)
{
	for (size_t i = 0; i < imp->n_parts; i++) {
		uint32_t index = (uint32_t)imp->order[i];
		if (imp->part[index].workload != SF_IMPORT_NONE && make_rule(imp, index) != 0) {
			return -1;
		}
	}
	return 0;
}
