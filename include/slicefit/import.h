/* import: Kubernetes objects (manifests.h) as one scenario: what runs stays, what waits is to be placed. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_IMPORT_H
#define SF_IMPORT_H

#include <slicefit/manifests.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sf_catalog;
struct sf_error;
struct sf_scenario;
struct sf_str;

struct sf_import_options {
	const char *name; /* of the scenario; NULL: "imported" */
	bool preemption;  /* pods preempt, unless their priority class says never */
};

/* What became of objects of a kind: "read", or why they were left out. */
struct sf_import_count {
	const char *kind;
	const char *what;
	uint32_t n;
};

/* Something that the scenario cannot say, or that is wrong in the input. */
struct sf_import_note {
	const char *object; /* "Pod space/name": the first one */
	const char *text;
	uint32_t n; /* objects */
};

struct sf_import {
	struct sf_scenario *scenario;
	size_t n_counts, counts_cap;
	struct sf_import_count *count;
	size_t n_notes, notes_cap;
	struct sf_import_note *note;
};

/*
 * Makes a scenario of the objects; it borrows their texts, so `in` must outlive it. Only that there
 * is no node, or more than a scenario may hold, is an error: what cannot be used is left out, counted,
 * and said in a note. The order of the objects does not matter: nodes and workloads are sorted by
 * name. Finish in any case.
 */
int sf_import(const struct sf_manifests *in, const struct sf_catalog *catalog,
              const struct sf_import_options *options, struct sf_import *out, struct sf_error *err);
void sf_import_finish(struct sf_import *import);

/* The public GPU-sharing trace (openb.h): its nodes as pools whose GPUs are shared by fractions, its pods
 * as the scenario's trace, which stays in its file. */
int sf_import_openb(const char *nodes, const char *pods, const struct sf_catalog *catalog,
                    const struct sf_import_options *options, struct sf_import *out,
                    struct sf_error *err);

/* Gives nodes, namespaces, workloads, pods, groups, and labels and taints that are not those of NVIDIA
 * or Kubernetes, names that tell nothing: a keyed hash of the old ones, equal for equal names under
 * one salt. What stands where does not change. */
int sf_import_anonymize(struct sf_scenario *scenario, const char *salt, struct sf_error *err);

/* Counts and notes as lines for people. */
void sf_import_summary(const struct sf_import *import, struct sf_str *out);
/* Of that the part that says of objects what was left out or assumed. */
void sf_import_notes(const struct sf_import *import, struct sf_str *out);

#endif
