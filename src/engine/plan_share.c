/*
 * plan_share: pods of different sizes on one shared GPU.
 *
 * With plan.sharing: packed, replicas for pods of each size are a kind of their own, and a shared GPU
 * plays a pattern: so many of each. On nodes that are not packed a size stands for any replica.
 */
// SPDX-License-Identifier: Apache-2.0
#include "plan_share.h"
#include "solver.h"

#include <slicefit/alloc.h>
#include <slicefit/arena.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Sizes that are told apart, or of each kind where pods ask for replicas in both ways: a class has
 * PLAN_TYPES_MAX types of devices in all. Branch-and-bound nodes for packing, where patterns are too
 * many to list. */
enum { SIZES_MAX = 24, SIZES_EACH_MAX = 14, PACK_NODES = 2000 };

/* In so many steps of `n` a GPU may be busier than the cap: what is beyond the percentile. */
static uint16_t steps_over(const struct plan_model *model, size_t n)
{
	double percentile = model->scenario->plan.duty_percentile;

	return (uint16_t)((double)n - ceil(percentile * (double)n / 100 - 1e-9));
}

/* The workload's samples, or NULL. */
static const struct pack_series *series_of(const struct plan_model *model, uint32_t number,
                                           const struct sf_workload *workload)
{
	size_t n = workload->n_duty_samples;
	struct pack_series *series = n ? sf_arena_alloc(model->arena, sizeof *series) : NULL;

	if (series) {
		*series = (struct pack_series){
			.number = number, .n = (uint16_t)n, .over = steps_over(model, n)};
		memcpy(series->milli, workload->duty_sample, n * sizeof *series->milli);
	}
	return series;
}

static int32_t peak_of(const struct sf_workload *workload)
{
	int32_t peak = 0;

	for (size_t i = 0; i < workload->n_duty_samples; i++) {
		peak = workload->duty_sample[i] > peak ? workload->duty_sample[i] : peak;
	}
	return peak;
}

/* Thousandths of a GPU's time: the mean and so many standard deviations, at most all of it; of samples the
 * peak, because percentiles of several series do not add up. */
static int32_t duty_of(const struct plan_model *model, const struct sf_workload *workload)
{
	if (workload->n_duty_samples) {
		return peak_of(workload);
	}
	double duty =
		workload->gpu_duty + model->scenario->plan.duty_sigmas * workload->gpu_duty_sd;

	return workload->gpu_duty > 0 ? (int32_t)fmin(1000, ceil(duty * 1000 - 1e-6)) : 0;
}

static int32_t memory_of(const struct plan_model *model, const struct plan_demand *demand)
{
	return (demand->gpu_memory_mib > 0 ? demand->gpu_memory_mib : 0) +
	       model->scenario->plan.process_reserve_mib;
}

/* The demand's want of the kind, or NULL. */
static struct plan_want *want_of(struct plan_demand *demand, int kind)
{
	for (uint8_t w = 0; w < demand->n_wants; w++) {
		if (demand->want[w].kind == kind) {
			return &demand->want[w];
		}
	}
	return NULL;
}

static uint16_t add_kind(struct plan_model *model, int like, const struct pack_type *size)
{
	struct plan_kind *kind = &model->kind[model->n_kinds];

	*kind = model->kind[like];
	kind->sized = true;
	kind->share_mib = size->memory_mib;
	kind->share_milli = size->duty_milli;
	kind->series = size->series;
	return (uint16_t)model->n_kinds++;
}

/* Replaces the replicas of a kind by replicas for the demand's size. */
static void split_kind(struct plan_model *model, int like, size_t limit)
{
	struct pack_type *size = sf_xcalloc(2 * model->n_demands + 1, sizeof *size);
	struct pack_type *merged = size + model->n_demands;
	uint32_t *of = sf_xcalloc(model->n_demands + 1, sizeof *of);
	uint16_t kind[SIZES_MAX];
	size_t n = 0, kinds;

	for (size_t d = 0; d < model->n_demands; d++) {
		const struct plan_demand *demand = &model->demand[d];

		if (want_of(&model->demand[d], like)) {
			size[n++] = (struct pack_type){demand->share_mib, demand->share_milli,
			                               demand->wanted, demand->series};
		}
	}
	kinds = pack_merge(size, n, limit, merged, of);
	for (size_t k = 0; k < kinds; k++) {
		kind[k] = add_kind(model, like, &merged[k]);
	}
	n = 0;
	for (size_t d = 0; d < model->n_demands; d++) {
		struct plan_want *want = want_of(&model->demand[d], like);

		if (want) {
			want->kind = kind[of[n++]];
		}
	}
	free(size);
	free(of);
}

