/* cli: what the commands share: options, output formats, errors for people. */
// SPDX-License-Identifier: Apache-2.0
#include "cli.h"

#include <slicefit/catalog.h>
#include <slicefit/catalog_yaml.h>
#include <slicefit/error.h>
#include <slicefit/nearest.h>
#include <slicefit/str.h>

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int sf_cli_verbosity;

static const char *const formats[] = {
	[SF_FORMAT_TABLE] = "table",
	[SF_FORMAT_JSON] = "json",
	[SF_FORMAT_CSV] = "csv",
	[SF_FORMAT_MARKDOWN] = "markdown",
	NULL,
};

int sf_cli_format(enum sf_format *to, int taken, const char *name, struct sf_error *err)
{
	char known[64] = "";
	for (int i = 0; formats[i] != NULL; i++) {
		size_t len = strlen(known);
		if ((taken & 1 << i) == 0) {
			continue;
		}
		if (strcmp(formats[i], name) == 0) {
			*to = (enum sf_format)i;
			return 0;
		}
		snprintf(known + len, sizeof(known) - len, "%s%s", len > 0 ? ", " : "", formats[i]);
	}
	return sf_fail(err, SF_EINVAL, "output format '%s': not one of %s", name, known);
}

enum sf_table_format sf_cli_table_format(enum sf_format format)
{
	switch (format) {
	case SF_FORMAT_CSV:
		return SF_TABLE_CSV;
	case SF_FORMAT_MARKDOWN:
		return SF_TABLE_MARKDOWN;
	case SF_FORMAT_TABLE:
	case SF_FORMAT_JSON:
		break;
	}
	return SF_TABLE_TEXT;
}

int sf_cli_fail(const struct sf_error *err)
{
	fprintf(stderr, "slicefit: %s\n", err->text);
	return sf_code_exit(err->code);
}

int sf_cli_usage(const char *command, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	fprintf(stderr, "slicefit %s: ", command);
	vfprintf(stderr, fmt, args);
	fprintf(stderr, " (see slicefit %s --help)\n", command);
	va_end(args);
	return sf_code_exit(SF_EINVAL);
}

/* The long option nearest to the mistyped `word` ("--jsno=x"), or NULL. */
static const char *nearest_option(const char *word, const struct option *longs)
{
	char name[SF_NEAREST_LEN_MAX + 1];
	const char *best = NULL;
	snprintf(name, sizeof(name), "%s", word + strspn(word, "-"));
	name[strcspn(name, "=")] = '\0';
	for (const struct option *o = longs; o->name != NULL; o++) {
		if (sf_nearest_close(name, o->name) &&
		    (best == NULL ||
		     sf_nearest_distance(name, o->name) < sf_nearest_distance(name, best))) {
			best = o->name;
		}
	}
	return best;
}

/* getopt leaves the code of a known option in optopt only when it got a value it does not take. */
static bool takes_no_value(const struct option *longs)
{
	for (const struct option *o = longs; o->name != NULL; o++) {
		if (optopt != 0 && o->val == optopt) {
			return true;
		}
	}
	return false;
}

static void complain_option(const char *command, const char *word, const struct option *longs)
{
	if (takes_no_value(longs)) {
		sf_cli_usage(command, "option %.*s takes no value", (int)strcspn(word, "="), word);
		return;
	}
	if (optopt != 0) {
		sf_cli_usage(command, "unknown option -%c", optopt);
		return;
	}
	const char *near = nearest_option(word, longs);
	if (near != NULL) {
		sf_cli_usage(command, "unknown option %s, did you mean --%s?", word, near);
	} else {
		sf_cli_usage(command, "unknown option %s", word);
	}
}

int sf_cli_option(int argc, char **argv, const char *shorts, const struct option *longs)
{
	char quiet[64];
	snprintf(quiet, sizeof(quiet), ":%s", shorts);
	opterr = 0;
	optopt = 0;
	int option = getopt_long(argc, argv, quiet, longs, NULL);
	if (option != ':' && option != '?') {
		return option;
	}
	if (option == ':') {
		sf_cli_usage(argv[0], "option %s needs a value", argv[optind - 1]);
	} else {
		complain_option(argv[0], argv[optind - 1], longs);
	}
	return '?';
}

int sf_cli_print(const struct sf_str *out)
{
	if (fwrite(sf_str_get(out), 1, out->len, stdout) == out->len && fflush(stdout) == 0) {
		return 0;
	}
	struct sf_error err;
	sf_fail(&err, SF_EIO, "standard output: %s", strerror(errno));
	return sf_cli_fail(&err);
}

static bool terminal_may(int fd)
{
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");
	return isatty(fd) && (no_color == NULL || *no_color == '\0') &&
	       (term == NULL || strcmp(term, "dumb") != 0);
}

bool sf_cli_colour(void)
{
	return terminal_may(STDOUT_FILENO);
}

bool sf_cli_progress(void)
{
	return sf_cli_verbosity >= 0 && isatty(STDERR_FILENO);
}

struct sf_catalog *sf_cli_catalog(const char *path, struct sf_error *err)
{
	struct sf_catalog *catalog = sf_catalog_create();
	if (path != NULL && sf_catalog_yaml_load(catalog, path, err) < 0) {
		sf_catalog_destroy(catalog);
		return NULL;
	}
	return catalog;
}
