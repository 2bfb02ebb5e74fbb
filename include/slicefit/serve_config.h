/* serve_config: how `slicefit serve` decides: classes of pods, their rules, what scores are for. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_SERVE_CONFIG_H
#define SF_SERVE_CONFIG_H

#include <slicefit/serving.h>

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sf_arena;
struct sf_error;
struct sf_str;

/* Where the class of a pod stands: a label, or an annotation. */
#define SF_SERVE_CLASS_KEY "slicefit.io/class"

#define SF_SERVE_CLASS_NONE UINT32_MAX

enum {
	SF_SERVE_BYTES_MAX = 1 << 20, /* of the file; a ConfigMap holds no more */
	SF_SERVE_CLASSES_MAX = 64,
	SF_SERVE_MATCHES_MAX = 1024,
	SF_SERVE_PAIRS_MAX = 16, /* labels and annotations of one match */
	SF_SERVE_NAMESPACES_MAX = 10000,
	SF_SERVE_NARROW_MAX = 1000,
	SF_SERVE_VALUE_MAX = 255, /* bytes of a label's or annotation's value that can be matched */
};

/* What is not said is left to more general rules. */
struct sf_class_rules {
	const char *policy; /* NULL: not said */
	uint8_t allow;      /* SF_SERVING_BIT of each mode in which it may be served; 0: not said */
	bool says_prefer;
	uint8_t n_prefer;
	uint8_t prefer[SF_SERVINGS]; /* enum sf_serving, the best first */
};

struct sf_serve_class {
	const char *name;
	struct sf_class_rules rules;
};

/* Labels or annotations that a pod must have; value NULL: any. */
struct sf_serve_pair {
	const char *key;
	const char *value;
};

/* All that is said must hold; something is said. */
struct sf_serve_match {
	uint32_t class;
	const char *owner; /* kind of the controller; NULL: any or none */
	uint8_t n_labels, n_annotations;
	struct sf_serve_pair *label, *annotation;
};

struct sf_serve_namespace {
	const char *name;
	uint32_t class; /* of pods for which nothing else says one, or SF_SERVE_CLASS_NONE */
	struct sf_class_rules rules; /* go before those of the class */
};

enum sf_selection {
	SF_SELECTION_SCORE,    /* 0 to 10: one voice among the scheduler's plugins */
	SF_SELECTION_DECISIVE, /* scores that outweigh all plugins together */
	SF_SELECTION_NARROW,   /* filter names the best nodes only */
};

/* What is answered when the cluster is not known freshly enough. */
enum sf_stale_answer {
	SF_STALE_SERVE,     /* as if it were fresh */
	SF_STALE_FAIL_OPEN, /* every node fits, and all alike */
	SF_STALE_ERROR,     /* Error: the pod waits */
};

/* Never changed once it is read; texts are its own. */
struct sf_serve_config {
	struct sf_arena *arena;
	atomic_uint refs;
	const char *policy;    /* for pods whose rules say none; NULL: the caller's default */
	const char *class_key; /* SF_SERVE_CLASS_KEY */
	bool derive;           /* pods without a class get one by what they look like */
	uint32_t n_classes, n_matches, n_namespaces;
	struct sf_serve_class *class;         /* those of enum sf_class, then others */
	struct sf_serve_match *match;         /* in order: the first that holds */
	struct sf_serve_namespace *namespace; /* sorted by name */
	enum sf_selection selection;
	uint32_t narrow; /* K of SF_SELECTION_NARROW */
	int64_t stale_after_us;
	enum sf_stale_answer stale_answer;
	int64_t reservation_expire_us;
	const char *shadow; /* policy whose choice is only told; NULL: none */
};

/* What holds without a file, with one reference. The rules of the classes are in docs/serve-config.md. */
struct sf_serve_config *sf_serve_config_create(void);

/* One more reference; one less, and the last frees it (NULL is fine). Safe for several threads. */
struct sf_serve_config *sf_serve_config_hold(struct sf_serve_config *config);
void sf_serve_config_release(struct sf_serve_config *config);

/* By name ("notebook" is the interactive one), or SF_SERVE_CLASS_NONE. */
uint32_t sf_serve_class_find(const struct sf_serve_config *config, const char *name);

/* Or NULL. */
const struct sf_serve_namespace *sf_serve_namespace_find(const struct sf_serve_config *config,
                                                         const char *name);

/* Whatever `over` says replaces what `rules` say; preferences that are not allowed then fall away. */
void sf_class_rules_override(struct sf_class_rules *rules, const struct sf_class_rules *over);

/* Words of the file. */
extern const char *const sf_selection_names[];    /* "score", "decisive", "narrow", NULL */
extern const char *const sf_stale_answer_names[]; /* "serve", "fail-open", "error", NULL */

/*
 * Reads the YAML that docs/serve-config.md describes; `name` is used in messages. `policies`: the
 * names of all policies, NULL-terminated. NULL and "NAME:LINE:COLUMN: ..." when it is wrong.
 */
struct sf_serve_config *sf_serve_config_parse(const char *text, size_t len, const char *name,
                                              const char *const *policies, struct sf_error *err);

/* Appends the configuration as YAML with all that holds by default; it reads back as the same. */
int sf_serve_config_write(const struct sf_serve_config *config, struct sf_str *out,
                          struct sf_error *err);

#endif
