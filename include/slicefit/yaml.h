/* yaml: strict trees of one YAML (or JSON) document, with the place of every node. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_YAML_H
#define SF_YAML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sf_arena;
struct sf_error;

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
	size_t n;         /* children */
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

#endif
