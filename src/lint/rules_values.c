/* rules_values: values of gpu-operator and nvidia-device-plugin, ClusterPolicies, ConfigMaps. */
// SPDX-License-Identifier: Apache-2.0
#include "rules.h"

#include "charts.h"
#include "names.h"

#include <slicefit/nearest.h>

static void check_strategy(struct sf_lint *lint, const struct doc *doc, const struct sf_yaml *node)
{
	static const char *const known[] = {"none", "single", "mixed", NULL};
	const char *text = lint_text(node);
	/* A sentence in its place is what a document says of the value. */
	bool told = text != NULL && doc->source->document && strchr(text, ' ') != NULL;
	if (text == NULL || *text == '\0' || told || strpbrk(text, "${") != NULL) {
		return;
	}
	for (size_t i = 0; known[i] != NULL; i++) {
		if (same(text, known[i])) {
			return;
		}
	}
	const char *near = sf_nearest_find(text, known);
	struct sf_lint_finding *finding = lint_node(lint, doc, node, 522);
	lint_say(lint, finding, "%s: unknown value %s", node->key, text);
	lint_mend(lint, finding, "write %s", near != NULL ? near : "none, single or mixed");
}

/* mig-parted's configuration given to the device plugin. */
static void check_plugin_data(struct sf_lint *lint, const struct doc *doc,
                              const struct sf_yaml *config)
{
	const struct sf_yaml *data = sf_yaml_get(config, "data");
	for (size_t i = 0; data != NULL && data->kind == SF_YAML_MAPPING && i < data->n; i++) {
		const char *text = lint_text(data->child[i]);
		if (text == NULL || strstr(text, "mig-configs") == NULL) {
			continue;
		}
		struct sf_lint_finding *finding = lint_key(lint, doc, data->child[i], 301);
		lint_say(lint, finding,
		         "the device plugin ignores mig-configs: nothing is partitioned");
		lint_mend(lint, finding,
		          "put it under migManager.config.data with the key "
		          "config.yaml");
	}
	const struct sf_yaml *chosen = sf_yaml_get(config, "default");
	const char *name = lint_text(chosen);
	if (name != NULL && names_default_config(lint, name) && sf_yaml_get(data, name) == NULL) {
		struct sf_lint_finding *finding = lint_node(lint, doc, chosen, 301);
		lint_say(lint, finding,
		         "%s is a configuration of mig-manager, not of the device plugin", name);
		lint_mend(lint, finding,
		          "set migManager.config.default, or the label "
		          "nvidia.com/mig.config=%s",
		          name);
	}
}

/* mig-manager reads one key of its ConfigMap. */
static void check_parted_data(struct sf_lint *lint, const struct doc *doc,
                              const struct sf_yaml *config)
{
	const struct sf_yaml *data = sf_yaml_get(config, "data");
	if (data == NULL || data->kind != SF_YAML_MAPPING || data->n == 0 ||
	    sf_yaml_get(data, "config.yaml") != NULL) {
		return;
	}
	struct sf_lint_finding *finding = lint_key(lint, doc, data->child[0], 302);
	lint_say(lint, finding, "mig-manager reads the key config.yaml, not %s",
	         data->child[0]->key);
	lint_mend(lint, finding, "call the key config.yaml");
}

/* Sharing is no value of a chart: it is a file in a ConfigMap. */
static void check_misplaced(struct sf_lint *lint, const struct doc *doc, const struct sf_yaml *node)
{
	static const char *const words[] = {"sharing", "timeSlicing", "mps"};
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		const struct sf_yaml *found = sf_yaml_get(node, words[i]);
		bool block = found != NULL && found->kind == SF_YAML_MAPPING &&
		             (sf_yaml_get(found, "resources") != NULL ||
		              sf_yaml_get(found, "replicas") != NULL ||
		              sf_yaml_get(found, "timeSlicing") != NULL ||
		              (same(words[i], "sharing") && sf_yaml_get(found, "mps") != NULL));
		if (!block) {
			continue;
		}
		struct sf_lint_finding *finding = lint_key(lint, doc, found, 523);
		lint_say(lint, finding, "the chart has no value %s here: it changes nothing",
		         words[i]);
		lint_mend(lint, finding,
		          "write it as text under devicePlugin.config.data.NAME, with "
		          "create: true and default: NAME");
	}
}

struct level_of {
	struct sf_lint *lint;
	const struct doc *doc;
	enum chart chart;
};

/* Values that the chart does not have change nothing, and nothing says so. */
static void check_level(void *ctx, const char *path, const struct sf_yaml *node)
{
	const struct level_of *level = ctx;
	for (size_t i = 0; i < node->n; i++) {
		const struct sf_yaml *child = node->child[i];
		const char *mend;
		if (!charts_lacks(level->lint, level->chart, path, child->key, &mend)) {
			continue;
		}
		struct sf_lint_finding *finding = lint_key(level->lint, level->doc, child, 523);
		lint_say(level->lint, finding, "the chart has no value %s%s%s: it changes nothing",
		         path, *path != '\0' ? "." : "", child->key);
		if (*mend != '\0') {
			lint_mend(level->lint, finding, "write %s", mend);
		} else {
			lint_mend(level->lint, finding, "remove it");
		}
	}
}

void rules_values(struct sf_lint *lint, const struct doc *doc, const struct sf_yaml *values)
{
	struct level_of level = {lint, doc, charts_of_values(values)};
	const struct sf_yaml *plugin = sf_yaml_get(values, "devicePlugin");
	const struct sf_yaml *config = sf_yaml_get(plugin, "config");
	const struct sf_yaml *manager = sf_yaml_get(values, "migManager");
	check_strategy(lint, doc, lint_get(values, "mig.strategy"));
	check_strategy(lint, doc, sf_yaml_get(values, "migStrategy"));
	check_plugin_data(lint, doc, config);
	check_parted_data(lint, doc, sf_yaml_get(manager, "config"));
	check_misplaced(lint, doc, plugin);
	check_misplaced(lint, doc, config);
	charts_walk(level.chart, values, check_level, &level);
	const struct sf_yaml *chosen = lint_get(manager, "config.default");
	if (lint_text(chosen) != NULL) {
		struct label label = {
			.key = "nvidia.com/mig.config",
			.value = chosen->text,
			.source = doc->source,
			.place = {chosen->line, chosen->column},
		};
		names_check_label(lint, &label);
	}
}

/* The API server takes only text in a ConfigMap: the | is forgotten. */
void rules_object(struct sf_lint *lint, const struct doc *doc)
{
	const struct sf_yaml *data = sf_yaml_get(doc->root, "data");
	if (!same(lint_text_at(doc->root, "kind"), "ConfigMap") || data == NULL ||
	    data->kind != SF_YAML_MAPPING) {
		return;
	}
	for (size_t i = 0; i < data->n; i++) {
		const struct sf_yaml *child = data->child[i];
		if (child->kind != SF_YAML_MAPPING) {
			continue;
		}
		struct sf_lint_finding *finding = lint_key(lint, doc, child, 610);
		lint_say(lint, finding, "the data of a ConfigMap is text; %s is a mapping",
		         child->key);
		lint_mend(lint, finding, "write %s: |", child->key);
	}
}
