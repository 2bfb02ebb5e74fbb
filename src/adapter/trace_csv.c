/* trace_csv: traces as CSV with a header, the native format. */
// SPDX-License-Identifier: Apache-2.0
#include "trace_row.h"

#include <slicefit/csv.h>
#include <slicefit/error.h>

#include <string.h>

/* Such a list has no column `arrival`, and what it has is no mistake. */
static bool is_openb(const char *text, size_t len)
{
	const char *end = memchr(text, '\n', len);
	return memmem(text, end ? (size_t)(end - text) : len, "cpu_milli", 9) != NULL;
}

int sf_trace_read_csv(struct sf_trace_builder *builder, char *text, size_t len)
{
	struct sf_error *err = builder->reader.err;
	struct sf_csv_column known[SF_COLUMNS + 1] = {{NULL, false}};
	int place[SF_COLUMNS];
	struct sf_csv csv;
	for (int i = 0; i < SF_COLUMNS; i++) {
		known[i] = (struct sf_csv_column){sf_trace_columns[i], i == SF_COLUMN_ARRIVAL};
	}
	if (is_openb(text, len)) {
		return sf_fail(err, SF_EINVAL,
		               "%s:1:1: this is a list of openb: name it under trace: with "
		               "format: openb",
		               builder->reader.file);
	}
	sf_csv_init(&csv, builder->reader.file, text, len);
	int got = sf_csv_header(&csv, known, true, place, err);
	while (got == 0 && (got = sf_csv_next(&csv, err)) > 0) {
		struct sf_trace_row row = {.line = csv.field[0].line};
		for (int i = 0; i < SF_COLUMNS; i++) {
			if (place[i] >= 0) {
				const struct sf_csv_field *field = &csv.field[place[i]];
				row.field[i].text = field->text;
				row.field[i].column = field->column;
			}
		}
		got = sf_trace_add(builder, &row);
	}
	return got;
}
