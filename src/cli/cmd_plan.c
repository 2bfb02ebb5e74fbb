/* cmd_plan: `slicefit plan`, the layout of every node for a scenario's demand. */
// SPDX-License-Identifier: Apache-2.0
#include "cli.h"
#include "plan_results.h"

#include <slicefit/alloc.h>
#include <slicefit/catalog.h>
#include <slicefit/demand_file.h>
#include <slicefit/error.h>
#include <slicefit/scenario_yaml.h>
#include <slicefit/str.h>

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
	"Usage: slicefit plan [OPTION...] SCENARIO.yaml\n"
	"\n"
	"Finds for every node which GPUs to leave whole, which to cut into which MIG instances,\n"
	"and which to share by how many replicas, so that most pods of the scenario are served,\n"
	"strictly by priority; then with the least drain cost of pods that run now, the fewest\n"
	"rebuilt GPUs and the fewest in use.\n"
	"Says how good that is: a bound that no plan can beat. Then replays the demand on the\n"
	"nodes before and after (docs/plan.md). '-' reads the scenario from standard input.\n"
	"\n"
	"Options:\n"
	"  -o, --output FORMAT     table (default), json or markdown\n"
	"      --emit DIR          write the plan as files for the GPU Operator: mig-parted and\n"
	"                          device-plugin configurations, node labels, the roll-out in\n"
	"                          waves (docs/rollout.md); and the scenario with the planned\n"
	"                          nodes, for slicefit replay\n"
	"      --max-unavailable [POOL=]N\n"
	"                          nodes of each pool, and of all, that the roll-out takes out of\n"
	"                          service at once: a number or a share (default 25%); with POOL=\n"
	"                          of that pool. May be given several times\n"
	"      --demand WHAT       peak: what is wanted at once at the busiest instant (default\n"
	"                          where the scenario has arrivals or durations); all: all pods;\n"
	"                          p95: what is enough for so much of the time; window=9h..17h:\n"
	"                          the peak between two times; forecast=7d[,growth=1.1]: the peak\n"
	"                          of the time to come; or a file, CSV or YAML, with kinds and\n"
	"                          counts (docs/demand.md)\n"
	"      --node-limit N      most branch-and-bound nodes per solve (default 4000)\n"
	"      --time-limit S      stop after S seconds with the best plan found (default 60)\n"
	"      --fail-on-unserved  exit with 1 when a pod is not served\n"
	"      --what-if           plan again with one node of each pool fewer, more or down, and\n"
	"                          with 10 % and 25 % more demand\n"
	"      --verify            replay the scenario, with its times, before and after\n"
	"      --no-verify         do not replay all pods at once, either\n"
	"  -c, --catalog FILE      add or override products (docs/catalog.md)\n"
	"  -q, --quiet             results and errors only\n"
	"  -h, --help              this text\n"
	"\n"
	"Exit status: 0, also when a limit left the plan unproven; 1 with --fail-on-unserved; 2\n"
	"wrong usage or input; 3 trouble outside.\n"
	"\n"
	"Examples:\n"
	"  slicefit plan scenarios/mixed-cluster.yaml\n"
	"  slicefit plan --emit out -o json scenarios/mixed-cluster.yaml\n"
	"  slicefit plan --demand p95 scenarios/research-week.yaml\n"
	"  slicefit plan --verify --what-if scenarios/mixed-cluster.yaml\n";

struct options {
	const char *catalog;
	const char *demand; /* a file, or NULL */
	enum sf_format format;
	bool fail_on_unserved;
	struct sf_plan_wishes wishes;
	size_t cap_pools;
	struct sf_pool_share *pool; /* of wishes.rollout */
};

static int parse_format(const char *text, struct options *options, const char *command)
{
	struct sf_error err;
	const int taken = SF_FORMATS_ALL & ~(1 << SF_FORMAT_CSV);
	return sf_cli_format(&options->format, taken, text, &err) == 0
	               ? 0
	               : sf_cli_usage(command, "%s", err.text);
}

