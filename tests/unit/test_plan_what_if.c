/* Tests of what-if plans and of the replay before and after a plan. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/what_if.h>

#include "engine/what_if_scenario.h"

#include <slicefit/arena.h>
#include <slicefit/catalog.h>
#include <slicefit/error.h>
#include <slicefit/plan_replay.h>
#include <slicefit/report_plan.h>
#include <slicefit/rng.h>
#include <slicefit/scenario_yaml.h>
#include <slicefit/str.h>
#include <slicefit/yaml.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TestSuite(plan_what_if, .timeout = 120);

struct fixture {
	struct sf_catalog *catalog;
	struct sf_scenario *scenario;
	struct sf_plan *plan;
	struct sf_arena *arena;
};

static void setup(struct fixture *f, const char *text)
{
	const struct sf_plan_options options = {0};
	struct sf_error err = {0};

	f->catalog = sf_catalog_create();
	f->scenario = sf_scenario_parse(text, strlen(text), "test", f->catalog, &err);
	cr_assert(f->scenario != NULL, "%s", err.text);
	f->plan = sf_plan_create(f->scenario, &options, &err);
	cr_assert(f->plan != NULL, "%s", err.text);
	f->arena = sf_arena_create(0);
}

static void teardown(struct fixture *f)
{
	sf_arena_destroy(f->arena);
	sf_plan_destroy(f->plan);
	sf_scenario_destroy(f->scenario);
	sf_catalog_destroy(f->catalog);
}

static struct sf_what_if *ask(struct fixture *f)
{
	const struct sf_plan_options options = {0};
	struct sf_error err = {0};
	struct sf_what_if *what_if = sf_what_if_create(f->scenario, f->plan, &options, &err);

	cr_assert(what_if != NULL, "%s", err.text);
	return what_if;
}

/* Five whole-GPU pods on 2 x 2 + 1 GPUs. */
static const char small[] =
	"pools:\n"
	"- {name: a, nodes: 2, product: A100-80GB, gpus: 2, cost_per_gpu_hour: 2}\n"
	"- {name: t, nodes: 1, product: T4, gpus: 1}\n"
	"workloads:\n"
	"- {name: high, count: 2, priority: 9, drain_cost: 3, request: {gpu: 1}, "
	"running: {a-0: 2}}\n"
	"- {name: low, count: 3, request: {gpu: 1}, running: {a-1: 1}}\n";

Test(plan_what_if, rows_are_what_the_plans_of_such_clusters_would_be)
{
	static const struct {
		enum sf_what_if_kind kind;
		const char *pool, *node;
		uint32_t displaced, nodes, wanted[2], unmet[2];
		double cost;
	} rows[] = {
		{SF_WHAT_IF_AS_PLANNED, "", "", 0, 3, {2, 3}, {0, 0}, 8},
		{SF_WHAT_IF_FEWER, "a", "a-1", 1, 2, {2, 3}, {0, 2}, 4},
		{SF_WHAT_IF_MORE, "a", "", 0, 4, {2, 3}, {0, 0}, 12},
		{SF_WHAT_IF_FAILURE, "a", "a-0", 2, 2, {2, 3}, {0, 2}, 4},
		{SF_WHAT_IF_FEWER, "t", "t-0", 0, 2, {2, 3}, {0, 1}, 8},
		{SF_WHAT_IF_MORE, "t", "", 0, 4, {2, 3}, {0, 0}, 8},
		{SF_WHAT_IF_FAILURE, "t", "t-0", 0, 2, {2, 3}, {0, 1}, 8},
		{SF_WHAT_IF_DEMAND, "", "", 0, 3, {3, 4}, {0, 2}, 8},
		{SF_WHAT_IF_DEMAND, "", "", 0, 3, {3, 4}, {0, 2}, 8},
	};
	struct fixture f;

	setup(&f, small);
	struct sf_what_if *what_if = ask(&f);
	cr_assert(eq(sz, what_if->n, sizeof rows / sizeof rows[0]));
	cr_assert(eq(sz, what_if->n_priorities, 2));
	cr_expect(what_if->all_pools == true);
	for (size_t i = 0; i < what_if->n; i++) {
		const struct sf_what_if_row *row = &what_if->row[i];

		cr_expect(eq(int, (int)row->kind, (int)rows[i].kind), "row %zu", i);
		cr_expect(eq(str, (char *)(row->pool ? row->pool : ""), (char *)rows[i].pool),
		          "row %zu", i);
		cr_expect(eq(str, (char *)(row->node ? row->node : ""), (char *)rows[i].node),
		          "row %zu", i);
		cr_expect(eq(u32, row->displaced, rows[i].displaced), "row %zu", i);
		cr_expect(eq(u32, row->nodes, rows[i].nodes), "row %zu", i);
		cr_expect(epsilon_eq(dbl, row->cost_per_hour, rows[i].cost, 1e-9), "row %zu", i);
		for (size_t k = 0; k < 2; k++) {
			cr_expect(eq(int, row->unmet[k].priority, k ? 0 : 9));
			cr_expect(eq(u32, row->unmet[k].wanted, rows[i].wanted[k]), "row %zu", i);
			cr_expect(eq(u32, row->unmet[k].unmet, rows[i].unmet[k]), "row %zu", i);
		}
	}
	sf_what_if_destroy(what_if);
	teardown(&f);
}

