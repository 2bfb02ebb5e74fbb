/* cmd_headroom: `slicefit headroom`, how much more fits now. */
// SPDX-License-Identifier: Apache-2.0
#include "ask.h"

#include <slicefit/arena.h>
#include <slicefit/catalog.h>
#include <slicefit/error.h>
#include <slicefit/report_spare.h>
#include <slicefit/str.h>

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static const char head[] =
	"Usage: slicefit headroom --cluster FILE [--pod POD] [OPTION...]\n"
	"\n"
	"Says how many more pods fit now: of each resource that the nodes advertise (whole GPUs\n"
	"also by 2, 4 and 8 on one node; where MIG is dynamic, of each profile), by product; or\n"
	"copies of one pod. The number is exact: so many can be placed, and one more cannot. Each\n"
	"line is for itself: what one takes the others do not have (docs/headroom.md).\n"
	"\n"
	"Options:\n";

static const char tail[] =
	"\n"
	"Exit status: 0; 1 with --at-least when fewer fit; 2 wrong usage or input.\n"
	"\n"
	"Examples:\n"
	"  kubectl get nodes,pods -A -o json > cluster.json\n"
	"  slicefit headroom --cluster cluster.json\n"
	"  slicefit headroom --cluster cluster.json --pod train.yaml --at-least 3\n"
	"  slicefit headroom --cluster scenarios/mixed-cluster.yaml -o csv\n";

struct options {
	struct sf_ask_options ask;
	bool has_least;
	uint64_t least;
};

static int set_least(void *options, const char *value, struct sf_error *err)
{
	struct options *o = options;
	char *end;
	errno = 0;
	o->least = strtoull(value, &end, 10);
	o->has_least = true;
	return value[0] >= '0' && value[0] <= '9' && *end == '\0' && errno == 0
	               ? 0
	               : sf_fail(err, SF_EINVAL, "--at-least '%s': expected a number", value);
}

static int set_format(void *options, const char *value, struct sf_error *err)
{
	return sf_cli_format(&((struct options *)options)->ask.format, SF_FORMATS_ALL, value, err);
}

static const struct sf_cli_row rows[] = {
	{'f', "cluster", "FILE",
         "what kubectl get nodes,pods -A -o json (or yaml) printed\n"
         "and whatever else import reads, or a scenario",
         sf_ask_set_cluster},
	{0, "kubeconfig", "FILE", "the cluster behind this API server, as it is now",
         sf_ask_set_kubeconfig},
	{0, "context", "NAME", "of the kubeconfig; default its current one", sf_ask_set_context},
	{'p', "pod", "POD",
         "copies of this pod: a manifest, - for standard input, or\n"
         "NAMESPACE/NAME of a pod in the cluster's file; its CPU and\n"
         "memory count",
         sf_ask_set_pod},
	{0, "at-least", "N", "with --pod: exit with 1 when fewer copies fit", set_least},
	{'c', "catalog", "FILE", "add or override products (docs/catalog.md)", sf_ask_set_catalog},
	{'o', "output", "FORMAT", "table (default), json, csv or markdown", set_format},
	{'q', "quiet", NULL, "results and errors only", NULL},
	{'h', "help", NULL, "this text", NULL},
	{0, NULL, NULL, NULL, NULL},
};

static int show(const struct options *options, const struct sf_spare_report *report)
{
	struct sf_str out = {0};
	if (options->ask.format == SF_FORMAT_JSON) {
		sf_report_spare_json(report, &out);
	} else {
		sf_report_spare_table(report, sf_cli_table_format(options->ask.format), &out);
	}
	int status = sf_cli_print(&out);
	sf_str_finish(&out);
	uint64_t copies = sf_report_spare_copies(report);
	if (status == 0 && options->has_least && copies < options->least) {
		fprintf(stderr, "slicefit headroom: %" PRIu64 " fit, %" PRIu64 " are wanted\n",
		        copies, options->least);
		return sf_code_exit(SF_EUNMET);
	}
	return status;
}

/* Copies of one pod. */
static int count_pods(const struct options *options, struct sf_snapshot *snapshot,
                      const struct sf_ask_pod *pod, struct sf_arena *arena, struct sf_error *err)
{
	struct sf_explain_subject subject;
	struct sf_spare_report report = {.cluster = snapshot->cluster, .pod = &subject};
	struct sf_request request;
	struct sf_spare_row *row;
	sf_ask_subject(pod, NULL, &subject);
	sf_snapshot_request(snapshot, pod->known, &request);
	if (request.n == 0) {
		return sf_fail(err, SF_EINVAL, "pod %.120s asks for no GPU", pod->known->label);
	}
	if (sf_spare_pods(snapshot->cluster, &request, arena, &row, &report.n) < 0) {
		return sf_fail(err, SF_ENOMEM, "no memory left");
	}
	report.row = row;
	return show(options, &report);
}

static int count(const struct options *options, struct sf_snapshot *snapshot,
                 struct sf_arena *arena, struct sf_error *err)
{
	struct sf_spare_report report = {.cluster = snapshot->cluster};
	struct sf_spare_row *row;
	if (sf_spare_table(snapshot->cluster, arena, &row, &report.n) < 0) {
		return sf_fail(err, SF_ELIMIT, "more than %d kinds of devices", SF_SPARE_ROWS_MAX);
	}
	report.row = row;
	return show(options, &report);
}

static int run(const struct options *options, const struct sf_catalog *catalog,
               struct sf_error *err)
{
	struct sf_arena *arena = sf_arena_create(0);
	struct sf_snapshot snapshot;
	struct sf_ask_pod pod;
	int status = sf_ask(&options->ask, catalog, &snapshot, &pod, err);
	if (status == 0) {
		status = pod.known != NULL ? count_pods(options, &snapshot, &pod, arena, err)
		                           : count(options, &snapshot, arena, err);
	}
	sf_snapshot_finish(&snapshot);
	sf_arena_destroy(arena);
	return status;
}

int sf_cmd_headroom(int argc, char **argv)
{
	struct options options = {0};
	struct sf_error err = {0};
	static const struct sf_cli_help about = {head, rows, tail};
	int status;
	if (!sf_cli_begin(argc, argv, &about, &options, &status)) {
		return status;
	}
	const char *fault = sf_ask_fault(&options.ask);
	if (fault != NULL) {
		return sf_cli_usage(argv[0], "%s", fault);
	}
	if (options.has_least && options.ask.pod == NULL) {
		return sf_cli_usage(argv[0], "--at-least goes with --pod");
	}
	if (optind < argc) {
		return sf_cli_usage(argv[0], "no argument expected: '%s'", argv[optind]);
	}
	struct sf_catalog *catalog = sf_cli_catalog(options.ask.catalog, &err);
	status = catalog != NULL ? run(&options, catalog, &err) : -1;
	sf_catalog_destroy(catalog);
	return status < 0 ? sf_cli_fail(&err) : status;
}
