/*
 * manifests: Kubernetes objects out of files: YAML of several documents, JSON, JSON Lines, lists.
 *
 * Read as kubectl reads: anchors, aliases and merge keys mean what they say, of equal keys the last
 * one counts, unknown fields are kept. A document that cannot be read is a fault of its own and
 * hides no other. Objects of a List (or of a JSON array at the top) count one by one. What is no
 * object of Kubernetes (Helm values, a configuration on its own) is a manifest without a kind. The objects
 * in a snapshot of KAI Scheduler or an export of kube-scheduler-simulator count one by one, too.
 */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_MANIFESTS_H
#define SF_MANIFESTS_H

#include <slicefit/yaml.h>

struct sf_arena;
struct sf_error;
struct sf_str;

/* Limits on what comes from outside: bytes of one file; values of all files, where each alias counts
 * what it repeats; levels; documents. */
enum {
	SF_MANIFESTS_BYTES_MAX = 512 << 20,
	SF_MANIFESTS_NODES_MAX = 32 << 20,
	SF_MANIFESTS_DEPTH_MAX = 128,
	SF_MANIFESTS_MAX = 2 << 20,
};

/* An object. Texts are "" where nothing is said (the name may be metadata.generateName); they and the
 * tree live with the manifests.
 * metadata.managedFields of JSON is not kept: nobody asks for it, and it is half of a dump. */
struct sf_manifest {
	const char *file;
	const char *api_version, *kind, *space, *name;
	const struct sf_yaml *tree;
};

/* Something that is to be said of a place: a document that cannot be read, or a key given twice. */
struct sf_manifest_fault {
	const char *file;
	uint32_t line, column; /* 0: of the file as a whole */
	const char *text;      /* without the place */
};

struct sf_manifests {
	struct sf_arena *arena;
	size_t n, cap;
	struct sf_manifest *item; /* in the order of the files and in them */
	size_t n_faults, faults_cap;
	struct sf_manifest_fault *fault; /* documents that are missing in `item` */
	size_t n_notes, notes_cap;
	struct sf_manifest_fault *note; /* keys given twice */
	size_t nodes;                   /* values so far */
};

/* Part of a file. */
struct sf_manifests_text {
	const char *file; /* copied */
	const char *text; /* need not end with NUL */
	size_t len;
	uint32_t skipped; /* lines of the file before it */
};

/* Finish in any case. */
void sf_manifests_init(struct sf_manifests *all);
void sf_manifests_finish(struct sf_manifests *all);

/* Adds the objects of a file ("-": standard input), or of the files in a zip archive. -1 when it cannot be read, or beyond a limit;
 * documents that are broken are faults, not errors. */
int sf_manifests_read(struct sf_manifests *all, const char *path, struct sf_error *err);

/* The same of what was read from `path` already. */
int sf_manifests_take(struct sf_manifests *all, const char *path, const struct sf_str *text,
                      struct sf_error *err);

/* Adds the objects of a text. */
int sf_manifests_add(struct sf_manifests *all, const struct sf_manifests_text *text,
                     struct sf_error *err);

/* Are they out of Kubernetes, not out of a file of our own (`text`)? An object has a kind then, or what
 * cannot be read an apiVersion. */
bool sf_manifests_are_kubernetes(const struct sf_manifests *all, const struct sf_str *text);

/* For those who need all that is in the files: -1 and "FILE:LINE:COLUMN: ..." when there is a document
 * that cannot be read. */
int sf_manifests_refuse(const struct sf_manifests *all, struct sf_error *err);

/* The value at a path of keys ("spec.template.spec"), which have no dots; NULL where it ends. */
const struct sf_yaml *sf_manifest_at(const struct sf_yaml *tree, const char *path);

/* The text of a scalar at a path; "" for none, null or anything else. */
const char *sf_manifest_text(const struct sf_yaml *tree, const char *path);

#endif
