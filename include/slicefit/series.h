/* series: how a replay went, as rows over time. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_SERIES_H
#define SF_SERIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A row for each moment at which something happened, instead of one per step. */
enum { SF_SERIES_EACH = -1 };

/* Most figures of one series; a longer one is an error that says so. */
#define SF_SERIES_VALUES_MAX ((size_t)100 << 20)

struct sf_series {
	size_t n_columns;
	struct sf_series_column {
		char *name;
		bool integer;
	} * column;
	size_t n_rows, cap;
	double *value; /* row after row */
};

/* NULL is fine. */
void sf_series_destroy(struct sf_series *series);

#endif
