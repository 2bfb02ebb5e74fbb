/* cmd_replay_study: `slicefit replay` of the placement study of the FGD paper. */
// SPDX-License-Identifier: Apache-2.0
#include "cmd_replay_study.h"

#include "study_options.h"

#include <slicefit/alloc.h>
#include <slicefit/clock.h>
#include <slicefit/error.h>
#include <slicefit/file.h>
#include <slicefit/jobs.h>
#include <slicefit/openb.h>
#include <slicefit/str.h>
#include <slicefit/study.h>
#include <slicefit/study_report.h>

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
	"Usage: slicefit replay --trace openb --nodes FILE --pods FILE[,FILE...] [OPTION...]\n"
	"       slicefit replay [OPTION...] STUDY.yaml\n"
	"\n"
	"The placement study of the FGD paper (USENIX ATC 2023; docs/fgd-study.md): pods arrive "
	"one "
	"at a\n"
	"time in an order drawn from the seed, are placed or rejected at once, and never leave. "
	"Shows how\n"
	"much of the GPUs each policy can allocate, and how much of the rest is fragmented, when "
	"so "
	"many\n"
	"per cent of the GPUs have been asked for.\n"
	"\n"
	"Options:\n";

static const char help_end[] =
	"\n"
	"Exit status: 0; 2 wrong usage or input; 3 a file that cannot be written.\n"
	"\n"
	"Example:\n"
	"  slicefit replay --trace openb --nodes openb_node_list_gpu_node.csv \\\n"
	"      --pods openb_pod_list_default.csv --seeds 42..51 --policy fgd,bestfit\n";

bool sf_replay_is_study(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (strcmp(argv[i], "--trace") == 0 || strncmp(argv[i], "--trace=", 8) == 0 ||
		    (argv[i][0] != '-' && sf_study_file_is(argv[i]))) {
			return true;
		}
	}
	return false;
}

static void print_help(void)
{
	const char *name;
	fputs(help, stdout);
	sf_cli_print_rows(sf_study_rows, stdout);
	fputs("\nPolicies of the study, by their names in the paper (all others work, too):\n",
	      stdout);
	printf("  %-14s %s\n", "fgd", sf_policy_find("fgd")->help);
	for (size_t i = 0; sf_study_alias(i, &name); i++) {
		printf("  %-14s %s\n", sf_study_alias(i, &name), sf_policy_find(name)->help);
	}
	fputs(help_end, stdout);
}

/* A study from its lists to its results. */
struct work {
	const struct sf_study_options *options;
	struct sf_study_nodes nodes;
	struct sf_study_pods pods[SF_STUDY_TRACES_MAX];
	const char *name[SF_STUDY_TRACES_MAX];
	struct sf_study *study[SF_STUDY_TRACES_MAX];
	size_t n_results;
	struct sf_study_result *result;
};

static int load(struct work *work, struct sf_error *err)
{
	const struct sf_study_file *file = &work->options->file;
	if (sf_openb_load_nodes(file->nodes, &work->nodes, err) != 0) {
		return -1;
	}
	for (size_t i = 0; i < file->n_pods; i++) {
		if (sf_openb_load_pods(file->pods[i], &work->pods[i], err) != 0) {
			return -1;
		}
		const struct sf_study_case given = {&work->nodes, &work->pods[i], file->tune};
		work->study[i] = sf_study_create(&given, err);
		if (!work->study[i]) {
			return sf_wrap(err, "%s", file->nodes);
		}
		work->name[i] = sf_str_get(&work->pods[i].name);
	}
	return 0;
}

static int run_one(void *ctx, size_t task, struct sf_error *err)
{
	struct work *work = ctx;
	const struct sf_study_options *options = work->options;
	size_t seeds = options->seeds.n;
	size_t policies = options->n_policies;
	return sf_study_run(work->study[task / (policies * seeds)],
	                    options->policy[task / seeds % policies],
	                    options->seeds.seed[task % seeds], &work->result[task], err);
}

static void show_progress(void *ctx, size_t done, size_t n)
{
	enum { WIDTH = 30 };
	size_t filled = done * WIDTH / n;
	(void)ctx;
	fprintf(stderr, "\r%zu of %zu replays [%.*s%*s]", done, n, (int)filled,
	        "##############################", (int)(WIDTH - filled), "");
	fflush(stderr);
}

