/* test_plan_tiers: orders of one's own, sums with weights and balance: against brute force. */
// SPDX-License-Identifier: Apache-2.0
#include "plan_bed.h"

#include <math.h>

/* An order, and the same as costs of the oracle: a tier further on is less than one before it. */
struct aim {
	struct sf_plan_tier_spec tier[3];
	size_t n;
	int weight[ORACLE_COSTS];
	bool balance;
	int scale[3]; /* what one of each tier's `value` is in the oracle's cost */
	const char *name[3];
};

static const struct aim aims[] = {
	{.tier = {{2, {SF_PLAN_DRAIN, SF_PLAN_REBUILT}, {1, 0.2}}, {1, {SF_PLAN_GPUS}, {1}}},
         .n = 2,
         .weight = {500, 100, 1},
         .scale = {500, 1},
         .name = {"drain cost + 0.2 GPUs rebuilt", "GPUs in use"}},
	{.tier = {{3, {SF_PLAN_GPUS, SF_PLAN_REBUILT, SF_PLAN_DRAIN}, {2, 3, 0.5}}},
         .n = 1,
         .weight = {1, 6, 4},
         .scale = {2},
         .name = {"0.5 drain cost + 3 GPUs rebuilt + 2 GPUs in use"}},
	{.tier = {{1, {SF_PLAN_GPUS}, {1}}, {1, {SF_PLAN_DRAIN}, {1}}},
         .n = 2,
         .weight = {1, 0, 100},
         .scale = {100, 1},
         .name = {"GPUs in use", "drain cost"}},
	{.tier = {{1, {SF_PLAN_BALANCE}, {1}}},
         .n = 1,
         .weight = {0, 0, 1},
         .balance = true,
         .scale = {1},
         .name = {"imbalance"}},
};

/* The sum of the tiers behind those of served pods, as the oracle counts. */
static int64_t cost_of(const struct aim *aim, const struct sf_plan *plan, size_t levels, int round)
{
	int64_t sum = 0;
	size_t t = levels;

	for (size_t i = 0; i < aim->n && t < plan->n_tiers; i++) {
		bool alone = aim->tier[i].n == 1;

		/* A kind that is 0 in this scenario is left out. */
		if (alone && strcmp(plan->tier[t].name, aim->name[i]) != 0) {
			continue;
		}
		sum += llround((double)plan->tier[t].value * plan->tier[t].unit *
		               (alone ? 1 : 10)) *
		       aim->scale[i] / (alone ? 1 : 10);
		t++;
	}
	cr_expect(eq(sz, t, plan->n_tiers), "round %d: %s", round, tiers_text(plan));
	return sum;
}

static void check(const struct aim *aim, struct sf_rng *rng, int round)
{
	struct bed bed;
	struct oracle best;
	struct sf_plan *plan;

	random_bed(rng, &bed);
	bed.scenario.plan.n_tiers = aim->n;
	memcpy(bed.scenario.plan.tier, aim->tier, sizeof aim->tier);
	oracle_solve(&bed.scenario, &best);
	plan = make_plan(&bed, NULL);
	for (size_t l = 0; l < best.levels; l++) {
		cr_expect(eq(i64, plan->tier[l].value, best.value[l]), "round %d %s", round,
		          plan->tier[l].name);
	}
	cr_expect(eq(i64, cost_of(aim, plan, best.levels, round), -best.value[best.levels]),
	          "round %d: %s", round, tiers_text(plan));
	cr_expect(plan->optimal, "round %d: %s", round, tiers_text(plan));
	check_layouts(plan, round);
	check_places(&bed.scenario, plan, round);
	sf_plan_destroy(plan);
	bed_finish(&bed);
}

Test(plan_tiers, own_orders_match_brute_force, .timeout = 280)
{
	for (size_t a = 0; a < sizeof aims / sizeof aims[0]; a++) {
		struct sf_rng rng;

		memcpy(oracle_weight, aims[a].weight, sizeof oracle_weight);
		oracle_balances = aims[a].balance;
		sf_rng_seed(&rng, 2026, 7 + a);
		for (int round = 0; round < 120; round++) {
			check(&aims[a], &rng, (int)(1000 * a) + round);
		}
	}
}

/* Three pools of the same nodes, one of them twice as large: load is spread by their sizes. */
Test(plan_tiers, balance_spreads_by_size)
{
	static const struct {
		uint32_t pods, used[3];
	} rows[] = {{16, {4, 4, 8}}, {20, {5, 5, 10}}, {24, {6, 6, 12}}, {32, {8, 8, 16}}};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct bed bed;
		struct sf_plan *plan;
		uint32_t used[3] = {0};

		bed_init(&bed);
		add_pool(&bed, "L4", 2, 4);
		add_pool(&bed, "L4", 2, 4);
		add_pool(&bed, "L4", 4, 4);
		add_workload(&bed, rows[i].pods, 0)->request.gpu = 1;
		bed.scenario.plan.n_tiers = 1;
		bed.scenario.plan.tier[0] = (struct sf_plan_tier_spec){1, {SF_PLAN_BALANCE}, {1}};
		plan = make_plan(&bed, NULL);
		for (size_t n = 0; n < plan->n_nodes; n++) {
			used[n < 2 ? 0 : n < 4 ? 1 : 2] += plan->node[n].gpus_used;
		}
		cr_expect(plan->optimal, "row %zu: %s", i, tiers_text(plan));
		if (rows[i].pods > 16) { /* half of each pool costs nothing, however it is used */
			cr_expect(zero(int, memcmp(used, rows[i].used, sizeof used)),
			          "row %zu: %u %u %u", i, used[0], used[1], used[2]);
		}
		sf_plan_destroy(plan);
		bed_finish(&bed);
	}
}
