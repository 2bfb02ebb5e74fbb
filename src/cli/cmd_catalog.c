/* cmd_catalog: `slicefit catalog`, the GPUs that the model knows. */
// SPDX-License-Identifier: Apache-2.0
#include "cli.h"

#include <slicefit/catalog.h>
#include <slicefit/catalog_report.h>
#include <slicefit/error.h>
#include <slicefit/mig.h>
#include <slicefit/str.h>

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

static const char help[] =
	"Usage: slicefit catalog [OPTION...] [PRODUCT]\n"
	"\n"
	"Lists the GPU products that slicefit knows. With PRODUCT (a name from the list, or the\n"
	"value of a node's nvidia.com/gpu.product label): its MIG profiles with ids, memory and\n"
	"placements as `nvidia-smi mig -lgip` and `-lgipp` print them, and every layout to which\n"
	"nothing can be added, as bars over the memory units; dots are memory that stays unused.\n"
	"\n"
	"Options:\n"
	"  -a, --all           layouts with every profile: double-memory, +me, -me, +gfx, too\n"
	"  -c, --catalog FILE  add or override products (docs/catalog.md)\n"
	"  -o, --output FORMAT table (default), json, csv or markdown\n"
	"  -h, --help          this text\n"
	"\n"
	"Examples:\n"
	"  slicefit catalog\n"
	"  slicefit catalog A100-40GB\n"
	"  slicefit catalog NVIDIA-H100-80GB-HBM3 --all\n"
	"  slicefit catalog A30 -o json > my.json   # edit, then use it: --catalog my.json\n";

struct options {
	bool all;
	const char *file;
	const char *product;
	enum sf_format format;
};

/* 0, or -1 when the command ends here with *status. */
static int parse(int argc, char **argv, struct options *options, int *status)
{
	static const struct option longs[] = {
		{"all", no_argument, NULL, 'a'},
		{"catalog", required_argument, NULL, 'c'},
		{"output", required_argument, NULL, 'o'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	struct sf_error err;
	int option;
	while ((option = sf_cli_option(argc, argv, "ac:o:h", longs)) != -1) {
		switch (option) {
		case 'a':
			options->all = true;
			break;
		case 'c':
			options->file = optarg;
			break;
		case 'o':
			if (sf_cli_format(&options->format, SF_FORMATS_ALL, optarg, &err) < 0) {
				*status = sf_cli_usage(argv[0], "%s", err.text);
				return -1;
			}
			break;
		case 'h':
			fputs(help, stdout);
			*status = 0;
			return -1;
		default:
			*status = 2;
			return -1;
		}
	}
	if (optind < argc) {
		options->product = argv[optind++];
	}
	if (optind < argc) {
		*status =
			sf_cli_usage(argv[0], "one product at a time, not also '%s'", argv[optind]);
		return -1;
	}
	return 0;
}

static int complain_product(const struct sf_catalog *catalog, const char *command, const char *name)
{
	const char *nearest = sf_catalog_nearest(catalog, name);
	if (nearest != NULL) {
		return sf_cli_usage(command, "unknown product '%s', did you mean %s?", name,
		                    nearest);
	}
	return sf_cli_usage(command, "unknown product '%s', `slicefit catalog` lists them", name);
}

int sf_cmd_catalog(int argc, char **argv)
{
	struct options options = {.format = SF_FORMAT_TABLE};
	struct sf_error err;
	struct sf_str out = {0};
	int status = 0;
	if (parse(argc, argv, &options, &status) < 0) {
		return status;
	}
	struct sf_catalog *catalog = sf_cli_catalog(options.file, &err);
	if (catalog == NULL) {
		return sf_cli_fail(&err);
	}

	const struct sf_product *product = NULL;
	uint32_t mask = 0;
	if (options.product != NULL) {
		product = sf_catalog_find(catalog, options.product);
		if (product == NULL) {
			status = complain_product(catalog, argv[0], options.product);
			goto out;
		}
		mask = options.all ? sf_mig_all_mask(product) : sf_catalog_report_usual(product);
	}
	if (options.format == SF_FORMAT_JSON) {
		sf_catalog_report_json(catalog, product, mask, &out);
	} else if (product == NULL) {
		sf_catalog_report_list(catalog, sf_cli_table_format(options.format), &out);
	} else {
		bool fancy = options.format == SF_FORMAT_TABLE && sf_cli_colour();
		sf_catalog_report_product(product, mask, sf_cli_table_format(options.format), fancy,
		                          &out);
	}
	status = sf_cli_print(&out);
out:
	sf_str_finish(&out);
	sf_catalog_destroy(catalog);
	return status;
}