static void say_speed(const struct work *work, double s)
{
	unsigned long long pods = 0;
	for (size_t i = 0; i < work->n_results; i++) {
		pods += work->result[i].arrived;
	}
	fprintf(stderr, "%zu replays, %llu decisions in %.2f s\n", work->n_results, pods, s);
}

static int run(struct work *work, struct sf_error *err)
{
	const struct sf_study_options *options = work->options;
	bool progress = sf_cli_progress() && sf_cli_verbosity >= 0;
	work->n_results = options->file.n_pods * options->n_policies * options->seeds.n;
	work->result = sf_xcalloc(work->n_results, sizeof(*work->result));
	const struct sf_jobs jobs = {
		.n = work->n_results,
		.threads = options->jobs,
		.run = run_one,
		.tell = progress ? show_progress : NULL,
		.ctx = work,
	};
	uint64_t start = sf_clock_ns();
	int rc = sf_jobs_run(&jobs, err);
	if (progress) {
		fputs("\r\033[K", stderr);
	}
	if (rc == 0 && sf_cli_verbosity > 0) {
		say_speed(work, (double)(sf_clock_ns() - start) / 1e9);
	}
	return rc;
}

static void write_report(const struct sf_study_report *report, enum sf_format format,
                         struct sf_str *out)
{
	switch (format) {
	case SF_FORMAT_JSON:
		sf_study_report_json(report, out);
		break;
	case SF_FORMAT_CSV:
		sf_study_report_csv(report, out);
		break;
	case SF_FORMAT_MARKDOWN:
		sf_study_report_markdown(report, out);
		break;
	case SF_FORMAT_TABLE:
		sf_study_report_text(report, out);
		break;
	}
}

static int report(const struct work *work, struct sf_error *err)
{
	const struct sf_study_options *options = work->options;
	const struct sf_study_report all = {
		.title = options->file.title,
		.nodes = work->nodes.n,
		.gpus = sf_study_nodes_milli(&work->nodes) / 1000,
		.tune = options->file.tune,
		.n_traces = options->file.n_pods,
		.n_policies = options->n_policies,
		.n_seeds = options->seeds.n,
		.trace = work->name,
		.policy = options->label,
		.seed = options->seeds.seed,
		.result = work->result,
	};
	struct sf_str out = {0};
	int status = 0;
	if (options->series) {
		sf_study_report_series(&all, &out);
		if (sf_file_write(options->series, sf_str_get(&out), out.len, err) != 0) {
			status = sf_cli_fail(err);
		}
		sf_str_finish(&out);
	}
	if (status == 0) {
		write_report(&all, options->format, &out);
		status = sf_cli_print(&out);
		sf_str_finish(&out);
	}
	return status;
}

static void finish(struct work *work)
{
	for (size_t i = 0; i < SF_STUDY_TRACES_MAX; i++) {
		sf_study_destroy(work->study[i]);
		sf_study_pods_finish(&work->pods[i]);
	}
	sf_study_nodes_finish(&work->nodes);
	free(work->result);
}

static int replay(struct sf_study_options *options, const char *path)
{
	struct work *work = sf_xcalloc(1, sizeof(*work));
	struct sf_error err = {0};
	work->options = options;
	int rc = sf_study_options_settle(options, path, &err);
	if (rc == 0) {
		rc = load(work, &err);
	}
	if (rc == 0) {
		rc = run(work, &err);
	}
	int status = rc == 0 ? report(work, &err) : sf_cli_fail(&err);
	finish(work);
	free(work);
	return status;
}

int sf_cmd_replay_study(int argc, char **argv)
{
	struct sf_study_options options = {.format = SF_FORMAT_TABLE};
	int rc = sf_cli_parse(argc, argv, sf_study_rows, &options);
	int status = sf_code_exit(SF_EINVAL);
	if (rc > 0) {
		print_help();
		status = 0;
	} else if (rc == 0 && argc - optind > 1) {
		status = sf_cli_usage(argv[0], "more than one file: a study is replayed alone");
	} else if (rc == 0) {
		status = replay(&options, optind < argc ? argv[optind] : NULL);
	}
	sf_study_options_finish(&options);
	return status;
}
