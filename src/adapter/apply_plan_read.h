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

/* "no 'KEY' here"; returns -1. */
int sf_apply_missing(const struct sf_apply_reader *reader, const struct sf_yaml *map,
                     const char *key);

/* A list or an object; NULL when it is absent or null. */
int sf_apply_child(const struct sf_apply_reader *reader, const struct sf_yaml *map, const char *key,
                   enum sf_yaml_kind kind, const struct sf_yaml **out);

/* A list of objects: *n of them, 0 when it is absent. */
int sf_apply_list(const struct sf_apply_reader *reader, const struct sf_yaml *map, const char *key,
                  const struct sf_yaml **out, size_t *n);

/* A node of a wave (apply_plan_node.c). An error, too, when its name was there already. */
int sf_apply_read_node(const struct sf_apply_reader *reader, const struct sf_yaml *map,
                       struct sf_apply_node *node);

/* A node that only gets labels: its `labels` are those of after. */
int sf_apply_read_staying(const struct sf_apply_reader *reader, const struct sf_yaml *map,
                          struct sf_apply_node *node);

/* What a node that changes is called in terms of the new ConfigMaps, before it changes. */
int sf_apply_name_before(const struct sf_apply_reader *reader, const struct sf_apply_node *node,
                         struct sf_apply_node *out);

/* The objects of `files` and the patch of `operator` (apply_plan_object.c). */
int sf_apply_read_objects(const struct sf_apply_reader *reader, const struct sf_yaml *root,
                          struct sf_apply_plan *out);

#endif
