/*
 * lint: finds what will not work in GPU configurations before it reaches a node: mig-parted files,
 * configurations of the device plugin, values of the GPU Operator, Kubernetes objects, and the commands
 * in scripts and documents. Files are added, judged together, and what was found is sorted by place.
 */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_LINT_H
#define SF_LINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sf_catalog;
struct sf_error;
struct sf_lint;
struct sf_product;

enum sf_lint_severity {
	SF_LINT_NOTE,    /* misleading: works, but not as the text says */
	SF_LINT_WARNING, /* works, or seems to, but does not do what it says */
	SF_LINT_ERROR,   /* is refused, or waits for ever */
};

/* What a file may be; limits on input from outside. */
enum {
	SF_LINT_BYTES_MAX = 16 << 20,  /* of one file */
	SF_LINT_FILES_MAX = 10000,     /* of one run */
	SF_LINT_TOTAL_MAX = 256 << 20, /* bytes of all files */
	SF_LINT_DOCUMENTS_MAX = 20000, /* of one file, those inside others included */
	SF_LINT_PER_FILE_MAX = 1000,   /* findings of one file; the rest is counted */
};

/* One rule; codes are stable and never used again for something else. */
struct sf_lint_rule {
	int code; /* 101 is SF101 */
	enum sf_lint_severity severity;
	const char *title; /* one line, no full stop */
	const char *text;  /* what is true, for --explain */
	const char *mend;  /* what to do about it, in general; a finding says it for its place */
	const char *
		source; /* where that is written: a document of NVIDIA's or a file of a repository */
};

struct sf_lint_finding {
	const struct sf_lint_rule *rule;
	const char *file;
	uint32_t line, column; /* 1-based; columns are bytes */
	const char *message;   /* what is wrong here, no full stop */
	const char *mend;      /* what to write instead */
	const char *excerpt;   /* the line of the file, or NULL */
};

/* All rules by code, ended by a row with code 0. */
extern const struct sf_lint_rule sf_lint_rules[];

/* By its name ("SF101", ASCII case ignored), or NULL. */
const struct sf_lint_rule *sf_lint_rule_find(const char *name);

/* "error", "warning", "note". */
const char *sf_lint_severity_name(enum sf_lint_severity severity);

/* A run; the catalog is borrowed. Destroy with sf_lint_destroy. */
struct sf_lint *sf_lint_create(const struct sf_catalog *catalog);
void sf_lint_destroy(struct sf_lint *lint);

/* The GPUs that everything is meant for, where a file does not say so itself. */
void sf_lint_product(struct sf_lint *lint, const struct sf_product *product);
/* The same by a name: of the catalog, of nvidia.com/gpu.product ("NVIDIA-A100-SXM4-40GB-MIG-1g.5gb"),
 * or of a family ("H200", "A100"), which stands for all of its boards. How many were added; 0: the
 * name is unknown. */
size_t sf_lint_product_named(struct sf_lint *lint, const char *name);

/* Findings of this rule are left out. */
void sf_lint_disable(struct sf_lint *lint, const struct sf_lint_rule *rule);

/* Reads one file (copied). What it is goes by its name, then by its text: Markdown and
 * reStructuredText are searched for examples, scripts for commands, everything else is YAML or JSON.
 * What cannot be read is a finding. -1 and err when the file is beyond a limit or memory ran out. */
int sf_lint_add(struct sf_lint *lint, const char *name, const char *text, size_t len,
                struct sf_error *err);

/* Judges all files together; once, after the last one. */
void sf_lint_run(struct sf_lint *lint);

/* Sorted by file (as added), line, column, code. */
size_t sf_lint_count(const struct sf_lint *lint);
const struct sf_lint_finding *sf_lint_at(const struct sf_lint *lint, size_t index);

/* Findings of one severity, and how many there were beyond SF_LINT_PER_FILE_MAX. */
size_t sf_lint_count_of(const struct sf_lint *lint, enum sf_lint_severity severity);
size_t sf_lint_more(const struct sf_lint *lint);
size_t sf_lint_files(const struct sf_lint *lint);

#endif
