/* plan_model: see plan_model.h. */
// SPDX-License-Identifier: Apache-2.0
#include "plan_model.h"

#include "plan_buy.h"
#include "plan_share.h"
#include "plan_tier.h"
#include "solver.h"

#include <slicefit/alloc.h>
#include <slicefit/arena.h>
#include <slicefit/clock.h>
#include <slicefit/error.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int plan_kind_find(const struct plan_model *model, const char *name, bool raw)
{
	for (size_t k = 0; k < model->n_kinds; k++) {
		if (model->kind[k].raw == raw && strcmp(model->kind[k].name, name) == 0) {
			return (int)k;
		}
	}
	return -1;
}

static int kind_intern(struct plan_model *model, const char *name, bool raw)
{
	int k = plan_kind_find(model, name, raw);

	if (k < 0) {
		k = (int)model->n_kinds++;
		snprintf(model->kind[k].name, SF_NAME_MAX, "%s", name);
		model->kind[k].raw = raw;
	}
	return k;
}

static void add_want(struct plan_demand *demand, int kind, uint32_t count)
{
	uint8_t i = 0;

	while (i < demand->n_wants && demand->want[i].kind != kind) {
		i++;
	}
	if (!count) {
		return;
	}
	if (i == demand->n_wants) {
		demand->want[demand->n_wants++].kind = (uint16_t)kind;
	}
	count += demand->want[i].count;
	demand->want[i].count = count < UINT16_MAX ? (uint16_t)count : UINT16_MAX;
}

static int mig_kind(struct plan_model *model, const char *profile)
{
	char name[SF_NAME_MAX];

	snprintf(name, sizeof name, "nvidia.com/mig-%s", profile);
	for (char *c = name; *c; c++) {
		*c = *c == '+' ? '.' : *c;
	}
	return kind_intern(model, name, false);
}

static void read_wants(struct plan_model *model, struct plan_demand *demand)
{
	const struct sf_request_spec *spec = &demand->workload->request;

	add_want(demand, PLAN_KIND_GPU, spec->gpu);
	add_want(demand, PLAN_KIND_SHARED, spec->shared);
	for (uint8_t i = 0; i < spec->n_mig; i++) {
		add_want(demand, mig_kind(model, spec->mig[i].profile), spec->mig[i].count);
	}
	for (uint8_t i = 0; i < spec->n_resources; i++) {
		add_want(demand, kind_intern(model, spec->resource[i].name, true),
		         spec->resource[i].count);
	}
}

static int compare_levels(const void *a, const void *b)
{
	int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;

	return x > y ? -1 : x < y;
}

/* Priorities, highest first; what is kept free comes after all of them. */
static void read_levels(struct plan_model *model)
{
	size_t n = 0, real = model->scenario->n_workloads;

	for (size_t w = 0; w < real; w++) {
		model->level[w] = model->workload[w]->priority;
	}
	qsort(model->level, real, sizeof *model->level, compare_levels);
	for (size_t i = 0; i < real; i++) {
		if (n == 0 || model->level[n - 1] != model->level[i]) {
			model->level[n++] = model->level[i];
		}
	}
	model->headroom = model->n_workloads > real;
	model->n_levels = n + model->headroom;
	for (size_t d = 0; d < model->n_demands; d++) {
		struct plan_demand *demand = &model->demand[d];

		if (demand->of >= real) {
			demand->level = (uint32_t)n;
			continue;
		}
		while (model->level[demand->level] != demand->workload->priority) {
			demand->level++;
		}
	}
}

/* The workload as it is. */
static void add_demand(struct plan_model *model, uint32_t w)
{
	const struct sf_workload *workload = model->workload[w];
	struct plan_demand *demand = &model->demand[model->n_demands++];

	demand->workload = workload;
	demand->of = w;
	demand->wanted = model->wanted[w];
	demand->gpu_memory_mib = workload->request.gpu_memory_mib;
	demand->cpu_milli = workload->request.cpu_milli;
	demand->memory_mib = workload->request.memory_mib;
	demand->max_replicas = workload->max_replicas
	                               ? workload->max_replicas
	                               : model->scenario->max_replicas[workload->class];
	read_wants(model, demand);
	/* A wish for GPU memory means nothing for a pod without a GPU; no wish accepts devices of
	 * unknown size (-1). */
	if (demand->gpu_memory_mib <= 0) {
		demand->gpu_memory_mib = -1;
	}
}

/* The profile of this name on some product of the scenario. */
static const struct sf_profile *profile_named(const struct sf_scenario *scenario, const char *name)
{
	for (size_t p = 0; p < scenario->n_pools; p++) {
		for (uint8_t g = 0; g < scenario->pool[p].node.n_gpus; g++) {
			const struct sf_product *product = scenario->pool[p].node.gpu[g].product;
			int i = product ? sf_product_profile(product, name) : -1;

			if (i >= 0) {
				return &product->profile[i];
			}
		}
	}
	return NULL;
}

