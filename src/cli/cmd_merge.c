/* cmd_merge: `slicefit merge`, the shards of a sweep put together. */
// SPDX-License-Identifier: Apache-2.0
#include "cli.h"
#include "sweep_show.h"

#include <slicefit/error.h>
#include <slicefit/file.h>
#include <slicefit/report_sweep.h>
#include <slicefit/str.h>

#include <getopt.h>
#include <stdio.h>

#define RESULTS_LIMIT ((size_t)8 << 30)

static const char help[] =
	"Usage: slicefit merge [OPTION...] RESULTS.jsonl...\n"
	"\n"
	"Puts the results of slicefit sweep together (docs/sweep.md): checks that all files are\n"
	"of the same sweep and that no point is missing or computed twice with another result,\n"
	"and shows mean and 95 % interval of each point over its seeds. The order of the files\n"
	"does not matter.\n"
	"\n"
	"Options:\n";

static const char help_end[] =
	"\n"
	"Exit status: 0; 1 when points are missing; 2 wrong usage or input; 3 trouble outside.\n"
	"\n"
	"Examples:\n"
	"  slicefit merge out/sizing.*-of-8.jsonl\n"
	"  slicefit merge -r sizing.jsonl -o csv -m all out/*.jsonl > sizing.csv\n";

struct options {
	struct sf_sweep_view view; /* first, as sweep_show.h wants it */
	const char *results;
	bool partial;
};

static int set_results(void *ctx, const char *value, struct sf_error *err)
{
	struct options *options = ctx;
	return sf_cli_output("--results", value, &options->results, err);
}

static SF_CLI_FLAG(set_partial, struct options, partial);

static const struct sf_cli_row rows[] = {
	{'r', "results", "FILE",
         "also write all lines to FILE, byte for byte what one run\n"
         "without shards leaves",
         set_results},
	{0, "partial", NULL, "show what there is even when points are missing", set_partial},
	{'m', "metric", "LIST",
         "metrics to show, separated by commas, or all\n"
         "(docs/scenario-format.md)",
         sf_sweep_set_metrics},
	{0, "versus", "POLICY",
         "show what the other policies have more or less than this one\n"
         "on the same seeds; * marks differences beyond noise",
         sf_sweep_set_versus},
	{'o', "output", "FORMAT", "table (default), json, csv or markdown", sf_sweep_set_format},
	{'q', "quiet", NULL, "results and errors only", NULL},
	{'v', "verbose", NULL, "more about what is done, on standard error", NULL},
	{'h', "help", NULL, "this text", NULL},
	{0, NULL, NULL, NULL, NULL},
};

static int read_files(char **file, int n, struct sf_sweep_results *results, struct sf_error *err)
{
	int rc = 0;
	for (int i = 0; i < n && rc == 0; i++) {
		struct sf_str text = {0};
		rc = sf_file_read(file[i], RESULTS_LIMIT, &text, err);
		if (rc == 0) {
			rc = sf_sweep_results_read(results, file[i], sf_str_get(&text), text.len,
			                           err);
		}
		if (rc == 0 && results->intact < text.len && sf_cli_verbosity >= 0) {
			fprintf(stderr, "%s: the last line is cut off; passed over\n", file[i]);
		}
		sf_str_finish(&text);
	}
	return rc;
}

/* "3-5, 17": at most a few of the missing points. */
static void list_missing(const struct sf_sweep_results *results, struct sf_str *out)
{
	enum { RANGES = 8 };
	size_t next = 0;
	int ranges = 0;
	for (size_t i = 0; i <= results->n && ranges <= RANGES; i++) {
		size_t point = i < results->n ? results->record[i].point : results->head.points;
		if (point > next) {
			ranges++;
			sf_str_append(out, ranges > 1 ? ", " : "");
			if (ranges > RANGES) {
				sf_str_append(out, "...");
			} else if (point == next + 1) {
				sf_str_printf(out, "%zu", next);
			} else {
				sf_str_printf(out, "%zu-%zu", next, point - 1);
			}
		}
		next = point + 1;
	}
}

/* The exit status: 1 when points are missing. */
static int check_complete(const struct sf_sweep_results *results)
{
	size_t missing = results->head.points - results->n;
	if (missing == 0) {
		return 0;
	}
	struct sf_str list = {0};
	list_missing(results, &list);
	fprintf(stderr,
	        "slicefit: %zu of %zu points are missing (%s): give all shards, and run again "
	        "those "
	        "that did not finish\n",
	        missing, results->head.points, sf_str_get(&list));
	sf_str_finish(&list);
	return sf_code_exit(SF_EUNMET);
}

static int write_results(const struct sf_sweep_results *results, const char *file)
{
	struct sf_error err = {0};
	struct sf_str text = {0};
	struct sf_sweep_head head = results->head;
	head.shard = (struct sf_shard){0};
	sf_sweep_write_head(&head, &text);
	sf_sweep_write_lines(results, &text);
	int rc = sf_file_write(file, text.text, text.len, &err);
	sf_str_finish(&text);
	return rc == 0 ? 0 : sf_cli_fail(&err);
}

static int merge(char **file, int n, const struct options *options,
                 struct sf_sweep_results *results)
{
	struct sf_error err = {0};
	size_t twice = 0;
	if (read_files(file, n, results, &err) != 0 ||
	    sf_sweep_results_sort(results, &twice, &err) != 0) {
		return sf_cli_fail(&err);
	}
	if (results->head.sweep == NULL) {
		sf_fail(&err, SF_EINVAL, "%s: no results in it", file[0]);
		return sf_cli_fail(&err);
	}
	if (twice > 0 && sf_cli_verbosity >= 0) {
		fprintf(stderr, "%zu points were there twice, with the same result\n", twice);
	}
	int complete = check_complete(results);
	if (complete != 0 && !options->partial) {
		return complete;
	}
	int status = 0;
	if (options->results != NULL) {
		status = write_results(results, options->results);
	}
	if (status == 0) {
		status = sf_sweep_show(results, &options->view);
	}
	return status != 0 ? status : complete;
}

int sf_cmd_merge(int argc, char **argv)
{
	struct options options = {.view = {.format = SF_FORMAT_TABLE}};
	static const struct sf_cli_help about = {help, rows, help_end};
	int status;
	if (!sf_cli_begin(argc, argv, &about, &options, &status)) {
		return status;
	}
	if (optind == argc) {
		return sf_cli_usage(argv[0], "no results given");
	}
	struct sf_sweep_results results;
	sf_sweep_results_init(&results);
	status = merge(argv + optind, argc - optind, &options, &results);
	sf_sweep_results_finish(&results);
	return status;
}
