/* yaml: strict trees of one YAML (or JSON) document, with the place of every node; and a writer. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_YAML_H
#define SF_YAML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sf_arena;
struct sf_error;
struct sf_str;

enum sf_yaml_kind { SF_YAML_SCALAR, SF_YAML_SEQUENCE, SF_YAML_MAPPING };

/* Limits on input from outside (libyaml has none and is quadratic on deep nesting). */
enum { SF_YAML_DEPTH_MAX = 32, SF_YAML_BYTES_MAX = 64 << 20, SF_YAML_NODES_MAX = 4 << 20 };

struct sf_yaml {
	enum sf_yaml_kind kind;
	const char *key;  /* when the parent is a mapping, else NULL */
	const char *text; /* scalars */
	bool quoted;      /* scalars: quoted or block style, so a string whatever it looks like */
	uint32_t line;    /* 1-based */
	uint32_t column;  /* 1-based */
	uint32_t key_line, key_column; /* of the key, when there is one */
	size_t n;                      /* children */
	struct sf_yaml **child;
};

/* Parses one document; `name` is used in messages ("NAME:LINE:COLUMN: ..."). Duplicate keys,
 * anchors and aliases and merge keys are refused. The tree lives in `arena`. */
const struct sf_yaml *sf_yaml_parse(const char *text, size_t len, const char *name,
                                    struct sf_arena *arena, struct sf_error *err);

/* All documents of a stream (kubectl output): *n trees. */
const struct sf_yaml **sf_yaml_parse_all(const char *text, size_t len, const char *name, size_t *n,
                                         struct sf_arena *arena, struct sf_error *err);

/* Child of a mapping by key, or NULL. */
const struct sf_yaml *sf_yaml_get(const struct sf_yaml *node, const char *key);

/* -1 and "NAME:LINE:COLUMN: unknown key 'x' (known: a, b, c)" unless every key is in the
 * NULL-terminated list. */
int sf_yaml_check_keys(const struct sf_yaml *node, const char *name, const char *const *known,
                       struct sf_error *err);

/* Typed scalars; -1 and a message with the place on anything else. `null`, ~ and empty are not
 * values. */
int sf_yaml_int(const struct sf_yaml *node, const char *name, int64_t min, int64_t max,
                int64_t *out, struct sf_error *err);
int sf_yaml_real(const struct sf_yaml *node, const char *name, double min, double max, double *out,
                 struct sf_error *err);
int sf_yaml_bool(const struct sf_yaml *node, const char *name, bool *out, struct sf_error *err);
int sf_yaml_str(const struct sf_yaml *node, const char *name, const char **out,
                struct sf_error *err);
bool sf_yaml_is_null(const struct sf_yaml *node);

/* "NAME:LINE:COLUMN: ..." ; returns -1. */
int sf_yaml_fail(const struct sf_yaml *node, const char *name, struct sf_error *err,
                 const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* "NAME:LINE:COLUMN: ..." at the node's key (where the node is a mapping's child); returns -1. */
int sf_yaml_fail_key(const struct sf_yaml *node, const char *name, struct sf_error *err,
                     const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/*
 * The tree with `value` at `path`; new nodes live in `arena`, the others are shared with `root`, and
 * so are the values' texts. A path is keys with dots between them; an entry of a list goes by its
 * `name` (entries without one by what they are called by default, "pool-2"), or `*` for all entries.
 * The last key of a mapping may be missing: it is added. NULL and "PATH has no 'x', did you mean
 * 'y'?" (SF_ENOENT) when the path leads nowhere. The new value has the place of the old one.
 */
const struct sf_yaml *sf_yaml_with(const struct sf_yaml *root, const char *path,
                                   const struct sf_yaml *value, struct sf_arena *arena,
                                   struct sf_error *err);

/* The tree on one line, in flow style: {poisson: 12/h, at: "5"}. Trees that mean the same to a
 * reader that goes by the order of keys read the same here, whatever their layout and comments. */
void sf_yaml_show(const struct sf_yaml *node, struct sf_str *out);

/* A writer of one block-style document. Text that another reader could take for a number, a
 * boolean or null is quoted. Destroy with sf_yaml_writer_destroy. */
struct sf_yaml_writer;
struct sf_yaml_writer *sf_yaml_writer_create(void);
void sf_yaml_writer_destroy(struct sf_yaml_writer *writer);

/* Containers and values come in document order; inside a mapping `key` is the entry's key, inside
 * a sequence and for the root it is NULL. */
void sf_yaml_write_mapping(struct sf_yaml_writer *writer, const char *key);
void sf_yaml_write_sequence(struct sf_yaml_writer *writer, const char *key);
/* A sequence on one line: [0, 1]. */
void sf_yaml_write_flow(struct sf_yaml_writer *writer, const char *key);
void sf_yaml_write_end(struct sf_yaml_writer *writer);
void sf_yaml_write_str(struct sf_yaml_writer *writer, const char *key, const char *value);
void sf_yaml_write_int(struct sf_yaml_writer *writer, const char *key, int64_t value);
/* As a plain decimal with at most six digits after the point. */
void sf_yaml_write_real(struct sf_yaml_writer *writer, const char *key, double value);
void sf_yaml_write_bool(struct sf_yaml_writer *writer, const char *key, bool value);
/* Text over several lines, as a literal block (a file inside a ConfigMap). */
void sf_yaml_write_block(struct sf_yaml_writer *writer, const char *key, const char *value);

/* Appends the document; every container has been ended. -1 when memory ran out or the calls did
 * not make a document. */
int sf_yaml_writer_text(struct sf_yaml_writer *writer, struct sf_str *out, struct sf_error *err);

#endif
