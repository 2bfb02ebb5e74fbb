/* ask_rule: nodes that a pod's own rules exclude, and what would have to change of them. */
// SPDX-License-Identifier: Apache-2.0
#include "ask_rule.h"

#include <slicefit/arena.h>
#include <slicefit/str.h>

#include <string.h>

/* "gpu=yes:NoSchedule", as kubectl writes it. */
static void append_taint(const struct sf_taint *taint, struct sf_str *out)
{
	sf_str_printf(out, "%s%s%s:%s", taint->key, *taint->value != '\0' ? "=" : "", taint->value,
	              sf_taint_effect_names[taint->effect]);
}

/* The label of the selector that the node does not have; NULL: its affinity is in the way. */
static const struct sf_label *find_missing(const struct sf_node *node,
                                           const struct sf_node_rule *rule)
{
	for (size_t i = 0; i < rule->n_selector; i++) {
		const char *value = sf_node_label(node, rule->selector[i].key);
		if (value == NULL || strcmp(value, rule->selector[i].value) != 0) {
			return &rule->selector[i];
		}
	}
	return NULL;
}

static void append_reason(const struct sf_snapshot *snapshot, const struct sf_ask_pod *pod,
                          uint32_t node, struct sf_str *out)
{
	const struct sf_taint *taint;
	if (sf_snapshot_judge(snapshot, pod->known->spec.rule, node, &taint) == SF_RULE_TAINT) {
		sf_str_append(out, "has a taint that is not tolerated: ");
		append_taint(taint, out);
		return;
	}
	const struct sf_label *label =
		find_missing(sf_cluster_node(snapshot->cluster, node), pod->known->spec.rule);
	if (label == NULL) {
		sf_str_append(out, "does not match the pod's node affinity");
	} else {
		sf_str_printf(out, "does not match the pod's node selector: %s=%s", label->key,
		              label->value);
	}
}

const char **sf_ask_excluded(const struct sf_snapshot *snapshot, const struct sf_ask_pod *pod,
                             struct sf_arena *arena)
{
	uint32_t n = sf_cluster_nodes(snapshot->cluster);
	const char **excluded = sf_arena_array(arena, (size_t)n + 1, sizeof(*excluded));
	for (uint32_t i = 0; i < n && excluded != NULL; i++) {
		struct sf_str why = {0};
		excluded[i] = NULL;
		if (sf_snapshot_judge(snapshot, pod->known->spec.rule, i, NULL) != SF_RULE_FITS) {
			append_reason(snapshot, pod, i, &why);
			excluded[i] = sf_arena_strdup(arena, sf_str_get(&why));
		}
		sf_str_finish(&why);
	}
	return excluded;
}

/* Everything that keeps the pod off a node. */
struct obstacles {
	const struct sf_snapshot *snapshot;
	const struct sf_ask_pod *pod;
	const struct sf_node *node;
	uint32_t number;
	struct sf_str words, command;
};

static bool is_in_the_way(const struct obstacles *all, const struct sf_taint *taint)
{
	const struct sf_node_rule *rule = all->pod->known->spec.rule;
	return taint->effect != SF_TAINT_PREFER_NO_SCHEDULE &&
	       (rule == NULL ||
	        !sf_taint_is_tolerated(taint, rule->toleration, rule->n_tolerations));
}

static void append_toleration(const struct sf_taint *taint, struct sf_str *out)
{
	sf_str_printf(out,
	              "{\"key\":\"%s\",\"operator\":\"Equal\",\"value\":\"%s\","
	              "\"effect\":\"%s\"}",
	              taint->key, taint->value, sf_taint_effect_names[taint->effect]);
}

/* What goes around the tolerations: a pod that is there may get more of them. */
static void begin_tolerations(struct obstacles *all)
{
	const struct sf_node_rule *rule = all->pod->known->spec.rule;
	const struct sf_kube_pod *seen = &all->pod->known->seen;
	bool first = rule == NULL || rule->n_tolerations == 0;
	if (all->pod->file != NULL) {
		sf_str_append(&all->command, "# in the pod's spec.tolerations: ");
		return;
	}
	sf_str_printf(&all->command, "kubectl -n %s patch pod %s --type json -p '[%s", seen->space,
	              seen->name,
	              first ? "{\"op\":\"add\",\"path\":\"/spec/tolerations\",\"value\":[]}," : "");
}

