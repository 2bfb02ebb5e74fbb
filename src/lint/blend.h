/* blend: examples in which commands and YAML stand one between the other. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_LINT_BLEND_H
#define SF_LINT_BLEND_H

#include "lint_impl.h"

size_t line_blanks(const char *text, size_t len);
/* Blanks and the marks of a quotation, in which examples stand as elsewhere: "> ```yaml". */
size_t line_margin(const char *text, size_t len);
bool line_begins(const char *text, size_t len, const char *word);

/* Adds lines first..last to source->segment, when there are any; `kind` as in struct segment. */
void segment_add(struct source *source, int kind, uint32_t first, uint32_t last, uint32_t indent);

/* The end of a here-document that begins on this line: "cat <<EOF"; 0: none. */
size_t blend_here_word(const char *text, size_t len, char *word, size_t cap);

/* YAML with commands between: "kubectl label ..." behind the ConfigMap it is about. */
void blend_yaml(struct source *source, uint32_t first, uint32_t last, uint32_t indent);

/* Commands, with YAML in here-documents and, in documents, as it is between them. */
void blend_commands(struct source *source, uint32_t first, uint32_t last, uint32_t indent);

#endif
