/* unfold: the texts inside a document that are documents themselves. */
// SPDX-License-Identifier: Apache-2.0
#include "unfold.h"

struct unfolding {
	const struct doc *doc;
	void (*read)(void *ctx, const struct doc *doc, const struct unfolded *inner);
	void *ctx;
};

/* Is it worth reading? Other texts in ConfigMaps may be anything. */
static bool is_config(const char *text)
{
	static const char *const words[] = {"mig-configs",  "mig_configs", "mig-devices",
	                                    "timeSlicing:", "sharing:",    "migStrategy:",
	                                    "mig-enabled",  "mps:"};
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strstr(text, words[i]) != NULL) {
			return true;
		}
	}
	return false;
}

static void read_text(const struct unfolding *unfolding, const struct sf_yaml *node,
                      const char *map, const char *key)
{
	struct unfolded inner = {.node = node, .map = map, .key = key};
	if (lint_text(node) != NULL && is_config(node->text)) {
		unfolding->read(unfolding->ctx, unfolding->doc, &inner);
	}
}

/* The data of a ConfigMap, or of the values that make one. */
static void read_data(const struct unfolding *unfolding, const struct sf_yaml *data,
                      const char *map)
{
	for (size_t i = 0; data != NULL && data->kind == SF_YAML_MAPPING && i < data->n; i++) {
		read_text(unfolding, data->child[i], map, data->child[i]->key);
	}
}

/* A chart's values: those of gpu-operator, of nvidia-device-plugin, or with them as a sub-chart. */
static void read_values(const struct unfolding *unfolding, const struct sf_yaml *values)
{
	static const char *const operators[] = {"migManager.config", "devicePlugin.config"};
	for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++) {
		const struct sf_yaml *config = lint_get(values, operators[i]);
		const char *name = lint_text_at(config, "name");
		read_data(unfolding, sf_yaml_get(config, "data"),
		          name != NULL ? name : operators[i]);
	}
	const char *name = lint_text_at(values, "config.name");
	read_data(unfolding, lint_get(values, "config.map"), name != NULL ? name : "config");
}

/* Values written as text: "values: |" of Argo CD, "valuesContent: |" of k3s. */
static void read_release(const struct unfolding *unfolding, const struct sf_yaml *spec)
{
	static const char *const texts[] = {"valuesContent", "source.helm.values", "values"};
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		const struct sf_yaml *node = lint_get(spec, texts[i]);
		struct unfolded inner = {.node = node};
		if (lint_text(node) != NULL && strchr(node->text, '\n') != NULL) {
			unfolding->read(unfolding->ctx, unfolding->doc, &inner);
		}
	}
}

void unfold(const struct doc *doc,
            void (*read)(void *ctx, const struct doc *doc, const struct unfolded *inner), void *ctx)
{
	struct unfolding unfolding = {.doc = doc, .read = read, .ctx = ctx};
	const struct sf_yaml *root = doc->root;
	if (doc->about != ABOUT_OBJECT) {
		read_values(&unfolding, root);
		return;
	}
	const struct sf_yaml *spec = sf_yaml_get(root, "spec");
	if (same(lint_text_at(root, "kind"), "ConfigMap")) {
		read_data(&unfolding, sf_yaml_get(root, "data"),
		          lint_text_at(root, "metadata.name"));
		return;
	}
	read_release(&unfolding, spec);
	read_values(&unfolding, spec);
	read_values(&unfolding, sf_yaml_get(spec, "values"));
	read_values(&unfolding, lint_get(spec, "source.helm.valuesObject"));
	const struct sf_yaml *charts = sf_yaml_get(root, "helmCharts");
	for (size_t i = 0; charts != NULL && i < charts->n; i++) {
		read_values(&unfolding, sf_yaml_get(charts->child[i], "valuesInline"));
	}
}
