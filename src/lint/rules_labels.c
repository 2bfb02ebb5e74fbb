/* rules_labels: labels that nodes are given, and selectors that look for them. */
// SPDX-License-Identifier: Apache-2.0
#include "rules.h"

#include "charts.h"
#include "command.h"
#include "kubectl.h"
#include "names.h"
#include "walk.h"

#include <slicefit/mig_parted.h>
#include <slicefit/nearest.h>

#include <stdio.h>

struct labels {
	struct sf_lint *lint;
	const struct doc *doc;
};

static void check(const struct labels *labels, const char *key, const struct sf_yaml *value)
{
	const char *text = lint_text(value);
	if (text != NULL && key != NULL) {
		struct label label = {
			.key = key,
			.value = text,
			.source = labels->doc->source,
			.place = {value->line, value->column},
		};
		names_check_label(labels->lint, &label);
	}
}

/* {key: nvidia.com/gpu.product, operator: In, values: [...]} */
static void check_expression(const struct labels *labels, const struct sf_yaml *node)
{
	const char *key = lint_text_at(node, "key");
	const char *operator= lint_text_at(node, "operator");
	const struct sf_yaml *values = sf_yaml_get(node, "values");
	if (key == NULL || !same(operator, "In") || values == NULL) {
		return;
	}
	for (size_t i = 0; values->kind == SF_YAML_SEQUENCE && i < values->n; i++) {
		check(labels, key, values->child[i]);
	}
}

static void visit(void *ctx, const struct sf_yaml *node)
{
	static const char *const places[] = {"nodeSelector", "labels",     "matchLabels",
	                                     "nodeLabels",   "nodeLabels", NULL};
	const struct labels *labels = ctx;
	if (node->kind != SF_YAML_MAPPING) {
		return;
	}
	check_expression(labels, node);
	for (size_t i = 0; places[i] != NULL && node->key != NULL; i++) {
		for (size_t k = 0; same(node->key, places[i]) && k < node->n; k++) {
			check(labels, node->child[k]->key, node->child[k]);
		}
	}
}

static void check_setting(struct sf_lint *lint, const struct setting *setting)
{
	struct label label = {
		.key = setting->key,
		.value = setting->value,
		.source = setting->source,
		.place = setting->place,
	};
	names_check_label(lint, &label);
}

static void check_set(struct sf_lint *lint, const struct setting *setting)
{
	static const char *const strategies[] = {"none", "single", "mixed", NULL};
	bool strategy = same(setting->key, "mig.strategy") || same(setting->key, "migStrategy");
	if (strategy && strpbrk(setting->value, "$<{") == NULL && !same(setting->value, "none") &&
	    !same(setting->value, "single") && !same(setting->value, "mixed")) {
		const char *near = sf_nearest_find(setting->value, strategies);
		struct sf_lint_finding *finding =
			lint_at(lint, setting->source, setting->place, 522);
		lint_say(lint, finding, "%s: unknown value %s", setting->key, setting->value);
		lint_mend(lint, finding, "write %s", near != NULL ? near : "none, single or mixed");
	}
	if (same(setting->key, "migManager.config.default")) {
		struct label label = {
			.key = "nvidia.com/mig.config",
			.value = setting->value,
			.source = setting->source,
			.place = setting->place,
		};
		names_check_label(lint, &label);
	}
}

/* One part of "devicePlugin.config.name", and where it stands. */
static void check_part(struct sf_lint *lint, const struct setting *setting, enum chart chart,
                       const char *path, const char *key)
{
	const char *mend;
	if (!charts_lacks(lint, chart, path, key, &mend)) {
		return;
	}
	struct sf_lint_finding *finding = lint_at(lint, setting->source, setting->place, 523);
	charts_tell(lint, finding, setting->key, mend);
}

/* Keys with variables in them, or of lists ("env[0].name"), are checked as far as they are plain. */
static void check_path(struct sf_lint *lint, const struct setting *setting, enum chart chart)
{
	char path[96] = "";
	char key[64];
	for (const char *at = setting->key; *at != '\0';) {
		size_t n = strcspn(at, ".");
		size_t plain = strcspn(at, ".[\\$<{");
		if (plain < n || n >= sizeof(key)) {
			return;
		}
		snprintf(key, sizeof(key), "%.*s", (int)n, at);
		check_part(lint, setting, chart, path, key);
		size_t len = strlen(path);
		snprintf(path + len, sizeof(path) - len, "%s%s", len > 0 ? "." : "", key);
		at += n + (at[n] == '.');
	}
}

static void check_operator_key(struct sf_lint *lint, const struct setting *setting)
{
	check_path(lint, setting, CHART_OPERATOR);
}

static void check_plugin_key(struct sf_lint *lint, const struct setting *setting)
{
	check_path(lint, setting, CHART_PLUGIN);
}

static void check_keys(struct sf_lint *lint, const struct command *command)
{
	enum chart chart = CHART_UNKNOWN;
	bool elsewhere = command_find(command, "--repo") < command->n;
	for (size_t i = 0; i < command->n && chart == CHART_UNKNOWN; i++) {
		chart = charts_of_word(command->word[i].text, elsewhere);
	}
	if (chart == CHART_OPERATOR) {
		kubectl_set_keys(lint, command, check_operator_key);
	} else if (chart == CHART_PLUGIN) {
		kubectl_set_keys(lint, command, check_plugin_key);
	}
}

void rules_kubectl(struct sf_lint *lint, const struct command *command)
{
	check_keys(lint, command);
	kubectl_labels(lint, command, check_setting);
	kubectl_sets(lint, command, check_set);
}

void rules_labels(struct sf_lint *lint, const struct doc *doc)
{
	struct labels labels = {lint, doc};
	const char *chart = lint_text_at(doc->root, "spec.source.chart");
	enum chart which = chart != NULL ? charts_of_word(chart, true) : CHART_UNKNOWN;
	if (which == CHART_OPERATOR) {
		kubectl_parameters(lint, doc, check_operator_key);
	} else if (which == CHART_PLUGIN) {
		kubectl_parameters(lint, doc, check_plugin_key);
	}
	if (which != CHART_UNKNOWN) {
		kubectl_parameters(lint, doc, check_set);
	}
	/* What a node says of itself is so; its configuration is judged with the other files. */
	if (!same(lint_text_at(doc->root, "kind"), "Node")) {
		walk(doc->root, visit, &labels);
	}
}
