/* json_tree: JSON as a YAML tree with the place of every value. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_JSON_TREE_H
#define SF_JSON_TREE_H

#include "yaml_loose.h"

#include <slicefit/scan.h>

struct sf_arena;

/* Where reading stands in a text of several values. Set `at` and `end`, `line` 1 + the lines of the
 * file before `at`, and line_start = at; loose for its limits and notes. */
struct sf_json_tree {
	const char *at, *end;
	const char *line_start;
	uint32_t line;
	struct sf_yaml_loose *loose;
	struct sf_arena *arena;
	size_t nodes; /* values of the last tree */
	bool full;    /* the last one ended at a limit or for want of memory */
};

/* The value at `at`, which moves behind it. NULL and *fault (a constant text) when it is none: `at`
 * is then where it went wrong, and loose->line and column say so. Of equal keys the last one
 * counts, with a note. */
const struct sf_yaml *sf_json_tree_next(struct sf_json_tree *tree, const char **fault);

#endif
