/* cmd_replay: `slicefit replay`, scenarios under several policies. */
// SPDX-License-Identifier: Apache-2.0
#include "cli.h"

#include <slicefit/alloc.h>
#include <slicefit/catalog.h>
#include <slicefit/error.h>
#include <slicefit/nearest.h>
#include <slicefit/report_replay.h>
#include <slicefit/scenario_yaml.h>
#include <slicefit/str.h>

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
	"Usage: slicefit replay [OPTION...] SCENARIO.yaml...\n"
	"\n"
	"Replays each scenario (docs/scenario-format.md) under several policies and shows what\n"
	"they make of it: pods placed, rejected and left waiting, how much of the GPU capacity "
	"was\n"
	"allocated, fragmented and stranded, and how long pods waited. Same scenario and seed: "
	"same\n"
	"output. '-' reads a scenario from standard input.\n"
	"\n"
	"Options:\n"
	"  -p, --policy LIST   policies, separated by commas, or all (default: those of the\n"
	"                      scenario, else all)\n"
	"      --seed N        instead of the scenario's seed\n"
	"  -c, --catalog FILE  add or override products (docs/catalog.md)\n"
	"  -o, --output FORMAT table (default), json, csv or markdown (docs/replay-output.md)\n"
	"  -q, --quiet         results and errors only\n"
	"  -v, --verbose       also one row per workload\n"
	"  -h, --help          this text\n"
	"\n"
	"Policies:\n";

static const char help_end[] =
	"\n"
	"Exit status: 0; 1 when an `expect:` of a scenario is not met; 2 wrong usage or input.\n"
	"\n"
	"Examples:\n"
	"  slicefit replay scenarios/mixed-cluster.yaml\n"
	"  slicefit replay -p kube-default,best-fit -o json scenarios/*.yaml\n";

struct options {
	const char *policies;
	const char *catalog;
	bool has_seed;
	uint64_t seed;
	enum sf_format format;
};

/* A scenario with its policies, results and outcomes. */
struct job {
	struct sf_scenario *scenario;
	size_t n_policies;
	const struct sf_policy *policy[SF_POLICIES_MAX];
	struct sf_replay_result result[SF_POLICIES_MAX];
	size_t n_results;
	size_t n_outcomes;
	struct sf_expect_outcome *outcome;
};

static void print_help(void)
{
	fputs(help, stdout);
	for (size_t i = 0; sf_policies[i]; i++) {
		printf("  %-13s %s\n", sf_policies[i]->name, sf_policies[i]->help);
	}
	fputs(help_end, stdout);
}

static int parse_seed(const char *text, struct options *options, const char *command)
{
	char *end;
	errno = 0;
	unsigned long long value = strtoull(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || value > INT64_MAX) {
		return sf_cli_usage(command, "seed '%s': expected 0 to %lld", text,
		                    (long long)INT64_MAX);
	}
	options->has_seed = true;
	options->seed = value;
	return 0;
}

static int parse_format(const char *text, struct options *options, const char *command)
{
	struct sf_error err;
	int format = sf_cli_format(text, &err);
	if (format < 0) {
		return sf_cli_usage(command, "%s", err.text);
	}
	options->format = (enum sf_format)format;
	return 0;
}

/* 0, or -1 when the command ends here with *status. */
static int parse(int argc, char **argv, struct options *options, int *status)
{
	static const struct option longs[] = {
		{"policy", required_argument, NULL, 'p'},  {"seed", required_argument, NULL, 's'},
		{"catalog", required_argument, NULL, 'c'}, {"output", required_argument, NULL, 'o'},
		{"help", no_argument, NULL, 'h'},          {NULL, 0, NULL, 0},
	};
	int option;
	*status = 0;
	while (*status == 0 && (option = sf_cli_option(argc, argv, "p:c:o:h", longs)) != -1) {
		switch (option) {
		case 'p':
			options->policies = optarg;
			break;
		case 's':
			*status = parse_seed(optarg, options, argv[0]);
			break;
		case 'c':
			options->catalog = optarg;
			break;
		case 'o':
			*status = parse_format(optarg, options, argv[0]);
			break;
		case 'h':
			print_help();
			return -1;
		default:
			*status = 2;
			break;
		}
	}
	if (*status == 0 && optind == argc) {
		*status = sf_cli_usage(argv[0], "no scenario given");
	}
	return *status == 0 ? 0 : -1;
}

