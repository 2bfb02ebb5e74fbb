/* cmd_import: `slicefit import`, Kubernetes objects as a scenario. */
// SPDX-License-Identifier: Apache-2.0
#include "cli.h"
#include "import_seat.h"

#include <slicefit/arena.h>
#include <slicefit/catalog.h>
#include <slicefit/error.h>
#include <slicefit/file.h>
#include <slicefit/import.h>
#include <slicefit/kube_config.h>
#include <slicefit/kube_fetch.h>
#include <slicefit/scenario_yaml.h>
#include <slicefit/str.h>

#include <getopt.h>
#include <stdio.h>
#include <string.h>

static const char help[] =
	"Usage: slicefit import [OPTION...] FILE...\n"
	"       slicefit import [OPTION...] --kubeconfig FILE\n"
	"       slicefit import [OPTION...] NODES.csv PODS.csv\n"
	"\n"
	"Makes one scenario (docs/scenario-format.md) of Kubernetes objects: what kubectl prints,\n"
	"manifests, or both, as YAML or JSON. '-' reads standard input. Pods that run stay where\n"
	"they are, pods that wait are to be placed; the scenario can be replayed and planned at\n"
	"once. What was read and what was left out, and why, goes to standard error.\n"
	"\n"
	"Beside files of Kubernetes objects it takes a running cluster (--kubeconfig), snapshots\n"
	"of KAI Scheduler (zip), exports of kube-scheduler-simulator, and the node and pod lists\n"
	"of the public trace openb.\n"
	"\n"
	"Options:\n";

static const char help_end[] =
	"\n"
	"Exit status: 0; 2 wrong usage or input; 3 trouble outside. Documents that cannot be read\n"
	"are named and left out; nothing that can be read is exit status 2.\n"
	"\n"
	"Examples:\n"
	"  kubectl get nodes,pods -A -o json | slicefit import - > cluster.yaml\n"
	"  slicefit import -o cluster.yaml nodes.json deployments.yaml\n"
	"  slicefit import dump.json | slicefit replay -p kube-default,best-fit -\n"
	"  slicefit import dump.json | slicefit plan -\n"
	"  slicefit import --kubeconfig ~/.kube/config --anonymize --salt \"$SECRET\"\n";

struct options {
	const char *output;
	const char *catalog;
	const char *salt;
	const char *kubeconfig, *context;
	bool anonymize;
	struct sf_import_options import;
};

static int set_output(void *ctx, const char *value, struct sf_error *err)
{
	struct options *options = ctx;
	return sf_cli_output("--output", value, &options->output, err);
}

static SF_CLI_TEXT(set_catalog, struct options, catalog);

static int set_name(void *ctx, const char *value, struct sf_error *err)
{
	struct options *options = ctx;
	if (*value == '\0' || strlen(value) > 128) {
		return sf_fail(err, SF_EINVAL, "--name takes 1 to 128 characters");
	}
	options->import.name = value;
	return 0;
}

static SF_CLI_FLAG(set_preemption, struct options, import.preemption);
static SF_CLI_FLAG(set_anonymize, struct options, anonymize);

static int set_salt(void *ctx, const char *value, struct sf_error *err)
{
	struct options *options = ctx;
	options->salt = value;
	return *value != '\0' ? 0 : sf_fail(err, SF_EINVAL, "--salt takes a text");
}

static SF_CLI_TEXT(set_kubeconfig, struct options, kubeconfig);
static SF_CLI_TEXT(set_context, struct options, context);

static const struct sf_cli_row rows[] = {
	{0, "kubeconfig", "FILE", "list the objects of this cluster, beside those of files",
         set_kubeconfig},
	{0, "context", "NAME", "of the kubeconfig; default its current one", set_context},
	{'o', "output", "FILE", "write the scenario there, not to standard output", set_output},
	{'n', "name", "NAME", "name of the scenario (default: imported)", set_name},
	{0, "preemption", NULL,
         "pods preempt those of lower priority, as in the cluster;\n"
         "without it whatever runs stays",
         set_preemption},
	{'a', "anonymize", NULL,
         "hashes for the names of nodes, namespaces, workloads, pods and\n"
         "groups, and for labels and taints that are not those of NVIDIA\n"
         "or Kubernetes",
         set_anonymize},
	{0, "salt", "TEXT",
         "what the hashes depend on; keep it secret, or names can be\n"
         "found by trying",
         set_salt},
	{'c', "catalog", "FILE", "add or override GPU products (docs/catalog.md)", set_catalog},
	{'q', "quiet", NULL, "errors only", NULL},
	{'h', "help", NULL, "this text", NULL},
	{0, NULL, NULL, NULL, NULL},
};

