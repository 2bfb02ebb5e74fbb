/* test_plan_break: the solver breaks down at each of its calls in turn, and there is a plan all the same. */
// SPDX-License-Identifier: Apache-2.0
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "plan_check.h"
#include "solver_script.h"

#include "engine/pack.h"
#include "engine/plan_make.h"
#include "engine/solver.h"

#include <slicefit/catalog.h>
#include <slicefit/scenario_yaml.h>

#include <math.h>
#include <string.h>

/* Each is one where greedy does worse, and where several ways of solving have a part. */
static const char *const texts[] = {
	/* running pods, more wanted than fits, two priorities */
	"pools:\n"
	"- {name: a, nodes: 3, gpus: 2, product: A100-80GB, cpu: 32, memory: 256Gi}\n"
	"workloads:\n"
	"- {name: w0, count: 3, priority: 10, request: {mig: {3g.40gb: 1}, cpu: 7}}\n"
	"- {name: w1, count: 12, request: {mig: {1g.10gb: 2}, cpu: 5}}\n"
	"- {name: w2, count: 2, priority: 10, request: {gpu: 1, cpu: 8}, running: {a-0: 2}}\n"
	"- {name: w3, count: 2, drain_cost: 2, request: {gpu: 1, cpu: 13}, running: {a-1: 1}}\n",
	/* shared GPUs by patterns, more of them than are listed */
	"pools: [{name: s, nodes: 2, gpus: 2, product: A100-80GB}]\n"
	"plan: {sharing: packed, gpu_memory_reserve: 1Gi, tiers: [unmet, gpus]}\n"
	"workloads:\n"
	"- {count: 11, max_replicas: 16, gpu_duty: 0.13, request: {shared: 1, gpu_memory: 11Gi}}\n"
	"- {count: 12, max_replicas: 16, gpu_duty: 0.07, request: {shared: 1, gpu_memory: 7Gi}}\n"
	"- {count: 10, max_replicas: 16, gpu_duty: 0.05, request: {shared: 1, gpu_memory: 5Gi}}\n"
	"- {count: 7, max_replicas: 16, gpu_duty: 0.22, request: {shared: 1, gpu_memory: 17Gi}}\n"
	"- {count: 9, max_replicas: 16, gpu_duty: 0.03, request: {shared: 1, gpu_memory: 3Gi}}\n"
	"- {count: 5, max_replicas: 16, gpu_duty: 0.11, request: {shared: 1, gpu_memory: 9Gi}}\n"
	"- {count: 4, max_replicas: 16, gpu_duty: 0.04, request: {shared: 1, gpu_memory: 13Gi}}\n",
	/* nodes may be bought */
	"pools:\n"
	"- {name: b, nodes: 2, gpus: 2, product: A100-40GB, cpu: 32, memory: 128Gi,\n"
	"   plan: {buy: {max: 3, price: 2}}}\n"
	"workloads:\n"
	"- {name: x, count: 9, request: {mig: {1g.5gb: 1}, cpu: 3}}\n"
	"- {name: y, count: 3, priority: 5, request: {mig: {2g.10gb: 1}, cpu: 9}}\n"
	"- {name: z, count: 1, request: {gpu: 1, cpu: 2}, running: {b-1: 1}}\n",
};

enum { TEXTS = sizeof texts / sizeof texts[0] };

struct bed {
	struct sf_catalog *catalog;
	struct sf_scenario *scenario;
};

static void bed_init(struct bed *bed, int text)
{
	struct sf_error err = {0};

	bed->catalog = sf_catalog_create();
	bed->scenario =
		sf_scenario_parse(texts[text], strlen(texts[text]), "test", bed->catalog, &err);
	cr_assert(not(zero(ptr, bed->scenario)), "%s", err.text);
}

static void bed_finish(struct bed *bed)
{
	sf_scenario_destroy(bed->scenario);
	sf_catalog_destroy(bed->catalog);
}

/* The plan with the script, and how many calls that took. */
static struct sf_plan *plan_with(const struct bed *bed, struct script script, double time_limit_s,
                                 uint64_t *calls)
{
	const struct sf_solver_options solving = {
		.memory_mib = 64, .grace_ms = 20, .before = play, .ctx = &script};
	const struct sf_plan_options options = {.time_limit_s = time_limit_s};
	struct sf_solver *solver = sf_solver_create(&solving);
	struct sf_error err = {0};
	struct sf_plan *plan = plan_make(bed->scenario, &options, solver, &err);

	cr_assert(not(zero(ptr, plan)), "%s", err.text);
	*calls = sf_solver_calls(solver);
	sf_solver_destroy(solver);
	return plan;
}

/* Is what the plan reaches no worse than the other, tier by tier? */
static bool is_no_worse(const struct sf_plan *plan, const struct sf_plan *other)
{
	for (size_t t = 0; t < plan->n_tiers; t++) {
		int64_t a = plan->tier[t].value, b = other->tier[t].value;

		if (a != b) {
			return (a > b) == plan->tier[t].maximised;
		}
	}
	return true;
}

/* No bound excludes the best plan, and nothing is called proven that is not. */
static void check_bounds(const struct sf_plan *plan, const struct sf_plan *best, int round)
{
	for (size_t t = 0; t < plan->n_tiers; t++) {
		const struct sf_plan_tier *tier = &plan->tier[t];
		int64_t value = best->tier[t].value;
		bool holds = tier->maximised ? tier->bound >= value : tier->bound <= value;

		cr_expect(holds, "round %d %s: %s", round, tier->name, tiers_text(plan));
		cr_expect(eq(int, tier->proven, tier->value == tier->bound));
		if (tier->value != value) {
			cr_expect(not(tier->proven), "round %d: %s", round, tiers_text(plan));
			return;
		}
	}
}

