/* stream: a file taken apart into documents, those that are texts inside others, too. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_LINT_STREAM_H
#define SF_LINT_STREAM_H

#include "lint_impl.h"

/* Fills source->segment and adds the documents of its YAML to lint->doc. */
void stream_read(struct sf_lint *lint, struct source *source);

/* YAML or JSON that is one word of a command (kubectl patch -p): the documents have `place`. */
void stream_read_word(struct sf_lint *lint, struct source *source, const char *text,
                      struct place place);

/* What a tree is about. */
enum subject stream_subject(const struct sf_yaml *root);

#endif