/* "unknown policy 'X', did you mean 'Y'? (known: ...)"; returns -1. */
static int fail_policy(const char *name, struct sf_error *err)
{
	const char *known[SF_POLICIES_MAX + 1] = {NULL};
	struct sf_str text = {0};
	for (size_t i = 0; i < SF_POLICIES_MAX && sf_policies[i]; i++) {
		known[i] = sf_policies[i]->name;
		sf_str_printf(&text, "%s%s", i ? ", " : "", known[i]);
	}
	const char *near = sf_nearest_find(name, known);
	sf_fail(err, SF_EINVAL, "unknown policy '%.40s'%s%s%s (known: %s)", name,
	        near ? ", did you mean '" : "", near ? near : "", near ? "'?" : "",
	        sf_str_get(&text));
	sf_str_finish(&text);
	return -1;
}

static int add_policy(struct job *job, const char *name, struct sf_error *err)
{
	const struct sf_policy *policy = sf_policy_find(name);
	if (!policy) {
		return fail_policy(name, err);
	}
	for (size_t i = 0; i < job->n_policies; i++) {
		if (job->policy[i] == policy) {
			return sf_fail(err, SF_EINVAL, "policy '%s' is named twice", name);
		}
	}
	job->policy[job->n_policies++] = policy;
	return 0;
}

/* The policies of -p, else of the scenario, else all. */
static int choose_policies(struct job *job, const char *list, struct sf_error *err)
{
	const struct sf_scenario *scenario = job->scenario;
	for (size_t i = 0; !list && i < scenario->n_policies; i++) {
		if (add_policy(job, scenario->policy[i], err) != 0) {
			return sf_wrap(err, "%s:%u:%u", scenario->path, scenario->policy_line[i],
			               scenario->policy_column[i]);
		}
	}
	if (job->n_policies == 0 && (!list || strcmp(list, "all") == 0)) {
		for (size_t i = 0; i < SF_POLICIES_MAX && sf_policies[i]; i++) {
			job->policy[job->n_policies++] = sf_policies[i];
		}
	}
	if (job->n_policies > 0) {
		return 0;
	}
	char *names = sf_xstrdup(list);
	char *rest = names;
	int rc = 0;
	for (char *name; rc == 0 && (name = strsep(&rest, ",")) != NULL;) {
		rc = add_policy(job, name, err);
	}
	free(names);
	return rc;
}

struct bar {
	const char *policy;
	int percent;
};

static void show_progress(void *ctx, uint64_t done, uint64_t total)
{
	enum { WIDTH = 30 };
	struct bar *bar = ctx;
	int percent = total ? (int)(100 * done / total) : 100;
	if (percent == bar->percent) {
		return;
	}
	bar->percent = percent;
	int filled = percent * WIDTH / 100;
	fprintf(stderr, "\r%-12s [%.*s%*s] %3d %%", bar->policy, filled,
	        "##############################", WIDTH - filled, "", percent);
	fflush(stderr);
}

static void say_speed(const struct sf_replay_result *result)
{
	double s = (double)result->decision_ns / 1e9;
	fprintf(stderr, "%s: %llu decisions, %.0f per second\n", result->policy,
	        (unsigned long long)result->decisions, s > 0 ? (double)result->decisions / s : 0.0);
}

static int run_policies(struct job *job, uint64_t seed, struct sf_error *err)
{
	bool progress = sf_cli_progress() && sf_cli_verbosity >= 0;
	for (size_t i = 0; i < job->n_policies; i++) {
		struct bar bar = {job->policy[i]->name, -1};
		struct sf_replay_watch watch = {show_progress, &bar};
		int rc = sf_replay_run(job->scenario, job->policy[i], seed,
		                       progress ? &watch : NULL, &job->result[i], err);
		if (progress) {
			fputs("\r\033[K", stderr);
		}
		if (rc != 0) {
			return rc;
		}
		job->n_results++;
		if (sf_cli_verbosity >= 0) {
			say_speed(&job->result[i]);
		}
	}
	return 0;
}