/* A toleration for each taint in the way. */
static void tolerate(struct obstacles *all)
{
	const char *between = "";
	bool file = all->pod->file != NULL;
	sf_str_append(&all->words, "tolerate ");
	begin_tolerations(all);
	for (size_t i = 0; i < all->node->n_taints; i++) {
		const struct sf_taint *taint = &all->node->taint[i];
		if (!is_in_the_way(all, taint)) {
			continue;
		}
		sf_str_append(&all->words, between);
		append_taint(taint, &all->words);
		sf_str_append(&all->command, between);
		sf_str_append(&all->command,
		              file ? ""
		                   : "{\"op\":\"add\",\"path\":\"/spec/tolerations/-\",\"value\":");
		append_toleration(taint, &all->command);
		sf_str_append(&all->command, file ? "" : "}");
		between = ",";
	}
	sf_str_append(&all->command, file ? "" : "]'");
}

/* Selectors of a pod cannot be changed: it is made again without them, out of what kubectl prints, where
 * each label has a line. A manifest may be written in any style: its author is told. */
static void drop_selector(struct obstacles *all)
{
	const struct sf_node_rule *rule = all->pod->known->spec.rule;
	bool file = all->pod->file != NULL;
	sf_str_append(&all->words, "drop from its node selector:");
	if (file) {
		sf_str_append(&all->command, "# in the pod's spec.nodeSelector, without:");
	} else {
		sf_str_printf(&all->command, "kubectl -n %s get pod %s -o yaml | sed",
		              all->pod->known->seen.space, all->pod->known->seen.name);
	}
	for (size_t i = 0; i < rule->n_selector; i++) {
		const struct sf_label *label = &rule->selector[i];
		const char *value = sf_node_label(all->node, label->key);
		if (value != NULL && strcmp(value, label->value) == 0) {
			continue;
		}
		sf_str_printf(&all->words, " %s=%s", label->key, label->value);
		sf_str_printf(&all->command,
		              file ? " %s: \"%s\""
		                   : " -e '\\#^ *%s: *\"\\{0,1\\}%s\"\\{0,1\\} *$#d'",
		              label->key, label->value);
	}
	sf_str_append(&all->command, file ? "" : " | kubectl replace --force -f -");
}

enum sf_rule_fit sf_ask_rule(const struct sf_snapshot *snapshot, const struct sf_ask_pod *pod,
                             uint32_t node, struct sf_arena *arena, const char **words,
                             const char **command)
{
	struct obstacles all = {
		.snapshot = snapshot,
		.pod = pod,
		.node = sf_cluster_node(snapshot->cluster, node),
		.number = node,
	};
	const struct sf_taint *taint;
	enum sf_rule_fit fit = sf_snapshot_judge(snapshot, pod->known->spec.rule, node, &taint);
	struct sf_node_traits traits = {all.node->name, all.node->label, all.node->n_labels, NULL,
	                                0};
	if (fit == SF_RULE_TAINT && sf_node_rule_selects(pod->known->spec.rule, &traits)) {
		tolerate(&all);
	} else if (fit == SF_RULE_SELECTOR && pod->known->spec.rule->n_terms == 0) {
		drop_selector(&all);
	} else if (fit == SF_RULE_SELECTOR) {
		sf_str_append(&all.words, "ask for another node affinity");
		sf_str_append(&all.command, "# in the pod: affinity.nodeAffinity, so that it "
		                            "matches the node");
	}
	*words = all.words.len > 0 ? sf_arena_strdup(arena, sf_str_get(&all.words)) : NULL;
	*command = all.words.len > 0 ? sf_arena_strdup(arena, sf_str_get(&all.command)) : NULL;
	sf_str_finish(&all.words);
	sf_str_finish(&all.command);
	return *words != NULL && *command != NULL ? fit : SF_RULE_FITS;
}
