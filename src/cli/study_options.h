/* study_options: what `slicefit replay --trace openb` or a study file asks for. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_STUDY_OPTIONS_H
#define SF_STUDY_OPTIONS_H

#include "cli.h"

#include <slicefit/policy.h>
#include <slicefit/seeds.h>
#include <slicefit/study_yaml.h>

enum { SF_STUDY_POLICIES_MAX = 16 };

/* Zero-initialise; finish in any case. What the command line leaves open is taken from the study
 * file, then from the defaults. */
struct sf_study_options {
	struct sf_study_file file;  /* what holds */
	struct sf_study_file given; /* what the study file says */
	struct sf_seeds seeds;
	size_t n_policies;
	const char *label[SF_STUDY_POLICIES_MAX]; /* as they were called */
	const struct sf_policy *policy[SF_STUDY_POLICIES_MAX];
	char *names;        /* what the labels point into */
	const char *series; /* file for the curves; NULL: none */
	size_t jobs;
	enum sf_format format;
};

extern const struct sf_cli_row sf_study_rows[];

/* Reads the study file `path` (NULL: none) and settles everything. */
int sf_study_options_settle(struct sf_study_options *options, const char *path,
                            struct sf_error *err);

void sf_study_options_finish(struct sf_study_options *options);

/* The short names of the study's own policies, for --help: NULL past the end. */
const char *sf_study_alias(size_t index, const char **name);

#endif
