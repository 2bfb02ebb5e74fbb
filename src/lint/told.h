/* told: what a comment says that the command beside it makes. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_LINT_TOLD_H
#define SF_LINT_TOLD_H

#include <stddef.h>

/* "7x1g", "seven", "create 7 instances": how many instances; 0: it does not say. */
long told_count(const char *comment);

/* Compute slices of the only profile it names ("3g.20gb"), which goes to `name`; 0: none, or several. */
long told_slices(const char *comment, char *name, size_t cap);

#endif
