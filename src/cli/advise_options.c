/* advise_options: what the command line of `slicefit advise` says. */
// SPDX-License-Identifier: Apache-2.0
#include "advise_options.h"

#include <slicefit/duration.h>
#include <slicefit/error.h>

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

static const char head[] =
	"Usage: slicefit advise [OPTION...] FILE...\n"
	"\n"
	"Says for each workload how its GPUs should be served: whole, as the smallest MIG\n"
	"instance that does, or as one of so many replicas, by time-slicing or MPS; on which of\n"
	"the cluster's products, and why (docs/advise.md). FILE is a scenario, or what kubectl\n"
	"prints and manifests; '-' is standard input.\n"
	"\n"
	"Options:\n";

static const char tail[] =
	"\n"
	"Exit status: 0; 2 wrong usage or input; 3 trouble outside (Prometheus).\n"
	"\n"
	"Examples:\n"
	"  slicefit advise scenarios/mixed-cluster.yaml\n"
	"  slicefit advise --usage usage.csv cluster.json\n"
	"  slicefit advise --prometheus http://prometheus:9090 --range 7d --step 5m cluster.json\n";

static SF_CLI_TEXT(set_usage, struct sf_advise_options, usage);
static SF_CLI_TEXT(set_catalog, struct sf_advise_options, catalog);

static int set_prometheus(void *options, const char *value, struct sf_error *err)
{
	((struct sf_advise_options *)options)->prometheus.url = value;
	return strncmp(value, "http://", strlen("http://")) == 0 ||
	                       strncmp(value, "https://", strlen("https://")) == 0
	               ? 0
	               : sf_fail(err, SF_EINVAL,
	                         "--prometheus '%.100s': expected http:// or https://", value);
}

static SF_CLI_TEXT(set_token, struct sf_advise_options, prometheus.token_file);
static SF_CLI_TEXT(set_ca, struct sf_advise_options, prometheus.ca_file);

/* Whole seconds, at least one. */
static int set_seconds(const char *option, const char *value, uint32_t *out, struct sf_error *err)
{
	enum { YEAR_S = 366 * 86400 };
	double seconds;
	if (sf_duration_parse(value, &seconds, NULL) < 0 || seconds < 1 || seconds > YEAR_S) {
		return sf_fail(err, SF_EINVAL, "%s '%.40s': expected a time from 1s to 366d",
		               option, value);
	}
	*out = (uint32_t)seconds;
	return 0;
}

static int set_range(void *options, const char *value, struct sf_error *err)
{
	return set_seconds("--range", value, &((struct sf_advise_options *)options)->range_s, err);
}

static int set_step(void *options, const char *value, struct sf_error *err)
{
	return set_seconds("--step", value, &((struct sf_advise_options *)options)->step_s, err);
}

static int set_end(void *options, const char *value, struct sf_error *err)
{
	struct sf_advise_options *o = options;
	char *end;
	errno = 0;
	o->end_s = strtoll(value, &end, 10);
	o->has_end = true;
	return value[0] >= '0' && value[0] <= '9' && *end == '\0' && errno == 0
	               ? 0
	               : sf_fail(err, SF_EINVAL, "--end '%.40s': expected seconds since 1970",
	                         value);
}

static int set_format(void *options, const char *value, struct sf_error *err)
{
	return sf_cli_format(&((struct sf_advise_options *)options)->format, SF_FORMATS_ALL, value,
	                     err);
}

static const struct sf_cli_row rows[] = {
	{'u', "usage", "CSV",
         "what pods were measured to use: columns pod, namespace,\n"
         "gpu_util_pct, fb_used_mib (docs/advise.md)",
         set_usage},
	{0, "prometheus", "URL",
         "ask this server for DCGM_FI_DEV_GPU_UTIL and\n"
         "DCGM_FI_DEV_FB_USED of all pods",
         set_prometheus},
	{0, "prometheus-token-file", "FILE", "bearer token for it", set_token},
	{0, "prometheus-ca-file", "FILE", "certificates that it is trusted by (PEM)", set_ca},
	{0, "range", "TIME", "how far back; default 1d", set_range},
	{0, "step", "TIME", "between two values of a series; default 1m", set_step},
	{0, "end", "SECONDS", "where the range ends, since 1970; default now", set_end},
	{'c', "catalog", "FILE", "add or override products (docs/catalog.md)", set_catalog},
	{'o', "output", "FORMAT", "table (default), json, csv or markdown", set_format},
	{'q', "quiet", NULL, "results and errors only", NULL},
	{'h', "help", NULL, "this text", NULL},
	{0, NULL, NULL, NULL, NULL},
};

int sf_advise_options_parse(int argc, char **argv, struct sf_advise_options *out, int *status)
{
	enum { DAY_S = 86400, MINUTE_S = 60 };
	*out = (struct sf_advise_options){.range_s = DAY_S, .step_s = MINUTE_S};
	out->format = SF_FORMAT_TABLE;
	static const struct sf_cli_help about = {head, rows, tail};
	if (!sf_cli_begin(argc, argv, &about, out, status)) {
		return -1;
	}
	if (optind == argc) {
		*status = sf_cli_usage(argv[0], "no scenario and no manifests given");
		return -1;
	}
	return 0;
}
