/* kube_class: which pods of a list are alike to rules: on the same nodes, of the same groups and budgets. */
// SPDX-License-Identifier: Apache-2.0
#include "kube_class.h"

#include "kube_budget.h"
#include "kube_unseen.h"

#include <slicefit/alloc.h>
#include <slicefit/arena.h>
#include <slicefit/error.h>
#include <slicefit/str.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct sf_kube_member {
	const char *space;
	const struct sf_yaml *labels;
	uint32_t rule;
	const char *unseen; /* lines of what the model does not have, or NULL */
	bool away, bound;
};

/* A rule, and lines of what was left out of it. */
struct sf_kube_ruled {
	struct sf_node_rule rule;
	struct sf_str notes;
};

/* Pods that pods of one namespace select. */
struct sf_kube_group {
	struct sf_pod_selection selection;
	const char *space;
};

void sf_kube_classing_finish(struct sf_kube_classing *classing)
{
	sf_map_finish(&classing->keys);
	free(classing->member);
	for (size_t i = 0; i < classing->n_rules; i++) {
		sf_str_finish(&classing->ruled[i].notes);
	}
	free(classing->ruled);
	free(classing->group);
	free(classing->budget);
	*classing = (struct sf_kube_classing){0};
}

/* The number behind a key, or `next` for one that is new; *out. True: it is new. -1: no room. */
static int find_key(struct sf_kube_classing *classing, const struct sf_str *key, size_t next,
                    uint32_t *out)
{
	if (sf_map_get_n(&classing->keys, key->text, key->len, out)) {
		return 0;
	}
	const char *kept = sf_arena_strndup(classing->arena, key->text, key->len);
	if (kept == NULL) {
		return -1;
	}
	*out = (uint32_t)next;
	sf_map_set(&classing->keys, kept, *out);
	return 1;
}

static void show(const struct sf_yaml *tree, struct sf_str *out)
{
	sf_str_append(out, ";");
	if (tree != NULL) {
		sf_yaml_show(tree, out);
	}
}

/* Whose rule is read. */
struct reading {
	struct sf_kube_classing *classing;
	const char *space;
	struct sf_str *notes;
};

/* Each line once. */
static void note(void *ctx, const char *why)
{
	const struct reading *reading = ctx;
	if (strstr(sf_str_get(reading->notes), why) == NULL) {
		sf_str_printf(reading->notes, "%s\n", why);
	}
}

static int find_group(void *ctx, const struct sf_pod_selection *selection, uint32_t *group,
                      bool *own)
{
	const struct reading *reading = ctx;
	struct sf_kube_classing *classing = reading->classing;
	struct sf_str key = {0};
	sf_str_printf(&key, "s%s", selection->everywhere ? "" : reading->space);
	show(selection->selector, &key);
	show(selection->spaces, &key);
	int rc = find_key(classing, &key, classing->n_groups, group);
	sf_str_finish(&key);
	if (rc > 0) {
		classing->group = sf_xgrow(classing->group, &classing->groups_cap,
		                           classing->n_groups + 1, sizeof(*classing->group));
		classing->group[classing->n_groups++] =
			(struct sf_kube_group){*selection, reading->space};
	}
	*group += classing->first_group;
	*own = false; /* the group says who is in it */
	return rc < 0 ? -1 : 0;
}

