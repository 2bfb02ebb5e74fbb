/* Tests of the board on which pods are put by hand: who gives way to whom. */
// SPDX-License-Identifier: Apache-2.0
#include "replay_fixture.h"

#include "engine/plan_board.h"
#include "engine/solver.h"

#include <slicefit/arena.h>

TestSuite(plan_board, .timeout = 60, .init = open_catalog, .fini = close_catalog);

struct bench {
	struct sf_scenario *scenario;
	struct sf_solver *solver;
	struct sf_arena *arena;
	struct plan_model model;
	struct plan_board board;
};

static void open_bench(struct bench *bench, const char *yaml)
{
	const struct sf_demand_spec all = {.basis = SF_DEMAND_ALL};
	struct plan_means means = {.deadline_ns = UINT64_MAX};
	struct sf_error err = {0};
	struct sf_demand demand;
	int rc;

	bench->scenario = scenario_of(yaml);
	bench->solver = means.solver = sf_solver_create(NULL);
	bench->arena = sf_arena_create(0);
	rc = sf_demand_compute(bench->scenario, &all, bench->arena, &demand, &err);
	cr_assert(eq(int, rc, 0), "%s", err.text);
	rc = plan_model_build(bench->scenario, &demand, &means, bench->arena, &bench->model, &err);
	cr_assert(eq(int, rc, 0), "%s", err.text);
	plan_board_init(&bench->board, &bench->model);
}

static void close_bench(struct bench *bench)
{
	plan_board_finish(&bench->board);
	sf_arena_destroy(bench->arena);
	sf_solver_destroy(bench->solver);
	sf_scenario_destroy(bench->scenario);
}

/* Pods of the demand on all lots, at most `each` on a node. */
static void put(struct bench *bench, uint32_t demand, uint32_t each)
{
	size_t lots = bench->board.n;

	for (size_t l = 0; l < lots; l++) {
		plan_board_put(&bench->board, l, demand, each, bench->board.left[demand]);
	}
}

Test(plan_board, a_share_for_each_node)
{
	struct bench bench;

	open_bench(&bench, "pools: [{name: p, product: L40S, nodes: 3, gpus: 4}]\n"
	                   "workloads: [{count: 7, request: {gpu: 1}}]\n");
	put(&bench, 0, 2);
	cr_assert(eq(u32, bench.board.left[0], 1));
	put(&bench, 0, UINT32_MAX);
	cr_assert(eq(u32, bench.board.left[0], 0));
	close_bench(&bench);
}

/* The second workload is put first, then the first, which is of higher priority where it says so, has
 * to find a place. */
Test(plan_board, the_important_push_others_away)
{
	static const struct {
		const char *what, *text;
		uint32_t first, second; /* left */
	} rows[] = {
		{"one gives way",
	         "pools: [{name: p, product: L40S, nodes: 2, gpus: 2}]\n"
	         "workloads:\n"
	         "- {count: 1, priority: 5, request: {gpu: 1}}\n"
	         "- {count: 4, request: {gpu: 1}}\n",
	         0, 1},
		{"as many as are needed, and no more",
	         "pools: [{name: p, product: L40S, nodes: 2, gpus: 4}]\n"
	         "workloads:\n"
	         "- {count: 1, priority: 5, request: {gpu: 3}}\n"
	         "- {count: 8, request: {gpu: 1}}\n",
	         0, 3},
		{"those that go find another place",
	         "pools:\n"
	         "- {name: p, product: L40S, nodes: 1, gpus: 2, cpu: 8}\n"
	         "- {name: q, product: L40S, nodes: 1, gpus: 2, cpu: 3}\n"
	         "workloads:\n"
	         "- {count: 1, priority: 5, request: {gpu: 1, cpu: 8}}\n"
	         "- {count: 2, request: {gpu: 1, cpu: 1}}\n",
	         0, 0},
		{"equals do not",
	         "pools: [{name: p, product: L40S, nodes: 2, gpus: 2}]\n"
	         "workloads:\n"
	         "- {count: 1, request: {gpu: 1}}\n"
	         "- {count: 4, request: {gpu: 1}}\n",
	         1, 0},
		{"pods that run do not",
	         "pools: [{name: p, product: L40S, nodes: 2, gpus: 1}]\n"
	         "workloads:\n"
	         "- {count: 2, priority: 5, request: {gpu: 1}}\n"
	         "- {count: 2, request: {gpu: 1}, running: {p-0: 1}}\n",
	         1, 1},
		{"nor does it help where it fits nowhere",
	         "pools: [{name: p, product: L40S, nodes: 2, gpus: 1}]\n"
	         "workloads:\n"
	         "- {count: 1, priority: 5, request: {gpu: 2}}\n"
	         "- {count: 2, request: {gpu: 1}}\n",
	         1, 0},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct bench bench;

		open_bench(&bench, rows[i].text);
		put(&bench, 1, UINT32_MAX);
		put(&bench, 0, UINT32_MAX);
		plan_board_bump(&bench.board);
		cr_expect(eq(u32, bench.board.left[0], rows[i].first), "%s", rows[i].what);
		cr_expect(eq(u32, bench.board.left[1], rows[i].second), "%s", rows[i].what);
		close_bench(&bench);
	}
}