/* A word, or what looks like a file. */
static int parse_demand(const char *text, struct options *options, const char *command)
{
	struct sf_error err;
	int rc = sf_demand_spec_parse(text, &options->wishes.plan.demand, &err);

	if (rc < 0) {
		return sf_cli_usage(command, "%s", err.text);
	}
	options->demand = rc ? text : NULL;
	if (rc && !strpbrk(text, "./")) {
		return sf_cli_usage(command,
		                    "demand '%s': not one of peak, all, p95, window=START..END, "
		                    "forecast=TIME, nor a file such as demand.csv",
		                    text);
	}
	return 0;
}

static int parse_nodes(const char *text, struct options *options, const char *command)
{
	char *end;
	errno = 0;
	unsigned long value = strtoul(text, &end, 10);

	if (text[0] < '0' || text[0] > '9' || *end || errno || value < 1 || value > 100000000) {
		return sf_cli_usage(command, "node limit '%s': expected 1 to 100000000", text);
	}
	options->wishes.plan.node_limit = (uint32_t)value;
	return 0;
}

static int parse_seconds(const char *text, struct options *options, const char *command)
{
	char *end;
	double value = strtod(text, &end);

	if (end == text || *end || !(value > 0) || !(value <= 86400)) {
		return sf_cli_usage(command, "time limit '%s': expected seconds up to 86400", text);
	}
	options->wishes.plan.time_limit_s = value;
	return 0;
}

/* "25%", or "POOL=2". The text is the command line's own, and lasts. */
static int parse_unavailable(char *text, struct options *options, const char *command)
{
	struct sf_rollout_options *rollout = &options->wishes.rollout;
	struct sf_share_of share;
	struct sf_error err;
	char *equals = strrchr(text, '=');

	if (sf_share_parse(equals ? equals + 1 : text, &share, &err)) {
		return sf_cli_usage(command, "--max-unavailable %s", err.text);
	}
	if (!equals) {
		rollout->max_unavailable = share;
		return 0;
	}
	*equals = '\0';
	options->pool = sf_xgrow(options->pool, &options->cap_pools, rollout->n_pools + 1,
	                         sizeof *options->pool);
	options->pool[rollout->n_pools++] = (struct sf_pool_share){text, share};
	rollout->pool = options->pool;
	return 0;
}

enum {
	OPT_EMIT = 256,
	OPT_DEMAND,
	OPT_NODES,
	OPT_TIME,
	OPT_FAIL,
	OPT_NO_VERIFY,
	OPT_UNAVAILABLE,
	OPT_VERIFY,
	OPT_WHAT_IF
};

static int take_option(int option, struct options *options, const char *command)
{
	switch (option) {
	case 'o':
		return parse_format(optarg, options, command);
	case 'c':
		options->catalog = optarg;
		return 0;
	case OPT_EMIT:
		options->wishes.emit = optarg;
		return 0;
	case OPT_DEMAND:
		return parse_demand(optarg, options, command);
	case OPT_NODES:
		return parse_nodes(optarg, options, command);
	case OPT_TIME:
		return parse_seconds(optarg, options, command);
	case OPT_FAIL:
		options->fail_on_unserved = true;
		return 0;
	case OPT_UNAVAILABLE:
		return parse_unavailable(optarg, options, command);
	case OPT_VERIFY:
		options->wishes.verify = true;
		return 0;
	case OPT_WHAT_IF:
		options->wishes.what_if = true;
		return 0;
	case OPT_NO_VERIFY:
		options->wishes.no_verify = true;
		return 0;
	default:
		return 2;
	}
}

/* 0, or -1 when the command ends here with *status. */
static int parse(int argc, char **argv, struct options *options, int *status)
{
	static const struct option longs[] = {
		{"output", required_argument, NULL, 'o'},
		{"catalog", required_argument, NULL, 'c'},
		{"help", no_argument, NULL, 'h'},
		{"emit", required_argument, NULL, OPT_EMIT},
		{"demand", required_argument, NULL, OPT_DEMAND},
		{"node-limit", required_argument, NULL, OPT_NODES},
		{"time-limit", required_argument, NULL, OPT_TIME},
		{"fail-on-unserved", no_argument, NULL, OPT_FAIL},
		{"max-unavailable", required_argument, NULL, OPT_UNAVAILABLE},
		{"verify", no_argument, NULL, OPT_VERIFY},
		{"what-if", no_argument, NULL, OPT_WHAT_IF},
		{"no-verify", no_argument, NULL, OPT_NO_VERIFY},
		{NULL, 0, NULL, 0},
	};
	int option;

	*status = 0;
	while (*status == 0 && (option = sf_cli_option(argc, argv, "o:c:h", longs)) != -1) {
		if (option == 'h') {
			fputs(help, stdout);
			return -1;
		}
		*status = take_option(option, options, argv[0]);
	}
	if (*status == 0 && optind + 1 != argc) {
		*status = sf_cli_usage(argv[0], optind == argc ? "no scenario given"
		                                               : "one scenario at a time");
	}
	return *status == 0 ? 0 : -1;
}

