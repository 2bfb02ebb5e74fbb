/* test_milp: the solver wrapper: optima, bounds, limits, starts and broken models. */
// SPDX-License-Identifier: Apache-2.0
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "solver_script.h"

#include "engine/milp.h"
#include "engine/solver.h"

#include <slicefit/clock.h>
#include <slicefit/rng.h>

#include <sys/time.h>

static struct sf_solver *solver;

static void begin(void)
{
	solver = sf_solver_create(NULL);
}

static void end(void)
{
	cr_expect(zero(ptr, (void *)sf_solver_trouble(solver)), "%s", sf_solver_trouble(solver));
	sf_solver_destroy(solver);
}

TestSuite(milp, .init = begin, .fini = end);

/* max sum v_j x_j with sum w_j x_j <= cap, x binary; rows: 0 weight, 1 value. */
static struct sf_milp *knapsack(const int *weight, const int *value, int n, int cap)
{
	struct sf_milp *milp = sf_milp_create();

	sf_milp_row(milp, -SF_MILP_INF, cap);
	sf_milp_row(milp, -SF_MILP_INF, SF_MILP_INF);
	for (int j = 0; j < n; j++) {
		int col = sf_milp_col(milp, 0, 1, true);

		sf_milp_put(milp, 0, col, weight[j]);
		sf_milp_put(milp, 1, col, value[j]);
	}
	sf_milp_objective(milp, true, 1);
	return milp;
}

static int best_subset(const int *weight, const int *value, int n, int cap)
{
	int best = 0;

	for (unsigned set = 0; set < 1u << n; set++) {
		int w = 0, v = 0;

		for (int j = 0; j < n; j++) {
			w += set >> j & 1 ? weight[j] : 0;
			v += set >> j & 1 ? value[j] : 0;
		}
		best = w <= cap && v > best ? v : best;
	}
	return best;
}

Test(milp, knapsacks_match_enumeration)
{
	struct sf_milp_limits limits = {
		.solver = solver, .nodes = 10000, .integer_objective = true};
	struct sf_rng rng;

	sf_rng_seed(&rng, 1, 1);
	for (int round = 0; round < 60; round++) {
		int weight[10], value[10], n = 3 + (int)sf_rng_below(&rng, 8);
		struct sf_milp_result result;
		struct sf_milp *milp;

		for (int j = 0; j < n; j++) {
			weight[j] = 1 + (int)sf_rng_below(&rng, 20);
			value[j] = 1 + (int)sf_rng_below(&rng, 20);
		}
		milp = knapsack(weight, value, n, 30);
		sf_milp_solve(milp, &limits, NULL, &result);
		cr_assert(eq(int, (int)result.status, SF_MILP_OPTIMAL));
		cr_expect(eq(int, (int)result.value, best_subset(weight, value, n, 30)), "round %d",
		          round);
		cr_expect(eq(dbl, result.bound, result.value));
		cr_expect(sf_milp_feasible(milp, result.x));
		sf_milp_result_finish(&result);
		sf_milp_destroy(milp);
	}
}

/* The same objective given as costs; the last call counts, and columns that came later cost 0. */
Test(milp, costs_are_an_objective_without_a_row)
{
	static const int weight[] = {4, 5, 6, 7}, value[] = {5, 5, 9, 8};
	static const struct {
		bool maximise;
		double cost[4], value;
	} rows[] = {
		{true, {5, 5, 9, 8}, 14},
		{true, {-1, 0.5, 0, 0}, 0.5},
		{false, {-1, 0.5, 0, -2}, -3},
		{false, {1, 1, 1, 1}, 0},
	};
	struct sf_milp_limits limits = {.solver = solver, .nodes = 1000};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct sf_milp *milp = knapsack(weight, value, 4, 12);
		struct sf_milp_result result;

		sf_milp_costs(milp, rows[i].maximise, rows[i].cost);
		sf_milp_col(milp, 0, 1, true);
		sf_milp_solve(milp, &limits, NULL, &result);
		cr_assert(eq(int, (int)result.status, SF_MILP_OPTIMAL));
		cr_expect(epsilon_eq(dbl, result.value, rows[i].value, 1e-9), "row %zu", i);
		sf_milp_result_finish(&result);
		sf_milp_objective(milp, true, 1);
		sf_milp_solve(milp, &limits, NULL, &result);
		cr_expect(epsilon_eq(dbl, result.value, 14, 1e-9), "row %zu", i);
		sf_milp_result_finish(&result);
		sf_milp_destroy(milp);
	}
}

