/* milp_impl: what the files behind milp.h share. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_MILP_IMPL_H
#define SF_MILP_IMPL_H

#include "milp.h"

struct bounds {
	double lo, hi;
	bool integer;
};

struct entry {
	int row, col;
	double value;
	size_t order; /* equal (row, col) are summed in the order they came */
};

struct sf_milp {
	struct bounds *col, *row;
	size_t n_cols, cap_cols, n_rows, cap_rows;
	struct entry *entry;
	size_t n_entries, cap_entries;
	int objective; /* row, or -1 */
	double *cost;  /* the objective when there is no such row */
	size_t n_cost;
	bool maximise;
};

#endif