/* The rule that such a spec has in this namespace: its number in *out. */
static int find_rule(struct sf_kube_classing *classing, const struct sf_kube_classed *pod,
                     uint32_t *out)
{
	static const char *const parts[] = {"nodeSelector", "affinity", "tolerations",
	                                    "topologySpreadConstraints"};
	const struct sf_yaml *spec = sf_yaml_get(pod->pod, "spec");
	struct sf_kube_ruled ruled = {0};
	struct reading reading = {classing, pod->space, &ruled.notes};
	struct sf_kube_rule_reader reader = {
		.arena = classing->arena,
		.daemon = pod->daemon,
		.states = true,
		.note = note,
		.group = find_group,
		.ctx = &reading,
	};
	struct sf_str key = {0};
	sf_str_printf(&key, "r%s%d", pod->space, pod->daemon);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		show(sf_yaml_get(spec, parts[i]), &key);
	}
	int rc = find_key(classing, &key, classing->n_rules, out);
	sf_str_finish(&key);
	if (rc <= 0) {
		return rc;
	}
	rc = sf_kube_rule_read(spec, &reader, &ruled.rule);
	classing->ruled = sf_xgrow(classing->ruled, &classing->rules_cap, classing->n_rules + 1,
	                           sizeof(*classing->ruled));
	classing->ruled[classing->n_rules++] = ruled;
	return rc;
}

/* NULL in *out: there is nothing. */
static int find_unseen(struct sf_kube_classing *classing, const struct sf_kube_classed *pod,
                       const char **out)
{
	struct sf_str lines = {0};
	*out = NULL;
	sf_kube_unseen(sf_yaml_get(pod->pod, "spec"), &lines);
	sf_str_append(&lines, pod->notes != NULL ? sf_str_get(pod->notes) : "");
	if (lines.len > 0) {
		*out = sf_arena_strdup(classing->arena, lines.text);
	}
	int rc = lines.len == 0 || *out != NULL ? 0 : -1;
	sf_str_finish(&lines);
	return rc;
}

int sf_kube_classing_add(struct sf_kube_classing *classing, size_t number,
                         const struct sf_kube_classed *pod, struct sf_error *err)
{
	struct sf_kube_member member = {
		.space = pod->space,
		.labels = sf_manifest_at(pod->pod, "metadata.labels"),
		.away = pod->away,
		.bound = pod->bound,
	};
	if (find_rule(classing, pod, &member.rule) != 0 ||
	    find_unseen(classing, pod, &member.unseen) != 0) {
		return sf_fail(err, SF_ENOMEM, "no memory left");
	}
	classing->member = sf_xgrow(classing->member, &classing->members_cap, number + 1,
	                            sizeof(*classing->member));
	classing->n_members = number >= classing->n_members ? number + 1 : classing->n_members;
	classing->member[number] = member;
	return 0;
}

void sf_kube_classing_budget(struct sf_kube_classing *classing, const struct sf_manifest *budget)
{
	classing->budget = sf_xgrow(classing->budget, &classing->budgets_cap,
	                            classing->n_budgets + 1, sizeof(*classing->budget));
	classing->budget[classing->n_budgets++] = budget;
}

static bool is_covered(const struct sf_manifest *budget, const struct sf_kube_member *member)
{
	return !member->away && strcmp(sf_kube_budget_space(budget), member->space) == 0 &&
	       sf_kube_budget_covers(budget, member->labels);
}

/* How many of its pods there are decides what a budget that tells no status allows. */
static int settle_budgets(struct sf_kube_classing *classing, struct sf_kube_list *out)
{
	struct sf_kube_budget *budget =
		sf_arena_array(classing->arena, classing->n_budgets + 1, sizeof(*budget));
	for (size_t i = 0; i < classing->n_budgets && budget != NULL; i++) {
		const struct sf_manifest *object = classing->budget[i];
		uint32_t pods = 0, bound = 0;
		for (size_t k = 0; k < classing->n_members; k++) {
			if (is_covered(object, &classing->member[k])) {
				pods++;
				bound += classing->member[k].bound;
			}
		}
		budget[i] = (struct sf_kube_budget){
			.label = sf_arena_printf(classing->arena, "%s/%s",
		                                 sf_kube_budget_space(object), object->name),
			.allowed = sf_kube_budget_allowed(object->tree, pods, bound),
		};
		if (budget[i].label == NULL) {
			return -1;
		}
	}
	out->budget = budget;
	out->n_budgets = classing->n_budgets;
	return budget != NULL ? 0 : -1;
}