/* 15 equal pairs that cannot be balanced: hopeless to prove with few nodes. */
static struct sf_milp *stubborn(void)
{
	struct sf_milp *milp = sf_milp_create();

	sf_milp_row(milp, -SF_MILP_INF, 31);
	sf_milp_row(milp, -SF_MILP_INF, SF_MILP_INF);
	for (int j = 0; j < 30; j++) {
		int col = sf_milp_col(milp, 0, 1, true);

		sf_milp_put(milp, 0, col, 2);
		sf_milp_put(milp, 1, col, 2);
	}
	sf_milp_objective(milp, true, 1);
	return milp;
}

Test(milp, start_survives_limits_and_bound_is_kept)
{
	static const struct {
		struct sf_milp_limits limits;
		int use_start, wrong_start;
	} rows[] = {
		{{.nodes = 0}, 1, 0},
		{{.nodes = 5}, 1, 0},
		{{.nodes = 5, .deadline_ns = 1}, 1, 0},
		{{.nodes = 5, .deadline_ns = 1}, 0, 0},
		{{.nodes = 5, .deadline_ns = 1}, 1, 1},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct sf_milp_limits limits = rows[i].limits;
		struct sf_milp *milp = stubborn();
		struct sf_milp_result result;
		double start[30] = {0};

		limits.solver = solver;
		for (int j = 0; j < (rows[i].wrong_start ? 20 : 7); j++) {
			start[j] = 1;
		}
		sf_milp_solve(milp, &limits, rows[i].use_start ? start : NULL, &result);
		cr_expect(result.bound >= 30 - 1e-6, "row %zu bound %g", i, result.bound);
		if (rows[i].use_start && !rows[i].wrong_start) {
			cr_expect(result.value >= 14, "row %zu value %g", i, result.value);
			cr_expect(sf_milp_feasible(milp, result.x), "row %zu", i);
		} else {
			cr_expect(eq(int, (int)result.status, SF_MILP_UNKNOWN), "row %zu", i);
		}
		sf_milp_result_finish(&result);
		sf_milp_destroy(milp);
	}
}

Test(milp, infeasible_and_relaxed)
{
	struct sf_milp_limits limits = {.solver = solver, .nodes = 100};
	struct sf_milp_limits relax = {.solver = solver, .relax = true};
	struct sf_milp *milp = sf_milp_create();
	struct sf_milp_result result;
	int col = sf_milp_col(milp, 0, 10, true), row = sf_milp_row(milp, 1, 2);

	/* 1 <= 3x <= 2 has a relaxed solution and no integer one; the coefficient is put twice. */
	sf_milp_put(milp, row, col, 1);
	sf_milp_put(milp, row, col, 2);
	sf_milp_objective(milp, true, row);
	sf_milp_solve(milp, &relax, NULL, &result);
	cr_expect(epsilon_eq(dbl, result.value, 2, 1e-9));
	cr_expect(epsilon_eq(dbl, result.x[col], 2.0 / 3, 1e-9));
	sf_milp_result_finish(&result);
	sf_milp_solve(milp, &limits, NULL, &result);
	cr_expect(eq(int, (int)result.status, SF_MILP_INFEASIBLE));
	sf_milp_result_finish(&result);
	sf_milp_destroy(milp);
}

/* A dive ends where a relaxation with those columns whole is, and no better than the best subset. */
Test(milp, dives_end_in_solutions)
{
	struct sf_milp_limits limits = {.solver = solver, .nodes = 100};
	struct sf_rng rng;

	sf_rng_seed(&rng, 3, 1);
	for (int round = 0; round < 60; round++) {
		int weight[10], value[10], col[10], n = 3 + (int)sf_rng_below(&rng, 8);
		struct sf_milp_result result;
		struct sf_milp *milp;

		for (int j = 0; j < n; j++) {
			weight[j] = 1 + (int)sf_rng_below(&rng, 20);
			value[j] = 1 + (int)sf_rng_below(&rng, 20);
			col[j] = j;
		}
		milp = knapsack(weight, value, n, 30);
		sf_milp_dive(milp, &limits, col, (size_t)n, &result);
		cr_expect(eq(int, (int)result.status, SF_MILP_FEASIBLE), "round %d", round);
		cr_expect(sf_milp_feasible(milp, result.x), "round %d", round);
		cr_expect(le(dbl, result.value, best_subset(weight, value, n, 30) + 1e-6));
		cr_expect(le(dbl, result.value, result.bound + 1e-6));
		sf_milp_result_finish(&result);
		sf_milp_destroy(milp);
	}
}

