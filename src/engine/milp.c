/* milp: see milp.h. The only file that knows GLPK. */
// SPDX-License-Identifier: Apache-2.0
#include "milp.h"

#include <slicefit/alloc.h>
#include <slicefit/clock.h>
#include <slicefit/error.h>
#include <slicefit/str.h>

#ifdef SF_WITH_PLAN
#include <glpk.h>
#endif
#include <limits.h>
#include <math.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

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

#ifdef SF_WITH_PLAN

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

/* One solve. Everything here is released by the caller, also after a jump. */
struct solve {
	const struct sf_milp *milp;
	const struct sf_milp_limits *limits;
	const double *start; /* verified */
	struct sf_milp_result *out;
	struct entry *entry;
	size_t n_entries;
	double *cost; /* of every column */
	int *ia, *ja;
	double *ar;
	bool injected;
	double best; /* value of the best solution seen */
	bool have_best;
	struct sf_str said; /* what GLPK printed, for the error text */
	jmp_buf broken;
};

static int hear(void *info, const char *text)
{
	struct solve *solve = info;

	if (solve->said.len < 2000) {
		sf_str_append(&solve->said, text);
	}
	return 1;
}

static void give_up(void *info)
{
	struct solve *solve = info;

	longjmp(solve->broken, 1);
}

static int bound_kind(double lo, double hi)
{
	bool low = lo > -SF_MILP_INF, high = hi < SF_MILP_INF;

	if (low && high) {
		return lo == hi ? GLP_FX : GLP_DB;
	}
	return low ? GLP_LO : high ? GLP_UP : GLP_FR;
}

static void load_matrix(struct solve *solve, glp_prob *lp)
{
	for (size_t i = 0; i < solve->n_entries; i++) {
		solve->ia[i + 1] = solve->entry[i].row + 1;
		solve->ja[i + 1] = solve->entry[i].col + 1;
		solve->ar[i + 1] = solve->entry[i].value;
	}
	glp_load_matrix(lp, (int)solve->n_entries, solve->ia, solve->ja, solve->ar);
}

static glp_prob *load(struct solve *solve)
{
	const struct sf_milp *milp = solve->milp;
	glp_prob *lp = glp_create_prob();

	glp_set_obj_dir(lp, milp->maximise ? GLP_MAX : GLP_MIN);
	glp_add_cols(lp, (int)milp->n_cols);
	if (milp->n_rows > 0) { /* GLPK does not add none */
		glp_add_rows(lp, (int)milp->n_rows);
	}
	for (size_t j = 0; j < milp->n_cols; j++) {
		const struct bounds *b = &milp->col[j];

		glp_set_col_bnds(lp, (int)j + 1, bound_kind(b->lo, b->hi), b->lo, b->hi);
		glp_set_col_kind(lp, (int)j + 1, b->integer ? GLP_IV : GLP_CV);
	}
	for (size_t i = 0; i < milp->n_rows; i++) {
		const struct bounds *b = &milp->row[i];

		glp_set_row_bnds(lp, (int)i + 1, bound_kind(b->lo, b->hi), b->lo, b->hi);
	}
	for (size_t j = 0; j < milp->n_cols; j++) {
		glp_set_obj_coef(lp, (int)j + 1, solve->cost[j]);
	}
	load_matrix(solve, lp);
	return lp;
}

static bool late(const struct solve *solve)
{
	return solve->limits->deadline_ns && sf_clock_ns() >= solve->limits->deadline_ns;
}

static int milliseconds_left(const struct solve *solve)
{
	uint64_t now = sf_clock_ns(), deadline = solve->limits->deadline_ns;

	if (!deadline) {
		return INT_MAX;
	}
	return now >= deadline ? 0 : (int)fmin(2e9, (double)(deadline - now) / 1e6);
}

/* The best that any solution can have, from a bound on the relaxation. */
static double tighten(const struct solve *solve, double bound)
{
	if (!solve->limits->integer_objective) {
		return bound;
	}
	return solve->milp->maximise ? floor(bound + 1e-6) : ceil(bound - 1e-6);
}

static bool reached(const struct solve *solve, double bound)
{
	double limit = tighten(solve, bound);

	if (!solve->have_best) {
		return false;
	}
	return solve->milp->maximise ? solve->best >= limit - 1e-6 : solve->best <= limit + 1e-6;
}

static void inject(struct solve *solve, glp_tree *tree)
{
	double *x = sf_xcalloc(solve->milp->n_cols + 1, sizeof *x);

	memcpy(x + 1, solve->start, solve->milp->n_cols * sizeof *x);
	glp_ios_heur_sol(tree, x);
	free(x);
	solve->injected = true;
}

static void note_incumbent(struct solve *solve, glp_prob *lp)
{
	int status = glp_mip_status(lp);

	if (status == GLP_FEAS || status == GLP_OPT) {
		solve->have_best = true;
		solve->best = glp_mip_obj_val(lp);
	}
}

