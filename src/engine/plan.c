/* plan: see plan.h. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/plan.h>

#include "plan_layout.h"
#include "plan_make.h"
#include "plan_solve.h"
#include "plan_tier.h"
#include "plan_usage.h"
#include "plan_why.h"
#include "solver.h"

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
	struct sf_solver *solver;
	struct plan_model model;
	struct plan_outcome before, after;
	struct sf_plan *plan;
};

/* The bound of the tier that counts the workload's pods. */
static int64_t served_bound(const struct making *m, uint32_t workload)
{
	const struct plan_model *model = &m->model;

	for (size_t t = 0; t < model->n_tiers; t++) {
		if (model->tier[t].kind == SF_PLAN_UNMET &&
		    model->tier[t].level == model->demand[workload].level) {
			return m->after.bound[t];
		}
	}
	return model->wanted[workload];
}

static void fill_served(struct making *m)
{
	const struct plan_model *model = &m->model;
	uint32_t *served = sf_xcalloc(2 * model->n_workloads + 1, sizeof *served);
	uint32_t *before = served + model->n_workloads;

	plan_solution_served(model, &m->after.solution, served);
	plan_solution_served(model, &m->before.solution, before);
	for (uint32_t w = 0; w < m->plan->n_served; w++) {
		struct sf_plan_served *to = &m->plan->served[w];
		int64_t bound = served_bound(m, w);

		to->wanted = model->wanted[w];
		to->served = served[w];
		to->before = before[w];
		to->bound = bound < to->wanted ? (uint32_t)bound : to->wanted;
		if (to->served < to->wanted) {
			to->why = plan_why(model, &m->after.solution, w, to->wanted - to->served,
			                   m->plan->arena);
		}
	}
	free(served);
}

static void fill_tiers(struct making *m)
{
	struct sf_plan *plan = m->plan;

	plan->optimal = true;
	for (size_t t = 0; t < plan->n_tiers; t++) {
		struct sf_plan_tier *tier = &plan->tier[t];

		plan_tier_name(&m->model, t, tier->name);
		tier->kind = m->model.tier[t].kind;
		tier->unit = m->model.tier[t].unit;
		tier->value = m->after.value[t];
		tier->bound = m->after.bound[t];
		tier->maximised = plan_tier_is_max(&m->model, t);
		tier->proven = tier->value == tier->bound;
		plan->optimal &= tier->proven;
	}
	plan->limited = !plan->optimal;
	plan->reproducible = !m->after.timed && !m->before.timed;
	if (sf_solver_trouble(m->solver)) {
		plan->trouble = sf_arena_strdup(plan->arena, sf_solver_trouble(m->solver));
	}
}

/* Which larger profile the way's pods get: the first of the products that has its name. */
static const char *way_profile(const struct plan_model *model, const struct plan_demand *way)
{
	const char *kind = model->kind[way->want[0].kind].name + strlen("nvidia.com/mig-");

	for (size_t c = 0; c < model->n_classes; c++) {
		for (size_t q = 0; q < model->class[c].n_products; q++) {
			const struct sf_product *product = model->class[c].product[q];
			int i = sf_product_profile(product, kind);

			if (i >= 0) {
				return product->profile[i].name;
			}
		}
	}
	return kind;
}

static int fill_ways(struct making *m)
{
	const struct plan_model *model = &m->model;
	struct sf_plan *plan = m->plan;

	plan->way = sf_arena_array(plan->arena, model->n_demands - model->n_workloads + 1,
	                           sizeof *plan->way);
	for (size_t d = model->n_workloads; plan->way && d < model->n_demands; d++) {
		struct sf_plan_way way = {.workload = model->demand[d].of};

		for (size_t i = 0; i < m->after.solution.n; i++) {
			const struct plan_pattern *pattern = &m->after.solution.pattern[i];

			way.pods += pattern->nodes * pattern->pods[d];
		}
		way.profile = sf_arena_strdup(plan->arena, way_profile(model, &model->demand[d]));
		if (way.pods && way.profile) {
			plan->way[plan->n_ways++] = way;
		}
	}
	return plan->way ? 0 : -1;
}

static int fill_plan(struct making *m, struct sf_error *err)
{
	struct sf_plan *plan = m->plan;

	plan->n_served = m->model.scenario->n_workloads;
	plan->served = sf_arena_array(plan->arena, plan->n_served + 1, sizeof *plan->served);
	plan->n_tiers = m->model.n_tiers;
	plan->tier = sf_arena_array(plan->arena, plan->n_tiers, sizeof *plan->tier);
	if (!plan->served || !plan->tier || fill_ways(m)) {
		return sf_fail(err, SF_ENOMEM, "plan: no memory for the result");
	}
	fill_served(m);
	fill_tiers(m);
	if (plan_layout_build(&m->model, &m->after.solution, plan, err)) {
		return -1;
	}
	return plan_usage_fill(&m->model, &m->before.solution, &m->after.solution, plan)
	               ? sf_fail(err, SF_ENOMEM, "plan: no memory for the result")
	               : 0;
}

static int make(struct making *m, const struct sf_scenario *scenario,
                const struct sf_plan_options *options, struct sf_error *err)
{
	double seconds = options->time_limit_s > 0 ? options->time_limit_s : TIME_LIMIT_S;
	const struct plan_means means = {
		.solver = m->solver,
		.deadline_ns = sf_clock_ns() + (uint64_t)(seconds * 1e9),
	};
	struct plan_limits limits = {
		.nodes = options->node_limit ? options->node_limit : NODE_LIMIT,
	};

	if (sf_demand_compute(scenario, &options->demand, m->plan->arena, &m->plan->demand, err) ||
	    plan_model_build(scenario, &m->plan->demand, &means, m->arena, &m->model, err)) {
		return -1;
	}
	limits.keep_only = true;
	plan_solve(&m->model, &limits, NULL, &m->before);
	limits.keep_only = false;
	plan_solve(&m->model, &limits, &m->before.solution, &m->after);
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

struct sf_plan *plan_make(const struct sf_scenario *scenario, const struct sf_plan_options *options,
                          struct sf_solver *solver, struct sf_error *err)
{
	struct making m = {.solver = solver};
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

struct sf_plan *sf_plan_create(const struct sf_scenario *scenario,
                               const struct sf_plan_options *options, struct sf_error *err)
{
	struct sf_solver *solver = sf_solver_create(NULL);
	struct sf_plan *plan = plan_make(scenario, options, solver, err);

	sf_solver_destroy(solver);
	return plan;
}

void sf_plan_destroy(struct sf_plan *plan)
{
	if (plan) {
		sf_arena_destroy(plan->arena);
	}
}
