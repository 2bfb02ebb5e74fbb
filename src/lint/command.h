/* command: the commands of scripts and documents, by their words. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_LINT_COMMAND_H
#define SF_LINT_COMMAND_H

#include "lint_impl.h"

struct word {
	const char *text; /* without its quotes */
	struct place place;
};

/* One simple command: what stands between ; && || and |. */
struct command {
	struct source *source;
	struct word *word;
	size_t n;
	const char *comment; /* behind it, on the line before, or what an echo before it says; "" */
	size_t group;        /* commands of one example or file have the same */
	bool loop;           /* between do and done */
	bool inline_code;    /* `in prose`: told of, not a step of a script */
};

/* Adds the commands of a source to lint->command: those of its scripts, and what YAML runs in
 * containers when that is nvidia-smi. */
void command_read(struct sf_lint *lint, struct source *source);

/* The position of a word, or n. */
size_t command_find(const struct command *command, const char *word);

/* Does it have a word, in either form? */
bool command_has(const struct command *command, const char *brief, const char *full);

/* Does another command of the same script or example have it: one before (from < 0), after (> 0), or
 * any? */
bool command_group_has(const struct sf_lint *lint, const struct command *command, int from,
                       const char *brief, const char *full);

/* The value of an option at word *i: "-x V", "--long V", "--long=V"; NULL when it is another word. *i
 * moves to the last word that was used. */
const char *command_value(const struct command *command, size_t *i, const char *brief,
                          const char *full);

#endif
