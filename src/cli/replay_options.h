/* replay_options: what the command line of `slicefit replay` says. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_REPLAY_OPTIONS_H
#define SF_REPLAY_OPTIONS_H

#include "cli.h"

#include <slicefit/seeds.h>

struct sf_replay_options {
	const char *policies;  /* a list; NULL: those of the scenario, else all */
	const char *catalog;   /* NULL: the built-in one */
	struct sf_seeds seeds; /* none: that of the scenario */
	size_t jobs;           /* threads; 0: one per CPU */
	enum sf_format format;
};

/* The rows of --help and of the parser (src/cli/cli.h); a new option is a row here. */
extern const struct sf_cli_row sf_replay_rows[];

void sf_replay_options_finish(struct sf_replay_options *options);

#endif
