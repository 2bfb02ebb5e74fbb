/* cli_rows: options of a command as a table, for the parser and for --help. */
// SPDX-License-Identifier: Apache-2.0
#include "cli.h"

#include <slicefit/error.h>

#include <assert.h>
#include <getopt.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Options without a letter are known to getopt by FIRST_LONG + index. */
enum { FIRST_LONG = 256, ROWS_MAX = 48 };

static size_t count_rows(const struct sf_cli_row *rows)
{
	size_t n = 0;
	while (rows[n].name) {
		n++;
	}
	assert(n < ROWS_MAX);
	return n;
}

static int row_value(const struct sf_cli_row *rows, size_t i)
{
	return rows[i].letter ? (unsigned char)rows[i].letter : FIRST_LONG + (int)i;
}

/* What getopt_long wants to know of the rows. */
static void describe(const struct sf_cli_row *rows, size_t n, struct option longs[ROWS_MAX],
                     char shorts[2 * ROWS_MAX])
{
	char *end = shorts;
	for (size_t i = 0; i < n; i++) {
		longs[i] = (struct option){rows[i].name,
		                           rows[i].value ? required_argument : no_argument, NULL,
		                           row_value(rows, i)};
		if (rows[i].letter) {
			*end++ = rows[i].letter;
		}
		if (rows[i].letter && rows[i].value) {
			*end++ = ':';
		}
	}
	longs[n] = (struct option){0};
	*end = '\0';
}

static const struct sf_cli_row *find_row(const struct sf_cli_row *rows, size_t n, int value)
{
	for (size_t i = 0; i < n; i++) {
		if (row_value(rows, i) == value) {
			return &rows[i];
		}
	}
	return NULL;
}

int sf_cli_parse(int argc, char **argv, const struct sf_cli_row *rows, void *options)
{
	struct option longs[ROWS_MAX];
	char shorts[2 * ROWS_MAX];
	size_t n = count_rows(rows);
	int option;
	describe(rows, n, longs, shorts);
	while ((option = sf_cli_option(argc, argv, shorts, longs)) != -1) {
		const struct sf_cli_row *row = find_row(rows, n, option);
		if (!row) {
			return -1; /* sf_cli_option has complained */
		}
		if (row->letter == 'h') {
			return 1;
		}
		struct sf_error err = {0};
		if (row->set && row->set(options, optarg, &err) != 0) {
			sf_cli_usage(argv[0], "%s", err.text);
			return -1;
		}
	}
	return 0;
}

/* "  -p, --policy LIST"; returns the columns it takes. */
static int print_name(const struct sf_cli_row *row, FILE *out)
{
	char letter[8] = "    ";
	if (row->letter) {
		snprintf(letter, sizeof(letter), "-%c, ", row->letter);
	}
	return fprintf(out, "  %s--%s%s%s", letter, row->name, row->value ? " " : "",
	               row->value ? row->value : "");
}

static int name_columns(const struct sf_cli_row *row)
{
	size_t value = row->value ? 1 + strlen(row->value) : 0;
	return (int)(strlen("  -x, --") + strlen(row->name) + value);
}

void sf_cli_print_rows(const struct sf_cli_row *rows, FILE *out)
{
	int widest = 0;
	for (const struct sf_cli_row *row = rows; row->name; row++) {
		int columns = name_columns(row);
		widest = columns > widest ? columns : widest;
	}
	for (const struct sf_cli_row *row = rows; row->name; row++) {
		int at = print_name(row, out);
		for (const char *line = row->help; line;) {
			const char *end = strchrnul(line, '\n');
			fprintf(out, "%*s%.*s\n", widest + 2 - at, "", (int)(end - line), line);
			at = 0;
			line = *end ? end + 1 : NULL;
		}
	}
}

bool sf_cli_begin(int argc, char **argv, const struct sf_cli_help *help, void *options, int *status)
{
	int parsed = sf_cli_parse(argc, argv, help->rows, options);
	if (parsed > 0) {
		fputs(help->head, stdout);
		sf_cli_print_rows(help->rows, stdout);
		fputs(help->tail, stdout);
	}
	*status = parsed < 0 ? sf_code_exit(SF_EINVAL) : 0;
	return parsed == 0;
}

int sf_cli_output(const char *option, const char *value, const char **to, struct sf_error *err)
{
	if (*value == '\0' || strcmp(value, "-") == 0) {
		return sf_fail(err, SF_EINVAL, "%s '%s': expected a file", option, value);
	}
	*to = value;
	return 0;
}
