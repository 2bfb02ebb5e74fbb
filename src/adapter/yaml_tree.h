/* yaml_tree: trees of YAML documents under construction: their nodes, and the limits they keep. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_YAML_TREE_H
#define SF_YAML_TREE_H

#include "yaml_loose.h"

#include <slicefit/error.h>

/* 1-based, in the file. */
struct sf_yaml_place {
	uint32_t line, column;
};

/* A container whose end has not been seen. */
struct sf_yaml_level {
	struct sf_yaml *node;
	const char *key; /* read, its value not yet */
	struct sf_yaml_place key_place;
	struct sf_yaml **child;
	size_t n, cap;
};

/* Zero-initialise but for the first group; finish. */
struct sf_yaml_tree {
	const char *name; /* in messages */
	struct sf_arena *arena;
	struct sf_error *err;
	struct sf_yaml_loose *loose; /* NULL: strictly; keys that are there twice are an error */
	size_t nodes_max;
	size_t depth_max; /* at most SF_YAML_LOOSE_DEPTH_MAX */

	size_t nodes;
	size_t depth;
	struct sf_yaml_level level[SF_YAML_LOOSE_DEPTH_MAX];
	struct sf_yaml *root;
	size_t n_documents, documents_cap;
	const struct sf_yaml **document;
};

struct sf_yaml_scalar {
	const char *text;
	size_t len;
	bool quoted;
	const char *anchor; /* or NULL */
};

void sf_yaml_tree_finish(struct sf_yaml_tree *tree);

/* "NAME:LINE:COLUMN: TEXT", noted in `loose`, too; returns -1. */
int sf_yaml_tree_fail(const struct sf_yaml_tree *tree, struct sf_yaml_place place,
                      enum sf_code code, const char *text);
int sf_yaml_tree_fail_memory(const struct sf_yaml_tree *tree);

/* Is a key the next thing that may come? */
bool sf_yaml_tree_expects_key(const struct sf_yaml_tree *tree);

/* The next thing of the document: a key or a value, the begin or end of a mapping or list, a value of
 * `loose` once more. -1 and an error where it may not come, and beyond a limit. Anchors need `loose`. */
int sf_yaml_tree_scalar(struct sf_yaml_tree *tree, struct sf_yaml_place place,
                        const struct sf_yaml_scalar *scalar);
int sf_yaml_tree_open(struct sf_yaml_tree *tree, struct sf_yaml_place place, enum sf_yaml_kind kind,
                      const char *anchor);
int sf_yaml_tree_close(struct sf_yaml_tree *tree);
int sf_yaml_tree_alias(struct sf_yaml_tree *tree, struct sf_yaml_place place, const char *anchor);

/* Documents without content (the empty one between two "---") do not count. */
void sf_yaml_tree_end_document(struct sf_yaml_tree *tree);

/* Those that have ended, in the arena: *n of them. NULL and an error when it is full. */
const struct sf_yaml **sf_yaml_tree_documents(const struct sf_yaml_tree *tree, size_t *n);

#endif
