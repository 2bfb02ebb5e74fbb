/*
 * csv: rows of a CSV text (RFC 4180), one after the other, split in place.
 *
 * Commas separate, quotes protect commas, line ends and (doubled) quotes. Lines end with LF or
 * CRLF; blank lines and a byte order mark at the start are skipped. NUL bytes, text after a closing
 * quote, a quote inside an unquoted field and more than SF_CSV_FIELDS_MAX fields are errors.
 */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_CSV_H
#define SF_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sf_error;

enum { SF_CSV_FIELDS_MAX = 64 };

struct sf_csv_field {
	char *text; /* NUL-terminated, inside the caller's text; "" when empty */
	uint32_t len;
	uint32_t line, column; /* where it starts; 1-based, columns in bytes */
};

struct sf_csv {
	const char *name; /* of the file, for messages */
	char *at, *end;
	char *line_start;
	uint32_t line;
	uint32_t n;                            /* fields of the current row */
	uint32_t width;                        /* fields of every row; 0 before sf_csv_header */
	const char *column[SF_CSV_FIELDS_MAX]; /* their names */
	struct sf_csv_field field[SF_CSV_FIELDS_MAX];
};

/* Reads `len` bytes of `text`, which is overwritten: fields point into it. text[len] is written, too
 * (a struct sf_str has room for it). NULL is an empty text. */
void sf_csv_init(struct sf_csv *csv, const char *name, char *text, size_t len);

/* The next row: 1 and csv->field[0..n), 0 at the end, -1 and "NAME:LINE:COLUMN: ..." . After
 * sf_csv_header a row of another width is an error. */
int sf_csv_next(struct sf_csv *csv, struct sf_error *err);

/* A column that a file may have. */
struct sf_csv_column {
	const char *name;
	bool required;
};

/* Takes the first row as the names of the columns: place[i] becomes the field number of known[i],
 * or -1. Errors: no row, a required column missing, a name twice, and, when `strict`, an unknown
 * name (with the nearest known one). `known` ends with a NULL name. */
int sf_csv_header(struct sf_csv *csv, const struct sf_csv_column *known, bool strict, int *place,
                  struct sf_error *err);

/* "NAME:LINE:COLUMN: ..." at a field of the current row; returns -1. */
int sf_csv_fail(const struct sf_csv *csv, uint32_t field, struct sf_error *err, const char *fmt,
                ...) __attribute__((format(printf, 4, 5)));

/* A whole decimal number; -1 and a message with the column's name and the place on anything else or
 * out of [min, max]. */
int sf_csv_int(const struct sf_csv *csv, uint32_t field, int64_t min, int64_t max, int64_t *out,
               struct sf_error *err);

#endif
