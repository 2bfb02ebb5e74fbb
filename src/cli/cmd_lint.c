/* cmd_lint: `slicefit lint`, what will not work in GPU configurations, before it reaches a node. */
// SPDX-License-Identifier: Apache-2.0
#include "cli.h"

#include "lint_files.h"

#include <slicefit/catalog.h>
#include <slicefit/error.h>
#include <slicefit/lint.h>
#include <slicefit/nearest.h>
#include <slicefit/report_lint.h>
#include <slicefit/str.h>

#include <getopt.h>
#include <stdio.h>
#include <string.h>

static const char help[] =
	"Usage: slicefit lint [OPTION...] FILE...\n"
	"\n"
	"Finds what will not work in MIG, time-slicing and MPS configurations and in the pods\n"
	"that ask for their devices (docs/lint.md). Reads mig-parted and device-plugin files,\n"
	"Helm values, Kubernetes objects (YAML, JSON, kubectl dumps), the examples in Markdown\n"
	"and reStructuredText, and nvidia-smi, kubectl and helm commands in scripts. Files are\n"
	"judged together; a directory stands for the files in it, - for standard input.\n"
	"\n"
	"Options:\n";

static const char help_end[] =
	"\n"
	"Exit status: 0; 1 when something was found (see --fail-on); 2 wrong usage or input;\n"
	"3 trouble outside.\n"
	"\n"
	"Examples:\n"
	"  slicefit lint values.yaml mig-config.yaml pods/\n"
	"  slicefit lint --product H200-141GB README.md\n"
	"  kubectl get nodes,pods,configmaps -A -o json | slicefit lint -\n"
	"  slicefit lint -o sarif deploy/ > slicefit.sarif\n"
	"  slicefit lint --explain SF101\n";

enum output { OUTPUT_TEXT, OUTPUT_JSON, OUTPUT_SARIF, OUTPUT_GITHUB };

enum { PRODUCTS_MAX = 32, DISABLED_MAX = 128 };

struct options {
	const char *catalog;
	const char *product[PRODUCTS_MAX];
	size_t n_products;
	const struct sf_lint_rule *disabled[DISABLED_MAX];
	size_t n_disabled;
	const struct sf_lint_rule *explained;
	enum output output;
	int fail_on; /* enum sf_lint_severity; SF_LINT_ERROR + 1: never */
	bool list;
};

static SF_CLI_TEXT(set_catalog, struct options, catalog);

static int set_product(void *ctx, const char *value, struct sf_error *err)
{
	struct options *options = ctx;
	if (options->n_products == PRODUCTS_MAX) {
		return sf_fail(err, SF_EINVAL, "more than %d products", PRODUCTS_MAX);
	}
	options->product[options->n_products++] = value;
	return 0;
}

static const struct sf_lint_rule *find_rule(const char *value, struct sf_error *err)
{
	const struct sf_lint_rule *rule = sf_lint_rule_find(value);
	if (rule == NULL) {
		sf_fail(err, SF_EINVAL, "unknown code '%s', `slicefit lint --list` shows all",
		        value);
	}
	return rule;
}

static int set_disabled(void *ctx, const char *value, struct sf_error *err)
{
	struct options *options = ctx;
	char code[16];
	while (*value != '\0') {
		size_t n = strcspn(value, ",");
		snprintf(code, sizeof(code), "%.*s", (int)n, value);
		const struct sf_lint_rule *rule = find_rule(code, err);
		if (rule == NULL) {
			return -1;
		}
		if (options->n_disabled < DISABLED_MAX) {
			options->disabled[options->n_disabled++] = rule;
		}
		value += n + (value[n] == ',');
	}
	return 0;
}

/* The position of a word in a list, or -1 and err. */
static int word_of(const char *what, const char *value, const char *const *words,
                   struct sf_error *err)
{
	for (int i = 0; words[i] != NULL; i++) {
		if (strcmp(words[i], value) == 0) {
			return i;
		}
	}
	const char *near = sf_nearest_find(value, words);
	return sf_fail(err, SF_EINVAL, "unknown %s '%s', did you mean %s?", what, value,
	               near != NULL ? near : words[0]);
}

static int set_output(void *ctx, const char *value, struct sf_error *err)
{
	static const char *const words[] = {"text", "json", "sarif", "github", NULL};
	struct options *options = ctx;
	int i = word_of("output format", value, words, err);
	options->output = i < 0 ? OUTPUT_TEXT : (enum output)i;
	return i < 0 ? -1 : 0;
}

static int set_fail_on(void *ctx, const char *value, struct sf_error *err)
{
	static const char *const words[] = {"note", "warning", "error", "never", NULL};
	struct options *options = ctx;
	options->fail_on = word_of("severity", value, words, err);
	return options->fail_on < 0 ? -1 : 0;
}

