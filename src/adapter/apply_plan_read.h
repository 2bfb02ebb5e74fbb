/* apply_plan_read: what the parts of the reader of a roll-out share. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_APPLY_PLAN_READ_H
#define SF_APPLY_PLAN_READ_H

#include <slicefit/apply_plan.h>
#include <slicefit/yaml.h>

struct sf_map;

struct sf_apply_reader {
	const char *dir;
	const char *file; /* for messages */
	struct sf_arena *arena;
	struct sf_map *nodes; /* names that were there already */
	struct sf_error *err;
};

/* Zeroed, at least one; NULL and a message when there is too much. */
void *sf_apply_array(const struct sf_apply_reader *reader, size_t n, size_t size);

/* The text of a member that has to be there. */
int sf_apply_text(const struct sf_apply_reader *reader, const struct sf_yaml *map, const char *key,
                  const char **out);

/* The same; NULL when it is absent or null. */
int sf_apply_maybe(const struct sf_apply_reader *reader, const struct sf_yaml *map, const char *key,
                   const char **out);

/* A list or an object; NULL when it is absent or null. */
int sf_apply_child(const struct sf_apply_reader *reader, const struct sf_yaml *map, const char *key,
                   enum sf_yaml_kind kind, const struct sf_yaml **out);

/* The objects of `files` and the patch of `operator` (apply_plan_object.c). */
int sf_apply_read_objects(const struct sf_apply_reader *reader, const struct sf_yaml *root,
                          struct sf_apply_plan *out);

#endif
