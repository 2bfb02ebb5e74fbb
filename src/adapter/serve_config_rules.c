/* serve_config_rules: classes of pods, how pods get one, and namespaces with rules of their own. */
// SPDX-License-Identifier: Apache-2.0
#include "serve_config_read.h"

#include <slicefit/error.h>

#include <stdlib.h>
#include <string.h>

/* Names of classes are values of labels; names of namespaces and kinds are no longer. */
enum { NAME_MAX_LEN = 63, LABEL_KEY_MAX = 317 };

#define RULE_KEYS "policy", "allow", "prefer"

/* One value, or a list: a list of nodes either way. */
static const struct sf_yaml *const *items(const struct sf_yaml *node,
                                          const struct sf_yaml *const *self, size_t *n)
{
	bool list = node->kind == SF_YAML_SEQUENCE;
	*n = list ? node->n : 1;
	return list ? (const struct sf_yaml *const *)node->child : self;
}

/* Modes, each once, in the order written. */
static int read_modes(const struct sf_config_reader *reader, const struct sf_yaml *node,
                      uint8_t *out, uint8_t *n_out)
{
	size_t n;
	const struct sf_yaml *const *item = items(node, &node, &n);
	unsigned seen = 0;
	*n_out = 0;
	for (size_t i = 0; i < n; i++) {
		size_t mode = 0;
		if (sf_config_word(reader, item[i], "mode", sf_serving_names, &mode) != 0) {
			return -1;
		}
		if ((seen & SF_SERVING_BIT(mode)) != 0) {
			return sf_yaml_fail(item[i], reader->file, reader->err,
			                    "mode '%s' is listed twice", sf_serving_names[mode]);
		}
		seen |= SF_SERVING_BIT(mode);
		out[(*n_out)++] = (uint8_t)mode;
	}
	return 0;
}

static int read_allow(const struct sf_config_reader *reader, const struct sf_yaml *node,
                      struct sf_class_rules *out)
{
	uint8_t mode[SF_SERVINGS], n;
	if (node == NULL) {
		return 0;
	}
	if (read_modes(reader, node, mode, &n) != 0) {
		return -1;
	}
	if (n == 0) {
		return sf_yaml_fail(node, reader->file, reader->err,
		                    "no mode is allowed: these pods could run nowhere");
	}
	for (uint8_t i = 0; i < n; i++) {
		out->allow |= (uint8_t)SF_SERVING_BIT(mode[i]);
	}
	return 0;
}

static int read_prefer(const struct sf_config_reader *reader, const struct sf_yaml *node,
                       unsigned allow, struct sf_class_rules *out)
{
	if (node == NULL) {
		return 0;
	}
	if (read_modes(reader, node, out->prefer, &out->n_prefer) != 0) {
		return -1;
	}
	out->says_prefer = true;
	for (uint8_t i = 0; i < out->n_prefer; i++) {
		if ((allow & SF_SERVING_BIT(out->prefer[i])) == 0) {
			return sf_yaml_fail(node, reader->file, reader->err,
			                    "prefers '%s', which is not allowed",
			                    sf_serving_names[out->prefer[i]]);
		}
	}
	return 0;
}

/* `allow`: the modes that are allowed if these rules do not say which. */
static int read_rules(const struct sf_config_reader *reader, const struct sf_yaml *node,
                      unsigned allow, struct sf_class_rules *out)
{
	if (sf_config_policy(reader, sf_yaml_get(node, "policy"), &out->policy) != 0 ||
	    read_allow(reader, sf_yaml_get(node, "allow"), out) != 0) {
		return -1;
	}
	return read_prefer(reader, sf_yaml_get(node, "prefer"),
	                   out->allow != 0 ? out->allow : allow, out);
}

/* Keys of mappings have names, which are checked like values. */
static int read_name(const struct sf_config_reader *reader, const struct sf_yaml *node, size_t max,
                     const char **out)
{
	struct sf_yaml key = {
		.kind = SF_YAML_SCALAR,
		.text = node->key,
		.quoted = true,
		.line = node->key_line,
		.column = node->key_column,
	};
	return sf_config_text(reader, &key, max, out);
}

