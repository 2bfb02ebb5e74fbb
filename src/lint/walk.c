/* walk: the places in a tree where rules look. */
// SPDX-License-Identifier: Apache-2.0
#include "walk.h"

void walk(const struct sf_yaml *node, void (*visit)(void *ctx, const struct sf_yaml *node),
          void *ctx)
{
	visit(ctx, node);
	for (size_t i = 0; i < node->n; i++) {
		walk(node->child[i], visit, ctx);
	}
}

/* A chart that has another one in it gives it values under its name. */
static bool is_chart(const char *key)
{
	static const char *const charts[] = {"gpu-operator", "nvidia-gpu-operator", "gpuOperator",
	                                     "nvidia-device-plugin", "nvidiaDevicePlugin"};
	for (size_t i = 0; i < sizeof(charts) / sizeof(charts[0]); i++) {
		if (same(key, charts[i])) {
			return true;
		}
	}
	return false;
}

static void visit_values(const struct doc *doc, const struct sf_yaml *values,
                         void (*visit)(struct sf_lint *, const struct doc *,
                                       const struct sf_yaml *),
                         struct sf_lint *lint)
{
	if (values == NULL || values->kind != SF_YAML_MAPPING) {
		return;
	}
	visit(lint, doc, values);
	for (size_t i = 0; i < values->n; i++) {
		if (is_chart(values->child[i]->key) && values->child[i]->kind == SF_YAML_MAPPING) {
			visit(lint, doc, values->child[i]);
		}
	}
}

/* Values that Flux, Argo CD and Kustomize give to charts. */
static void visit_releases(const struct doc *doc,
                           void (*visit)(struct sf_lint *, const struct doc *,
                                         const struct sf_yaml *),
                           struct sf_lint *lint)
{
	const struct sf_yaml *spec = sf_yaml_get(doc->root, "spec");
	const struct sf_yaml *charts = sf_yaml_get(doc->root, "helmCharts");
	visit_values(doc, sf_yaml_get(spec, "values"), visit, lint);
	visit_values(doc, lint_get(spec, "source.helm.valuesObject"), visit, lint);
	for (size_t i = 0; charts != NULL && i < charts->n; i++) {
		visit_values(doc, sf_yaml_get(charts->child[i], "valuesInline"), visit, lint);
	}
}

void walk_values(const struct doc *doc,
                 void (*visit)(struct sf_lint *lint, const struct doc *doc,
                               const struct sf_yaml *values),
                 struct sf_lint *lint)
{
	const struct sf_yaml *spec = sf_yaml_get(doc->root, "spec");
	const char *kind = lint_text_at(doc->root, "kind");
	switch (doc->about) {
	case ABOUT_VALUES:
	case ABOUT_UNKNOWN:
		/* What `kubectl patch` sends begins at spec. */
		visit_values(doc, doc->root, visit, lint);
		visit_values(doc, spec, visit, lint);
		break;
	case ABOUT_OBJECT:
		if (same(kind, "ClusterPolicy")) {
			visit_values(doc, spec, visit, lint);
		}
		visit_releases(doc, visit, lint);
		break;
	case ABOUT_PARTED:
	case ABOUT_PLUGIN:
		break;
	}
}

struct amounts {
	const struct doc *doc;
	void (*visit)(void *ctx, const struct doc *doc, const struct sf_yaml *amounts);
	void *ctx;
};

static void visit_amounts(void *ctx, const struct sf_yaml *node)
{
	const struct amounts *amounts = ctx;
	if (node->kind == SF_YAML_MAPPING &&
	    (same(node->key, "limits") || same(node->key, "requests"))) {
		amounts->visit(amounts->ctx, amounts->doc, node);
	}
}

void walk_amounts(const struct doc *doc,
                  void (*visit)(void *ctx, const struct doc *doc, const struct sf_yaml *amounts),
                  void *ctx)
{
	struct amounts amounts = {doc, visit, ctx};
	walk(doc->root, visit_amounts, &amounts);
}
