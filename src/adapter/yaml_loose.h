/* yaml_loose: YAML as kubectl takes it: anchors, aliases, merge keys, keys that are given twice. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_YAML_LOOSE_H
#define SF_YAML_LOOSE_H

#include <slicefit/map.h>
#include <slicefit/yaml.h>

/* A value with a name that aliases may repeat. */
struct sf_yaml_anchor {
	const char *name;
	const struct sf_yaml *node;
};

/* A place in a text, and what is to be said of it. */
struct sf_yaml_note {
	uint32_t line, column;
	const char *text;
};

/* What reading loosely needs and leaves behind. Zero-initialise but for the first group; finish. */
struct sf_yaml_loose {
	const char *name;      /* in messages */
	uint32_t skipped;      /* lines of the file before the text */
	size_t nodes_max;      /* values, those that aliases repeat counted again */
	size_t depth_max;      /* at most SF_YAML_LOOSE_DEPTH_MAX */
	uint32_t line, column; /* where the document is broken */
	size_t n_notes, notes_cap;
	struct sf_yaml_note *note; /* texts live in the arena */
	size_t n_anchors, anchors_cap;
	struct sf_yaml_anchor *anchor;
};

/* Definitions of custom resources (a schema in YAML) go to about 50. */
enum { SF_YAML_LOOSE_DEPTH_MAX = 128 };

void sf_yaml_loose_finish(struct sf_yaml_loose *loose);

/* Notes something; at most SF_YAML_NOTES_MAX are kept. */
enum { SF_YAML_NOTES_MAX = 1000 };
void sf_yaml_loose_note(struct sf_yaml_loose *loose, const struct sf_yaml *node, const char *text);

/* Names a value; a later one of the same name takes its place. */
void sf_yaml_loose_name(struct sf_yaml_loose *loose, const char *name, const struct sf_yaml *node);

/* The value of a name, or NULL. */
const struct sf_yaml *sf_yaml_loose_find(const struct sf_yaml_loose *loose, const char *name);

/* Values in a tree, the root included, counted up to `most` + 1; *height: levels of containers. */
size_t sf_yaml_loose_measure(const struct sf_yaml *node, size_t most, size_t *height);

/* Takes in what `<<` brings to a mapping that has just been read; what the mapping says itself goes
 * first, then the first of several. Of keys that are there twice the last one stays, with a note.
 * -1 when the arena is full or a merge key has no mapping (then *fault says so). */
int sf_yaml_loose_settle(struct sf_yaml_loose *loose, struct sf_yaml *mapping,
                         struct sf_arena *arena, const struct sf_yaml **fault);

/* All documents of a text, as sf_yaml_parse_all, but loosely. */
const struct sf_yaml **sf_yaml_parse_loose(const char *text, size_t len,
                                           struct sf_yaml_loose *loose, size_t *n,
                                           struct sf_arena *arena, struct sf_error *err);

#endif