Test(milp, dives_know_that_nothing_is_whole)
{
	struct sf_milp *milp = sf_milp_create();
	struct sf_milp_limits limits = {.solver = solver, .nodes = 100};
	struct sf_milp_result result;
	int col = sf_milp_col(milp, 0.25, 0.75, true);

	sf_milp_objective(milp, true, sf_milp_row(milp, -SF_MILP_INF, SF_MILP_INF));
	sf_milp_dive(milp, &limits, &col, 1, &result);
	cr_expect(eq(int, (int)result.status, SF_MILP_INFEASIBLE));
	sf_milp_result_finish(&result);
	sf_milp_destroy(milp);
}

/* At the first program; as if a limit had come at once: the start, and a plain bound. The next solve
 * works. */
static void check_deed(enum deed deed, bool started, const char *trouble)
{
	struct script script = {.deed = deed};
	const struct sf_solver_options options = {.grace_ms = 20, .before = play, .ctx = &script};
	struct sf_solver *of = sf_solver_create(&options);
	struct sf_milp_limits limits = {.solver = of, .nodes = 100, .integer_objective = true};
	struct sf_milp *milp = stubborn();
	const double start[30] = {1};
	struct sf_milp_result result;

	limits.deadline_ns = deed == HANG ? sf_clock_ns() + 20000000 : 0;
	sf_milp_solve(milp, &limits, started ? start : NULL, &result);
	cr_expect(result.broken);
	cr_expect(eq(int, result.time_limited, deed == HANG));
	cr_expect(eq(int, (int)result.status, started ? SF_MILP_FEASIBLE : SF_MILP_UNKNOWN));
	cr_expect(eq(dbl, result.bound, 60));
	if (started) {
		cr_expect(eq(dbl, result.value, 2));
		cr_expect(sf_milp_feasible(milp, result.x));
	}
	cr_assert(not(zero(ptr, (void *)sf_solver_trouble(of))));
	cr_expect(eq(str, (char *)sf_solver_trouble(of), (char *)trouble));
	sf_milp_result_finish(&result);

	limits.deadline_ns = 0;
	sf_milp_solve(milp, &limits, NULL, &result);
	cr_expect(not(result.broken));
	cr_expect(eq(dbl, result.value, 30));
	cr_expect(eq(u64, sf_solver_calls(of), 2));
	sf_milp_result_finish(&result);
	sf_milp_destroy(milp);
	sf_solver_destroy(of);
}

