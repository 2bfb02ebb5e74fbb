/* lint_files: the files that `slicefit lint` is given. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_CLI_LINT_FILES_H
#define SF_CLI_LINT_FILES_H

struct sf_error;
struct sf_lint;

/* Adds a file, standard input ("-"), or what is in a directory and those in it, in the order of names:
 * YAML, JSON, Markdown, reStructuredText and shell scripts; hidden ones are passed over. */
int sf_lint_files_add(struct sf_lint *lint, const char *path, struct sf_error *err);

#endif
