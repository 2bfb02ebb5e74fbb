/* replay_options: what the command line of `slicefit replay` says. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_REPLAY_OPTIONS_H
#define SF_REPLAY_OPTIONS_H

#include "cli.h"

#include <slicefit/seeds.h>
#include <slicefit/tolerance.h>

struct sf_arena;

struct sf_replay_options {
	const char *policies;  /* a list; NULL: those of the scenario, else all */
	const char *catalog;   /* NULL: the built-in one */
	const char *pods;      /* a trace for every scenario; NULL: each its own */
	struct sf_seeds seeds; /* none: that of the scenario */
	size_t jobs;           /* threads; 0: one per CPU */
	enum sf_format format;
	const char *baseline; /* file to compare with; NULL: none */
	bool update_baseline; /* write it instead of judging by it */
	size_t n_tolerances;
	size_t tolerances_cap;
	struct sf_tolerance *tolerance; /* after those of the scenario */
	struct sf_arena *names;         /* of their metrics */
	const char *junit;              /* files to write; NULL: none */
	const char *comment;
	const char *series;   /* file to write; NULL: none */
	double series_step_s; /* 0: a row for each moment */
	bool github;          /* workflow commands on standard error */
};

/* The rows of --help and of the parser (src/cli/cli.h); a new option is a row here. */
extern const struct sf_cli_row sf_replay_rows[];

/* Do the options go together? -1 and err if not. */
int sf_replay_options_check(const struct sf_replay_options *options, struct sf_error *err);

/* -1 and err when a file that would be written is one of those that are read. */
int sf_replay_options_check_inputs(const struct sf_replay_options *options, char *const *inputs,
                                   size_t n, struct sf_error *err);

void sf_replay_options_finish(struct sf_replay_options *options);

#endif