Test(plan_what_if, the_only_node_has_to_stay)
{
	struct fixture f;

	setup(&f, "pools:\n- {product: T4}\nworkloads:\n- {count: 1, request: {gpu: 1}}\n");
	struct sf_what_if *what_if = ask(&f);
	cr_assert(eq(sz, what_if->n, 4));
	cr_expect(eq(int, (int)what_if->row[1].kind, SF_WHAT_IF_MORE));
	sf_what_if_destroy(what_if);
	teardown(&f);
}

/* How many pods of each workload run on the node of this name. */
static uint32_t pods_on(const struct sf_scenario *scenario, size_t w, const char *name)
{
	char buffer[SF_NODE_NAME_MAX + 1];
	uint32_t pods = 0, index;

	for (size_t i = 0; i < scenario->workload[w].n_running; i++) {
		const struct sf_running *running = &scenario->workload[w].running[i];
		const struct sf_pool *pool = sf_scenario_pool_of(scenario, running->node, &index);

		if (strcmp(sf_pool_node_name(pool, index, buffer), name) == 0) {
			pods += running->pods;
		}
	}
	return pods;
}

static const char named[] = "pools:\n"
			    "- {name: x, names: [x0, x1, x2], product: T4, gpus: 4}\n"
			    "- {name: y, names: [y0], product: T4, gpus: 4}\n"
			    "- {name: z, names: [z0, z1], product: T4, gpus: 4}\n"
			    "workloads:\n"
			    "- {count: 9, request: {gpu: 1}, running: {x1: 1, x2: 2, y0: 1}}\n"
			    "- {count: 9, request: {gpu: 1}, running: {x0: 1, z0: 2, z1: 3}}\n";

/* Nodes come and go at random: the pods of the others stay where they are, by name. */
Test(plan_what_if, pods_stay_on_their_nodes_when_others_come_and_go)
{
	static const char *const names[] = {"x0", "x1", "x2", "y0", "z0", "z1"};
	struct fixture f;
	struct sf_rng rng;

	setup(&f, named);
	sf_rng_seed(&rng, 3, 0);
	for (int round = 0; round < 200; round++) {
		struct sf_scenario changed;
		const char *gone = "";
		char buffer[SF_NODE_NAME_MAX + 1], copy[SF_NODE_NAME_MAX + 1];
		size_t p = sf_rng_below(&rng, 3);

		cr_assert(eq(int,
		             what_if_scenario(f.scenario, &f.plan->demand, 0, f.arena, &changed),
		             0));
		if (sf_rng_below(&rng, 2)) {
			uint32_t i = (uint32_t)sf_rng_below(&rng, changed.pool[p].count);

			snprintf(copy, sizeof copy, "%s",
			         sf_pool_node_name(&changed.pool[p], i, buffer));
			gone = copy;
			cr_assert(eq(int, what_if_remove(&changed, p, i, f.arena), 0));
		} else {
			cr_assert(eq(int, what_if_add(&changed, p, f.arena), 0));
		}
		for (size_t w = 0; w < 2; w++) {
			uint32_t total = 0;

			for (size_t k = 0; k < sizeof names / sizeof names[0]; k++) {
				uint32_t want = strcmp(names[k], gone) == 0
				                        ? 0
				                        : pods_on(f.scenario, w, names[k]);

				cr_expect(eq(u32, pods_on(&changed, w, names[k]), want),
				          "%s without %s", names[k], gone);
				total += want;
			}
			cr_expect(eq(u32, changed.workload[w].n_running_pods, total));
		}
	}
	teardown(&f);
}