/* The pods of each node go onto its GPUs, by memory, time and number. */
static void check_packing(const struct sf_scenario *scenario, const struct sf_plan *plan, int round)
{
	struct sf_solver *solver = sf_solver_create(NULL);
	const struct pack_limits limits = {.solver = solver, .nodes = 4000};

	for (size_t i = 0; i < plan->n_nodes; i++) {
		const struct sf_node_plan *node = &plan->node[i];
		const struct pack_class class = {.memory_mib = node->after[0].product->memory_mib -
		                                               scenario->gpu_reserve_mib,
		                                 .duty_milli = 900,
		                                 .pods = node->replicas,
		                                 .gpus = node->n_gpus};
		struct pack_type type[8];
		const struct pack_problem problem = {scenario->n_workloads, type, 1, &class};
		struct pack_result result;
		struct sf_error err = {0};

		for (size_t w = 0; w < scenario->n_workloads; w++) {
			const struct sf_workload *of = &scenario->workload[w];

			type[w] = (struct pack_type){of->request.gpu_memory_mib,
			                             (int32_t)lround(1000 * of->gpu_duty),
			                             node->pods[w], NULL};
		}
		cr_assert(eq(int, pack_solve(&problem, NULL, &limits, &result, &err), 0));
		cr_expect(eq(u32, result.unpacked, 0), "round %d node %zu", round, i);
		pack_result_finish(&result);
	}
	sf_solver_destroy(solver);
}

static void check_plan(const struct bed *bed, const struct sf_plan *plan,
                       const struct sf_plan *greedy, const struct sf_plan *best, int round)
{
	check_counts(bed->scenario, plan, round);
	check_layouts(plan, round);
	if (bed->scenario->plan.packed) {
		check_packing(bed->scenario, plan, round);
	} else {
		check_places(bed->scenario, plan, round);
	}
	cr_expect(is_no_worse(plan, greedy), "round %d: %s", round, tiers_text(plan));
	cr_expect(is_no_worse(best, plan), "round %d: %s", round, tiers_text(plan));
	check_bounds(plan, best, round);
}

/* Nothing is solved, but the plan is there, and says why it is no better. */
static struct sf_plan *greedy_plan(const struct bed *bed)
{
	uint64_t calls;
	struct sf_plan *plan =
		plan_with(bed, (struct script){.deed = END, .last = UINT64_MAX}, 0, &calls);

	cr_expect(eq(u64, calls, 5));
	cr_assert(not(zero(ptr, (void *)plan->trouble)));
	cr_expect(
		eq(str, (char *)plan->trouble,
	           (char *)"solver: its process ended with status 3 (the first of 5 times; it was "
	                   "not asked again)"));
	cr_expect(plan->reproducible);
	return plan;
}

Test(plan_break, at_every_call_in_turn, .timeout = 280)
{
	for (int text = 0; text < TEXTS; text++) {
		uint64_t calls, n;
		struct bed bed;
		struct sf_plan *best, *greedy;

		bed_init(&bed, text);
		greedy = greedy_plan(&bed);
		best = plan_with(&bed, (struct script){.deed = DEEDS}, 0, &n);
		cr_expect(best->optimal, "%s", tiers_text(best));
		cr_expect(zero(ptr, (void *)best->trouble));
		cr_expect(gt(u64, n, 10));
		cr_expect(not(is_no_worse(greedy, best)), "%s", tiers_text(greedy));
		check_plan(&bed, best, greedy, best, -1);
		check_plan(&bed, greedy, greedy, best, -2);
		for (uint64_t k = 0; k < n; k++) {
			const struct script script = {(enum deed)(k % DEEDS), k, k};
			struct sf_plan *plan = plan_with(&bed, script, 0, &calls);

			cr_expect(plan->trouble || script.deed == STARVE, "call %d", (int)k);
			check_plan(&bed, plan, greedy, best, (int)k);
			sf_plan_destroy(plan);
		}
		sf_plan_destroy(greedy);
		sf_plan_destroy(best);
		bed_finish(&bed);
	}
}

/* A process that hangs is ended when the time is over, and with it the search. */
Test(plan_break, a_hanging_solver_costs_no_plan)
{
	for (int text = 0; text < TEXTS; text++) {
		uint64_t n;
		struct bed bed;
		struct sf_plan *best, *greedy;

		bed_init(&bed, text);
		greedy = greedy_plan(&bed);
		best = plan_with(&bed, (struct script){.deed = DEEDS}, 0, &n);
		for (uint64_t k = 0; k < n; k += n / 3) {
			const struct script script = {HANG, k, k};
			uint64_t calls;
			struct sf_plan *plan = plan_with(&bed, script, 0.05, &calls);

			cr_expect(not(plan->reproducible));
			if (calls == k + 1) {
				cr_assert(not(zero(ptr, (void *)plan->trouble)));
				cr_expect(eq(str, (char *)plan->trouble,
				             (char *)"solver: no answer in time, its process was "
				                     "ended"));
			}
			check_plan(&bed, plan, greedy, best, (int)k);
			sf_plan_destroy(plan);
		}
		sf_plan_destroy(greedy);
		sf_plan_destroy(best);
		bed_finish(&bed);
	}
}
