/* apply_plan_read: members of rollout.json, by their kinds. */
// SPDX-License-Identifier: Apache-2.0
#include "apply_plan_read.h"

#include <slicefit/arena.h>
#include <slicefit/error.h>

void *sf_apply_array(const struct sf_apply_reader *reader, size_t n, size_t size)
{
	void *block = sf_arena_array(reader->arena, n > 0 ? n : 1, size);
	if (block == NULL) {
		sf_fail(reader->err, SF_ENOMEM, "%s: too much to hold in memory", reader->file);
	}
	return block;
}

int sf_apply_missing(const struct sf_apply_reader *reader, const struct sf_yaml *map,
                     const char *key)
{
	return sf_yaml_fail(map, reader->file, reader->err, "no '%s' here", key);
}

int sf_apply_text(const struct sf_apply_reader *reader, const struct sf_yaml *map, const char *key,
                  const char **out)
{
	const struct sf_yaml *node = sf_yaml_get(map, key);
	return node == NULL ? sf_apply_missing(reader, map, key)
	                    : sf_yaml_str(node, reader->file, out, reader->err);
}

int sf_apply_maybe(const struct sf_apply_reader *reader, const struct sf_yaml *map, const char *key,
                   const char **out)
{
	const struct sf_yaml *node = sf_yaml_get(map, key);
	*out = NULL;
	return node == NULL || sf_yaml_is_null(node)
	               ? 0
	               : sf_yaml_str(node, reader->file, out, reader->err);
}

int sf_apply_child(const struct sf_apply_reader *reader, const struct sf_yaml *map, const char *key,
                   enum sf_yaml_kind kind, const struct sf_yaml **out)
{
	const struct sf_yaml *node = sf_yaml_get(map, key);
	*out = NULL;
	if (node == NULL || sf_yaml_is_null(node)) {
		return 0;
	}
	if (node->kind != kind) {
		return sf_yaml_fail(node, reader->file, reader->err, "'%s' is no %s", key,
		                    kind == SF_YAML_SEQUENCE ? "list" : "object");
	}
	*out = node;
	return 0;
}

int sf_apply_list(const struct sf_apply_reader *reader, const struct sf_yaml *map, const char *key,
                  const struct sf_yaml **out, size_t *n)
{
	*n = 0;
	if (sf_apply_child(reader, map, key, SF_YAML_SEQUENCE, out) < 0) {
		return -1;
	}
	for (size_t i = 0; *out != NULL && i < (*out)->n; i++) {
		if ((*out)->child[i]->kind != SF_YAML_MAPPING) {
			return sf_yaml_fail((*out)->child[i], reader->file, reader->err,
			                    "an entry of '%s' is no object", key);
		}
	}
	*n = *out != NULL ? (*out)->n : 0;
	return 0;
}
