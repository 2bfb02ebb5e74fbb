/* milp: programs, before they are solved. See milp.h. */
// SPDX-License-Identifier: Apache-2.0
#include "milp_impl.h"

#include <slicefit/alloc.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct sf_milp *sf_milp_create(void)
{
	struct sf_milp *milp = sf_xcalloc(1, sizeof *milp);

	milp->objective = -1;
	return milp;
}

void sf_milp_destroy(struct sf_milp *milp)
{
	if (!milp) {
		return;
	}
	free(milp->col);
	free(milp->row);
	free(milp->entry);
	free(milp->cost);
	free(milp);
}

int sf_milp_col(struct sf_milp *milp, double lo, double hi, bool integer)
{
	milp->col = sf_xgrow(milp->col, &milp->cap_cols, milp->n_cols + 1, sizeof *milp->col);
	milp->col[milp->n_cols] = (struct bounds){.lo = lo, .hi = hi, .integer = integer};
	return (int)milp->n_cols++;
}

int sf_milp_row(struct sf_milp *milp, double lo, double hi)
{
	milp->row = sf_xgrow(milp->row, &milp->cap_rows, milp->n_rows + 1, sizeof *milp->row);
	milp->row[milp->n_rows] = (struct bounds){.lo = lo, .hi = hi};
	return (int)milp->n_rows++;
}

void sf_milp_put(struct sf_milp *milp, int row, int col, double value)
{
	milp->entry =
		sf_xgrow(milp->entry, &milp->cap_entries, milp->n_entries + 1, sizeof *milp->entry);
	milp->entry[milp->n_entries] =
		(struct entry){.row = row, .col = col, .value = value, .order = milp->n_entries};
	milp->n_entries++;
}

void sf_milp_row_bounds(struct sf_milp *milp, int row, double lo, double hi)
{
	milp->row[row].lo = lo;
	milp->row[row].hi = hi;
}

void sf_milp_col_bounds(struct sf_milp *milp, int col, double lo, double hi)
{
	milp->col[col].lo = lo;
	milp->col[col].hi = hi;
}

void sf_milp_col_range(const struct sf_milp *milp, int col, double *lo, double *hi)
{
	*lo = milp->col[col].lo;
	*hi = milp->col[col].hi;
}

void sf_milp_objective(struct sf_milp *milp, bool maximise, int row)
{
	milp->objective = row;
	milp->maximise = maximise;
}

void sf_milp_costs(struct sf_milp *milp, bool maximise, const double *cost)
{
	free(milp->cost);
	milp->cost = sf_xcalloc(milp->n_cols + 1, sizeof *milp->cost);
	memcpy(milp->cost, cost, milp->n_cols * sizeof *cost);
	milp->n_cost = milp->n_cols;
	milp->objective = -1;
	milp->maximise = maximise;
}

int sf_milp_cols(const struct sf_milp *milp)
{
	return (int)milp->n_cols;
}

int sf_milp_rows(const struct sf_milp *milp)
{
	return (int)milp->n_rows;
}

double sf_milp_row_value(const struct sf_milp *milp, int row, const double *x)
{
	double sum = 0;

	for (size_t i = 0; i < milp->n_entries; i++) {
		if (milp->entry[i].row == row) {
			sum += milp->entry[i].value * x[milp->entry[i].col];
		}
	}
	return sum;
}

void sf_milp_add_row(const struct sf_milp *milp, int row, double weight, double *cost)
{
	for (size_t i = 0; i < milp->n_entries; i++) {
		if (milp->entry[i].row == row) {
			cost[milp->entry[i].col] += weight * milp->entry[i].value;
		}
	}
}

bool sf_milp_feasible(const struct sf_milp *milp, const double *x)
{
	const double tolerance = 1e-6;
	double *sum = sf_xcalloc(milp->n_rows + 1, sizeof *sum);
	bool ok = true;

	for (size_t i = 0; i < milp->n_entries; i++) {
		sum[milp->entry[i].row] += milp->entry[i].value * x[milp->entry[i].col];
	}
	for (size_t i = 0; ok && i < milp->n_rows; i++) {
		double slack = tolerance * (1 + fabs(sum[i]));

		ok = sum[i] >= milp->row[i].lo - slack && sum[i] <= milp->row[i].hi + slack;
	}
	for (size_t j = 0; ok && j < milp->n_cols; j++) {
		const struct bounds *b = &milp->col[j];

		ok = x[j] >= b->lo - tolerance && x[j] <= b->hi + tolerance &&
		     (!b->integer || fabs(x[j] - round(x[j])) <= tolerance);
	}
	free(sum);
	return ok;
}

void sf_milp_result_finish(struct sf_milp_result *result)
{
	free(result->x);
	free(result->dual);
	memset(result, 0, sizeof *result);
}
