/* test_plan_join: nodes that a plan buys take part in its roll-out: they join before any pod moves. */
// SPDX-License-Identifier: Apache-2.0
#include "replay_fixture.h"

#include <slicefit/arena.h>
#include <slicefit/rollout.h>

TestSuite(plan_join, .timeout = 60, .init = open_catalog, .fini = close_catalog);

struct joined {
	struct sf_scenario *scenario;
	struct sf_plan *plan;
	struct sf_arena *arena;
	struct sf_plan_joined with;
	struct sf_rollout *rollout;
};

static void join(const char *text, struct joined *out)
{
	const struct sf_plan_options options = {0};
	const struct sf_rollout_options one = {.max_unavailable = {1, false}};
	struct sf_error err = {0};

	out->scenario = scenario_of(text);
	out->plan = sf_plan_create(out->scenario, &options, &err);
	cr_assert(out->plan != NULL, "%s", err.text);
	out->arena = sf_arena_create(0);
	cr_assert(zero(int, sf_plan_join(out->scenario, out->plan, out->arena, &out->with, &err)),
	          "%s", err.text);
	out->rollout = sf_rollout_create(&out->with.scenario, &out->with.plan, &one, &err);
	cr_assert(out->rollout != NULL, "%s", err.text);
}

static void finish(struct joined *joined)
{
	sf_rollout_destroy(joined->rollout);
	sf_arena_destroy(joined->arena);
	sf_plan_destroy(joined->plan);
	sf_scenario_destroy(joined->scenario);
}

/* Five GPUs have to be cut and eight stay whole: with four each on two nodes that takes two more, to which the
 * running pods can move. */
static const char buying[] =
	"pools:\n"
	"- {name: a, product: A100-80GB, nodes: 2, gpus: 4, plan: {buy: {max: 3, price: 5}}}\n"
	"workloads:\n"
	"- {name: cut, priority: 5, count: 30, request: {mig: {1g.10gb: 1}}}\n"
	"- {name: big, priority: 3, count: 2, request: {gpu: 4}}\n"
	"- {name: run, count: 3, running: {a-0: 2, a-1: 1}, request: {gpu: 1}}\n";

Test(plan_join, joins_first_and_takes_pods)
{
	struct joined j;
	size_t on_new = 0;

	join(buying, &j);
	cr_assert(eq(sz, j.with.scenario.n_pools, 2));
	cr_expect(eq(str, (char *)j.with.scenario.pool[1].name, "a-new"));
	cr_assert(eq(u32, j.with.scenario.pool[1].count, 2));
	cr_expect(eq(str, (char *)j.with.scenario.pool[1].node_name[1], "a-new-1"));
	cr_assert(eq(sz, j.with.plan.n_nodes, 4));
	cr_expect(zero(sz, j.with.plan.n_bought));
	cr_assert(eq(sz, j.rollout->n_joining, 2));
	cr_expect(eq(u32, j.rollout->max_unavailable, 1));
	cr_expect(eq(u32, j.rollout->n_evicted, 3));
	cr_expect(zero(u32, j.rollout->n_waiting));
	cr_assert(eq(sz, j.rollout->n_nodes, 4));
	for (size_t i = 0; i < j.rollout->n_nodes; i++) {
		const struct sf_rollout_node *node = &j.rollout->node[i];

		cr_expect(eq(u32, node->node, i < 2 ? (uint32_t)i + 2 : node->node));
		cr_expect(eq(u32, node->wave, i < 2 ? 1 : (uint32_t)i));
		for (size_t m = 0; m < node->n_moves; m++) {
			on_new += node->move[m].to >= 2;
		}
	}
	cr_expect(gt(sz, on_new, 0)); /* nobody waits because they are there */
	finish(&j);
}

Test(plan_join, nothing_is_bought)
{
	struct joined j;

	join("pools: [{name: a, product: A30, nodes: 2, plan: {buy: {max: 3, price: 5}}}]\n"
	     "workloads: [{name: w, count: 2, request: {gpu: 1}}]\n",
	     &j);
	cr_expect(eq(sz, j.with.scenario.n_pools, 1));
	cr_expect(eq(sz, j.with.plan.n_nodes, 2));
	cr_expect(zero(sz, j.rollout->n_joining));
	cr_expect(zero(u32, j.rollout->n_waves));
	finish(&j);
}
