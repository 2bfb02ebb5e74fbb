/* study_yaml: reads the study files that docs/fgd-study.md describes. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_STUDY_YAML_H
#define SF_STUDY_YAML_H

#include <stdbool.h>
#include <stddef.h>

struct sf_arena;
struct sf_error;

enum { SF_STUDY_TRACES_MAX = 64 };

/* What a study file says. Texts live in the arena. */
struct sf_study_file {
	struct sf_arena *arena;
	const char *title; /* its `name`, else that of the file */
	const char *nodes; /* path; NULL: not given */
	size_t n_pods;     /* paths of lists of pods; 0: not given */
	const char *pods[SF_STUDY_TRACES_MAX];
	bool has_tune;
	double tune;
	const char *seeds;    /* as sf_seeds_parse takes them; NULL: not given */
	const char *policies; /* names, commas between them; NULL: not given */
};

/* Does the file hold a study (a line that begins with `study:`) rather than a scenario? False when
 * it is no regular file or cannot be read. */
bool sf_study_file_is(const char *path);

/* Reads a file into a zeroed struct. Paths in it are relative to its folder. Errors name their place
 * and leave the struct zeroed. */
int sf_study_file_load(const char *path, struct sf_study_file *out, struct sf_error *err);

/* The same from memory; `name` stands for the file. */
int sf_study_file_parse(const char *text, size_t len, const char *name, struct sf_study_file *out,
                        struct sf_error *err);

void sf_study_file_finish(struct sf_study_file *file);

#endif
