/* cmd_sweep: `slicefit sweep`, many replays from one file. */
// SPDX-License-Identifier: Apache-2.0
#include "cli.h"
#include "replay_set.h"
#include "sweep_run.h"
#include "sweep_show.h"

#include <slicefit/catalog.h>
#include <slicefit/error.h>
#include <slicefit/jobs.h>
#include <slicefit/str.h>
#include <slicefit/sweep_result.h>
#include <slicefit/sweep_yaml.h>

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char help[] =
	"Usage: slicefit sweep [OPTION...] SWEEP.yaml\n"
	"\n"
	"Replays scenarios under several values of their parameters, policies and seeds, all\n"
	"named in one file (docs/sweep.md), and shows mean and 95 % interval of each point over\n"
	"its seeds. Results go to a file line by line: kill it at any time and run it again, and\n"
	"only what is missing is computed. With --shard each of several machines takes a part;\n"
	"slicefit merge puts the parts together.\n"
	"\n"
	"Options:\n";

static const char help_end[] =
	"\n"
	"Exit status: 0 all points are there; 2 wrong usage or input; 3 trouble outside.\n"
	"\n"
	"Examples:\n"
	"  slicefit sweep sizing.yaml                     # results in sizing.jsonl\n"
	"  slicefit sweep -o csv -m all sizing.yaml > sizing.csv\n"
	"  slicefit sweep --shard 0/8 --results out/ sizing.yaml\n"
	"  slicefit sweep --dry-run sizing.yaml           # checks it and counts its points\n";

struct options {
	struct sf_sweep_view view; /* first, as sweep_show.h wants it */
	const char *results;
	const char *shard;
	size_t jobs;
	bool dry_run;
};

static int set_results(void *ctx, const char *value, struct sf_error *err)
{
	struct options *options = ctx;
	return sf_cli_output("--results", value, &options->results, err);
}

static SF_CLI_TEXT(set_shard, struct options, shard);

static int set_jobs(void *ctx, const char *value, struct sf_error *err)
{
	struct options *options = ctx;
	char *end;
	unsigned long jobs = strtoul(value, &end, 10);
	if (value[0] < '0' || value[0] > '9' || *end != '\0' || jobs < 1 ||
	    jobs > SF_JOBS_THREADS_MAX) {
		return sf_fail(err, SF_EINVAL, "jobs '%.40s': expected 1 to %d", value,
		               SF_JOBS_THREADS_MAX);
	}
	options->jobs = jobs;
	return 0;
}

static SF_CLI_FLAG(set_dry_run, struct options, dry_run);

