/* cli: what the commands share: the command table's row, output formats, errors for people. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_CLI_H
#define SF_CLI_H

#include <slicefit/table.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct option;
struct sf_catalog;
struct sf_error;
struct sf_str;

/* One sub-command; `run` gets argv[0] == the command's name and returns the exit code. */
struct sf_command {
	const char *name;
	const char *summary; /* one line of `slicefit --help` */
	int (*run)(int argc, char **argv);
};

int sf_cmd_apply(int argc, char **argv);
int sf_cmd_advise(int argc, char **argv);
int sf_cmd_catalog(int argc, char **argv);
int sf_cmd_explain(int argc, char **argv);
int sf_cmd_headroom(int argc, char **argv);
int sf_cmd_import(int argc, char **argv);
int sf_cmd_lint(int argc, char **argv);
int sf_cmd_merge(int argc, char **argv);
int sf_cmd_plan(int argc, char **argv);
int sf_cmd_replay(int argc, char **argv);
int sf_cmd_serve(int argc, char **argv);
int sf_cmd_sweep(int argc, char **argv);

enum sf_format { SF_FORMAT_TABLE, SF_FORMAT_JSON, SF_FORMAT_CSV, SF_FORMAT_MARKDOWN };

/* getopt_long whose complaints read like sf_cli_usage's, with the nearest option: the option's
 * value, -1 at the end of the options, or '?' after a message (return 2 then). `shorts` as for
 * getopt. */
int sf_cli_option(int argc, char **argv, const char *shorts, const struct option *longs);

/* One option of a command; a table of them ends with a row without a name. */
struct sf_cli_row {
	char letter; /* 0: none; 'h' is --help */
	const char *name;
	const char *value; /* what --help calls its value; NULL: it takes none */
	const char *help;  /* lines separated by \n */
	/* Takes the value (NULL for a flag) into the command's options; 0, or -1 and err. NULL: the
	 * row is for --help only (-q and -v, which main takes). */
	int (*set)(void *options, const char *value, struct sf_error *err);
};

/* Defines a setter for rows: it keeps the text (or that the flag was given) in a member of the options.
 * Ends as a declaration, so that a semicolon belongs behind it. */
#define SF_CLI_TEXT(setter, type, member)                                                          \
	int setter(void *options, const char *value, struct sf_error *err)                         \
	{                                                                                          \
		(void)err;                                                                         \
		((type *)options)->member = value;                                                 \
		return 0;                                                                          \
	}                                                                                          \
	int setter(void *options, const char *value, struct sf_error *err)
#define SF_CLI_FLAG(setter, type, member)                                                          \
	int setter(void *options, const char *value, struct sf_error *err)                         \
	{                                                                                          \
		(void)err;                                                                         \
		(void)value;                                                                       \
		((type *)options)->member = true;                                                  \
		return 0;                                                                          \
	}                                                                                          \
	int setter(void *options, const char *value, struct sf_error *err)

/* A file that `option` writes: its name goes to *to. "-" is refused, because results go to standard
 * output. 0, or -1 and err. */
int sf_cli_output(const char *option, const char *value, const char **to, struct sf_error *err);

/* Reads the options; the arguments behind them begin at argv[optind]. 0; 1 when help is wanted; -1
 * after a complaint (return 2 then). */
int sf_cli_parse(int argc, char **argv, const struct sf_cli_row *rows, void *options);

/* The rows as --help shows them. */
void sf_cli_print_rows(const struct sf_cli_row *rows, FILE *out);

/* What --help prints: the rows between two texts. */
struct sf_cli_help {
	const char *head;
	const struct sf_cli_row *rows;
	const char *tail;
};

/* Reads the options as sf_cli_parse; prints the help when it is wanted. False: the command ends here with
 * *status. */
bool sf_cli_begin(int argc, char **argv, const struct sf_cli_help *help, void *options,
                  int *status);

/* "table", "json", ... into *to, if it is one of `taken` (a bit each: 1 << SF_FORMAT_JSON); 0, or -1 and
 * err. */
enum {
	SF_FORMATS_ALL = (1 << (SF_FORMAT_MARKDOWN + 1)) - 1,
	SF_FORMATS_REPORT = 1 << SF_FORMAT_TABLE | 1 << SF_FORMAT_JSON,
};
int sf_cli_format(enum sf_format *to, int taken, const char *name, struct sf_error *err);

/* How a table is written in a format; SF_FORMAT_JSON has no table and counts as text. */
enum sf_table_format sf_cli_table_format(enum sf_format format);

/* Prints "slicefit: TEXT" on stderr; returns the exit code of the error. */
int sf_cli_fail(const struct sf_error *err);

/* Prints "slicefit CMD: TEXT (see slicefit CMD --help)" on stderr; returns 2. */
int sf_cli_usage(const char *command, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Writes all of `out` to stdout and checks it; returns 0, or 3 after a message. */
int sf_cli_print(const struct sf_str *out);

/* May stdout / stderr carry colour (a terminal, and NO_COLOR is not set)? */
bool sf_cli_colour(void);
bool sf_cli_progress(void);

/* -q, -v as given before or after the command: -1 quiet, 0, 1 verbose. */
extern int sf_cli_verbosity;

/* The built-in catalog plus --catalog FILE (NULL: none). NULL and err on wrong input. */
struct sf_catalog *sf_cli_catalog(const char *path, struct sf_error *err);

#endif