/* The numbers of what has the pod, as a list in the arena and in the key. */
struct having {
	uint32_t *number;
	size_t n;
};

static void has(struct having *having, size_t number, struct sf_str *key)
{
	having->number[having->n++] = (uint32_t)number;
	sf_str_printf(key, ",%zu", number);
}

static const uint32_t *keep(struct sf_arena *arena, const struct having *having)
{
	uint32_t *copy = sf_arena_array(arena, having->n + 1, sizeof(*copy));
	if (copy != NULL && having->n > 0) {
		memcpy(copy, having->number, having->n * sizeof(*copy));
	}
	return copy;
}

static int add_class(struct sf_kube_classing *classing, const struct sf_kube_member *member,
                     const struct having *groups, const struct having *budgets,
                     struct sf_kube_list *out)
{
	const struct sf_kube_ruled *ruled = &classing->ruled[member->rule];
	struct sf_node_rule *rule = sf_arena_alloc(classing->arena, sizeof(*rule));
	struct sf_kube_class class = {
		.rule = {.rule = rule, .n_groups = groups->n, .own = SF_GROUP_NONE},
		.n_budgets = budgets->n,
		.notes = sf_arena_printf(classing->arena, "%s%s",
	                                 member->unseen != NULL ? member->unseen : "",
	                                 sf_str_get(&ruled->notes)),
	};
	if (rule == NULL || class.notes == NULL) {
		return -1;
	}
	*rule = ruled->rule;
	class.rule.group = keep(classing->arena, groups);
	class.budget = keep(classing->arena, budgets);
	out->class =
		sf_xgrow(out->class, &out->classes_cap, out->n_classes + 1, sizeof(*out->class));
	out->class[out->n_classes++] = class;
	return class.rule.group != NULL && class.budget != NULL ? 0 : -1;
}

/* The class of one pod: its number in *of. `room` holds as many numbers as there are groups, and
 * behind them as there are budgets. */
static int settle_pod(struct sf_kube_classing *classing, const struct sf_kube_member *member,
                      uint32_t *room, struct sf_kube_list *out, uint32_t *of)
{
	struct having groups = {.number = room};
	struct having budgets = {.number = room + classing->n_groups};
	struct sf_str key = {0};
	sf_str_printf(&key, "c%" PRIu32 "%s", member->rule,
	              member->unseen != NULL ? member->unseen : "");
	for (size_t i = 0; i < classing->n_groups && !member->away; i++) {
		const struct sf_kube_group *group = &classing->group[i];
		if (sf_pod_selection_has(&group->selection, group->space, member->space,
		                         member->labels)) {
			has(&groups, classing->first_group + i, &key);
		}
	}
	sf_str_append(&key, "b");
	for (size_t i = 0; i < classing->n_budgets; i++) {
		if (is_covered(classing->budget[i], member)) {
			has(&budgets, i, &key);
		}
	}
	int rc = find_key(classing, &key, out->n_classes, of);
	sf_str_finish(&key);
	if (rc > 0) {
		rc = add_class(classing, member, &groups, &budgets, out);
	}
	return rc;
}

int sf_kube_classing_settle(struct sf_kube_classing *classing, struct sf_kube_list *out,
                            struct sf_error *err)
{
	uint32_t *room = sf_xcalloc(classing->n_groups + classing->n_budgets + 1, sizeof(*room));
	out->class_of = sf_xcalloc(classing->n_members + 1, sizeof(*out->class_of));
	int rc = settle_budgets(classing, out);
	for (size_t i = 0; i < classing->n_members && rc == 0; i++) {
		rc = settle_pod(classing, &classing->member[i], room, out, &out->class_of[i]);
	}
	free(room);
	return rc == 0 ? 0 : sf_fail(err, SF_ENOMEM, "no memory left");
}
