/* table: small tables for people and spreadsheets: aligned text, CSV, Markdown. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/table.h>

#include <slicefit/alloc.h>
#include <slicefit/str.h>

#include <assert.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct column {
	char *title;
	char *key;
	enum sf_align align;
	size_t width; /* widest cell or title */
};

struct sf_table {
	struct column *column;
	size_t n_columns, cap_columns;
	char **cell; /* row by row */
	size_t n_cells, cap_cells;
};

struct range {
	uint32_t first, last;
};

/* Unicode 15 blocks whose characters take two columns in terminals (East Asian Wide, emoji). */
static const struct range wide[] = {
	{0x1100, 0x115f},   {0x2e80, 0x303e},   {0x3041, 0xa4cf},   {0xac00, 0xd7a3},
	{0xf900, 0xfaff},   {0xfe30, 0xfe6f},   {0xff00, 0xff60},   {0xffe0, 0xffe6},
	{0x1f300, 0x1f64f}, {0x1f680, 0x1f6ff}, {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd},
};

/* Combining marks and zero-width characters. */
static const struct range narrow[] = {
	{0x0300, 0x036f}, {0x1ab0, 0x1aff}, {0x200b, 0x200f},
	{0x20d0, 0x20ff}, {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f},
};

static bool in_ranges(const struct range *range, size_t n, uint32_t code)
{
	for (size_t i = 0; i < n; i++) {
		if (code >= range[i].first && code <= range[i].last) {
			return true;
		}
	}
	return false;
}

/* Decodes one character; a malformed byte counts as itself. Returns its length in bytes. */
static size_t decode(const unsigned char *s, uint32_t *code)
{
	size_t len = s[0] >= 0xf0 && s[0] < 0xf8   ? 4
	             : s[0] >= 0xe0 && s[0] < 0xf0 ? 3
	             : s[0] >= 0xc2 && s[0] < 0xe0 ? 2
	                                           : 1;
	*code = s[0];
	if (len == 1) {
		return 1;
	}
	uint32_t value = s[0] & (0x7fU >> len);
	for (size_t i = 1; i < len; i++) {
		if ((s[i] & 0xc0) != 0x80) {
			return 1;
		}
		value = value << 6 | (s[i] & 0x3f);
	}
	*code = value;
	return len;
}

size_t sf_table_width(const char *text)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t width = 0;
	while (*s) {
		uint32_t code;
		s += decode(s, &code);
		if (in_ranges(wide, sizeof(wide) / sizeof(wide[0]), code)) {
			width += 2;
		} else if (!in_ranges(narrow, sizeof(narrow) / sizeof(narrow[0]), code)) {
			width += 1;
		}
	}
	return width;
}

struct sf_table *sf_table_create(void)
{
	return sf_xcalloc(1, sizeof(struct sf_table));
}

void sf_table_destroy(struct sf_table *table)
{
	if (!table) {
		return;
	}
	for (size_t i = 0; i < table->n_columns; i++) {
		free(table->column[i].title);
		free(table->column[i].key);
	}
	for (size_t i = 0; i < table->n_cells; i++) {
		free(table->cell[i]);
	}
	free(table->column);
	free(table->cell);
	free(table);
}

void sf_table_column(struct sf_table *table, const char *title, const char *key,
                     enum sf_align align)
{
	assert(table->n_cells == 0);
	table->column = sf_xgrow(table->column, &table->cap_columns, table->n_columns + 1,
	                         sizeof(*table->column));
	table->column[table->n_columns++] = (struct column){
		.title = sf_xstrdup(title),
		.key = sf_xstrdup(key ? key : title),
		.align = align,
		.width = sf_table_width(title),
	};
}

void sf_table_cell(struct sf_table *table, const char *fmt, ...)
{
	assert(table->n_columns > 0);
	va_list args;
	va_start(args, fmt);
	char *text = NULL;
	int len = vasprintf(&text, fmt, args);
	va_end(args);
	if (len < 0) {
		text = sf_xstrdup("");
	}
	/* One cell is one line: a line end inside would break every format but CSV. */
	for (char *c = text; *c; c++) {
		if ((unsigned char)*c < 0x20 || *c == 0x7f) {
			*c = ' ';
		}
	}
	struct column *column = &table->column[table->n_cells % table->n_columns];
	size_t width = sf_table_width(text);
	if (width > column->width) {
		column->width = width;
	}
	table->cell =
		sf_xgrow(table->cell, &table->cap_cells, table->n_cells + 1, sizeof(*table->cell));
	table->cell[table->n_cells++] = text;
}

