/* milp_glpk: see milp_glpk.h. */
// SPDX-License-Identifier: Apache-2.0
#ifdef SF_WITH_PLAN
#include "milp_glpk.h"

#include <slicefit/alloc.h>
#include <slicefit/child.h>
#include <slicefit/clock.h>

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static int compare_entries(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	if (x->row != y->row) {
		return x->row < y->row ? -1 : 1;
	}
	if (x->col != y->col) {
		return x->col < y->col ? -1 : 1;
	}
	return x->order < y->order ? -1 : x->order > y->order;
}

/* GLPK refuses a matrix with the same (row, col) twice. Returns a malloc'ed sorted copy. */
static struct entry *merged(const struct sf_milp *milp, size_t *n)
{
	struct entry *out = sf_xcalloc(milp->n_entries + 1, sizeof *out);
	size_t kept = 0;

	if (milp->n_entries) {
		memcpy(out, milp->entry, milp->n_entries * sizeof *out);
		qsort(out, milp->n_entries, sizeof *out, compare_entries);
	}
	for (size_t i = 0; i < milp->n_entries; i++) {
		if (kept && out[kept - 1].row == out[i].row && out[kept - 1].col == out[i].col) {
			out[kept - 1].value += out[i].value;
		} else {
			out[kept++] = out[i];
		}
	}
	*n = kept;
	return out;
}

static int hear(void *info, const char *text)
{
	struct milp_call *call = info;
	size_t len = strcspn(text, "\n");

	if (len && !call->said[0]) {
		len = len < sizeof call->said ? len : sizeof call->said - 1;
		memcpy(call->said, text, len);
		call->said[len] = '\0';
	}
	return 1;
}

static void give_up(void *info)
{
	const struct milp_call *call = info;

	sf_child_give_up(call->said);
}

int milp_bound_kind(double lo, double hi)
{
	bool low = lo > -SF_MILP_INF, high = hi < SF_MILP_INF;

	if (low && high) {
		return lo == hi ? GLP_FX : GLP_DB;
	}
	return low ? GLP_LO : high ? GLP_UP : GLP_FR;
}

static void load_matrix(struct milp_call *call, glp_prob *lp)
{
	for (size_t i = 0; i < call->n_entries; i++) {
		call->ia[i + 1] = call->entry[i].row + 1;
		call->ja[i + 1] = call->entry[i].col + 1;
		call->ar[i + 1] = call->entry[i].value;
	}
	glp_load_matrix(lp, (int)call->n_entries, call->ia, call->ja, call->ar);
}

glp_prob *milp_load(struct milp_call *call)
{
	const struct sf_milp *milp = call->milp;
	glp_prob *lp = glp_create_prob();

	glp_set_obj_dir(lp, milp->maximise ? GLP_MAX : GLP_MIN);
	glp_add_cols(lp, (int)milp->n_cols);
	if (milp->n_rows > 0) { /* GLPK does not add none */
		glp_add_rows(lp, (int)milp->n_rows);
	}
	for (size_t j = 0; j < milp->n_cols; j++) {
		const struct bounds *b = &milp->col[j];

		glp_set_col_bnds(lp, (int)j + 1, milp_bound_kind(b->lo, b->hi), b->lo, b->hi);
		glp_set_col_kind(lp, (int)j + 1, b->integer ? GLP_IV : GLP_CV);
	}
	for (size_t i = 0; i < milp->n_rows; i++) {
		const struct bounds *b = &milp->row[i];

		glp_set_row_bnds(lp, (int)i + 1, milp_bound_kind(b->lo, b->hi), b->lo, b->hi);
	}
	for (size_t j = 0; j < milp->n_cols; j++) {
		glp_set_obj_coef(lp, (int)j + 1, call->cost[j]);
	}
	load_matrix(call, lp);
	return lp;
}

void milp_call_begin(struct milp_call *call, const struct milp_job *job)
{
	memset(call, 0, sizeof *call);
	call->milp = job->milp;
	call->entry = merged(job->milp, &call->n_entries);
	call->cost = milp_make_costs(job->milp);
	call->ia = sf_xcalloc(call->n_entries + 1, sizeof *call->ia);
	call->ja = sf_xcalloc(call->n_entries + 1, sizeof *call->ja);
	call->ar = sf_xcalloc(call->n_entries + 1, sizeof *call->ar);
	glp_mem_limit((int)job->memory_mib);
	glp_term_hook(hear, call);
	glp_error_hook(give_up, call);
}

void milp_call_end(struct milp_call *call)
{
	glp_free_env();
	free(call->cost);
	free(call->entry);
	free(call->ia);
	free(call->ja);
	free(call->ar);
}

int milp_time_left(uint64_t deadline_ns)
{
	uint64_t now = sf_clock_ns();

	if (!deadline_ns) {
		return INT_MAX;
	}
	return now >= deadline_ns ? 0 : (int)fmin(2e9, (double)(deadline_ns - now) / 1e6);
}

#else
typedef int milp_glpk_is_empty; /* ISO C forbids an empty file */
#endif
