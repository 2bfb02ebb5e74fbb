/* Fuzz target: any bytes are rows of CSV or an error with a place; fields stay inside the text. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/csv.h>
#include <slicefit/error.h>

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	struct sf_error err = {0};
	struct sf_csv csv;
	int got;
	if (!text) {
		abort();
	}
	if (size > 0) {
		memcpy(text, data, size);
	}
	sf_csv_init(&csv, "fuzz", text, size);
	while ((got = sf_csv_next(&csv, &err)) > 0) {
		for (uint32_t i = 0; i < csv.n; i++) {
			int64_t whole;
			const struct sf_csv_field *field = &csv.field[i];
			if (field->text < text || field->text + field->len > text + size ||
			    strlen(field->text) != field->len) {
				abort();
			}
			sf_csv_int(&csv, i, -1000, 1000, &whole, &err);
		}
	}
	if (got < 0 && strncmp(err.text, "fuzz:", 5) != 0) {
		abort();
	}
	free(text);
	return 0;
}
