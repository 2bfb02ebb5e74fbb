/* test_milp: the solver wrapper: optima, bounds, limits, starts and broken models. */
// SPDX-License-Identifier: Apache-2.0
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "engine/milp.h"

#include <slicefit/clock.h>
#include <slicefit/error.h>
#include <slicefit/rng.h>

#include <stdlib.h>

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
	struct sf_milp_limits limits = {.nodes = 10000, .integer_objective = true};
	struct sf_rng rng;

	sf_rng_seed(&rng, 1, 1);
	for (int round = 0; round < 60; round++) {
		int weight[10], value[10], n = 3 + (int)sf_rng_below(&rng, 8);
		struct sf_milp_result result;
		struct sf_error err = {0};
		struct sf_milp *milp;

		for (int j = 0; j < n; j++) {
			weight[j] = 1 + (int)sf_rng_below(&rng, 20);
			value[j] = 1 + (int)sf_rng_below(&rng, 20);
		}
		milp = knapsack(weight, value, n, 30);
		cr_assert(eq(int, sf_milp_solve(milp, &limits, NULL, &result, &err), 0));
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
	struct sf_milp_limits limits = {.nodes = 1000};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct sf_milp *milp = knapsack(weight, value, 4, 12);
		struct sf_milp_result result;
		struct sf_error err = {0};

		sf_milp_costs(milp, rows[i].maximise, rows[i].cost);
		sf_milp_col(milp, 0, 1, true);
		cr_assert(eq(int, sf_milp_solve(milp, &limits, NULL, &result, &err), 0));
		cr_assert(eq(int, (int)result.status, SF_MILP_OPTIMAL));
		cr_expect(epsilon_eq(dbl, result.value, rows[i].value, 1e-9), "row %zu", i);
		sf_milp_result_finish(&result);
		sf_milp_objective(milp, true, 1);
		cr_assert(eq(int, sf_milp_solve(milp, &limits, NULL, &result, &err), 0));
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
		struct sf_milp *milp = stubborn();
		struct sf_milp_result result;
		double start[30] = {0};

		for (int j = 0; j < (rows[i].wrong_start ? 20 : 7); j++) {
			start[j] = 1;
		}
		cr_assert(eq(int,
		             sf_milp_solve(milp, &rows[i].limits, rows[i].use_start ? start : NULL,
		                           &result, NULL),
		             0));
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
	struct sf_milp_limits limits = {.nodes = 100}, relax = {.relax = true};
	struct sf_milp *milp = sf_milp_create();
	struct sf_milp_result result;
	int col = sf_milp_col(milp, 0, 10, true), row = sf_milp_row(milp, 1, 2);

	/* 1 <= 3x <= 2 has a relaxed solution and no integer one; the coefficient is put twice. */
	sf_milp_put(milp, row, col, 1);
	sf_milp_put(milp, row, col, 2);
	sf_milp_objective(milp, true, row);
	cr_assert(eq(int, sf_milp_solve(milp, &relax, NULL, &result, NULL), 0));
	cr_expect(epsilon_eq(dbl, result.value, 2, 1e-9));
	cr_expect(epsilon_eq(dbl, result.x[col], 2.0 / 3, 1e-9));
	sf_milp_result_finish(&result);
	cr_assert(eq(int, sf_milp_solve(milp, &limits, NULL, &result, NULL), 0));
	cr_expect(eq(int, (int)result.status, SF_MILP_INFEASIBLE));
	sf_milp_result_finish(&result);
	sf_milp_destroy(milp);
}

Test(milp, broken_model_is_an_error_and_the_next_solve_works)
{
	struct sf_milp_limits limits = {.nodes = 100, .integer_objective = true};
	struct sf_milp *milp = sf_milp_create();
	struct sf_milp_result result;
	struct sf_error err = {0};
	int weight[] = {3, 4}, value[] = {5, 6};

	sf_milp_col(milp, 0, 1, true);
	sf_milp_row(milp, 0, 1);
	sf_milp_put(milp, 7, 0, 1); /* there is no row 7: GLPK aborts on that */
	sf_milp_objective(milp, true, 0);
	cr_assert(eq(int, sf_milp_solve(milp, &limits, NULL, &result, &err), -1));
	cr_expect(eq(int, (int)err.code, SF_ESOLVER));
	sf_milp_destroy(milp);

	milp = knapsack(weight, value, 2, 4);
	cr_assert(eq(int, sf_milp_solve(milp, &limits, NULL, &result, &err), 0));
	cr_expect(eq(int, (int)result.value, 6));
	sf_milp_result_finish(&result);
	sf_milp_destroy(milp);
}

/* A dive ends where a relaxation with those columns whole is, and no better than the best subset. */
Test(milp, dives_end_in_solutions)
{
	struct sf_milp_limits limits = {.nodes = 100};
	struct sf_rng rng;

	sf_rng_seed(&rng, 3, 1);
	for (int round = 0; round < 60; round++) {
		int weight[10], value[10], col[10], n = 3 + (int)sf_rng_below(&rng, 8);
		struct sf_milp_result result;
		struct sf_error err = {0};
		struct sf_milp *milp;

		for (int j = 0; j < n; j++) {
			weight[j] = 1 + (int)sf_rng_below(&rng, 20);
			value[j] = 1 + (int)sf_rng_below(&rng, 20);
			col[j] = j;
		}
		milp = knapsack(weight, value, n, 30);
		cr_assert(eq(int, sf_milp_dive(milp, &limits, col, (size_t)n, &result, &err), 0));
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
	struct sf_milp_limits limits = {.nodes = 100};
	struct sf_milp_result result;
	struct sf_error err = {0};
	int col = sf_milp_col(milp, 0.25, 0.75, true);

	sf_milp_objective(milp, true, sf_milp_row(milp, -SF_MILP_INF, SF_MILP_INF));
	cr_assert(eq(int, sf_milp_dive(milp, &limits, &col, 1, &result, &err), 0));
	cr_expect(eq(int, (int)result.status, SF_MILP_INFEASIBLE));
	sf_milp_result_finish(&result);
	sf_milp_destroy(milp);
}