static size_t rows(const struct sf_table *table)
{
	return table->n_columns ? (table->n_cells + table->n_columns - 1) / table->n_columns : 0;
}

static const char *cell(const struct sf_table *table, size_t row, size_t column)
{
	size_t i = row * table->n_columns + column;
	return i < table->n_cells ? table->cell[i] : "";
}

/* One padded text; `last` cells that are left-aligned get no trailing spaces. */
static void pad(struct sf_str *out, const struct column *column, const char *text, bool last)
{
	size_t fill = column->width - sf_table_width(text);
	if (column->align == SF_ALIGN_RIGHT) {
		sf_str_fill(out, ' ', fill);
	}
	sf_str_append(out, text);
	if (column->align == SF_ALIGN_LEFT && !last) {
		sf_str_fill(out, ' ', fill);
	}
}

static void trim_end(struct sf_str *out)
{
	while (out->len > 0 && out->text[out->len - 1] == ' ') {
		out->text[--out->len] = '\0';
	}
}

static void write_text(const struct sf_table *table, struct sf_str *out)
{
	size_t n = table->n_columns;
	for (size_t i = 0; i < n; i++) {
		pad(out, &table->column[i], table->column[i].title, i + 1 == n);
		sf_str_append(out, i + 1 < n ? "  " : "\n");
	}
	for (size_t i = 0; i < n; i++) {
		sf_str_fill(out, '-', table->column[i].width);
		sf_str_append(out, i + 1 < n ? "  " : "\n");
	}
	for (size_t row = 0; row < rows(table); row++) {
		for (size_t i = 0; i < n; i++) {
			pad(out, &table->column[i], cell(table, row, i), i + 1 == n);
			sf_str_append(out, i + 1 < n ? "  " : "");
		}
		trim_end(out);
		sf_str_append(out, "\n");
	}
}

static void csv_field(struct sf_str *out, const char *text, bool last)
{
	if (strpbrk(text, ",\"\r\n")) {
		sf_str_append(out, "\"");
		for (const char *c = text; *c; c++) {
			sf_str_append(out, *c == '"' ? "\"" : "");
			sf_str_append_n(out, c, 1);
		}
		sf_str_append(out, "\"");
	} else {
		sf_str_append(out, text);
	}
	sf_str_append(out, last ? "\n" : ",");
}

static void write_csv(const struct sf_table *table, struct sf_str *out)
{
	size_t n = table->n_columns;
	for (size_t i = 0; i < n; i++) {
		csv_field(out, table->column[i].key, i + 1 == n);
	}
	for (size_t row = 0; row < rows(table); row++) {
		for (size_t i = 0; i < n; i++) {
			csv_field(out, cell(table, row, i), i + 1 == n);
		}
	}
}

static void markdown_field(struct sf_str *out, const char *text)
{
	sf_str_append(out, " ");
	for (const char *c = text; *c; c++) {
		sf_str_append(out, *c == '|' ? "\\" : "");
		sf_str_append_n(out, c, 1);
	}
	sf_str_append(out, " |");
}

static void write_markdown(const struct sf_table *table, struct sf_str *out)
{
	size_t n = table->n_columns;
	sf_str_append(out, "|");
	for (size_t i = 0; i < n; i++) {
		markdown_field(out, table->column[i].title);
	}
	sf_str_append(out, "\n|");
	for (size_t i = 0; i < n; i++) {
		sf_str_append(out, table->column[i].align == SF_ALIGN_RIGHT ? "---:|" : "---|");
	}
	sf_str_append(out, "\n");
	for (size_t row = 0; row < rows(table); row++) {
		sf_str_append(out, "|");
		for (size_t i = 0; i < n; i++) {
			markdown_field(out, cell(table, row, i));
		}
		sf_str_append(out, "\n");
	}
}

void sf_table_write(const struct sf_table *table, enum sf_table_format format, struct sf_str *out)
{
	switch (format) {
	case SF_TABLE_TEXT:
		write_text(table, out);
		break;
	case SF_TABLE_CSV:
		write_csv(table, out);
		break;
	case SF_TABLE_MARKDOWN:
		write_markdown(table, out);
		break;
	}
}
