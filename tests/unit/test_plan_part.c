/* Tests of plans made better part by part: against the exact program of the whole cluster. */
// SPDX-License-Identifier: Apache-2.0
#include "plan_bed.h"

#include "engine/plan_lp.h"
#include "engine/plan_part.h"
#include "engine/plan_tier.h"
#include "engine/plan_trim.h"
#include "engine/solver.h"

#include <slicefit/alloc.h>
#include <slicefit/arena.h>

TestSuite(plan_part, .timeout = 120);

struct bench {
	struct bed bed;
	struct sf_solver *solver;
	struct sf_arena *arena;
	struct plan_model model;
};

/* `times` as many nodes where no pods run. */
static void open_bench(struct bench *bench, struct sf_rng *rng, uint32_t times)
{
	const struct sf_demand_spec all = {.basis = SF_DEMAND_ALL};
	struct plan_means means = {.deadline_ns = 0};
	struct sf_error err = {0};
	struct sf_demand demand;
	uint32_t running = 0;
	int rc;

	random_bed(rng, &bench->bed);
	for (size_t w = 0; w < bench->bed.scenario.n_workloads; w++) {
		running += bench->bed.workload[w].n_running_pods;
	}
	for (size_t w = 0; !running && w < bench->bed.scenario.n_workloads; w++) {
		bench->bed.workload[w].count *= times;
	}
	for (size_t p = 0; !running && p < bench->bed.scenario.n_pools; p++) {
		bench->bed.pool[p].count *= times;
	}
	bench->solver = means.solver = sf_solver_create(NULL);
	bench->arena = sf_arena_create(0);
	rc = sf_demand_compute(&bench->bed.scenario, &all, bench->arena, &demand, &err);
	cr_assert(eq(int, rc, 0), "%s", err.text);
	rc = plan_model_build(&bench->bed.scenario, &demand, &means, bench->arena, &bench->model,
	                      &err);
	cr_assert(eq(int, rc, 0), "%s", err.text);
}

static void close_bench(struct bench *bench)
{
	sf_arena_destroy(bench->arena);
	sf_solver_destroy(bench->solver);
	bed_finish(&bench->bed);
}

/* From what runs today. The caller owns the outcome. */
static void by_parts(const struct plan_model *model, struct plan_outcome *out)
{
	const struct plan_limits limits = {.nodes = 1000};
	struct plan_solution today = {0};
	struct plan_solver s;

	plan_solver_begin(&s, model, &limits, out);
	plan_settle(model, &today);
	plan_trim(model, &today);
	plan_offer(&s, &today);
	plan_by_parts(&s);
	plan_solver_end(&s);
}

/* Does the plan keep all rows of the exact program? */
static bool is_legal(const struct plan_model *model, const struct plan_solution *solution)
{
	struct plan_lp *lp = plan_lp_create(model, false);
	double *x = plan_lp_point(lp, solution);
	bool legal = sf_milp_feasible(lp->milp, x);

	free(x);
	plan_lp_destroy(lp);
	return legal;
}

/* The tiers that parts care for: how much better (> 0) or worse the plan is in the first that differs. */
static int64_t ahead(const struct plan_model *model, const int64_t *a, const int64_t *b)
{
	for (size_t t = 0; t < model->n_tiers; t++) {
		bool max = plan_tier_is_max(model, t);

		if (!max && !plan_tier_has(model, t, SF_PLAN_DRAIN)) {
			return 0;
		}
		if (a[t] != b[t]) {
			return max ? a[t] - b[t] : b[t] - a[t];
		}
	}
	return 0;
}

/* Clusters of up to four nodes are a part as a whole: then nothing is left to be found. */
Test(plan_part, a_small_cluster_is_solved)
{
	struct sf_rng rng;

	sf_rng_seed(&rng, 3, 1);
	for (int round = 0; round < 100; round++) {
		struct bench bench;
		struct plan_outcome parts;
		struct oracle best;

		open_bench(&bench, &rng, 1);
		by_parts(&bench.model, &parts);
		oracle_solve(&bench.bed.scenario, &best);
		cr_assert(is_legal(&bench.model, &parts.solution), "round %d", round);
		for (size_t t = 0; t < best.levels; t++) {
			cr_expect(eq(i64, parts.value[t], best.value[t]), "round %d level %zu",
			          round, t);
		}
		for (size_t t = best.levels; t < bench.model.n_tiers; t++) {
			if (plan_tier_has(&bench.model, t, SF_PLAN_DRAIN)) {
				cr_expect(eq(i64, parts.value[t], best.cost[ORACLE_DRAIN]),
				          "round %d drain", round);
			}
		}
		plan_outcome_finish(&parts);
		close_bench(&bench);
	}
}

Test(plan_part, larger_ones_become_better_and_stay_legal)
{
	const struct plan_limits limits = {.nodes = 1000};
	struct sf_rng rng;
	int better = 0, best_of_all = 0;

	sf_rng_seed(&rng, 3, 2);
	for (int round = 0; round < 25; round++) {
		struct bench bench;
		struct plan_outcome parts, again, best;
		struct plan_solution today = {0};
		int64_t value[32];

		open_bench(&bench, &rng, 4);
		by_parts(&bench.model, &parts);
		by_parts(&bench.model, &again);
		plan_solve(&bench.model, &limits, NULL, &best);
		plan_settle(&bench.model, &today);
		plan_trim(&bench.model, &today);
		cr_assert(le(sz, bench.model.n_tiers, sizeof value / sizeof value[0]));
		plan_solution_value(&bench.model, &today, value);

		cr_assert(is_legal(&bench.model, &parts.solution), "round %d", round);
		cr_assert(eq(int, plan_value_compare(&bench.model, parts.value, again.value), 0),
		          "round %d: not the same twice", round);
		cr_assert(ge(i64, ahead(&bench.model, parts.value, value), 0), "round %d", round);
		cr_assert(ge(i64, ahead(&bench.model, best.bound, parts.value), 0), "round %d",
		          round);
		better += ahead(&bench.model, parts.value, value) > 0;
		best_of_all += ahead(&bench.model, best.value, parts.value) == 0;
		plan_solution_finish(&today);
		plan_outcome_finish(&parts);
		plan_outcome_finish(&again);
		plan_outcome_finish(&best);
		close_bench(&bench);
	}
	cr_expect(gt(int, better, 15), "better than today in %d of 25", better);
	cr_expect(gt(int, best_of_all, 15), "as good as all ways together in %d of 25",
	          best_of_all);
}
