/* segment: which lines of a file are YAML, which are commands, which are prose. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_LINT_SEGMENT_H
#define SF_LINT_SEGMENT_H

#include "lint_impl.h"

/* Fills source->segment, in the order of lines. By the file's name, else by its text: examples in
 * Markdown (fences) and reStructuredText (directives), here-documents in scripts. */
void segment_source(struct source *source);

#endif