/* `given`: the classes that the file has described already. */
static int read_class(const struct sf_config_reader *reader, const struct sf_yaml *node,
                      bool *given)
{
	static const char *const known[] = {RULE_KEYS, NULL};
	struct sf_serve_config *config = reader->config;
	struct sf_class_rules rules = {0};
	const char *name;
	if (read_name(reader, node, NAME_MAX_LEN, &name) != 0 ||
	    sf_yaml_check_keys(node, reader->file, known, reader->err) != 0) {
		return -1;
	}
	uint32_t class = sf_serve_class_find(config, name);
	if (class == SF_SERVE_CLASS_NONE) {
		if (config->n_classes == SF_SERVE_CLASSES_MAX) {
			return sf_yaml_fail_key(node, reader->file, reader->err,
			                        "more than %d classes", SF_SERVE_CLASSES_MAX);
		}
		class = config->n_classes++;
		config->class[class] = (struct sf_serve_class){
			.name = name,
			.rules.allow = SF_SERVING_ALL,
		};
	}
	if (given[class]) {
		return sf_yaml_fail_key(node, reader->file, reader->err,
		                        "class '%s' is given twice, once by another name",
		                        config->class[class].name);
	}
	given[class] = true;
	if (read_rules(reader, node, config->class[class].rules.allow, &rules) != 0) {
		return -1;
	}
	sf_class_rules_override(&config->class[class].rules, &rules);
	return 0;
}

int sf_config_classes(const struct sf_config_reader *reader, const struct sf_yaml *node)
{
	if (node == NULL) {
		return 0;
	}
	if (node->kind != SF_YAML_MAPPING) {
		return sf_yaml_fail(
			node, reader->file, reader->err,
			"expected classes with their rules: {training: {allow: [whole]}}");
	}
	bool given[SF_SERVE_CLASSES_MAX] = {false};
	for (size_t i = 0; i < node->n; i++) {
		if (read_class(reader, node->child[i], given) != 0) {
			return -1;
		}
	}
	return 0;
}

/* A class that exists. An absent node leaves *out alone. */
static int read_class_name(const struct sf_config_reader *reader, const struct sf_yaml *node,
                           uint32_t *out)
{
	const struct sf_serve_config *config = reader->config;
	const char *words[SF_SERVE_CLASSES_MAX + 2];
	size_t n = 0;
	size_t i = 0;
	if (node == NULL) {
		return 0;
	}
	while (n < config->n_classes) {
		words[n] = config->class[n].name;
		n++;
	}
	words[n++] = "notebook";
	words[n] = NULL;
	if (sf_config_word(reader, node, "class", words, &i) != 0) {
		return -1;
	}
	*out = sf_serve_class_find(config, words[i]);
	return 0;
}

/* {key: value}; the value * stands for any. */
static int read_pairs(const struct sf_config_reader *reader, const struct sf_yaml *node,
                      struct sf_serve_pair **out, uint8_t *n_out)
{
	if (node == NULL) {
		return 0;
	}
	if (node->kind != SF_YAML_MAPPING || node->n == 0 || node->n > SF_SERVE_PAIRS_MAX) {
		return sf_yaml_fail(node, reader->file, reader->err,
		                    "expected 1 to %d lines 'key: value'", SF_SERVE_PAIRS_MAX);
	}
	struct sf_serve_pair *pair = sf_config_array(reader, node->n, sizeof(*pair));
	if (pair == NULL) {
		return -1;
	}
	for (size_t i = 0; i < node->n; i++) {
		const struct sf_yaml *value = node->child[i];
		if (read_name(reader, value, LABEL_KEY_MAX, &pair[i].key) != 0 ||
		    sf_config_text(reader, value, SF_SERVE_VALUE_MAX, &pair[i].value) != 0) {
			return -1;
		}
		if (strcmp(pair[i].value, "*") == 0) {
			pair[i].value = NULL;
		}
	}
	*out = pair;
	*n_out = (uint8_t)node->n;
	return 0;
}

