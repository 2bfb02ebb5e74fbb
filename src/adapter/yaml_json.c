/* yaml_json: a YAML tree as the JSON value that kubectl would have printed. */
// SPDX-License-Identifier: Apache-2.0
#include "yaml_json.h"

#include <slicefit/yaml.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Up to 18 digits: always within int64; no leading zeros, which JSON does not have. */
static bool is_integer(const char *text)
{
	const char *digits = text + (*text == '-');
	size_t len = strlen(digits);
	return len > 0 && len <= 18 && strspn(digits, "0123456789") == len &&
	       (digits[0] != '0' || len == 1);
}

static json_t *scalar(const struct sf_yaml *yaml)
{
	if (yaml->quoted) {
		return json_string(yaml->text);
	}
	if (sf_yaml_is_null(yaml)) {
		return json_null();
	}
	if (strcmp(yaml->text, "true") == 0 || strcmp(yaml->text, "false") == 0) {
		return json_boolean(yaml->text[0] == 't');
	}
	if (is_integer(yaml->text)) {
		return json_integer(strtoll(yaml->text, NULL, 10));
	}
	return json_string(yaml->text);
}

/* The depth is limited by the YAML reader. */
json_t *sf_yaml_to_json(const struct sf_yaml *yaml)
{
	if (yaml->kind == SF_YAML_SCALAR) {
		return scalar(yaml);
	}
	bool mapping = yaml->kind == SF_YAML_MAPPING;
	json_t *out = mapping ? json_object() : json_array();
	for (size_t i = 0; i < yaml->n; i++) {
		json_t *child = sf_yaml_to_json(yaml->child[i]);
		if (mapping) {
			json_object_set_new(out, yaml->child[i]->key, child);
		} else {
			json_array_append_new(out, child);
		}
	}
	return out;
}