static void tell_faults(const struct sf_manifests *in)
{
	for (size_t i = 0; i < in->n_faults; i++) {
		const struct sf_manifest_fault *fault = &in->fault[i];
		fprintf(stderr, "slicefit: %s:%u:%u: %s; this document is left out\n", fault->file,
		        fault->line, fault->column, fault->text);
	}
}

static int write_scenario(const struct sf_import *import, const struct options *options)
{
	struct sf_error err;
	struct sf_str text = {0};
	const char *salt = options->salt != NULL ? options->salt : "";
	int status;
	if (options->anonymize && sf_import_anonymize(import->scenario, salt, &err) != 0) {
		return sf_cli_fail(&err);
	}
	if (sf_scenario_write(import->scenario, true, &text, &err) != 0) {
		status = sf_cli_fail(&err);
	} else if (options->output == NULL) {
		status = sf_cli_print(&text);
	} else if (sf_file_write(options->output, sf_str_get(&text), text.len, &err) != 0) {
		status = sf_cli_fail(&err);
	} else {
		status = 0;
	}
	sf_str_finish(&text);
	return status;
}

/* The lists of the public trace, whose names end in .csv; NULL: objects. */
static int make(const struct sf_manifests *in, char **csv, const struct sf_catalog *catalog,
                const struct options *options, struct sf_import *out, struct sf_error *err)
{
	return csv != NULL ? sf_import_openb(csv[0], csv[1], catalog, &options->import, out, err)
	                   : sf_import(in, catalog, &options->import, out, err);
}

static int convert(const struct sf_manifests *in, char **csv, const struct options *options)
{
	struct sf_error err;
	struct sf_import import = {0};
	struct sf_str summary = {0};
	struct sf_catalog *catalog = sf_cli_catalog(options->catalog, &err);
	if (catalog == NULL) {
		return sf_cli_fail(&err);
	}
	int rc = make(in, csv, catalog, options, &import, &err);
	sf_import_summary(&import, &summary);
	rc = rc == 0 ? sf_import_seat(import.scenario, &summary, &err) : rc;
	if (sf_cli_verbosity >= 0) {
		fputs(sf_str_get(&summary), stderr);
	}
	int status = rc == 0 ? write_scenario(&import, options) : sf_cli_fail(&err);
	sf_str_finish(&summary);
	sf_import_finish(&import);
	sf_catalog_destroy(catalog);
	return status;
}

/* The objects of a running cluster. */
static int fetch(const struct options *options, struct sf_manifests *in, struct sf_error *err)
{
	struct sf_arena *arena = sf_arena_create(0);
	struct sf_kube_config config;
	struct sf_str missing = {0};
	int rc = sf_kube_config_read(options->kubeconfig, options->context, arena, &config, err);
	rc = rc == 0 ? sf_kube_fetch(&config, in, &missing, err) : rc;
	if (sf_cli_verbosity >= 0) {
		fputs(sf_str_get(&missing), stderr);
	}
	sf_str_finish(&missing);
	sf_arena_destroy(arena);
	return rc;
}

static bool is_csv(const char *path)
{
	size_t len = strlen(path);
	return len > 4 && strcmp(path + len - 4, ".csv") == 0;
}

static int run(const struct options *options, size_t n, char **path)
{
	struct sf_manifests in;
	struct sf_error err;
	bool csv = n == 2 && is_csv(path[0]) && is_csv(path[1]);
	int rc = 0;
	sf_manifests_init(&in);
	if (options->kubeconfig != NULL) {
		rc = fetch(options, &in, &err);
	}
	for (size_t i = 0; i < n && rc == 0 && !csv; i++) {
		rc = sf_manifests_read(&in, path[i], &err);
	}
	tell_faults(&in);
	int status = rc == 0 ? convert(&in, csv ? path : NULL, options) : sf_cli_fail(&err);
	sf_manifests_finish(&in);
	return status;
}

int sf_cmd_import(int argc, char **argv)
{
	struct options options = {0};
	static const struct sf_cli_help about = {help, rows, help_end};
	int status;
	if (!sf_cli_begin(argc, argv, &about, &options, &status)) {
		return status;
	}
	if (options.salt != NULL && !options.anonymize) {
		return sf_cli_usage(argv[0], "--salt goes with --anonymize");
	}
	if (optind == argc && options.kubeconfig == NULL) {
		return sf_cli_usage(argv[0],
		                    "no file and no --kubeconfig given; '-' is standard input");
	}
	return run(&options, (size_t)(argc - optind), argv + optind);
}
