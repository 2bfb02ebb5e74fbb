/* cmd_replay: `slicefit replay`, scenarios under several policies. */
// SPDX-License-Identifier: Apache-2.0
#include "cmd_replay_recorded.h"
#include "cmd_replay_study.h"
#include "replay_gate.h"
#include "replay_options.h"
#include "replay_set.h"

#include <slicefit/alloc.h>
#include <slicefit/catalog.h>
#include <slicefit/error.h>
#include <slicefit/file.h>
#include <slicefit/report_replay.h>
#include <slicefit/report_series.h>
#include <slicefit/str.h>

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

static const char help[] =
	"Usage: slicefit replay [OPTION...] SCENARIO.yaml...\n"
	"       slicefit replay --trace openb [OPTION...]  (a study; see --trace openb --help)\n"
	"       slicefit replay --recorded FILE        (decisions of slicefit serve, made again)\n"
	"\n"
	"Replays each scenario (docs/scenario-format.md) under several policies and shows what\n"
	"they make of it: pods placed, rejected and left waiting, how much of the GPU capacity "
	"was\n"
	"allocated, fragmented and stranded, and how long pods waited. Same scenario and seed: "
	"same\n"
	"output. '-' reads a scenario from standard input.\n"
	"\n"
	"What a scenario may ask for beside pools and workloads:\n"
	"  preemption, checkpoint, disruption  who may take whose place, and what is lost with it\n"
	"  trace                               pods with times of their own, from a file\n"
	"  gang                                pods that are placed together or not at all\n"
	"  namespaces                          quotas; pods beyond them are held\n"
	"  queue                               pods that found no place back off\n"
	"  events                              nodes fail, drain, come, go, get other MIG layouts\n"
	"  contention                          pods on one shared GPU slow each other down\n"
	"  expect, tolerance                   what must hold, and what may be worse than before\n"
	"\n"
	"Options:\n";

static const char help_end[] =
	"\n"
	"Exit status: 0; 1 when an `expect:` of a scenario is not met or a metric is worse than\n"
	"the baseline allows; 2 wrong usage or input; 3 trouble outside.\n"
	"\n"
	"Examples:\n"
	"  slicefit replay scenarios/mixed-cluster.yaml\n"
	"  slicefit replay -p kube-default,best-fit -o json scenarios/*.yaml\n"
	"  slicefit replay --seeds 1..10 scenarios/mixed-cluster.yaml\n"
	"  slicefit replay --baseline mixed.json --update-baseline scenarios/mixed-cluster.yaml\n"
	"  slicefit replay --baseline mixed.json --github scenarios/mixed-cluster.yaml\n";

static void print_help(void)
{
	fputs(help, stdout);
	sf_cli_print_rows(sf_replay_rows, stdout);
	fputs("\nPolicies (all stands for the first six):\n", stdout);
	for (size_t i = 0; sf_policies[i]; i++) {
		printf("  %-14s %s\n", sf_policies[i]->name, sf_policies[i]->help);
	}
	fputs(help_end, stdout);
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

static int write_series(const char *path, const struct sf_replay_report *report,
                        struct sf_error *err)
{
	struct sf_str text = {0};
	sf_report_series(report, &text);
	int rc = sf_file_write(path, sf_str_get(&text), text.len, err);
	sf_str_finish(&text);
	return rc;
}

/* Output, findings and files of sets that have run; the exit status. */
static int report_sets(const struct sf_replay_set *sets, size_t n,
                       const struct sf_replay_options *options, const struct sf_baseline *baseline)
{
	struct sf_replay_report *reports = sf_xcalloc(n, sizeof(*reports));
	struct sf_error err = {0};
	struct sf_str out = {0};
	for (size_t i = 0; i < n; i++) {
		reports[i] = (struct sf_replay_report){
			.scenario = sets[i].scenario,
			.n = sets[i].n_results,
			.result = sets[i].result,
			.n_outcomes = sets[i].n_outcomes,
			.outcome = sets[i].outcome,
			.n_seeds = sets[i].n_seeds,
		};
	}
	struct sf_gate gate = {0};
	struct sf_findings found = {.n = n, .report = reports};
	sf_replay_gate_check(options, baseline, &gate, &found);
	write_reports(reports, n, options->format, &out);
	sf_replay_gate_show(options, &found, &out);
	int status = sf_cli_print(&out);
	if (options->series && write_series(options->series, &reports[0], &err) != 0) {
		status = sf_cli_fail(&err);
	}
	if (sf_replay_gate_tell(options, &found, &err) != 0) {
		status = sf_cli_fail(&err);
	} else if (status == 0 && sf_findings_count(&found) > 0) {
		status = sf_code_exit(SF_EUNMET);
	}
	sf_gate_finish(&gate);
	sf_str_finish(&out);
	free(reports);
	return status;
}

static int replay_scenarios(const struct sf_replay_options *options, size_t n, char **path)
{
	struct sf_error err = {0};
	struct sf_catalog *catalog = sf_cli_catalog(options->catalog, &err);
	if (!catalog) {
		return sf_cli_fail(&err);
	}
	struct sf_replay_set *sets = sf_xcalloc(n, sizeof(*sets));
	struct sf_baseline baseline = {0};
	int rc = sf_replay_gate_load(options, &baseline, &err);
	for (size_t i = 0; i < n && rc == 0; i++) {
		rc = sf_replay_set_load(&sets[i], path[i], catalog, options, &err);
	}
	if (rc == 0 && options->baseline) {
		rc = sf_replay_gate_names(sets, n, &err);
	}
	if (rc == 0) {
		rc = sf_replay_set_run(sets, n, options, &err);
	}
	int status = rc == 0 ? report_sets(sets, n, options, &baseline) : sf_cli_fail(&err);
	for (size_t i = 0; i < n; i++) {
		sf_replay_set_finish(&sets[i]);
	}
	free(sets);
	sf_baseline_finish(&baseline);
	sf_catalog_destroy(catalog);
	return status;
}

int sf_cmd_replay(int argc, char **argv)
{
	if (sf_replay_is_recorded(argc, argv)) {
		return sf_cmd_replay_recorded(argc, argv);
	}
	if (sf_replay_is_study(argc, argv)) {
		return sf_cmd_replay_study(argc, argv);
	}
	struct sf_replay_options options = {.format = SF_FORMAT_TABLE};
	struct sf_error err = {0};
	int rc = sf_cli_parse(argc, argv, sf_replay_rows, &options);
	int status = sf_code_exit(SF_EINVAL);
	if (rc > 0) {
		print_help();
		status = 0;
	} else if (rc == 0 && optind == argc) {
		status = sf_cli_usage(argv[0], "no scenario given");
	} else if (rc == 0 &&
	           (sf_replay_options_check(&options, &err) != 0 ||
	            sf_replay_options_check_inputs(&options, argv + optind, (size_t)(argc - optind),
	                                           &err) != 0)) {
		status = sf_cli_usage(argv[0], "%s", err.text);
	} else if (rc == 0 && options.series && optind + 1 < argc) {
		status = sf_cli_usage(argv[0], "--series is about one scenario, give one");
	} else if (rc == 0) {
		status = replay_scenarios(&options, (size_t)(argc - optind), argv + optind);
	}
	sf_replay_options_finish(&options);
	return status;
}
