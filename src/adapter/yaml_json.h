/* yaml_json: a YAML tree as the JSON value that kubectl would have printed. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_YAML_JSON_H
#define SF_YAML_JSON_H

#include <jansson.h>

struct sf_yaml;

/* Plain true, false, null and integers get their types, everything else is a string. */
json_t *sf_yaml_to_json(const struct sf_yaml *yaml);

#endif
