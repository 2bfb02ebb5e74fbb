/* kube_select: pods by their labels, as Kubernetes selects them. */
// SPDX-License-Identifier: Apache-2.0
#include "kube_select.h"

#include <slicefit/manifests.h>

#include <string.h>

static const char *value_of(const struct sf_yaml *labels, const char *key)
{
	const struct sf_yaml *label = sf_yaml_get(labels, key);
	return label != NULL && label->kind == SF_YAML_SCALAR ? label->text : NULL;
}

static bool is_among(const struct sf_yaml *values, const char *value)
{
	for (size_t i = 0; values != NULL && value != NULL && i < values->n; i++) {
		if (values->child[i]->kind == SF_YAML_SCALAR &&
		    strcmp(values->child[i]->text, value) == 0) {
			return true;
		}
	}
	return false;
}

static bool holds(const struct sf_yaml *expression, const struct sf_yaml *labels)
{
	const char *op = sf_manifest_text(expression, "operator");
	const struct sf_yaml *values = sf_yaml_get(expression, "values");
	const char *value = value_of(labels, sf_manifest_text(expression, "key"));
	if (strcmp(op, "In") == 0) {
		return is_among(values, value);
	}
	if (strcmp(op, "NotIn") == 0) {
		return !is_among(values, value);
	}
	return strcmp(op, "Exists") == 0 ? value != NULL
	                                 : strcmp(op, "DoesNotExist") == 0 && value == NULL;
}

bool sf_kube_selects(const struct sf_yaml *selector, const struct sf_yaml *labels)
{
	const struct sf_yaml *match = sf_yaml_get(selector, "matchLabels");
	const struct sf_yaml *expressions = sf_yaml_get(selector, "matchExpressions");
	if (selector == NULL || selector->kind != SF_YAML_MAPPING) {
		return false;
	}
	for (size_t i = 0; match != NULL && match->kind == SF_YAML_MAPPING && i < match->n; i++) {
		const struct sf_yaml *one = match->child[i];
		const char *value = value_of(labels, one->key);
		if (one->kind != SF_YAML_SCALAR || value == NULL || strcmp(value, one->text) != 0) {
			return false;
		}
	}
	for (size_t i = 0; expressions != NULL && i < expressions->n; i++) {
		if (!holds(expressions->child[i], labels)) {
			return false;
		}
	}
	return true;
}

bool sf_pod_selection_has(const struct sf_pod_selection *selection, const char *own,
                          const char *space, const struct sf_yaml *labels)
{
	bool there = selection->everywhere ||
	             (selection->spaces != NULL ? is_among(selection->spaces, space)
	                                        : strcmp(own, space) == 0);
	return there && sf_kube_selects(selection->selector, labels);
}
