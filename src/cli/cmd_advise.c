/* cmd_advise: `slicefit advise`, how each workload's GPUs should be served. */
// SPDX-License-Identifier: Apache-2.0
#include "advise_options.h"
#include "cli.h"

#include <slicefit/advise.h>
#include <slicefit/arena.h>
#include <slicefit/catalog.h>
#include <slicefit/cluster_file.h>
#include <slicefit/error.h>
#include <slicefit/file.h>
#include <slicefit/import.h>
#include <slicefit/report_advise.h>
#include <slicefit/scenario_yaml.h>
#include <slicefit/str.h>
#include <slicefit/usage_read.h>

#include <getopt.h>
#include <string.h>
#include <time.h>

enum { FILE_MAX = 512 << 20 };

/* What is advised about: a scenario, or what Kubernetes objects make of one. */
struct subject {
	struct sf_scenario *scenario; /* the file's own; NULL: the import's */
	struct sf_manifests objects;
	struct sf_import import;
};

/* What is left out, and why, is told on standard error. */
static int import(const struct sf_catalog *catalog, struct subject *subject, struct sf_error *err)
{
	const struct sf_import_options options = {0};
	struct sf_str notes = {0};
	if (sf_manifests_refuse(&subject->objects, err) < 0) {
		return -1;
	}
	int rc = sf_import(&subject->objects, catalog, &options, &subject->import, err);
	sf_import_notes(&subject->import, &notes);
	if (sf_cli_verbosity >= 0) {
		fputs(sf_str_get(&notes), stderr);
	}
	sf_str_finish(&notes);
	return rc;
}

/* Several files are manifests and dumps. */
static int read_files(char **file, int n, const struct sf_catalog *catalog, struct subject *subject,
                      struct sf_error *err)
{
	sf_manifests_init(&subject->objects);
	for (int i = 0; i < n; i++) {
		if (sf_manifests_read(&subject->objects, file[i], err) < 0) {
			return -1;
		}
	}
	return import(catalog, subject, err);
}

static int read_file(const char *path, const struct sf_catalog *catalog, struct subject *subject,
                     struct sf_error *err)
{
	struct sf_cluster_file file = {0};
	int rc = sf_cluster_file_read(&file, path, err);
	if (rc == 0 && file.kubernetes) {
		subject->objects = file.objects;
		file.objects = (struct sf_manifests){0};
		rc = import(catalog, subject, err);
	} else if (rc == 0) {
		subject->scenario = sf_scenario_parse(sf_str_get(&file.text), file.text.len,
		                                      file.name, catalog, err);
		rc = subject->scenario != NULL ? 0 : -1;
	}
	sf_cluster_file_finish(&file);
	return rc;
}

static void finish_subject(struct subject *subject)
{
	sf_scenario_destroy(subject->scenario);
	sf_import_finish(&subject->import);
	sf_manifests_finish(&subject->objects);
}

static int read_csv(const char *path, struct sf_usage *usage, struct sf_error *err)
{
	struct sf_str text = {0};
	int rc = sf_file_read(path, FILE_MAX, &text, err);
	if (rc == 0) {
		rc = sf_usage_csv_read(text.text, text.len, path, usage, err);
	}
	sf_str_finish(&text);
	return rc;
}

/* The gauges of dcgm-exporter, as they come by default (etc/default-counters.csv). */
static int ask_prometheus(const struct sf_advise_options *options, struct sf_usage *usage,
                          struct sf_error *err)
{
	static const char *const gauge[SF_USAGE_KINDS] = {
		[SF_USAGE_BUSY] = "DCGM_FI_DEV_GPU_UTIL",
		[SF_USAGE_MIB] = "DCGM_FI_DEV_FB_USED",
	};
	int64_t end = options->has_end ? options->end_s : (int64_t)time(NULL);
	for (int kind = 0; kind < SF_USAGE_KINDS; kind++) {
		struct sf_str answer = {0};
		const struct sf_prometheus_range range = {
			.query = gauge[kind],
			.start_s = end - options->range_s,
			.end_s = end,
			.step_s = options->step_s,
		};
		int rc = sf_prometheus_range(&options->prometheus, &range, &answer, err);
		if (rc == 0) {
			rc = sf_usage_prometheus_read(sf_str_get(&answer), answer.len,
			                              (enum sf_usage_kind)kind, usage, err);
		}
		sf_str_finish(&answer);
		if (rc < 0) {
			return -1;
		}
	}
	return 0;
}