static int print_report(const struct sf_plan_report *report, enum sf_format format)
{
	struct sf_str out = {0};
	int status;

	switch (format) {
	case SF_FORMAT_JSON:
		sf_plan_report_json(report, &out);
		break;
	case SF_FORMAT_MARKDOWN:
		sf_plan_report_markdown(report, &out);
		break;
	case SF_FORMAT_TABLE:
	case SF_FORMAT_CSV:
		sf_plan_report_text(report, &out);
		break;
	}
	status = sf_cli_print(&out);
	sf_str_finish(&out);
	return status;
}

/* Verifies, writes and prints a plan; the exit status, or -1 and err. */
static int show(const struct sf_scenario *scenario, const struct sf_plan *plan,
                const struct options *options, struct sf_error *err)
{
	struct sf_plan_results results;
	struct sf_plan_report report = {.scenario = scenario, .plan = plan};
	uint32_t unserved = sf_plan_report_unserved(plan);
	int status = sf_plan_results_init(&results, &options->wishes, &report, err);

	if (status == 0) {
		status = print_report(&report, options->format);
	}
	sf_plan_results_finish(&results);
	if (status == 0 && unserved && options->fail_on_unserved) {
		fprintf(stderr, "slicefit plan: %u pods are not served\n", unserved);
		return sf_code_exit(SF_EUNMET);
	}
	return status;
}

/* The scenario, with the demand of a file if one is given. */
static struct sf_scenario *load(const char *path, const struct sf_catalog *catalog,
                                const struct options *options, struct sf_error *err)
{
	struct sf_scenario *scenario;

	if (!options->demand) {
		return sf_scenario_load(path, catalog, err);
	}
	scenario = sf_scenario_load_nodes(path, catalog, err);
	if (scenario && sf_demand_load(scenario, options->demand, err)) {
		sf_scenario_destroy(scenario);
		return NULL;
	}
	return scenario;
}

static int run(const char *path, const struct sf_catalog *catalog, const struct options *options,
               struct sf_error *err)
{
	struct sf_scenario *scenario = load(path, catalog, options, err);
	struct sf_plan *plan = NULL;
	int status = -1;

	if (scenario) {
		plan = sf_plan_create(scenario, &options->wishes.plan, err);
		if (!plan) {
			sf_wrap(err, "%s", scenario->path);
		}
	}
	if (plan) {
		status = show(scenario, plan, options, err);
	}
	sf_plan_destroy(plan);
	sf_scenario_destroy(scenario);
	return status;
}

/* With the options, which are whole; the exit status. */
static int go(const char *path, const struct options *options)
{
	struct sf_error err = {0};
	struct sf_catalog *catalog;
	int status;

	if (!sf_plan_available()) {
		sf_fail(&err, SF_EINVAL,
		        "plan: this slicefit was built without the planner "
		        "(configure with -DSF_PLAN=ON)");
		return sf_cli_fail(&err);
	}
	catalog = sf_cli_catalog(options->catalog, &err);
	if (!catalog) {
		return sf_cli_fail(&err);
	}
	status = run(path, catalog, options, &err);
	sf_catalog_destroy(catalog);
	return status < 0 ? sf_cli_fail(&err) : status;
}

int sf_cmd_plan(int argc, char **argv)
{
	struct options options = {.format = SF_FORMAT_TABLE};
	int status;

	if (parse(argc, argv, &options, &status) == 0) {
		status = go(argv[optind], &options);
	}
	free(options.pool);
	return status;
}