Test(plan_what_if, the_report_has_all_parts)
{
	static const char *const lines[] = {
		"\nWhat if\n",
		"\none node fewer: a-1  ",
		"\ndemand +25 %  ",
		"\nBefore and after\n",
		"\nThe scenario under best-fit with its seed, before and on the planned nodes.\n",
	};
	const struct sf_rollout_options options = {0};
	struct sf_error err = {0};
	struct sf_plan_replay replay;
	struct sf_str text = {0};
	struct fixture f;

	setup(&f, small);
	struct sf_rollout *rollout = sf_rollout_create(f.scenario, f.plan, &options, &err);
	cr_assert(rollout != NULL, "%s", err.text);
	cr_assert(eq(int, sf_plan_replay(f.scenario, rollout, &replay, &err), 0), "%s", err.text);
	struct sf_what_if *what_if = ask(&f);
	const struct sf_plan_report report = {.scenario = f.scenario,
	                                      .plan = f.plan,
	                                      .rollout = rollout,
	                                      .replay = &replay,
	                                      .what_if = what_if};
	sf_plan_report_text(&report, &text);
	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
		cr_expect(strstr(text.text, lines[i]) != NULL, "%s in %s", lines[i], text.text);
	}
	text.len = 0;
	sf_plan_report_json(&report, &text);
	const struct sf_yaml *json = sf_yaml_parse(text.text, text.len, "json", f.arena, &err);
	cr_assert(json != NULL, "%s", err.text);
	cr_expect(eq(sz, sf_yaml_get(json, "what_if")->n, 9));
	cr_expect(eq(str, (char *)sf_yaml_get(sf_yaml_get(json, "replay"), "policy")->text,
	             "best-fit"));
	sf_str_finish(&text);
	sf_what_if_destroy(what_if);
	sf_plan_replay_finish(&replay);
	sf_rollout_destroy(rollout);
	teardown(&f);
}

/* Seven slices are asked for, there are none before and seven after; a whole GPU that runs goes on. */
Test(plan_what_if, the_replay_counts_who_is_served_before_and_after)
{
	static const char text[] = "pools:\n- {name: a, nodes: 2, product: A100-80GB, gpus: 1}\n"
				   "workloads:\n"
				   "- {name: run, count: 1, request: {gpu: 1}, running: {a-0: 1}}\n"
				   "- {name: cut, count: 7, request: {mig: {1g.10gb: 1}}}\n";
	const struct sf_rollout_options options = {0};
	struct sf_error err = {0};
	struct sf_plan_replay replay;
	struct fixture f;

	setup(&f, text);
	struct sf_rollout *rollout = sf_rollout_create(f.scenario, f.plan, &options, &err);
	cr_assert(rollout != NULL, "%s", err.text);
	cr_assert(eq(int, sf_plan_replay(f.scenario, rollout, &replay, &err), 0), "%s", err.text);
	cr_expect(replay.timed == false);
	cr_expect(eq(u32, replay.before.placed, 1));
	cr_expect(eq(u32, replay.after.placed, 8));
	cr_expect(eq(u32, replay.after.workload[0].placed, 1));
	sf_plan_replay_finish(&replay);
	sf_rollout_destroy(rollout);
	teardown(&f);
}