/* The workload on larger instances: a way of its own for each profile that is no smaller. */
static void add_way(struct plan_model *model, uint32_t w, const struct sf_profile *asked,
                    const struct sf_profile *larger)
{
	uint16_t kind = (uint16_t)mig_kind(model, larger->name);
	struct plan_demand way = model->demand[w];

	if (larger->g < asked->g || larger->memory_mib < asked->memory_mib ||
	    !sf_profile_is_plain(larger)) {
		return;
	}
	for (size_t d = 0; d < model->n_demands; d++) {
		if (model->demand[d].of == w && model->demand[d].want[0].kind == kind) {
			return;
		}
	}
	way.want[0].kind = kind;
	way.waste_mib = (int64_t)way.want[0].count * (larger->memory_mib - asked->memory_mib);
	model->demand[model->n_demands++] = way;
}

static void add_ways(struct plan_model *model, uint32_t w)
{
	const struct sf_scenario *scenario = model->scenario;
	const struct sf_request_spec *request = &model->workload[w]->request;
	const struct sf_profile *asked;

	if (model->demand[w].n_wants != 1 || request->n_mig == 0) {
		return;
	}
	asked = profile_named(scenario, request->mig[0].profile);
	for (size_t p = 0; asked && p < scenario->n_pools; p++) {
		for (uint8_t g = 0; g < scenario->pool[p].node.n_gpus; g++) {
			const struct sf_product *product = scenario->pool[p].node.gpu[g].product;

			for (uint8_t i = 0; product && i < product->n_profiles; i++) {
				add_way(model, w, asked, &product->profile[i]);
			}
		}
	}
}

/* What is kept free, as pods of a workload that comes last. */
static int add_headroom(struct plan_model *model, const struct sf_headroom *headroom)
{
	struct sf_workload *workload = sf_arena_alloc(model->arena, sizeof *workload);

	if (!workload) {
		return -1;
	}
	workload->name = sf_arena_printf(model->arena, "headroom %s", headroom->kind);
	workload->count = headroom->count;
	if (strcmp(headroom->kind, "gpu") == 0) {
		workload->request.gpu = 1;
	} else {
		workload->request.n_mig = 1;
		snprintf(workload->request.mig[0].profile, sizeof workload->request.mig[0].profile,
		         "%s", headroom->kind);
		workload->request.mig[0].count = 1;
	}
	model->wanted[model->n_workloads] = headroom->count;
	model->workload[model->n_workloads++] = workload;
	return workload->name ? 0 : -1;
}

/* Pods that run are wanted, whatever the demand of an instant says. */
static int read_workloads(struct plan_model *model, const struct sf_demand *wanted)
{
	const struct sf_scenario *scenario = model->scenario;
	size_t n = scenario->n_workloads;
	size_t all = n + scenario->plan.n_headroom;

	model->workload = sf_arena_array(model->arena, all + 1, sizeof *model->workload);
	model->wanted = sf_arena_array(model->arena, all + 1, sizeof *model->wanted);
	model->running = sf_arena_array(model->arena, all + 1, sizeof *model->running);
	if (!model->workload || !model->wanted || !model->running) {
		return -1;
	}
	for (size_t w = 0; w < n; w++) {
		const struct sf_workload *workload = &scenario->workload[w];

		for (size_t i = 0; i < workload->n_running; i++) {
			model->running[w] += workload->running[i].pods;
		}
		model->workload[w] = workload;
		model->wanted[w] =
			wanted->pods[w] > model->running[w] ? wanted->pods[w] : model->running[w];
	}
	model->n_workloads = n;
	for (size_t h = 0; h < scenario->plan.n_headroom; h++) {
		if (add_headroom(model, &scenario->plan.headroom[h])) {
			return -1;
		}
	}
	return 0;
}

static int read_demands(struct plan_model *model)
{
	bool substitute = model->scenario->plan.substitute;
	size_t n = model->n_workloads, most = substitute ? n * SF_PROFILES_MAX * 4 : n;

	model->demand = sf_arena_array(model->arena, most + 1, sizeof *model->demand);
	model->level = sf_arena_array(model->arena, n + 1, sizeof *model->level);
	model->kind = sf_arena_array(model->arena, 2 + most * PLAN_WANTS_MAX, sizeof *model->kind);
	if (!model->demand || !model->level || !model->kind) {
		return -1;
	}
	kind_intern(model, "nvidia.com/gpu", false);
	kind_intern(model, "nvidia.com/gpu.shared", false);
	for (uint32_t w = 0; w < n; w++) {
		add_demand(model, w);
	}
	for (uint32_t w = 0; substitute && w < model->scenario->n_workloads; w++) {
		add_ways(model, w);
	}
	plan_share_sizes(model);
	read_levels(model);
	return 0;
}

int plan_model_build(const struct sf_scenario *scenario, const struct sf_demand *demand,
                     const struct plan_means *means, struct sf_arena *arena, struct plan_model *out,
                     struct sf_error *err)
{
	memset(out, 0, sizeof *out);
	out->arena = arena;
	out->means = *means;
	out->n_own_pools = scenario->n_pools;
	for (size_t p = 0; p < scenario->n_pools; p++) {
		out->n_own_nodes += scenario->pool[p].count;
	}
	out->scenario = plan_buy_extend(scenario, arena);
	if (!out->scenario || read_workloads(out, demand) || read_demands(out) ||
	    plan_classes_build(out) || plan_tiers_build(out) || plan_modes_build(out)) {
		return sf_fail(err, SF_ENOMEM, "plan: no memory for the model");
	}
	/* So far only patterns of sharing were solved for. */
	out->partial = sf_solver_trouble(means->solver) || sf_clock_ns() >= means->deadline_ns;
	return 0;
}