static int set_explained(void *ctx, const char *value, struct sf_error *err)
{
	struct options *options = ctx;
	options->explained = find_rule(value, err);
	return options->explained == NULL ? -1 : 0;
}

static SF_CLI_FLAG(set_list, struct options, list);

static const struct sf_cli_row rows[] = {
	{'p', "product", "NAME",
         "GPUs that everything is meant for, where a file does not say\n"
         "so: H200, A100-80GB, a gpu.product label; several times for\n"
         "several",
         set_product},
	{'o', "output", "FORMAT", "text (default), json, sarif or github", set_output},
	{0, "fail-on", "SEVERITY", "exit 1 from error (default), warning or note on; or never",
         set_fail_on},
	{'d', "disable", "CODES", "leave these out: SF106,SF306", set_disabled},
	{0, "explain", "CODE", "what a code means, and its source", set_explained},
	{0, "list", NULL, "all codes, as a Markdown table", set_list},
	{'c', "catalog", "FILE", "add or override products (docs/catalog.md)", set_catalog},
	{'q', "quiet", NULL, "results and errors only", NULL},
	{'v', "verbose", NULL, "more about what is done, on standard error", NULL},
	{'h', "help", NULL, "this text", NULL},
	{0, NULL, NULL, NULL, NULL},
};

static int add_products(struct sf_lint *lint, const struct sf_catalog *catalog,
                        const struct options *options, struct sf_error *err)
{
	for (size_t i = 0; i < options->n_products; i++) {
		const char *name = options->product[i];
		if (sf_lint_product_named(lint, name) > 0) {
			continue;
		}
		const char *near = sf_catalog_nearest(catalog, name);
		if (near != NULL) {
			return sf_fail(err, SF_EINVAL, "unknown product '%s', did you mean %s?",
			               name, near);
		}
		return sf_fail(err, SF_EINVAL,
		               "unknown product '%s', `slicefit catalog` lists them", name);
	}
	return 0;
}

static void report(const struct sf_lint *lint, enum output output, struct sf_str *out)
{
	switch (output) {
	case OUTPUT_TEXT:
		sf_lint_report_text(lint, sf_cli_colour(), out);
		break;
	case OUTPUT_JSON:
		sf_lint_report_json(lint, out);
		break;
	case OUTPUT_SARIF:
		sf_lint_report_sarif(lint, SF_VERSION, out);
		break;
	case OUTPUT_GITHUB:
		sf_lint_report_github(lint, out);
		break;
	}
}

/* 1 when there is something as bad as --fail-on says. */
static int verdict(const struct sf_lint *lint, int fail_on)
{
	for (int severity = fail_on; severity <= SF_LINT_ERROR; severity++) {
		if (sf_lint_count_of(lint, (enum sf_lint_severity)severity) > 0) {
			return 1;
		}
	}
	return 0;
}

static int lint_files(char **file, int n, const struct options *options,
                      const struct sf_catalog *catalog)
{
	struct sf_error err;
	struct sf_str out = {0};
	struct sf_lint *lint = sf_lint_create(catalog);
	int status = 0;
	int rc = add_products(lint, catalog, options, &err);
	for (size_t i = 0; i < options->n_disabled; i++) {
		sf_lint_disable(lint, options->disabled[i]);
	}
	for (int i = 0; i < n && rc == 0; i++) {
		rc = sf_lint_files_add(lint, file[i], &err);
	}
	if (rc == 0) {
		sf_lint_run(lint);
		report(lint, options->output, &out);
		status = sf_cli_print(&out);
		status = status == 0 ? verdict(lint, options->fail_on) : status;
	} else {
		status = sf_cli_fail(&err);
	}
	sf_str_finish(&out);
	sf_lint_destroy(lint);
	return status;
}

/* --list and --explain. */
static int show(const struct options *options)
{
	struct sf_str out = {0};
	if (options->list) {
		sf_lint_report_rules(&out);
	} else {
		sf_lint_report_rule(options->explained, &out);
	}
	int status = sf_cli_print(&out);
	sf_str_finish(&out);
	return status;
}

int sf_cmd_lint(int argc, char **argv)
{
	struct options options = {.fail_on = SF_LINT_ERROR};
	struct sf_error err;
	static const struct sf_cli_help about = {help, rows, help_end};
	int status;
	if (!sf_cli_begin(argc, argv, &about, &options, &status)) {
		return status;
	}
	if (options.list || options.explained != NULL) {
		return show(&options);
	}
	if (optind == argc) {
		return sf_cli_usage(argv[0], "which files?");
	}
	struct sf_catalog *catalog = sf_cli_catalog(options.catalog, &err);
	if (catalog == NULL) {
		return sf_cli_fail(&err);
	}
	status = lint_files(argv + optind, argc - optind, &options, catalog);
	sf_catalog_destroy(catalog);
	return status;
}
