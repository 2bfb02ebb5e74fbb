/* milp_glpk: see milp_glpk.h. */
// SPDX-License-Identifier: Apache-2.0
#ifdef SF_WITH_PLAN
#include "milp_glpk.h"

#include <slicefit/alloc.h>
#include <slicefit/child.h>
#include <slicefit/clock.h>

#include <glpk.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct milp_lp {
	const struct milp_job *job;
	glp_prob *prob;
	char said[160]; /* the first line of GLPK's error, as far as it fits */
};

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

/* GLPK is silent but for its errors. */
static int hear(void *info, const char *text)
{
	struct milp_lp *lp = info;
	size_t len = strcspn(text, "\n");

	if (len && !lp->said[0]) {
		len = len < sizeof lp->said ? len : sizeof lp->said - 1;
		memcpy(lp->said, text, len);
		lp->said[len] = '\0';
	}
	return 1;
}

static void give_up(void *info)
{
	const struct milp_lp *lp = info;

	sf_child_give_up(lp->said);
}

static int bound_kind(double lo, double hi)
{
	bool low = lo > -SF_MILP_INF, high = hi < SF_MILP_INF;

	if (low && high) {
		return lo == hi ? GLP_FX : GLP_DB;
	}
	return low ? GLP_LO : high ? GLP_UP : GLP_FR;
}

/* GLPK counts from 1. */
static void load_matrix(glp_prob *prob, const struct sf_milp *milp)
{
	size_t n;
	struct entry *entry = merged(milp, &n);
	int *row = sf_xcalloc(2 * (n + 1), sizeof *row), *col = row + n + 1;
	double *value = sf_xcalloc(n + 1, sizeof *value);

	for (size_t i = 0; i < n; i++) {
		row[i + 1] = entry[i].row + 1;
		col[i + 1] = entry[i].col + 1;
		value[i + 1] = entry[i].value;
	}
	glp_load_matrix(prob, (int)n, row, col, value);
	free(entry);
	free(row);
	free(value);
}

static glp_prob *load(const struct sf_milp *milp)
{
	glp_prob *prob = glp_create_prob();
	double *cost = milp_make_costs(milp);

	glp_set_obj_dir(prob, milp->maximise ? GLP_MAX : GLP_MIN);
	glp_add_cols(prob, (int)milp->n_cols);
	if (milp->n_rows > 0) { /* GLPK does not add none */
		glp_add_rows(prob, (int)milp->n_rows);
	}
	for (size_t j = 0; j < milp->n_cols; j++) {
		const struct bounds *b = &milp->col[j];

		glp_set_col_bnds(prob, (int)j + 1, bound_kind(b->lo, b->hi), b->lo, b->hi);
		glp_set_col_kind(prob, (int)j + 1, b->integer ? GLP_IV : GLP_CV);
		glp_set_obj_coef(prob, (int)j + 1, cost[j]);
	}
	for (size_t i = 0; i < milp->n_rows; i++) {
		const struct bounds *b = &milp->row[i];

		glp_set_row_bnds(prob, (int)i + 1, bound_kind(b->lo, b->hi), b->lo, b->hi);
	}
	free(cost);
	load_matrix(prob, milp);
	glp_scale_prob(prob, GLP_SF_AUTO);
	return prob;
}

struct milp_lp *milp_lp_create(const struct milp_job *job)
{
	struct milp_lp *lp = sf_xcalloc(1, sizeof *lp);

	lp->job = job;
	glp_mem_limit((int)job->memory_mib);
	glp_term_out(GLP_OFF); /* an error turns it on */
	glp_term_hook(hear, lp);
	glp_error_hook(give_up, lp);
	lp->prob = load(job->milp);
	return lp;
}

void milp_lp_destroy(struct milp_lp *lp)
{
	glp_free_env();
	free(lp);
}

void milp_lp_bounds(struct milp_lp *lp, int col, double lo, double hi)
{
	glp_set_col_bnds(lp->prob, col + 1, bound_kind(lo, hi), lo, hi);
}

/* Milliseconds until the deadline; INT_MAX without one. */
static int time_left(const struct milp_lp *lp)
{
	uint64_t now = sf_clock_ns(), deadline = lp->job->limits.deadline_ns;

	if (!deadline) {
		return INT_MAX;
	}
	return now >= deadline ? 0 : (int)fmin(2e9, (double)(deadline - now) / 1e6);
}

