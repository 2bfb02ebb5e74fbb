/* plan: see plan.h. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/plan.h>

#include "plan_layout.h"
#include "plan_solve.h"
#include "plan_why.h"

#include <slicefit/alloc.h>
#include <slicefit/arena.h>
#include <slicefit/clock.h>
#include <slicefit/error.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NODE_LIMIT = 4000, TIME_LIMIT_S = 60 };

bool sf_plan_available(void)
{
#ifdef SF_WITH_PLAN
	return true;
#else
	return false;
#endif
}

/* Everything that lives while a plan is made. */
struct making {
	struct sf_arena *arena;
	struct plan_model model;
	struct plan_outcome before, after;
	struct sf_plan *plan;
};

static void fill_served(struct making *m)
{
	const struct plan_model *model = &m->model;
	uint32_t *served = sf_xcalloc(2 * model->n_demands + 1, sizeof *served);
	uint32_t *before = served + model->n_demands;

	plan_solution_served(model, &m->after.solution, served);
	plan_solution_served(model, &m->before.solution, before);
	for (uint32_t d = 0; d < model->n_demands; d++) {
		struct sf_plan_served *to = &m->plan->served[d];
		int64_t bound = m->after.bound[model->demand[d].level];

		to->wanted = model->demand[d].wanted;
		to->served = served[d];
		to->before = before[d];
		to->bound = bound < to->wanted ? (uint32_t)bound : to->wanted;
		if (to->served < to->wanted) {
			to->why = plan_why(model, &m->after.solution, d, to->wanted - to->served,
			                   m->plan->arena);
		}
	}
	free(served);
}

static void fill_tiers(struct making *m)
{
	struct sf_plan *plan = m->plan;
	size_t levels = m->model.n_levels;

	plan->optimal = true;
	for (size_t t = 0; t < plan->n_tiers; t++) {
		struct sf_plan_tier *tier = &plan->tier[t];

		if (t < levels) {
			snprintf(tier->name, sizeof tier->name, "served, priority %d",
			         m->model.level[t]);
		} else {
			snprintf(tier->name, sizeof tier->name, "%s",
			         t == levels ? "GPUs in use" : "nodes rebuilt");
		}
		tier->value = m->after.value[t];
		tier->bound = m->after.bound[t];
		tier->maximised = t < levels;
		tier->proven = tier->value == tier->bound;
		plan->optimal &= tier->proven;
	}
	plan->limited = !plan->optimal;
	plan->reproducible = !m->after.timed && !m->before.timed;
	plan->gpus_used = (uint32_t)m->after.value[levels];
	plan->gpus_used_before = (uint32_t)m->before.value[levels];
}

static int fill_plan(struct making *m, struct sf_error *err)
{
	struct sf_plan *plan = m->plan;

	plan->n_served = m->model.n_demands;
	plan->served = sf_arena_array(plan->arena, plan->n_served + 1, sizeof *plan->served);
	plan->n_tiers = plan_tiers(&m->model);
	plan->tier = sf_arena_array(plan->arena, plan->n_tiers, sizeof *plan->tier);
	if (!plan->served || !plan->tier) {
		return sf_fail(err, SF_ENOMEM, "plan: no memory for the result");
	}
	fill_served(m);
	fill_tiers(m);
	return plan_layout_build(&m->model, &m->after.solution, plan, err);
}

static int make(struct making *m, const struct sf_scenario *scenario,
                const struct sf_plan_options *options, struct sf_error *err)
{
	double seconds = options->time_limit_s > 0 ? options->time_limit_s : TIME_LIMIT_S;
	struct plan_limits limits = {
		.nodes = options->node_limit ? options->node_limit : NODE_LIMIT,
		.deadline_ns = sf_clock_ns() + (uint64_t)(seconds * 1e9),
	};

	if (sf_demand_compute(scenario, options->demand_all, m->plan->arena, &m->plan->demand,
	                      err) ||
	    plan_model_build(scenario, &m->plan->demand, m->arena, &m->model, err)) {
		return -1;
	}
	limits.keep_only = true;
	if (plan_solve(&m->model, &limits, NULL, &m->before, err)) {
		return -1;
	}
	limits.keep_only = false;
	if (plan_solve(&m->model, &limits, &m->before.solution, &m->after, err)) {
		return -1;
	}
	return fill_plan(m, err);
}

/* The planner chooses whole GPUs, instances and replicas; fractions and products are not its words. */
static int check_planned(const struct sf_scenario *scenario, struct sf_error *err)
{
	for (size_t i = 0; i < scenario->n_pools; i++) {
		if (scenario->pool[i].node.sharing.mode == SF_SHARING_FRACTION) {
			return sf_fail(err, SF_EINVAL,
			               "pool %.64s: sharing by fractions cannot be planned, use "
			               "timeSlicing or mps",
			               scenario->pool[i].name);
		}
	}
	for (size_t i = 0; i < scenario->n_workloads; i++) {
		const struct sf_request_spec *request = &scenario->workload[i].request;

		if (request->gpu_milli > 0 || request->n_products > 0) {
			return sf_fail(err, SF_EINVAL,
			               "workload %.64s: a request with %s cannot be planned, leave "
			               "it out",
			               scenario->workload[i].name,
			               request->gpu_milli > 0 ? "gpu_milli" : "product");
		}
	}
	return 0;
}

/* Wrong pools are found by building the cluster that they describe. */
static int check(const struct sf_scenario *scenario, struct sf_error *err)
{
	struct sf_cluster *cluster;

	if (!sf_plan_available()) {
		return sf_fail(err, SF_EINVAL,
		               "plan: this slicefit was built without the planner (SF_PLAN=OFF)");
	}
	if (check_planned(scenario, err)) {
		return -1;
	}
	cluster = sf_scenario_cluster(scenario, err);
	if (!cluster) {
		return -1;
	}
	sf_cluster_destroy(cluster);
	return 0;
}

struct sf_plan *sf_plan_create(const struct sf_scenario *scenario,
                               const struct sf_plan_options *options, struct sf_error *err)
{
	struct making m = {0};
	struct sf_arena *arena;
	int rc;

	if (check(scenario, err)) {
		return NULL;
	}
	arena = sf_arena_create(0);
	m.arena = sf_arena_create(0);
	m.plan = sf_arena_alloc(arena, sizeof *m.plan);
	if (!m.plan) {
		sf_arena_destroy(arena);
		sf_arena_destroy(m.arena);
		sf_fail(err, SF_ENOMEM, "plan: no memory");
		return NULL;
	}
	m.plan->arena = arena;
	rc = make(&m, scenario, options, err);
	plan_outcome_finish(&m.before);
	plan_outcome_finish(&m.after);
	sf_arena_destroy(m.arena);
	if (rc) {
		sf_plan_destroy(m.plan);
		return NULL;
	}
	return m.plan;
}

void sf_plan_destroy(struct sf_plan *plan)
{
	if (plan) {
		sf_arena_destroy(plan->arena);
	}
}
