/* what_if: see what_if.h. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/what_if.h>

#include "what_if_scenario.h"

#include <slicefit/alloc.h>
#include <slicefit/arena.h>
#include <slicefit/error.h>

#include <stdlib.h>

const char *const sf_what_if_names[SF_WHAT_IF_KINDS] = {
	"as planned", "one node fewer", "one node more", "a node down", "more demand"};

static const uint32_t demands[] = {10, 25}; /* percent more */
enum { DEMANDS = sizeof demands / sizeof demands[0] };

struct asking {
	struct sf_what_if *what_if;
	const struct sf_scenario *scenario;
	const struct sf_plan *plan; /* as planned */
	struct sf_plan_options options;
	int32_t *priority; /* n_priorities */
};

static int compare_priorities(const void *a, const void *b)
{
	int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;

	return x > y ? -1 : x < y;
}

static int list_priorities(struct asking *asking)
{
	const struct sf_scenario *scenario = asking->scenario;
	size_t n = 0;

	asking->priority = sf_arena_array(asking->what_if->arena, scenario->n_workloads + 1,
	                                  sizeof *asking->priority);
	if (!asking->priority) {
		return -1;
	}
	for (size_t w = 0; w < scenario->n_workloads; w++) {
		asking->priority[w] = scenario->workload[w].priority;
	}
	qsort(asking->priority, scenario->n_workloads, sizeof *asking->priority,
	      compare_priorities);
	for (size_t w = 0; w < scenario->n_workloads; w++) {
		if (n == 0 || asking->priority[w] != asking->priority[n - 1]) {
			asking->priority[n++] = asking->priority[w];
		}
	}
	asking->what_if->n_priorities = n;
	return 0;
}

static void fill_unmet(const struct asking *asking, const struct sf_plan *plan,
                       struct sf_what_if_row *row)
{
	for (size_t k = 0; k < asking->what_if->n_priorities; k++) {
		row->unmet[k].priority = asking->priority[k];
		for (size_t w = 0; w < plan->n_served; w++) {
			if (asking->scenario->workload[w].priority == asking->priority[k]) {
				row->unmet[k].wanted += plan->served[w].wanted;
				row->unmet[k].unmet +=
					plan->served[w].wanted - plan->served[w].served;
			}
		}
	}
}

static int fill_row(const struct asking *asking, const struct sf_plan *plan,
                    struct sf_what_if_row *row, struct sf_error *err)
{
	row->unmet = sf_arena_array(asking->what_if->arena, asking->what_if->n_priorities + 1,
	                            sizeof *row->unmet);
	if (!row->unmet) {
		return sf_fail(err, SF_ENOMEM, "what-if: no memory");
	}
	fill_unmet(asking, plan, row);
	for (size_t i = 0; i < plan->n_nodes; i++) {
		for (size_t w = 0; w < plan->n_served; w++) {
			row->drain_cost +=
				plan->node[i].evicted[w] * asking->scenario->workload[w].drain_cost;
		}
	}
	for (size_t t = 0; t < plan->n_tiers; t++) {
		const struct sf_plan_tier *tier = &plan->tier[t];

		row->bought += tier->kind == SF_PLAN_COST ? (double)tier->value * tier->unit : 0;
	}
	row->pods_moved = plan->pods_evicted;
	row->nodes = (uint32_t)plan->n_nodes;
	row->nodes_rebuilt = plan->nodes_changed;
	row->gpus = plan->gpus_total;
	row->gpus_used = plan->gpus_used;
	row->proven = plan->optimal;
	row->cost_per_hour = plan->cost_per_hour_before;
	return 0;
}

static double node_drain_cost(const struct sf_scenario *scenario, uint32_t node, uint32_t *pods)
{
	double cost = 0;

	*pods = 0;
	for (size_t w = 0; w < scenario->n_workloads; w++) {
		const struct sf_workload *workload = &scenario->workload[w];

		for (size_t i = 0; i < workload->n_running; i++) {
			if (workload->running[i].node == node) {
				cost += workload->running[i].pods * workload->drain_cost;
				*pods += workload->running[i].pods;
			}
		}
	}
	return cost;
}

/* The pool's node with the least (its last one) or the most (its first one) to drain. */
static uint32_t pick_node(const struct sf_scenario *scenario, size_t pool, bool most,
                          uint32_t *pods)
{
	uint32_t first = what_if_first(scenario, pool), best = 0;
	double best_cost = 0;

	*pods = 0;
	for (uint32_t i = 0; i < scenario->pool[pool].count; i++) {
		uint32_t here;
		double cost = node_drain_cost(scenario, first + i, &here);

		if (i == 0 || (most ? cost > best_cost : cost <= best_cost)) {
			best = i;
			best_cost = cost;
			*pods = here;
		}
	}
	return best;
}

/* The scenario of a row; which node it is about is noted there. */
static int vary(const struct asking *asking, size_t pool, struct sf_what_if_row *row,
                struct sf_arena *arena, struct sf_scenario *out)
{
	char name[SF_NODE_NAME_MAX + 1];
	uint32_t node;

	if (what_if_scenario(asking->scenario, &asking->plan->demand, row->percent, arena, out)) {
		return -1;
	}
	if (row->kind == SF_WHAT_IF_DEMAND) {
		return 0;
	}
	row->pool = asking->scenario->pool[pool].name;
	if (row->kind == SF_WHAT_IF_MORE) {
		return what_if_add(out, pool, arena);
	}
	node = pick_node(out, pool, row->kind == SF_WHAT_IF_FAILURE, &row->displaced);
	row->node = sf_arena_strdup(asking->what_if->arena,
	                            sf_pool_node_name(&out->pool[pool], node, name));
	return row->node ? what_if_remove(out, pool, node, arena) : -1;
}