static const struct sf_cli_row rows[] = {
	{'r', "results", "FILE",
         "file of the results, or a folder for it, made where FILE ends in /\n"
         "(default: as SWEEP.yaml, with .jsonl, for a shard .I-of-N.jsonl)",
         set_results},
	{0, "shard", "[I/]N",
         "compute part I (from 0) of N only; without I it is\n"
         "$JOB_COMPLETION_INDEX, which a Kubernetes Indexed Job sets",
         set_shard},
	{'j', "jobs", "N", "replays at a time (default: one per CPU); changes no result", set_jobs},
	{'n', "dry-run", NULL, "check every scenario with its values, count, compute nothing",
         set_dry_run},
	{'m', "metric", "LIST",
         "metrics to show, separated by commas, or all\n"
         "(docs/scenario-format.md; results have all in any case)",
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

static void print_help(void)
{
	fputs(help, stdout);
	sf_cli_print_rows(rows, stdout);
	puts("\nParameters that multiply something of the whole scenario:");
	for (const struct sf_factor *factor = sf_factors; factor->name != NULL; factor++) {
		printf("  %-6s %s\n", factor->name, factor->help);
	}
	fputs(help_end, stdout);
}

/* Each scenario gets the sweep's policies, else its own, else all. */
static int settle_policies(struct sf_sweep *sweep, struct sf_error *err)
{
	for (size_t i = 0; i < sweep->n_scenarios; i++) {
		struct sf_sweep_scenario *scenario = &sweep->scenario[i];
		const struct sf_policy *policy[SF_POLICIES_MAX];
		struct sf_str list = {0};
		bool own = sweep->n_policies == 0;
		const char *const *name = own ? scenario->policy : sweep->policy;
		size_t n = own ? scenario->n_policies : sweep->n_policies;
		for (size_t k = 0; k < n; k++) {
			sf_str_printf(&list, "%s%s", k > 0 ? "," : "", name[k]);
		}
		int found = sf_replay_policies(n > 0 ? sf_str_get(&list) : "all", policy, err);
		sf_str_finish(&list);
		if (found < 0) {
			return own ? sf_wrap(err, "%s", scenario->path)
			           : sf_wrap(err, "%s:%u:%u", sweep->path, sweep->policy_line,
			                     sweep->policy_column);
		}
		scenario->n_policies = (size_t)found;
		for (size_t k = 0; k < scenario->n_policies; k++) {
			scenario->policy[k] = policy[k]->name;
		}
	}
	return sf_sweep_number(sweep, err);
}

static bool is_folder(const char *path)
{
	struct stat st;
	size_t len = strlen(path);
	return path[len - 1] == '/' || (stat(path, &st) == 0 && S_ISDIR(st.st_mode));
}

/* "sizing.jsonl" or "sizing.0-of-8.jsonl", in the folder of --results if there is one. */
static void name_results(const struct options *options, const struct sf_sweep *sweep,
                         const struct sf_shard *shard, struct sf_str *out)
{
	const char *to = options->results;
	if (to != NULL && !is_folder(to)) {
		sf_str_append(out, to);
		return;
	}
	if (to != NULL) {
		sf_str_printf(out, "%s%s", to, to[strlen(to) - 1] == '/' ? "" : "/");
	}
	const char *slash = strrchr(sweep->path, '/');
	const char *base = slash != NULL ? slash + 1 : sweep->path;
	const char *dot = strrchr(base, '.');
	int len = dot != NULL && dot > base ? (int)(dot - base) : (int)strlen(base);
	sf_str_printf(out, "%.*s", len, base);
	if (shard->count > 0) {
		sf_str_printf(out, ".%u-of-%u", shard->index, shard->count);
	}
	sf_str_append(out, ".jsonl");
}

static void say_done(const struct sf_sweep_run *run, const struct sf_sweep_results *results,
                     size_t kept)
{
	if (sf_cli_verbosity < 0) {
		return;
	}
	fprintf(stderr, "%s: %zu of %zu points", run->file, results->n, run->sweep->points);
	if (kept > 0) {
		fprintf(stderr, ", %zu of them from an earlier run", kept);
	}
	if (run->shard.count > 0) {
		fprintf(stderr, " (shard %u of %u; put them together with slicefit merge)",
		        run->shard.index, run->shard.count);
	}
	fputc('\n', stderr);
}

/* Every scenario with every value, once. */
static int dry_run(const struct sf_sweep *sweep, const struct sf_catalog *catalog,
                   struct sf_error *err)
{
	size_t scenarios = 0;
	for (size_t i = 0; i < sweep->points; i++) {
		struct sf_sweep_point point;
		if (i > 0 && sf_sweep_same_scenario(sweep, i - 1, i)) {
			continue;
		}
		sf_sweep_point(sweep, i, &point);
		struct sf_scenario *scenario = sf_sweep_build(sweep, &point, catalog, err);
		if (scenario == NULL) {
			return -1;
		}
		sf_scenario_destroy(scenario);
		scenarios++;
	}
	printf("%s: %zu points: %zu variants of its scenarios under their policies and seeds\n",
	       sweep->path, sweep->points, scenarios);
	return 0;
}

/* The folder of --results where its name says that it is one; it may be there. */
static int make_folder(const char *to, struct sf_error *err)
{
	size_t len = to != NULL ? strlen(to) : 0;
	if (len > 0 && to[len - 1] == '/' && mkdir(to, 0777) != 0 && errno != EEXIST) {
		return sf_fail(err, SF_EIO, "%s: %s", to, strerror(errno));
	}
	return 0;
}

static int run_sweep(const struct sf_sweep_run *run, const struct options *options)
{
	struct sf_sweep_results results;
	struct sf_error err = {0};
	size_t kept = 0;
	sf_sweep_results_init(&results);
	int status;
	if (make_folder(options->results, &err) != 0 ||
	    sf_sweep_run(run, &results, &kept, &err) != 0) {
		status = sf_cli_fail(&err);
	} else {
		say_done(run, &results, kept);
		status = run->shard.count > 0 ? 0 : sf_sweep_show(&results, &options->view);
	}
	sf_sweep_results_finish(&results);
	return status;
}

static int with_catalog(const struct sf_sweep *sweep, const struct options *options,
                        const struct sf_shard *shard)
{
	struct sf_error err = {0};
	struct sf_catalog *catalog = sf_cli_catalog(sweep->catalog, &err);
	if (catalog == NULL) {
		return sf_cli_fail(&err);
	}
	struct sf_str file = {0};
	name_results(options, sweep, shard, &file);
	struct sf_sweep_run run = {
		.sweep = sweep,
		.catalog = catalog,
		.shard = *shard,
		.threads = options->jobs,
		.file = file.text,
	};
	int status;
	if (options->dry_run) {
		status = dry_run(sweep, catalog, &err) == 0 ? 0 : sf_cli_fail(&err);
	} else {
		status = run_sweep(&run, options);
	}
	sf_str_finish(&file);
	sf_catalog_destroy(catalog);
	return status;
}

int sf_cmd_sweep(int argc, char **argv)
{
	struct options options = {.view = {.format = SF_FORMAT_TABLE}};
	struct sf_shard shard = {0};
	struct sf_error err = {0};
	int parsed = sf_cli_parse(argc, argv, rows, &options);
	if (parsed != 0) {
		if (parsed > 0) {
			print_help();
		}
		return parsed > 0 ? 0 : 2;
	}
	if (optind + 1 != argc) {
		return sf_cli_usage(argv[0],
		                    optind == argc ? "no sweep given" : "one sweep at a time");
	}
	if (options.shard != NULL &&
	    sf_shard_parse(options.shard, getenv("JOB_COMPLETION_INDEX"), &shard, &err) != 0) {
		return sf_cli_usage(argv[0], "%s", err.text);
	}
	struct sf_sweep *sweep = sf_sweep_load(argv[optind], &err);
	if (sweep == NULL || settle_policies(sweep, &err) != 0) {
		sf_sweep_destroy(sweep);
		return sf_cli_fail(&err);
	}
	int status = with_catalog(sweep, &options, &shard);
	sf_sweep_destroy(sweep);
	return status;
}