Test(milp, a_breakdown_is_a_result_and_the_next_solve_works)
{
	static const struct {
		enum deed deed;
		const char *trouble;
	} rows[] = {
		{CRASH, "solver: its process was killed by signal 11 (Segmentation fault)"},
		{KILL,
	         "solver: its process was killed by signal 9 (Killed; the system may have run "
	         "out of memory)"},
		{END, "solver: its process ended with status 3"},
		{HANG, "solver: no answer in time, its process was ended"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		check_deed(rows[i].deed, false, rows[i].trouble);
		check_deed(rows[i].deed, true, rows[i].trouble);
	}
}

/* Many different things into few knapsacks: no search is through with that soon. */
static struct sf_milp *hard(void)
{
	struct sf_milp *milp = sf_milp_create();
	struct sf_rng rng;
	int value;

	sf_rng_seed(&rng, 8, 1);
	for (int i = 0; i < 3; i++) {
		sf_milp_row(milp, -SF_MILP_INF, 375);
	}
	value = sf_milp_row(milp, -SF_MILP_INF, SF_MILP_INF);
	for (int j = 0; j < 60; j++) {
		int col = sf_milp_col(milp, 0, 1, true);

		for (int i = 0; i < 3; i++) {
			sf_milp_put(milp, i, col, 1 + (int)sf_rng_below(&rng, 100));
		}
		sf_milp_put(milp, value, col, 100 + (int)sf_rng_below(&rng, 20));
	}
	sf_milp_objective(milp, true, value);
	return milp;
}

/* After a tenth of a second of its own time the process is killed. */
static void set_timer(void *ctx, uint64_t call)
{
	const struct itimerval soon = {{0, 0}, {0, 100000}};

	(void)ctx;
	(void)call;
	setitimer(ITIMER_VIRTUAL, &soon, NULL);
}

/* In the middle of a search there is a solution, and a bound that is better than a plain one. */
Test(milp, what_was_found_before_a_breakdown_counts)
{
	const struct sf_solver_options options = {.before = set_timer};
	struct sf_solver *of = sf_solver_create(&options);
	struct sf_milp_limits limits = {
		.solver = of, .nodes = UINT32_MAX, .integer_objective = true};
	struct sf_milp *milp = hard();
	struct sf_milp_result result;

	sf_milp_solve(milp, &limits, NULL, &result);
	cr_assert(result.broken);
	cr_expect(
		eq(str, (char *)sf_solver_trouble(of),
	           (char *)"solver: its process was killed by signal 26 (Virtual timer expired)"));
	cr_expect(eq(int, (int)result.status, SF_MILP_FEASIBLE));
	cr_expect(sf_milp_feasible(milp, result.x));
	cr_expect(eq(dbl, result.value, sf_milp_row_value(milp, 3, result.x)));
	cr_expect(gt(dbl, result.value, 1000));
	cr_expect(le(dbl, result.value, result.bound));
	cr_expect(lt(dbl, result.bound, 2000)); /* all things together are worth more than 6000 */
	sf_milp_result_finish(&result);
	sf_milp_destroy(milp);
	sf_solver_destroy(of);
}

/* GLPK aborts on a program whose matrix names a row that is not there: what it said is told. After so
 * many breakdowns it is not asked again. */
Test(milp, what_glpk_said_is_told_and_it_is_not_asked_for_ever)
{
	struct sf_solver *of = sf_solver_create(NULL);
	struct sf_milp_limits limits = {.solver = of, .nodes = 100};
	struct sf_milp *milp = sf_milp_create();
	int col = sf_milp_col(milp, 0, 1, true);

	sf_milp_put(milp, 7, col, 1);
	sf_milp_objective(milp, true, sf_milp_row(milp, 0, 1));
	for (uint64_t call = 1; call <= 7; call++) {
		struct sf_milp_result result;

		sf_milp_dive(milp, &limits, &col, 1, &result);
		cr_expect(result.broken);
		cr_expect(eq(int, (int)result.status, SF_MILP_UNKNOWN));
		cr_expect(eq(u64, sf_solver_calls(of), call < 5 ? call : 5));
		sf_milp_result_finish(&result);
	}
	cr_expect(
		eq(str, (char *)sf_solver_trouble(of),
	           (char *)"solver: glp_load_matrix: ia[1] = 8; row index out of range (the first "
	                   "of 5 times; it was not asked again)"));
	sf_milp_destroy(milp);
	sf_solver_destroy(of);
}

/* A program that is too large for the memory that one may take, then one that is not. */
Test(milp, memory_is_limited)
{
	const struct sf_solver_options options = {.memory_mib = 24};
	struct sf_solver *of = sf_solver_create(&options);

	for (int size = 200000; size > 0; size = size > 20 ? 20 : 0) {
		struct sf_milp_limits limits = {.solver = of, .nodes = 100, .relax = true};
		struct sf_milp *milp = sf_milp_create();
		struct sf_milp_result result;
		int row = sf_milp_row(milp, 0, size / 2);

		for (int j = 0; j < size; j++) {
			sf_milp_put(milp, row, sf_milp_col(milp, 0, 1, false), 1);
		}
		sf_milp_objective(milp, true, row);
		sf_milp_solve(milp, &limits, NULL, &result);
		cr_expect(eq(int, result.broken, size > 20));
		cr_expect(eq(dbl, result.bound, size > 20 ? size : size / 2));
		sf_milp_result_finish(&result);
		sf_milp_destroy(milp);
	}
	cr_expect(not(zero(ptr, (void *)sf_solver_trouble(of))));
	sf_solver_destroy(of);
}
