/* table: small tables for people and spreadsheets: aligned text, CSV, Markdown. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_TABLE_H
#define SF_TABLE_H

#include <stddef.h>

struct sf_str;
struct sf_table;

enum sf_align { SF_ALIGN_LEFT, SF_ALIGN_RIGHT };
enum sf_table_format { SF_TABLE_TEXT, SF_TABLE_CSV, SF_TABLE_MARKDOWN };

/* An empty table. Columns first, then cells row by row. Texts are copied. */
struct sf_table *sf_table_create(void);
void sf_table_destroy(struct sf_table *table);

/* One more column. `key` is its heading in CSV; NULL: the title. No cell may exist yet. */
void sf_table_column(struct sf_table *table, const char *title, const char *key,
                     enum sf_align align);

/* The next cell; after the last column a new row begins. */
void sf_table_cell(struct sf_table *table, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * Appends the table. Text: a heading line, a rule, columns two spaces apart, nothing at line ends.
 * CSV: RFC 4180 with LF line ends. Markdown: a pipe table. Missing cells of the last row are empty.
 */
void sf_table_write(const struct sf_table *table, enum sf_table_format format, struct sf_str *out);

/* Terminal columns that a UTF-8 text takes: wide East Asian characters and emoji two, combining
 * marks none, each malformed byte one. Does not depend on the locale. */
size_t sf_table_width(const char *text);

#endif