static void callback(glp_tree *tree, void *info)
{
	struct solve *solve = info;
	int best = glp_ios_best_node(tree), total = 0;

	if (glp_ios_reason(tree) == GLP_IHEUR && solve->start && !solve->injected) {
		inject(solve, tree);
	}
	note_incumbent(solve, glp_ios_get_prob(tree));
	if (best) {
		double bound = glp_ios_node_bound(tree, best);

		if (fabs(bound) < SF_MILP_INF) {
			solve->out->bound = bound;
		}
	}
	glp_ios_tree_size(tree, NULL, NULL, &total);
	solve->out->nodes = (uint32_t)total;
	if (reached(solve, solve->out->bound)) {
		glp_ios_terminate(tree);
	} else if ((uint32_t)total > solve->limits->nodes) {
		solve->out->node_limited = true;
		glp_ios_terminate(tree);
	} else if (late(solve)) {
		solve->out->time_limited = true;
		glp_ios_terminate(tree);
	}
}

/* The objective's largest (smallest) value over the columns' own bounds. */
static double box_bound(const struct solve *solve)
{
	const struct sf_milp *milp = solve->milp;
	double sum = 0;

	for (size_t j = 0; j < milp->n_cols; j++) {
		const struct bounds *b = &milp->col[j];
		double cost = solve->cost[j];

		if (cost > 0 || cost < 0) {
			sum += cost * ((cost > 0) == milp->maximise ? b->hi : b->lo);
		}
	}
	return fmax(-SF_MILP_INF, fmin(SF_MILP_INF, sum));
}

/* Is the answer of the simplex method one that can be? */
static bool is_plausible(const struct solve *solve, glp_prob *lp, int rc)
{
	return rc == GLP_ETMLIM || (rc == 0 && (glp_get_status(lp) == GLP_OPT || !solve->start));
}

static int run_simplex(struct solve *solve, glp_prob *lp)
{
	glp_smcp parm;
	int rc;

	glp_init_smcp(&parm);
	parm.msg_lev = GLP_MSG_OFF;
	parm.meth = GLP_DUALP;
	parm.tm_lim = milliseconds_left(solve);
	glp_scale_prob(lp, GLP_SF_AUTO);
	rc = glp_simplex(lp, &parm);
	if (!is_plausible(solve, lp, rc)) {
		/* Lost in rounding: from another basis, by the other method. */
		glp_adv_basis(lp, 0);
		parm.meth = GLP_PRIMAL;
		rc = glp_simplex(lp, &parm);
	}
	return rc;
}

/* Branch and bound; the relaxation has been solved. */
static void run_branch(struct solve *solve, glp_prob *lp)
{
	glp_iocp parm;
	int rc;

	glp_init_iocp(&parm);
	parm.msg_lev = GLP_MSG_OFF;
	parm.br_tech = GLP_BR_DTH;
	parm.bt_tech = GLP_BT_BLB;
	parm.mir_cuts = GLP_ON;
	parm.tm_lim = milliseconds_left(solve);
	parm.cb_func = callback;
	parm.cb_info = solve;
	rc = glp_intopt(lp, &parm);
	note_incumbent(solve, lp);
	if (rc == GLP_ETMLIM) {
		solve->out->time_limited = true;
	} else if (rc == 0 && glp_mip_status(lp) == GLP_OPT) {
		solve->out->bound = solve->best;
	} else if (rc == 0 && glp_mip_status(lp) == GLP_NOFEAS) {
		solve->out->status = SF_MILP_INFEASIBLE;
	}
}

static double start_value(const struct solve *solve)
{
	double sum = 0;

	for (size_t j = 0; j < solve->milp->n_cols; j++) {
		sum += solve->cost[j] * solve->start[j];
	}
	return sum;
}

/* Keeps the better of what GLPK found and the start. */
static void take_solution(struct solve *solve, glp_prob *lp)
{
	struct sf_milp_result *out = solve->out;
	int status = glp_mip_status(lp);
	bool found = status == GLP_FEAS || status == GLP_OPT;
	double begun = solve->start ? start_value(solve) : 0;

	if (solve->start && (!found || (solve->milp->maximise ? begun > glp_mip_obj_val(lp)
	                                                      : begun < glp_mip_obj_val(lp)))) {
		memcpy(out->x, solve->start, solve->milp->n_cols * sizeof *out->x);
		solve->best = begun;
		solve->have_best = true;
	} else if (found) {
		solve->best = glp_mip_obj_val(lp);
		solve->have_best = true;
		for (size_t j = 0; j < solve->milp->n_cols; j++) {
			double x = glp_mip_col_val(lp, (int)j + 1);

			out->x[j] = solve->milp->col[j].integer ? round(x) : x;
		}
	}
}

static void take_relaxation(struct solve *solve, glp_prob *lp)
{
	struct sf_milp_result *out = solve->out;

	for (size_t j = 0; j < solve->milp->n_cols; j++) {
		out->x[j] = glp_get_col_prim(lp, (int)j + 1);
	}
	for (size_t i = 0; i < solve->milp->n_rows; i++) {
		out->dual[i] = glp_get_row_dual(lp, (int)i + 1);
	}
	out->value = out->bound;
	out->status = SF_MILP_OPTIMAL;
}