static int ask(struct asking *asking, size_t pool, struct sf_what_if_row row, struct sf_error *err)
{
	struct sf_arena *arena = sf_arena_create(0);
	struct sf_scenario scenario;
	struct sf_plan *plan = NULL;
	int rc = -1;

	if (vary(asking, pool, &row, arena, &scenario)) {
		sf_fail(err, SF_ENOMEM, "what-if: no memory");
	} else {
		plan = sf_plan_create(&scenario, &asking->options, err);
		rc = plan ? fill_row(asking, plan, &row, err) : -1;
	}
	asking->what_if->row[asking->what_if->n++] = row;
	sf_plan_destroy(plan);
	sf_arena_destroy(arena);
	return rc ? sf_wrap(err, "what if: %s", sf_what_if_names[row.kind]) : 0;
}

/* Where no pod of the pool runs, its nodes are alike: one that is down is one fewer. */
static bool repeat_fewer(struct asking *asking, size_t pool)
{
	struct sf_what_if *what_if = asking->what_if;
	struct sf_what_if_row row = what_if->row[what_if->n - 2];
	char name[SF_NODE_NAME_MAX + 1];
	uint32_t pods, node = pick_node(asking->scenario, pool, true, &pods);

	if (row.kind != SF_WHAT_IF_FEWER || row.displaced > 0 || pods > 0) {
		return false;
	}
	row.kind = SF_WHAT_IF_FAILURE;
	row.node = sf_arena_strdup(what_if->arena,
	                           sf_pool_node_name(&asking->scenario->pool[pool], node, name));
	if (!row.node) {
		return false; /* asking again will say so */
	}
	what_if->row[what_if->n++] = row;
	return true;
}

/* A node of the pool fewer, more, and down. */
static int ask_pool(struct asking *asking, size_t pool, bool only, struct sf_error *err)
{
	const struct sf_what_if_row fewer = {.kind = SF_WHAT_IF_FEWER},
				    more = {.kind = SF_WHAT_IF_MORE},
				    down = {.kind = SF_WHAT_IF_FAILURE};

	if (!only && ask(asking, pool, fewer, err)) {
		return -1;
	}
	if (ask(asking, pool, more, err)) {
		return -1;
	}
	return only || repeat_fewer(asking, pool) ? 0 : ask(asking, pool, down, err);
}

/* Is the pool, which has GPUs, among the largest? Among equals the first ones. */
static bool is_varied(const struct sf_scenario *scenario, size_t pool)
{
	size_t larger = 0;

	if (scenario->pool[pool].count == 0 || scenario->pool[pool].node.n_gpus == 0) {
		return false;
	}
	for (size_t p = 0; p < scenario->n_pools; p++) {
		larger += scenario->pool[p].count > scenario->pool[pool].count ||
		          (scenario->pool[p].count == scenario->pool[pool].count && p < pool);
	}
	return larger < SF_WHAT_IF_POOLS_MAX;
}

static int ask_all(struct asking *asking, struct sf_error *err)
{
	const struct sf_scenario *scenario = asking->scenario;
	struct sf_what_if *what_if = asking->what_if;
	bool only = what_if_first(scenario, scenario->n_pools) == 1; /* node: it has to stay */

	if (fill_row(asking, asking->plan, &what_if->row[what_if->n++], err)) {
		return -1;
	}
	for (size_t p = 0; p < scenario->n_pools; p++) {
		if (is_varied(scenario, p) && ask_pool(asking, p, only, err)) {
			return -1;
		}
	}
	for (size_t k = 0; k < DEMANDS; k++) {
		const struct sf_what_if_row row = {.kind = SF_WHAT_IF_DEMAND,
		                                   .percent = demands[k]};

		if (ask(asking, 0, row, err)) {
			return -1;
		}
	}
	return 0;
}

struct sf_what_if *sf_what_if_create(const struct sf_scenario *scenario, const struct sf_plan *plan,
                                     const struct sf_plan_options *options, struct sf_error *err)
{
	struct sf_arena *arena = sf_arena_create(0);
	struct sf_what_if *what_if = sf_arena_alloc(arena, sizeof *what_if);
	struct asking asking = {what_if, scenario, plan, *options, NULL};

	if (what_if) {
		what_if->arena = arena;
		what_if->all_pools = scenario->n_pools <= SF_WHAT_IF_POOLS_MAX;
		what_if->row = sf_arena_array(arena, 1 + 3 * scenario->n_pools + DEMANDS,
		                              sizeof *what_if->row);
	}
	if (!what_if || !what_if->row || list_priorities(&asking)) {
		sf_arena_destroy(arena);
		sf_fail(err, SF_ENOMEM, "what-if: no memory");
		return NULL;
	}
	asking.options.demand = (struct sf_demand_spec){.basis = SF_DEMAND_ALL};
	if (ask_all(&asking, err)) {
		sf_what_if_destroy(what_if);
		return NULL;
	}
	return what_if;
}

void sf_what_if_destroy(struct sf_what_if *what_if)
{
	if (what_if) {
		sf_arena_destroy(what_if->arena);
	}
}
