/* cmd_replay_recorded: `slicefit replay --recorded`, decisions of a service decided again. */
// SPDX-License-Identifier: Apache-2.0
#include "cmd_replay_recorded.h"

#include "cli.h"

#include <slicefit/error.h>
#include <slicefit/json.h>
#include <slicefit/log.h>
#include <slicefit/recorded.h>
#include <slicefit/str.h>

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
	"Usage: slicefit replay --recorded FILE [OPTION...]\n"
	"\n"
	"Decides again what `slicefit serve --record FILE` wrote down: nodes, pods and promises "
	"are\n"
	"told in the order in which they took effect, each request is asked again, and the answer\n"
	"is compared with the recorded one, byte by byte. '-' reads the record from standard "
	"input.\n"
	"\n"
	"Options:\n";

static const char help_end[] =
	"\n"
	"Exit status: 0 when every answer came out the same; 1 when one did not; 2 wrong usage or\n"
	"no record; 3 trouble outside.\n"
	"\n"
	"Examples:\n"
	"  slicefit replay --recorded decisions.jsonl\n"
	"  slicefit replay --recorded decisions.jsonl --differences 1 -o json\n";

enum { SHOWN_DEFAULT = 5, SHOWN_MOST = 1000000, ANSWER_MAX = 2000 };

struct options {
	const char *file;
	const char *name; /* of it, in messages */
	enum sf_format format;
	unsigned shown; /* differences */
	unsigned seen;
};

static SF_CLI_TEXT(set_file, struct options, file);

static int set_format(void *options, const char *value, struct sf_error *err)
{
	return sf_cli_format(&((struct options *)options)->format, SF_FORMATS_ALL, value, err);
}

static int set_shown(void *options, const char *value, struct sf_error *err)
{
	char *end;
	errno = 0;
	unsigned long n = strtoul(value, &end, 10);
	if (*value < '0' || *value > '9' || *end != '\0' || errno != 0 || n > SHOWN_MOST) {
		return sf_fail(err, SF_EINVAL, "--differences '%s': write a number up to %d", value,
		               SHOWN_MOST);
	}
	((struct options *)options)->shown = (unsigned)n;
	return 0;
}

static const struct sf_cli_row rows[] = {
	{0, "recorded", "FILE", "the record", set_file},
	{0, "differences", "N", "answers to show that differ; default 5", set_shown},
	{'o', "output", "FORMAT", "table (default), json, csv or markdown", set_format},
	{'q', "quiet", NULL, "errors only", NULL},
	{'h', "help", NULL, "this text", NULL},
	{0},
};

bool sf_replay_is_recorded(int argc, char **argv)
{
	static const char name[] = "--recorded";
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		size_t len = sizeof(name) - 1;
		if (strncmp(argv[i], name, len) == 0 &&
		    (argv[i][len] == '\0' || argv[i][len] == '=')) {
			return true;
		}
	}
	return false;
}

static void show(void *ctx, const struct sf_recorded_difference *difference)
{
	struct options *options = ctx;
	if (options->seen++ < options->shown) {
		fprintf(stderr,
		        "%s:%llu: %s is decided otherwise\n  recorded %.*s\n  now      %.*s\n",
		        options->name, (unsigned long long)difference->line, difference->verb,
		        ANSWER_MAX, difference->recorded, ANSWER_MAX, difference->decided);
	}
}

static void write_json(const struct sf_recorded_counts *counts, struct sf_str *out)
{
	struct sf_json *json = sf_json_create_object();
	sf_json_str(json, "schema", "slicefit.io/recorded/v1");
	sf_json_int(json, "lines", (int64_t)counts->lines);
	sf_json_int(json, "services", (int64_t)counts->services);
	sf_json_bool(json, "complete", !counts->ended);
	sf_json_array(json, "verbs");
	for (int kind = 0; kind < SF_RECORD_KINDS; kind++) {
		const char *verb = sf_recorded_verb((enum sf_record_kind)kind);
		if (verb != NULL) {
			sf_json_object(json, NULL);
			sf_json_str(json, "verb", verb);
			sf_json_int(json, "decisions", (int64_t)counts->verb[kind].decisions);
			sf_json_int(json, "same", (int64_t)counts->verb[kind].same);
			sf_json_end(json);
		}
	}
	sf_json_end(json);
	sf_json_write(json, true, out);
	sf_json_destroy(json);
}

static void write_table(const struct sf_recorded_counts *counts, enum sf_format format,
                        struct sf_str *out)
{
	struct sf_table *table = sf_table_create();
	sf_table_column(table, "verb", NULL, SF_ALIGN_LEFT);
	sf_table_column(table, "decisions", NULL, SF_ALIGN_RIGHT);
	sf_table_column(table, "same", NULL, SF_ALIGN_RIGHT);
	sf_table_column(table, "different", NULL, SF_ALIGN_RIGHT);
	for (int kind = 0; kind < SF_RECORD_KINDS; kind++) {
		const char *verb = sf_recorded_verb((enum sf_record_kind)kind);
		unsigned long long all = counts->verb[kind].decisions,
				   same = counts->verb[kind].same;
		if (verb != NULL) {
			sf_table_cell(table, "%s", verb);
			sf_table_cell(table, "%llu", all);
			sf_table_cell(table, "%llu", same);
			sf_table_cell(table, "%llu", all - same);
		}
	}
	sf_table_write(table, sf_cli_table_format(format), out);
	sf_table_destroy(table);
}

static int report(const struct options *options, const struct sf_recorded_counts *counts)
{
	struct sf_str out = {0};
	if (options->format == SF_FORMAT_JSON) {
		write_json(counts, &out);
	} else {
		write_table(counts, options->format, &out);
	}
	int status = sf_cli_print(&out);
	sf_str_finish(&out);
	if (counts->ended && sf_cli_verbosity >= 0) {
		fprintf(stderr,
		        "slicefit: the record breaks off: the service decided more than it could "
		        "write\n");
	}
	if (options->seen > options->shown) {
		fprintf(stderr, "slicefit: %u more differ, see --differences\n",
		        options->seen - options->shown);
	}
	return status != 0 ? status : options->seen > 0;
}

static int run(struct options *options)
{
	bool input = strcmp(options->file, "-") == 0;
	FILE *file = input ? stdin : fopen(options->file, "re");
	options->name = input ? "standard input" : options->file;
	struct sf_recorded_options recorded = {
		.name = options->name,
		.differs = show,
		.ctx = options,
	};
	struct sf_recorded_counts counts;
	struct sf_error err = {0};
	if (file == NULL) {
		sf_fail(&err, SF_EINVAL, "%s: %s", options->file, strerror(errno));
		return sf_cli_fail(&err);
	}
	/* What the service logged is not news. */
	sf_log_set_level(SF_LOG_ERROR);
	int rc = sf_recorded_run(file, &recorded, &counts, &err);
	if (!input) {
		fclose(file);
	}
	return rc < 0 ? sf_cli_fail(&err) : report(options, &counts);
}

int sf_cmd_replay_recorded(int argc, char **argv)
{
	struct options options = {.format = SF_FORMAT_TABLE, .shown = SHOWN_DEFAULT};
	static const struct sf_cli_help about = {help, rows, help_end};
	int status;
	if (!sf_cli_begin(argc, argv, &about, &options, &status)) {
		return status;
	}
	if (optind < argc) {
		return sf_cli_usage(argv[0], "unexpected argument '%s' beside --recorded",
		                    argv[optind]);
	}
	return run(&options);
}