static void finish_solution(struct solve *solve)
{
	struct sf_milp_result *out = solve->out;

	out->bound = tighten(solve, out->bound);
	if (solve->have_best) {
		out->value = solve->limits->integer_objective ? round(solve->best) : solve->best;
		out->status = reached(solve, out->bound) ? SF_MILP_OPTIMAL : SF_MILP_FEASIBLE;
		if (out->status == SF_MILP_OPTIMAL) {
			out->bound = out->value;
			out->node_limited = out->time_limited = false;
		}
	}
}

static void run(struct solve *solve)
{
	struct sf_milp_result *out = solve->out;
	glp_prob *lp = load(solve);
	int rc = 0;

	out->status = SF_MILP_UNKNOWN;
	out->bound = box_bound(solve);
	if (late(solve)) {
		out->time_limited = true;
	} else {
		rc = run_simplex(solve, lp);
		out->time_limited = rc == GLP_ETMLIM;
	}
	if (!out->time_limited && rc == 0 && glp_get_status(lp) == GLP_OPT) {
		out->bound = glp_get_obj_val(lp);
		if (solve->limits->relax) {
			take_relaxation(solve, lp);
			return;
		}
		if (solve->start) {
			solve->best = start_value(solve);
			solve->have_best = true;
		}
		if (!reached(solve, out->bound)) {
			run_branch(solve, lp);
		}
	} else if (!out->time_limited &&
	           (glp_get_status(lp) == GLP_NOFEAS || glp_get_dual_stat(lp) == GLP_NOFEAS)) {
		out->status = SF_MILP_INFEASIBLE;
	}
	take_solution(solve, lp);
	finish_solution(solve);
}

/* malloc'ed */
static double *make_costs(const struct sf_milp *milp)
{
	double *cost = sf_xcalloc(milp->n_cols + 1, sizeof *cost);

	for (size_t i = 0; milp->objective >= 0 && i < milp->n_entries; i++) {
		if (milp->entry[i].row == milp->objective) {
			cost[milp->entry[i].col] += milp->entry[i].value;
		}
	}
	for (size_t j = 0; milp->objective < 0 && j < milp->n_cost; j++) {
		cost[j] = milp->cost[j];
	}
	return cost;
}

static void release(struct solve *solve)
{
	free(solve->cost);
	free(solve->entry);
	free(solve->ia);
	free(solve->ja);
	free(solve->ar);
	sf_str_finish(&solve->said);
}

int sf_milp_solve(const struct sf_milp *milp, const struct sf_milp_limits *limits,
                  const double *start, struct sf_milp_result *out, struct sf_error *err)
{
	struct solve *solve = sf_xcalloc(1, sizeof *solve);
	int rc = 0;

	memset(out, 0, sizeof *out);
	out->x = sf_xcalloc(milp->n_cols + 1, sizeof *out->x);
	out->dual = sf_xcalloc(milp->n_rows + 1, sizeof *out->dual);
	solve->milp = milp;
	solve->limits = limits;
	solve->out = out;
	solve->start = start && sf_milp_feasible(milp, start) ? start : NULL;
	solve->entry = merged(milp, &solve->n_entries);
	solve->cost = make_costs(milp);
	solve->ia = sf_xcalloc(solve->n_entries + 1, sizeof *solve->ia);
	solve->ja = sf_xcalloc(solve->n_entries + 1, sizeof *solve->ja);
	solve->ar = sf_xcalloc(solve->n_entries + 1, sizeof *solve->ar);
	/* GLPK prints errors to stdout and aborts: the hooks keep stdout clean and come back here,
	 * after which only glp_free_env may be called. Its state is per thread. */
	if (setjmp(solve->broken) == 0) {
		glp_term_hook(hear, solve);
		glp_error_hook(give_up, solve);
		run(solve);
	} else {
		if (solve->said.text) {
			solve->said.text[strcspn(solve->said.text, "\n")] = '\0';
		}
		rc = sf_fail(err, SF_ESOLVER, "solver: %.200s", sf_str_get(&solve->said));
	}
	glp_free_env();
	release(solve);
	free(solve);
	if (rc) {
		sf_milp_result_finish(out);
	}
	return rc;
}

#else

int sf_milp_solve(const struct sf_milp *milp, const struct sf_milp_limits *limits,
                  const double *start, struct sf_milp_result *out, struct sf_error *err)
{
	(void)milp;
	(void)limits;
	(void)start;
	memset(out, 0, sizeof *out);
	return sf_fail(err, SF_EINVAL,
	               "plan: this slicefit was built without the planner "
	               "(SF_PLAN=OFF)");
}

#endif

void sf_milp_result_finish(struct sf_milp_result *result)
{
	free(result->x);
	free(result->dual);
	memset(result, 0, sizeof *result);
}
