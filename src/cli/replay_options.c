/* replay_options: what the command line of `slicefit replay` says. */
// SPDX-License-Identifier: Apache-2.0
#include "replay_options.h"

#include <slicefit/alloc.h>
#include <slicefit/arena.h>
#include <slicefit/duration.h>
#include <slicefit/error.h>
#include <slicefit/gate.h>
#include <slicefit/jobs.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static SF_CLI_TEXT(set_policies, struct sf_replay_options, policies);
static SF_CLI_TEXT(set_pods, struct sf_replay_options, pods);
static SF_CLI_TEXT(set_catalog, struct sf_replay_options, catalog);

static int parse_number(const char *what, const char *text, uint64_t low, uint64_t high,
                        struct sf_error *err, uint64_t *out)
{
	char *end;
	errno = 0;
	unsigned long long value = strtoull(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || value < low ||
	    value > high) {
		return sf_fail(err, SF_EINVAL, "%s '%.40s': expected %llu to %llu", what, text,
		               (unsigned long long)low, (unsigned long long)high);
	}
	*out = value;
	return 0;
}

static int set_seed(void *ctx, const char *value, struct sf_error *err)
{
	struct sf_replay_options *options = ctx;
	uint64_t seed = 0;
	if (parse_number("seed", value, 0, INT64_MAX, err, &seed) != 0) {
		return -1;
	}
	sf_seeds_finish(&options->seeds);
	sf_seeds_add(&options->seeds, seed);
	return 0;
}

static int set_seeds(void *ctx, const char *value, struct sf_error *err)
{
	struct sf_replay_options *options = ctx;
	struct sf_seeds seeds;
	if (sf_seeds_parse(value, &seeds, err) != 0) {
		return -1;
	}
	sf_seeds_finish(&options->seeds);
	options->seeds = seeds;
	return 0;
}

static int set_jobs(void *ctx, const char *value, struct sf_error *err)
{
	struct sf_replay_options *options = ctx;
	uint64_t jobs = 0;
	if (parse_number("jobs", value, 1, SF_JOBS_THREADS_MAX, err, &jobs) != 0) {
		return -1;
	}
	options->jobs = (size_t)jobs;
	return 0;
}

static int set_format(void *options, const char *value, struct sf_error *err)
{
	return sf_cli_format(&((struct sf_replay_options *)options)->format, SF_FORMATS_ALL, value,
	                     err);
}

static int set_baseline(void *ctx, const char *value, struct sf_error *err)
{
	struct sf_replay_options *options = ctx;
	return sf_cli_output("--baseline", value, &options->baseline, err);
}

static int set_tolerance(void *ctx, const char *value, struct sf_error *err)
{
	struct sf_replay_options *options = ctx;
	struct sf_tolerance tolerance = {0};
	const char *equals = strchr(value, '=');
	if (!equals || equals == value) {
		return sf_fail(err, SF_EINVAL,
		               "tolerance '%.40s': expected METRIC=LIMIT, such as pods.placed=1%%",
		               value);
	}
	if (options->n_tolerances == SF_TOLERANCES_MAX) {
		return sf_fail(err, SF_ELIMIT, "more than %d tolerances", SF_TOLERANCES_MAX);
	}
	if (sf_tolerance_parse(equals + 1, &tolerance, err) != 0) {
		return -1;
	}
	if (!options->names) {
		options->names = sf_arena_create(0);
	}
	tolerance.metric = sf_arena_strndup(options->names, value, (size_t)(equals - value));
	options->tolerance = sf_xgrow(options->tolerance, &options->tolerances_cap,
	                              options->n_tolerances + 1, sizeof(tolerance));
	options->tolerance[options->n_tolerances++] = tolerance;
	return 0;
}

static SF_CLI_FLAG(set_update, struct sf_replay_options, update_baseline);

static int set_junit(void *ctx, const char *value, struct sf_error *err)
{
	struct sf_replay_options *options = ctx;
	return sf_cli_output("--junit", value, &options->junit, err);
}

static int set_comment(void *ctx, const char *value, struct sf_error *err)
{
	struct sf_replay_options *options = ctx;
	return sf_cli_output("--markdown", value, &options->comment, err);
}

static int set_series(void *ctx, const char *value, struct sf_error *err)
{
	struct sf_replay_options *options = ctx;
	return sf_cli_output("--series", value, &options->series, err);
}

static int set_step(void *ctx, const char *value, struct sf_error *err)
{
	struct sf_replay_options *options = ctx;
	if (sf_duration_parse(value, &options->series_step_s, err) != 0) {
		return sf_wrap(err, "step '%.40s'", value);
	}
	return options->series_step_s >= 1e-6
	               ? 0
	               : sf_fail(err, SF_EINVAL, "step '%.40s': too short", value);
}

