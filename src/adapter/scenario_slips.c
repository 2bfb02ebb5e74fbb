/* scenario_slips: keys that people bring from other formats, or put a level too high. */
// SPDX-License-Identifier: Apache-2.0
#include "scenario_read.h"

#include <string.h>

static bool is_known(const char *key, const char *const *known)
{
	for (size_t i = 0; known[i] != NULL; i++) {
		if (strcmp(key, known[i]) == 0) {
			return true;
		}
	}
	return false;
}

/* "nvidia.com/" stands for every key that begins so. */
static bool is_slip(const char *key, const struct sf_reader_slip *slip)
{
	size_t len = strlen(slip->key);
	return slip->key[len - 1] == '/' ? strncmp(key, slip->key, len) == 0
	                                 : strcmp(key, slip->key) == 0;
}

int sf_reader_check_keys(struct sf_reader *reader, const struct sf_yaml *node,
                         const char *const *known, const struct sf_reader_slip *slips)
{
	for (size_t i = 0; node->kind == SF_YAML_MAPPING && i < node->n; i++) {
		const struct sf_yaml *child = node->child[i];
		for (size_t k = 0; slips[k].key != NULL; k++) {
			if (!is_known(child->key, known) && is_slip(child->key, &slips[k])) {
				return sf_yaml_fail_key(child, reader->file, reader->err,
				                        "unknown key '%.60s', %s", child->key,
				                        slips[k].mend);
			}
		}
	}
	return sf_yaml_check_keys(node, reader->file, known, reader->err);
}
