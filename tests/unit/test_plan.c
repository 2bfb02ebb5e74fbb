/* test_plan: plans against brute force, their legality, limits, bounds and stability. */
// SPDX-License-Identifier: Apache-2.0
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "plan_bed.h"

#include <slicefit/clock.h>

Test(plan, small_clusters_match_brute_force, .timeout = 280)
{
	static const enum sf_plan_tier_kind costs[ORACLE_COSTS] = {
		[ORACLE_DRAIN] = SF_PLAN_DRAIN,
		[ORACLE_REBUILT] = SF_PLAN_REBUILT,
		[ORACLE_GPUS] = SF_PLAN_GPUS,
	};
	struct sf_rng rng;

	sf_rng_seed(&rng, 2026, 1);
	for (int round = 0; round < 1000; round++) {
		struct bed bed;
		struct oracle best;
		struct sf_plan *plan;

		random_bed(&rng, &bed);
		oracle_solve(&bed.scenario, &best);
		plan = make_plan(&bed, NULL);
		for (size_t l = 0; l < best.levels; l++) {
			cr_expect(eq(i64, plan->tier[l].value, best.value[l]), "round %d %s", round,
			          plan->tier[l].name);
		}
		for (size_t k = 0; k < ORACLE_COSTS; k++) {
			cr_expect(eq(i64, tier_value(plan, costs[k]), best.cost[k]),
			          "round %d %s: %s", round, sf_plan_tier_names[costs[k]],
			          tiers_text(plan));
		}
		for (size_t t = best.levels; t < plan->n_tiers; t++) {
			cr_expect(not(plan->tier[t].maximised), "round %d: %s", round,
			          tiers_text(plan));
		}
		cr_expect(plan->optimal, "round %d: %s", round, tiers_text(plan));
		check_layouts(plan, round);
		check_places(&bed.scenario, plan, round);
		sf_plan_destroy(plan);
		bed_finish(&bed);
	}
}

/* The cheapest nodes that serve what the others cannot, and none more. */
Test(plan, buys_what_is_needed_and_no_more)
{
	static const struct {
		uint32_t whole, cut;     /* pods that want an A30, and a quarter of one */
		double price_a, price_b; /* of a node with 1 A30, with 4 */
		int64_t cost;            /* in thousandths */
		size_t bought;
	} rows[] = {
		{4, 0, 1.5, 4, 0, 0},      /* all fit */
		{5, 0, 1.5, 4, 1500, 1},   /* one more GPU */
		{7, 0, 1.5, 4, 4000, 1},   /* three small nodes are dearer than a large one */
		{3, 8, 1.5, 4, 1500, 1},   /* quarters on a node that is there and on a new one */
		{40, 0, 1.5, 4, 12500, 5}, /* all that may be bought */
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct bed bed;
		struct sf_pool *pool;
		struct sf_plan *plan;
		size_t bought = 0;

		bed_init(&bed);
		pool = add_pool(&bed, "A30", 0, 1);
		pool->buy_max = 3;
		pool->price = rows[i].price_a;
		pool = add_pool(&bed, "A30", 1, 4);
		pool->buy_max = 2;
		pool->price = rows[i].price_b;
		add_workload(&bed, rows[i].whole, 0)->request.gpu = 1;
		want_mig(add_workload(&bed, rows[i].cut, 0), "1g.6gb", 1);
		plan = make_plan(&bed, NULL);
		for (size_t n = 0; n < plan->n_bought; n++) {
			bought += plan->node[plan->n_nodes + n].bought;
		}
		cr_expect(eq(sz, plan->n_bought, 5), "row %zu", i);
		cr_expect(eq(sz, bought, rows[i].bought), "row %zu: %s", i, tiers_text(plan));
		cr_expect(eq(i64, tier_value(plan, SF_PLAN_COST), rows[i].cost), "row %zu", i);
		cr_expect(plan->optimal, "row %zu: %s", i, tiers_text(plan));
		check_places(&bed.scenario, plan, (int)i);
		sf_plan_destroy(plan);
		bed_finish(&bed);
	}
}

/* Dozens of nodes, with more wanted than fits or less. */
static void large_bed(struct sf_rng *rng, struct bed *bed)
{
	static const char *const cuts[] = {"1g.10gb", "2g.20gb", "3g.40gb", "4g.40gb"};
	struct sf_workload *workload;

	bed_init(bed);
	for (int p = 0; p < 3; p++) {
		static const char *const products[] = {"A100-80GB", "H100-80GB-SXM", "L4"};
		struct sf_pool *pool =
			add_pool(bed, products[p], (uint32_t)(8 + sf_rng_below(rng, 20)), 8);

		pool->node.cpu_milli = 128000;
		pool->node.memory_mib = 1 << 20;
	}
	for (size_t i = 0; i < sizeof cuts / sizeof cuts[0]; i++) {
		int32_t priority = (int32_t)(10 * sf_rng_below(rng, 3));

		workload = add_workload(bed, (uint32_t)(20 + sf_rng_below(rng, 200)), priority);
		want_mig(workload, cuts[i], 1);
		workload->request.cpu_milli = 1000 * (int64_t)(1 + sf_rng_below(rng, 8));
	}
	workload = add_workload(bed, (uint32_t)(1 + sf_rng_below(rng, 8)), 50);
	workload->request = (struct sf_request_spec){.gpu = 8, .cpu_milli = 64000};
	workload = add_workload(bed, (uint32_t)(5 + sf_rng_below(rng, 40)), 5);
	workload->request = (struct sf_request_spec){.gpu = 1, .cpu_milli = 8000};
	workload = add_workload(bed, (uint32_t)(50 + sf_rng_below(rng, 400)), 1);
	workload->request = (struct sf_request_spec){.shared = 1, .gpu_memory_mib = 5120};
}

/* Brute force is out of reach here; the bound is not. */
Test(plan, larger_clusters_come_close_to_the_bound, .timeout = 280)
{
	struct sf_rng rng;

	sf_rng_seed(&rng, 2026, 2);
	for (int round = 0; round < 12; round++) {
		struct sf_plan_options options = {.node_limit = 100};
		struct bed bed;
		struct sf_plan *plan;

		large_bed(&rng, &bed);
		plan = make_plan(&bed, &options);
		for (size_t t = 0; t < plan->n_tiers; t++) {
			const struct sf_plan_tier *tier = &plan->tier[t];
			int64_t gap = tier->maximised ? tier->bound - tier->value
			                              : tier->value - tier->bound;

			cr_expect(gap >= 0 && gap <= 1 + tier->value / 100, "round %d: %s", round,
			          tiers_text(plan));
		}
		cr_expect(plan->reproducible);
		check_counts(&bed.scenario, plan, round);
		check_layouts(plan, round);
		check_places(&bed.scenario, plan, round);
		sf_plan_destroy(plan);
		bed_finish(&bed);
	}
}