static int read_match(const struct sf_config_reader *reader, const struct sf_yaml *node,
                      struct sf_serve_match *out)
{
	static const char *const known[] = {"class", "labels", "annotations", "owner", NULL};
	out->class = SF_SERVE_CLASS_NONE;
	if (sf_yaml_check_keys(node, reader->file, known, reader->err) != 0 ||
	    read_class_name(reader, sf_yaml_get(node, "class"), &out->class) != 0 ||
	    read_pairs(reader, sf_yaml_get(node, "labels"), &out->label, &out->n_labels) != 0 ||
	    read_pairs(reader, sf_yaml_get(node, "annotations"), &out->annotation,
	               &out->n_annotations) != 0 ||
	    sf_config_text(reader, sf_yaml_get(node, "owner"), NAME_MAX_LEN, &out->owner) != 0) {
		return -1;
	}
	if (out->class == SF_SERVE_CLASS_NONE) {
		return sf_yaml_fail(node, reader->file, reader->err,
		                    "class is missing: which one do these pods get?");
	}
	if (out->n_labels == 0 && out->n_annotations == 0 && out->owner == NULL) {
		return sf_yaml_fail(node, reader->file, reader->err,
		                    "nothing to match: give labels, annotations or owner");
	}
	return 0;
}

int sf_config_matches(const struct sf_config_reader *reader, const struct sf_yaml *node)
{
	struct sf_serve_config *config = reader->config;
	if (node == NULL) {
		return 0;
	}
	if (node->kind != SF_YAML_SEQUENCE || node->n > SF_SERVE_MATCHES_MAX) {
		return sf_yaml_fail(node, reader->file, reader->err,
		                    "expected a list of at most %d matches: "
		                    "[{class: batch, labels: {tier: low}}]",
		                    SF_SERVE_MATCHES_MAX);
	}
	config->match = sf_config_array(reader, node->n, sizeof(*config->match));
	for (size_t i = 0; config->match != NULL && i < node->n; i++) {
		if (read_match(reader, node->child[i], &config->match[i]) != 0) {
			return -1;
		}
		config->n_matches++;
	}
	return config->match != NULL ? 0 : -1;
}

static int read_namespace(const struct sf_config_reader *reader, const struct sf_yaml *node,
                          struct sf_serve_namespace *out)
{
	static const char *const known[] = {"class", RULE_KEYS, NULL};
	out->class = SF_SERVE_CLASS_NONE;
	if (read_name(reader, node, NAME_MAX_LEN, &out->name) != 0 ||
	    sf_yaml_check_keys(node, reader->file, known, reader->err) != 0 ||
	    read_class_name(reader, sf_yaml_get(node, "class"), &out->class) != 0) {
		return -1;
	}
	return read_rules(reader, node, SF_SERVING_ALL, &out->rules);
}

static int compare_namespaces(const void *a, const void *b)
{
	return strcmp(((const struct sf_serve_namespace *)a)->name,
	              ((const struct sf_serve_namespace *)b)->name);
}

int sf_config_namespaces(const struct sf_config_reader *reader, const struct sf_yaml *node)
{
	struct sf_serve_config *config = reader->config;
	if (node == NULL) {
		return 0;
	}
	if (node->kind != SF_YAML_MAPPING || node->n > SF_SERVE_NAMESPACES_MAX) {
		return sf_yaml_fail(node, reader->file, reader->err,
		                    "expected at most %d namespaces with their class or rules: "
		                    "{team-a: {class: training}}",
		                    SF_SERVE_NAMESPACES_MAX);
	}
	config->namespace = sf_config_array(reader, node->n, sizeof(*config->namespace));
	for (size_t i = 0; config->namespace != NULL && i < node->n; i++) {
		if (read_namespace(reader, node->child[i], &config->namespace[i]) != 0) {
			return -1;
		}
		config->n_namespaces++;
	}
	if (config->namespace == NULL) {
		return -1;
	}
	qsort(config->namespace, config->n_namespaces, sizeof(*config->namespace),
	      compare_namespaces);
	return 0;
}