void plan_share_sizes(struct plan_model *model)
{
	for (size_t d = 0; d < model->n_demands; d++) {
		struct plan_demand *demand = &model->demand[d];

		demand->share_mib = memory_of(model, demand);
		demand->share_milli = duty_of(model, demand->workload);
		demand->series = series_of(model, demand->of + 1, demand->workload);
	}
	if (model->scenario->plan.packed) {
		int by_name = plan_kind_find(model, "nvidia.com/gpu.shared", true);

		size_t limit = by_name < 0 ? SIZES_MAX : SIZES_EACH_MAX;

		split_kind(model, PLAN_KIND_SHARED, limit);
		if (by_name >= 0) {
			split_kind(model, by_name, limit);
		}
	}
}

/* Most of the sum of share_milli over the pods of one shared GPU. */
static int32_t duty_cap(const struct plan_model *model)
{
	double cap = model->scenario->plan.duty_cap;

	return (int32_t)floor(cap * 1000 + 1e-6);
}

uint32_t plan_replicas_allowed(const struct plan_model *model, const struct plan_demand *demand,
                               int32_t memory_mib)
{
	int32_t room = memory_mib - model->scenario->gpu_reserve_mib;
	int32_t fit = demand->max_replicas;

	if (demand->gpu_memory_mib > 0 && (memory_mib < 0 || room < 0)) {
		return 0;
	}
	if (demand->share_milli > 0 && duty_cap(model) / demand->share_milli < fit) {
		fit = duty_cap(model) / demand->share_milli;
	}
	if (demand->share_mib > 0 && memory_mib >= 0 && room / demand->share_mib < fit) {
		fit = room > 0 ? room / demand->share_mib : 0;
	}
	return (uint32_t)fit;
}

static int compare_replicas(const void *a, const void *b)
{
	return (int)*(const uint16_t *)a - (int)*(const uint16_t *)b;
}

/* Least memory of a GPU of the class. */
static int32_t least_memory(const struct plan_class *class)
{
	int32_t memory = INT32_MAX;

	for (size_t q = 0; q < class->n_products; q++) {
		int32_t of_product = class->product[q]->memory_mib;

		memory = of_product < memory ? of_product : memory;
	}
	return memory;
}

/* Most replicas that suit the demand; 0: it asks for none. */
static uint32_t choice_of(const struct plan_model *model, const struct plan_class *class,
                          const struct plan_share_rules *rules, const struct plan_demand *demand)
{
	for (uint8_t w = 0; demand->wanted && w < demand->n_wants; w++) {
		bool by_name = demand->want[w].kind == rules->by_name;

		if (by_name || plan_is_shared(model, demand->want[w].kind)) {
			return rules->packs && !by_name
			               ? demand->max_replicas
			               : plan_replicas_allowed(model, demand, least_memory(class));
		}
	}
	return 0;
}

/* More replicas never serve less, so a count between two choices is as good as the larger one. */
size_t plan_share_choices(const struct plan_model *model, const struct plan_class *class,
                          const struct plan_share_rules *rules, uint16_t *out)
{
	size_t n = 0, kept = 0;

	for (size_t s = 0; s < class->n_keep; s++) {
		out[n++] =
			sf_sharing_replicas(&class->mode[s].pool->node.sharing, "nvidia.com/gpu");
	}
	for (size_t d = 0; d < model->n_demands; d++) {
		uint32_t most = choice_of(model, class, rules, &model->demand[d]);

		out[n++] = (uint16_t)(most < rules->limit ? most : rules->limit);
	}
	qsort(out, n, sizeof *out, compare_replicas);
	for (size_t i = 0; i < n; i++) {
		if (out[i] >= SF_REPLICAS_MIN && (!kept || out[kept - 1] != out[i])) {
			out[kept++] = out[i];
		}
	}
	return kept;
}

/* Pods of the kind that may run in the mode. */
static uint32_t wanted_of(const struct plan_model *model, const struct plan_mode *mode, size_t kind)
{
	uint64_t sum = 0;

	for (size_t d = 0; d < model->n_demands; d++) {
		const struct plan_demand *demand = &model->demand[d];

		for (uint8_t w = 0; w < demand->n_wants; w++) {
			if (demand->want[w].kind == kind &&
			    demand->max_replicas >= mode->replicas) {
				sum += (uint64_t)demand->want[w].count * demand->wanted;
			}
		}
	}
	return (uint32_t)(sum < SF_SCENARIO_PODS_MAX ? sum : SF_SCENARIO_PODS_MAX);
}