/* Expectations of policies that do not run are not checked; says so. */
static void say_unchecked(const struct job *job)
{
	for (size_t i = 0; i < job->scenario->n_expects && sf_cli_verbosity >= 0; i++) {
		const struct sf_expect *expect = &job->scenario->expect[i];
		bool runs = expect->policy == NULL;
		for (size_t k = 0; k < job->n_policies; k++) {
			runs = runs || strcmp(job->policy[k]->name, expect->policy) == 0;
		}
		if (!runs) {
			fprintf(stderr, "%s:%u: not checked: policy %s was not replayed\n",
			        job->scenario->path, expect->line, expect->policy);
		}
	}
}

static int run_job(struct job *job, const char *path, const struct sf_catalog *catalog,
                   const struct options *options, struct sf_error *err)
{
	job->scenario = sf_scenario_load(path, catalog, err);
	if (!job->scenario || choose_policies(job, options->policies, err) != 0 ||
	    sf_expect_validate(job->scenario, err) != 0) {
		return -1;
	}
	uint64_t seed = options->has_seed ? options->seed : job->scenario->seed;
	if (run_policies(job, seed, err) != 0) {
		return sf_wrap(err, "%s", job->scenario->path);
	}
	say_unchecked(job);
	job->outcome =
		sf_expect_check(job->scenario, job->result, job->n_results, &job->n_outcomes);
	return 0;
}

static void finish_jobs(struct job *jobs, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < jobs[i].n_results; k++) {
			sf_replay_finish(&jobs[i].result[k]);
		}
		free(jobs[i].outcome);
		sf_scenario_destroy(jobs[i].scenario);
	}
	free(jobs);
}

static void write_reports(const struct sf_replay_report *reports, size_t n, enum sf_format format,
                          struct sf_str *out)
{
	if (format == SF_FORMAT_JSON) {
		sf_replay_report_json(reports, n, out);
		return;
	}
	if (format == SF_FORMAT_CSV) {
		sf_replay_report_csv(reports, n, out);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		sf_str_append(out, i ? "\n" : "");
		if (format == SF_FORMAT_MARKDOWN) {
			sf_replay_report_markdown(&reports[i], sf_cli_verbosity > 0, out);
		} else {
			sf_replay_report_text(&reports[i], sf_cli_verbosity > 0, out);
		}
	}
}

/* Unmet expectations on stderr; returns how many there are. */
static size_t complain_unmet(const struct sf_replay_report *report)
{
	struct sf_str text = {0};
	size_t unmet = 0;
	for (size_t i = 0; i < report->n_outcomes; i++) {
		if (!report->outcome[i].met) {
			sf_replay_report_unmet(report, &report->outcome[i], &text);
			unmet++;
		}
	}
	fputs(sf_str_get(&text), stderr);
	sf_str_finish(&text);
	return unmet;
}

static int report_jobs(const struct job *jobs, size_t n, enum sf_format format)
{
	struct sf_replay_report *reports = sf_xcalloc(n, sizeof(*reports));
	struct sf_str out = {0};
	for (size_t i = 0; i < n; i++) {
		reports[i] = (struct sf_replay_report){
			.scenario = jobs[i].scenario,
			.n = jobs[i].n_results,
			.result = jobs[i].result,
			.n_outcomes = jobs[i].n_outcomes,
			.outcome = jobs[i].outcome,
		};
	}
	write_reports(reports, n, format, &out);
	int status = sf_cli_print(&out);
	size_t unmet = 0;
	for (size_t i = 0; i < n; i++) {
		unmet += complain_unmet(&reports[i]);
	}
	sf_str_finish(&out);
	free(reports);
	return status == 0 && unmet > 0 ? sf_code_exit(SF_EUNMET) : status;
}

int sf_cmd_replay(int argc, char **argv)
{
	struct options options = {.format = SF_FORMAT_TABLE};
	int status;
	if (parse(argc, argv, &options, &status) != 0) {
		return status;
	}
	struct sf_error err = {0};
	struct sf_catalog *catalog = sf_cli_catalog(options.catalog, &err);
	if (!catalog) {
		return sf_cli_fail(&err);
	}
	size_t n = (size_t)(argc - optind);
	struct job *jobs = sf_xcalloc(n, sizeof(*jobs));
	int rc = 0;
	for (size_t i = 0; i < n && rc == 0; i++) {
		rc = run_job(&jobs[i], argv[optind + (int)i], catalog, &options, &err);
	}
	status = rc == 0 ? report_jobs(jobs, n, options.format) : sf_cli_fail(&err);
	finish_jobs(jobs, n);
	sf_catalog_destroy(catalog);
	return status;
}