static int read_usage(const struct sf_advise_options *options, struct sf_usage *usage,
                      struct sf_error *err)
{
	if (options->usage != NULL && read_csv(options->usage, usage, err) < 0) {
		return -1;
	}
	return options->prometheus.url != NULL ? ask_prometheus(options, usage, err) : 0;
}

/* Pods that were measured and belong to nobody. */
static void tell_strangers(const struct sf_scenario *scenario, const struct sf_usage *usage)
{
	size_t n = 0;
	const struct sf_usage_pod *first = NULL;
	for (size_t i = 0; i < usage->n; i++) {
		const struct sf_usage_pod *pod = &usage->pod[i];
		if (sf_advise_workload(scenario, pod->space, pod->name) == SIZE_MAX) {
			first = n++ == 0 ? pod : first;
		}
	}
	if (n > 0 && sf_cli_verbosity >= 0) {
		fprintf(stderr, "%zu of %zu measured pods belong to no workload, such as %s/%s\n",
		        n, usage->n, first->space, first->name);
	}
}

static int show(const struct sf_advise_options *options, const struct sf_scenario *scenario,
                const struct sf_advices *advices)
{
	struct sf_str out = {0};
	if (options->format == SF_FORMAT_JSON) {
		sf_report_advise_json(scenario, advices, &out);
	} else {
		sf_report_advise_table(scenario, advices, sf_cli_table_format(options->format),
		                       &out);
	}
	int status = sf_cli_print(&out);
	sf_str_finish(&out);
	return status;
}

static int advise(const struct sf_advise_options *options, const struct sf_scenario *scenario,
                  struct sf_error *err)
{
	struct sf_arena *arena = sf_arena_create(0);
	struct sf_usage usage;
	struct sf_advices advices;
	int status = -1;
	if (scenario == NULL || scenario->n_workloads == 0) {
		sf_arena_destroy(arena);
		return sf_fail(err, SF_EINVAL,
		               "no pods to advise about: add `kubectl get pods -A -o json`, or "
		               "manifests");
	}
	sf_usage_init(&usage);
	if (read_usage(options, &usage, err) == 0) {
		tell_strangers(scenario, &usage);
		status = sf_advise(scenario, &usage, arena, &advices) == 0
		                 ? show(options, scenario, &advices)
		                 : sf_fail(err, SF_ENOMEM, "no memory left");
	}
	sf_usage_finish(&usage);
	sf_arena_destroy(arena);
	return status;
}

int sf_cmd_advise(int argc, char **argv)
{
	struct sf_advise_options options;
	struct sf_error err = {0};
	struct subject subject = {0};
	int status;
	if (sf_advise_options_parse(argc, argv, &options, &status) < 0) {
		return status;
	}
	struct sf_catalog *catalog = sf_cli_catalog(options.catalog, &err);
	if (catalog == NULL) {
		return sf_cli_fail(&err);
	}
	status = argc - optind == 1
	                 ? read_file(argv[optind], catalog, &subject, &err)
	                 : read_files(argv + optind, argc - optind, catalog, &subject, &err);
	if (status == 0) {
		status = advise(&options,
		                subject.scenario != NULL ? subject.scenario
		                                         : subject.import.scenario,
		                &err);
	}
	finish_subject(&subject);
	sf_catalog_destroy(catalog);
	return status < 0 ? sf_cli_fail(&err) : status;
}