/* As many pods of one kind as fit. */
static void add_single(const struct pack_problem *problem, struct pack_bins *bins)
{
	uint16_t *pods = sf_xcalloc(problem->n_types + 1, sizeof *pods);

	for (size_t t = 0; t < problem->n_types; t++) {
		struct pack_type alone = problem->type[t];
		const struct pack_problem one = {1, &alone, 1, problem->class};
		struct pack_bins fit = {0};

		if (pack_list_maximal(&one, 0, 1, &fit) && fit.n && fit.bin[0].pods[0]) {
			memset(pods, 0, problem->n_types * sizeof *pods);
			pods[t] = fit.bin[0].pods[0];
			pack_bins_add(bins, problem->n_types, 0, 1, pods);
		}
		pack_bins_finish(&fit);
	}
	free(pods);
}

/* Where the solver was of little help: what the greedy packings use. */
static void add_greedy(const struct pack_problem *problem, struct pack_bins *out)
{
	for (int i = 0; i < 2 * PACK_ORDERS; i++) {
		struct pack_bins bins = {0};

		pack_greedy(problem, (enum pack_order)(i / 2), i % 2, &bins);
		for (size_t b = 0; b < bins.n; b++) {
			pack_bins_add(out, problem->n_types, 0, 1, bins.bin[b].pods);
		}
		pack_bins_finish(&bins);
	}
}

/* The patterns of a problem of one class of GPUs. */
static void find_patterns(const struct plan_means *means, const struct pack_problem *problem,
                          struct pack_bins *out)
{
	const struct pack_limits limits = {
		.solver = means->solver, .nodes = PACK_NODES, .deadline_ns = means->deadline_ns};
	struct pack_result result;

	if (pack_list_maximal(problem, 0, PACK_PATTERNS_MAX, out)) {
		return;
	}
	_Static_assert(2 * SIZES_MAX <= (int)PACK_TYPES_MAX, "pack_solve refuses none");
	pack_solve(problem, NULL, &limits, &result, NULL);
	add_single(problem, out);
	for (size_t i = 0; i < result.basis.n; i++) {
		pack_bins_add(out, problem->n_types, 0, 1, result.basis.bin[i].pods);
	}
	for (size_t i = 0; i < result.bins.n; i++) {
		pack_bins_add(out, problem->n_types, 0, 1, result.bins.bin[i].pods);
	}
	if (result.time_limited || sf_solver_trouble(means->solver)) {
		add_greedy(problem, out);
	}
	pack_result_finish(&result);
}

/* By kind of the model; patterns without pods are none. */
static void take_patterns(const struct plan_model *model, const struct pack_bins *bins,
                          size_t n_types, const uint16_t *kind_of, struct plan_share_pattern *out,
                          size_t *n)
{
	*n = 0;
	for (size_t i = 0; i < bins->n; i++) {
		struct plan_share_pattern *to = &out[*n];
		uint32_t pods = 0;

		for (size_t t = 0; t < n_types; t++) {
			pods += bins->bin[i].pods[t];
		}
		if (!pods) {
			continue;
		}
		to->pods = (uint16_t)pods;
		to->of_kind = sf_xcalloc(model->n_kinds + 1, sizeof *to->of_kind);
		for (size_t t = 0; t < n_types; t++) {
			to->of_kind[kind_of[t]] = bins->bin[i].pods[t];
		}
		(*n)++;
	}
}

struct pack_class plan_share_room(const struct plan_model *model, const struct plan_mode *mode,
                                  const struct sf_product *product)
{
	const int32_t room = product->memory_mib - model->scenario->gpu_reserve_mib;

	return (struct pack_class){room > 0 ? room : 0, duty_cap(model), mode->replicas,
	                           SF_SCENARIO_PODS_MAX, false};
}

struct plan_share_pattern *plan_share_patterns(const struct plan_model *model,
                                               const struct plan_mode *mode,
                                               const struct sf_product *product, size_t *n)
{
	const struct pack_class class = plan_share_room(model, mode, product);
	struct pack_type type[2 * SIZES_MAX];
	uint16_t kind_of[2 * SIZES_MAX];
	struct pack_problem problem = {0, type, 1, &class};
	struct pack_bins bins = {0};
	struct plan_share_pattern *out;

	for (size_t k = 0; k < model->n_kinds; k++) {
		const struct plan_kind *kind = &model->kind[k];
		bool here = kind->sized && (mode->renamed || !kind->raw);
		uint32_t wanted = here ? wanted_of(model, mode, k) : 0;

		if (wanted) {
			kind_of[problem.n_types] = (uint16_t)k;
			type[problem.n_types++] = (struct pack_type){
				kind->share_mib, kind->share_milli, wanted, kind->series};
		}
	}
	find_patterns(&model->means, &problem, &bins);
	out = sf_xcalloc(bins.n + 1, sizeof *out);
	take_patterns(model, &bins, problem.n_types, kind_of, out, n);
	pack_bins_finish(&bins);
	return out;
}

void plan_share_free(struct plan_share_pattern *pattern, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(pattern[i].of_kind);
	}
	free(pattern);
}