static enum milp_answer simplex(struct milp_lp *lp, int method)
{
	glp_smcp parm;
	int rc;

	glp_init_smcp(&parm);
	parm.msg_lev = GLP_MSG_OFF;
	parm.meth = method;
	parm.tm_lim = time_left(lp);
	rc = parm.tm_lim ? glp_simplex(lp->prob, &parm) : GLP_ETMLIM;
	if (rc == GLP_ETMLIM) {
		return MILP_LATE;
	}
	if (rc == 0 && glp_get_status(lp->prob) == GLP_OPT) {
		return MILP_SOLVED;
	}
	return glp_get_status(lp->prob) == GLP_NOFEAS || glp_get_dual_stat(lp->prob) == GLP_NOFEAS
	               ? MILP_NO_SOLUTION
	               : MILP_NO_ANSWER;
}

enum milp_answer milp_lp_relax(struct milp_lp *lp)
{
	return simplex(lp, GLP_DUALP);
}

enum milp_answer milp_lp_relax_anew(struct milp_lp *lp)
{
	glp_adv_basis(lp->prob, 0);
	return simplex(lp, GLP_PRIMAL);
}

double milp_lp_value(const struct milp_lp *lp)
{
	return glp_get_obj_val(lp->prob);
}

double milp_lp_x(const struct milp_lp *lp, int col)
{
	return glp_get_col_prim(lp->prob, col + 1);
}

double milp_lp_dual(const struct milp_lp *lp, int row)
{
	return glp_get_row_dual(lp->prob, row + 1);
}

/* A search under way. */
struct run {
	const struct milp_search *search;
	double *start; /* from 1; NULL when there is none, or GLPK has it */
};

static void offer_start(struct run *run, glp_tree *tree)
{
	glp_ios_heur_sol(tree, run->start);
	free(run->start);
	run->start = NULL;
}

static void callback(glp_tree *tree, void *info)
{
	struct run *run = info;
	int best = glp_ios_best_node(tree), nodes = 0;
	struct milp_tree seen = {.bound = best ? glp_ios_node_bound(tree, best) : SF_MILP_INF,
	                         .found = glp_ios_reason(tree) == GLP_IBINGO};

	if (run->start && glp_ios_reason(tree) == GLP_IHEUR) {
		offer_start(run, tree);
	}
	glp_ios_tree_size(tree, NULL, NULL, &nodes);
	seen.nodes = (uint32_t)nodes;
	if (!run->search->look(run->search->info, &seen)) {
		glp_ios_terminate(tree);
	}
}

enum milp_answer milp_lp_search(struct milp_lp *lp, const struct milp_search *search)
{
	size_t n = lp->job->milp->n_cols;
	struct run run = {.search = search};
	glp_iocp parm;
	int rc;

	if (search->start) {
		run.start = sf_xcalloc(n + 1, sizeof *run.start);
		memcpy(run.start + 1, search->start, n * sizeof *run.start);
	}
	glp_init_iocp(&parm);
	parm.msg_lev = GLP_MSG_OFF;
	parm.br_tech = GLP_BR_DTH;
	parm.bt_tech = search->deep ? GLP_BT_DFS : GLP_BT_BLB;
	parm.mir_cuts = GLP_ON;
	parm.gmi_cuts = search->cuts ? GLP_ON : GLP_OFF;
	parm.tm_lim = time_left(lp);
	parm.cb_func = callback;
	parm.cb_info = &run;
	rc = glp_intopt(lp->prob, &parm);
	free(run.start);
	if (rc == 0 && glp_mip_status(lp->prob) == GLP_OPT) {
		return MILP_SOLVED;
	}
	if (rc == 0 && glp_mip_status(lp->prob) == GLP_NOFEAS) {
		return MILP_NO_SOLUTION;
	}
	return rc == GLP_ETMLIM ? MILP_LATE : MILP_NO_ANSWER;
}

bool milp_lp_found(const struct milp_lp *lp, double *value)
{
	int status = glp_mip_status(lp->prob);

	*value = glp_mip_obj_val(lp->prob);
	return status == GLP_FEAS || status == GLP_OPT;
}

double milp_lp_found_x(const struct milp_lp *lp, int col)
{
	return glp_mip_col_val(lp->prob, col + 1);
}

#else
typedef int milp_glpk_is_empty; /* ISO C forbids an empty file */
#endif
