/* pdb: a Kubernetes PodDisruptionBudget, as kube-scheduler's preemption looks at it. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/pdb.h>

#include "kube_json.h"

#include <slicefit/alloc.h>
#include <slicefit/error.h>

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

struct sf_pdb {
	char *space, *uid;
	int64_t allowed;
	bool selects; /* its selector is valid, and not empty */
	/* Parts of the object, or NULL. */
	json_t *labels, *expressions; /* of the selector */
	json_t *disrupted;            /* names of pods */
};

static bool has_text(const json_t *texts, const char *text)
{
	size_t i;
	json_t *one;
	json_array_foreach(texts, i, one) {
		if (strcmp(json_string_value(one), text) == 0) {
			return true;
		}
	}
	return false;
}

static bool is_in(const char *value, const json_t *values)
{
	return value != NULL && has_text(values, value);
}

static bool is_not_in(const char *value, const json_t *values)
{
	return !is_in(value, values);
}

static bool exists(const char *value, const json_t *values)
{
	(void)values;
	return value != NULL;
}

static bool exists_not(const char *value, const json_t *values)
{
	(void)values;
	return value == NULL;
}

static const struct operation {
	const char *name;
	bool values; /* needs some; else it must have none */
	bool (*holds)(const char *value, const json_t *values);
} operations[] = {
	{"In", true, is_in},
	{"NotIn", true, is_not_in},
	{"Exists", false, exists},
	{"DoesNotExist", false, exists_not},
};

static const struct operation *operation_of(const json_t *expression)
{
	const char *name = sf_kube_text(expression, "operator");
	for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
		if (strcmp(operations[i].name, name) == 0) {
			return &operations[i];
		}
	}
	return NULL;
}

static bool is_text_list(const json_t *list)
{
	size_t i;
	json_t *one;
	json_array_foreach(list, i, one) {
		if (!json_is_string(one)) {
			return false;
		}
	}
	return list == NULL || json_is_array(list) || json_is_null(list);
}

static bool is_valid(const json_t *expression)
{
	const struct operation *operation = operation_of(expression);
	const json_t *values = json_object_get(expression, "values");
	return operation != NULL && sf_kube_text(expression, "key")[0] != '\0' &&
	       is_text_list(values) && (json_array_size(values) > 0) == operation->values;
}

/* Whatever is wrong in it leaves a selector that selects nothing, as in LabelSelectorAsSelector
 * (k8s.io/apimachinery/pkg/apis/meta/v1/helpers.go). */
static bool selects(const struct sf_pdb *pdb)
{
	const char *key;
	json_t *value;
	size_t i;
	json_object_foreach(pdb->labels, key, value) {
		if (!json_is_string(value)) {
			return false;
		}
	}
	json_array_foreach(pdb->expressions, i, value) {
		if (!is_valid(value)) {
			return false;
		}
	}
	return json_object_size(pdb->labels) + json_array_size(pdb->expressions) > 0;
}

static int read_selector(const json_t *root, struct sf_pdb *pdb, struct sf_error *err)
{
	json_t *spec, *selector;
	if (sf_kube_object(root, "spec", &spec, err) < 0 ||
	    sf_kube_object(spec, "selector", &selector, err) < 0 ||
	    sf_kube_object(selector, "matchLabels", &pdb->labels, err) < 0) {
		return -1;
	}
	json_incref(pdb->labels);
	if (sf_kube_array(selector, "matchExpressions", &pdb->expressions, err) < 0) {
		return -1;
	}
	json_incref(pdb->expressions);
	pdb->selects = selects(pdb);
	return 0;
}

static int read_status(const json_t *root, struct sf_pdb *pdb, struct sf_error *err)
{
	json_t *status;
	if (sf_kube_object(root, "status", &status, err) < 0 ||
	    sf_kube_object(status, "disruptedPods", &pdb->disrupted, err) < 0) {
		return -1;
	}
	json_incref(pdb->disrupted);
	pdb->allowed = json_integer_value(json_object_get(status, "disruptionsAllowed"));
	return 0;
}

static int read_budget(const json_t *root, struct sf_pdb *pdb, struct sf_error *err)
{
	json_t *metadata;
	if (sf_kube_object(root, "metadata", &metadata, err) < 0) {
		return -1;
	}
	pdb->space = sf_xstrdup(sf_kube_text(metadata, "namespace"));
	pdb->uid = sf_xstrdup(sf_kube_text(metadata, "uid"));
	if (pdb->space[0] == '\0' || sf_kube_text(metadata, "name")[0] == '\0') {
		return sf_fail(err, SF_EINVAL, "metadata has no name or no namespace");
	}
	return read_selector(root, pdb, err) < 0 ? -1 : read_status(root, pdb, err);
}

struct sf_pdb *sf_pdb_read(const char *text, size_t len, struct sf_error *err)
{
	json_error_t where;
	json_t *root = json_loadb(text, len, 0, &where);
	struct sf_pdb *pdb = sf_xcalloc(1, sizeof(*pdb));
	int rc = root != NULL ? read_budget(root, pdb, err)
	                      : sf_fail(err, SF_EINVAL, "line %d: %s", where.line, where.text);
	json_decref(root);
	if (rc < 0) {
		sf_wrap(err, "PodDisruptionBudget");
		sf_pdb_destroy(pdb);
		return NULL;
	}
	return pdb;
}

void sf_pdb_destroy(struct sf_pdb *pdb)
{
	if (pdb != NULL) {
		json_decref(pdb->labels);
		json_decref(pdb->expressions);
		json_decref(pdb->disrupted);
		free(pdb->space);
		free(pdb->uid);
		free(pdb);
	}
}

const char *sf_pdb_space(const struct sf_pdb *pdb)
{
	return pdb->space;
}

const char *sf_pdb_uid(const struct sf_pdb *pdb)
{
	return pdb->uid;
}

int64_t sf_pdb_allowed(const struct sf_pdb *pdb)
{
	return pdb->allowed;
}

/* The value of a label, the last one of several; or NULL. */
static const char *find(const char *labels, const char *key)
{
	const char *found = NULL;
	while (*labels != '\0') {
		const char *value = labels + strlen(labels) + 1;
		found = strcmp(labels, key) == 0 ? value : found;
		labels = value + strlen(value) + 1;
	}
	return found;
}

static bool matches(const struct sf_pdb *pdb, const char *labels)
{
	const char *key;
	json_t *value;
	size_t i;
	json_object_foreach(pdb->labels, key, value) {
		const char *own = find(labels, key);
		if (own == NULL || strcmp(own, json_string_value(value)) != 0) {
			return false;
		}
	}
	json_array_foreach(pdb->expressions, i, value) {
		const char *own = find(labels, sf_kube_text(value, "key"));
		if (!operation_of(value)->holds(own, json_object_get(value, "values"))) {
			return false;
		}
	}
	return true;
}

bool sf_pdb_covers(const struct sf_pdb *pdb, const char *name, const char *labels)
{
	return pdb->selects && labels != NULL && labels[0] != '\0' && matches(pdb, labels) &&
	       json_object_get(pdb->disrupted, name) == NULL;
}