static SF_CLI_FLAG(set_github, struct sf_replay_options, github);

const struct sf_cli_row sf_replay_rows[] = {
	{'p', "policy", "LIST",
         "policies, separated by commas, or all (default: those of the\n"
         "scenario, else all)",
         set_policies},
	{0, "seed", "N", "instead of the scenario's seed", set_seed},
	{0, "seeds", "LIST",
         "several, such as 42..51 or 1,2,7: means with 95 % confidence\n"
         "intervals, and which policy is better beyond noise",
         set_seeds},
	{'j', "jobs", "N", "replays at a time (default: one per CPU); changes no result", set_jobs},
	{0, "pods", "FILE",
         "pods with times of their own, CSV or JSON Lines, instead of the\n"
         "scenario's trace (docs/trace-format.md)",
         set_pods},
	{'c', "catalog", "FILE", "add or override products (docs/catalog.md)", set_catalog},
	{'o', "output", "FORMAT", "table (default), json, csv or markdown (docs/replay-output.md)",
         set_format},
	{0, "series", "FILE",
         "write how it went over time as CSV: one row for each moment at\n"
         "which something happened (docs/replay-output.md)",
         set_series},
	{0, "step", "TIME", "a row of the series each 5m, 1h, ... instead", set_step},
	{0, "baseline", "FILE",
         "compare with a stored result of -o json: exit with 1 when a\n"
         "metric is worse than allowed (docs/ci-gate.md)",
         set_baseline},
	{0, "tolerance", "METRIC=LIMIT",
         "how much worse a metric may be: 2, 1%, 2,1% (whichever is\n"
         "more) or any; METRIC may end in *. Goes before what the\n"
         "scenario says; may be repeated (default: 0)",
         set_tolerance},
	{0, "update-baseline", NULL, "write the baseline file, and say what changed", set_update},
	{0, "junit", "FILE", "write what was checked as JUnit XML", set_junit},
	{0, "markdown", "FILE", "write a comment for a pull request", set_comment},
	{0, "github", NULL, "GitHub annotations of what is not met or worse, on stderr",
         set_github},
	{'q', "quiet", NULL, "results and errors only", NULL},
	{'v', "verbose", NULL, "also one row per workload", NULL},
	{'h', "help", NULL, "this text", NULL},
	{0, NULL, NULL, NULL, NULL},
};

int sf_replay_options_check(const struct sf_replay_options *options, struct sf_error *err)
{
	if (!options->baseline && options->update_baseline) {
		return sf_fail(err, SF_EINVAL, "--update-baseline needs --baseline FILE");
	}
	if (!options->series && options->series_step_s > 0) {
		return sf_fail(err, SF_EINVAL, "--step needs --series FILE");
	}
	if (!options->baseline && options->n_tolerances > 0) {
		return sf_fail(err, SF_EINVAL, "--tolerance needs --baseline FILE");
	}
	return sf_gate_validate(options->tolerance, options->n_tolerances, NULL, err);
}

/* Is there such a file, and do both names mean it? */
static bool same_file(const char *a, const char *b)
{
	struct stat left, right;
	return a && b && stat(a, &left) == 0 && stat(b, &right) == 0 && S_ISREG(left.st_mode) &&
	       left.st_dev == right.st_dev && left.st_ino == right.st_ino;
}

int sf_replay_options_check_inputs(const struct sf_replay_options *options, char *const *inputs,
                                   size_t n, struct sf_error *err)
{
	const struct {
		const char *option, *path;
	} outputs[] = {
		{"--series", options->series},
		{"--junit", options->junit},
		{"--markdown", options->comment},
		{"--update-baseline", options->update_baseline ? options->baseline : NULL},
	};
	const char *others[] = {options->pods, options->catalog};
	for (size_t o = 0; o < sizeof(outputs) / sizeof(outputs[0]); o++) {
		for (size_t i = 0; i < n + 2; i++) {
			const char *input = i < n ? inputs[i] : others[i - n];
			if (same_file(outputs[o].path, input)) {
				return sf_fail(err, SF_EINVAL,
				               "%s would replace %.200s, which is read: "
				               "name another file",
				               outputs[o].option, input);
			}
		}
	}
	return 0;
}

void sf_replay_options_finish(struct sf_replay_options *options)
{
	sf_arena_destroy(options->names);
	free(options->tolerance);
	sf_seeds_finish(&options->seeds);
}
