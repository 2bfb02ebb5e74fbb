/* lint_impl: what the rules share: sources, documents with places, findings, facts across files. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_LINT_IMPL_H
#define SF_LINT_IMPL_H

#include <slicefit/arena.h>
#include <slicefit/lint.h>
#include <slicefit/yaml.h>

#include <string.h>

/* Lines of a file that are of one kind. */
struct segment {
	enum { SEG_YAML, SEG_COMMANDS, SEG_PROSE } kind;
	uint32_t first, last; /* lines, both included */
	uint32_t indent;      /* bytes in front of each line that do not belong to it */
};

/* One file. Lines are counted from 1. */
struct source {
	const char *name;
	const char *text; /* NUL-terminated */
	size_t len;
	size_t n_lines;
	const char **line; /* where each begins */
	struct segment *segment;
	size_t n_segments, segments_cap;
	bool document;     /* Markdown and the like: prose with examples */
	struct gpus *said; /* the GPUs that the whole file speaks of; NULL: not looked for yet */
	size_t findings, documents;
	size_t number;
};

/* What a tree is about. */
enum subject {
	ABOUT_OBJECT,  /* a Kubernetes object */
	ABOUT_PARTED,  /* a configuration of mig-parted */
	ABOUT_PLUGIN,  /* a configuration of the device plugin */
	ABOUT_VALUES,  /* values of a Helm chart */
	ABOUT_UNKNOWN, /* a fragment */
};

/* One document, or one that is a text inside another. The places of its nodes are those in the
 * source. */
struct doc {
	struct source *source;
	enum subject about;
	const struct sf_yaml *root;
	const struct doc *outer; /* the object it is written in, or NULL */
	const char *map;         /* name of the ConfigMap it is in, or NULL */
	const char *key;         /* the key of that ConfigMap, or NULL */
	uint32_t last_line;
};

/* A finding before it is sorted; `order` keeps equals as they came. */
struct found {
	struct sf_lint_finding finding;
	size_t file, order;
};

struct command;
struct facts;
struct gpus;
struct patterns;
struct sf_manifests;

struct sf_lint {
	const struct sf_catalog *catalog;
	struct sf_arena *arena;
	const struct sf_product *product[64]; /* --product */
	size_t n_products;
	struct source **source;
	size_t n_sources, sources_cap, bytes;
	struct doc **doc;
	size_t n_docs, docs_cap;
	struct found *found;
	size_t n_found, found_cap, more;
	bool disabled[1000]; /* by code */
	struct command *command;
	size_t n_commands, commands_cap;
	struct facts *facts;
	struct sf_manifests *manifests;  /* owns the trees */
	const struct patterns *patterns; /* while prose is read */
};

/* A place in a source. */
struct place {
	uint32_t line, column;
};

/* Adds a finding of rule `code`; its texts follow. Never NULL: what is not wanted or too much goes
 * nowhere. */
struct sf_lint_finding *lint_at(struct sf_lint *lint, struct source *source, struct place place,
                                int code);
struct sf_lint_finding *lint_node(struct sf_lint *lint, const struct doc *doc,
                                  const struct sf_yaml *node, int code);
/* At the key of a mapping's child. */
struct sf_lint_finding *lint_key(struct sf_lint *lint, const struct doc *doc,
                                 const struct sf_yaml *node, int code);
void lint_say(struct sf_lint *lint, struct sf_lint_finding *finding, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void lint_mend(struct sf_lint *lint, struct sf_lint_finding *finding, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Copies that live as long as the run; abort when memory is exhausted. */
char *lint_copy(struct sf_lint *lint, const char *text, size_t len);
void *lint_alloc(struct sf_lint *lint, size_t n, size_t size);

/* The value behind keys with dots between them, or NULL. */
const struct sf_yaml *lint_get(const struct sf_yaml *node, const char *path);
/* A child by its key in any case of letters, as Go's JSON reader finds a field. */
const struct sf_yaml *lint_get_loose(const struct sf_yaml *node, const char *key);
/* A scalar's text, else NULL (also for null and what is no scalar). */
const char *lint_text(const struct sf_yaml *node);
/* The text at a path, else NULL. */
const char *lint_text_at(const struct sf_yaml *node, const char *path);
/* Something that is filled in later: ${X}, <node>, {{ .Values.x }}. */
bool lint_is_placeholder(const char *text);
/* A whole number, quoted or not. */
bool lint_number(const struct sf_yaml *node, long *out);

static inline bool same(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

/* The source's line without its end; empty beyond the last one. */
size_t source_line(const struct source *source, uint32_t line, const char **text);
/* A line that says what is not so: what it names is no mistake. */
bool source_denies(const char *text, size_t len);
struct source *source_create(struct sf_lint *lint, const char *name, const char *text, size_t len);

#endif
