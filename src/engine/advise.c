/* advise: how the GPUs of a workload should be served, by the rules of docs/advise.md. */
// SPDX-License-Identifier: Apache-2.0
#include "advise_impl.h"

#include <slicefit/alloc.h>
#include <slicefit/arena.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const sf_advice_names[SF_ADVICE_KINDS] = {
	[SF_ADVICE_WHOLE] = "whole",
	[SF_ADVICE_MIG] = "mig",
	[SF_ADVICE_TIME_SLICING] = "time-slicing",
	[SF_ADVICE_MPS] = "mps",
	[SF_ADVICE_NONE] = "none",
};

const char *const sf_load_sources[] = {
	[SF_LOAD_UNKNOWN] = "unknown",
	[SF_LOAD_REQUEST] = "request",
	[SF_LOAD_SCENARIO] = "scenario",
	[SF_LOAD_USAGE] = "usage",
};

/* A product of the pools, and what may be done with it. */
struct option {
	const struct sf_product *product;
	bool mig, share;
};

struct options {
	size_t n, cap;
	struct option *option;
};

static bool may_share(const struct sf_pool *pool)
{
	return !pool->no_sharing &&
	       (pool->strategies == 0 || (pool->strategies >> SF_MODE_SHARED & 1) != 0);
}

static bool may_cut(const struct sf_pool *pool, const struct sf_product *product)
{
	return product->mig_capable && product->placeable && !pool->no_mig &&
	       (pool->strategies == 0 || (pool->strategies >> SF_MODE_MIG & 1) != 0);
}

static void add_option(struct options *options, const struct sf_pool *pool,
                       const struct sf_product *product)
{
	size_t i = 0;
	while (i < options->n && options->option[i].product != product) {
		i++;
	}
	if (i == options->n) {
		options->option =
			sf_xgrow(options->option, &options->cap, i + 1, sizeof(*options->option));
		options->option[options->n++] = (struct option){.product = product};
	}
	options->option[i].mig = options->option[i].mig || may_cut(pool, product);
	options->option[i].share = options->option[i].share || may_share(pool);
}

static bool names_product(const struct sf_request_spec *request, const struct sf_product *product)
{
	for (uint8_t i = 0; i < request->n_products; i++) {
		if (strcmp(request->product[i], product->name) == 0) {
			return true;
		}
	}
	return request->n_products == 0;
}

/* The products of the pools that the workload's pods may use. */
static void list_options(const struct sf_scenario *scenario, const struct sf_workload *workload,
                         struct options *out)
{
	for (size_t i = 0; i < scenario->n_pools; i++) {
		const struct sf_pool *pool = &scenario->pool[i];
		if (!sf_workload_may_use(workload, pool, 0)) {
			continue;
		}
		for (uint8_t g = 0; g < pool->node.n_gpus; g++) {
			const struct sf_product *product = pool->node.gpu[g].product;
			if (product != NULL && product->memory_mib > 0 &&
			    names_product(&workload->request, product)) {
				add_option(out, pool, product);
			}
		}
	}
}

/* One decision. */
struct decision {
	const struct sf_scenario *scenario;
	const struct options *options;
	double compute; /* part of a GPU that must be there at once */
	struct sf_advice *out;
};

static uint32_t gpus_for(uint32_t pods, uint32_t of_one)
{
	return (pods + of_one - 1) / of_one;
}

/* Of the GPUs with the memory the smallest; the largest when that is not known. */
static void take_whole(struct decision *decision, enum sf_advice_why why)
{
	struct sf_advice *out = decision->out;
	bool known = out->load.memory_from != SF_LOAD_UNKNOWN;
	out->kind = SF_ADVICE_NONE;
	out->why = SF_WHY_NO_MEMORY;
	out->product = NULL;
	for (size_t i = 0; i < decision->options->n; i++) {
		const struct sf_product *product = decision->options->option[i].product;
		bool better = out->product == NULL ||
		              (known ? product->memory_mib < out->product->memory_mib
		                     : product->memory_mib > out->product->memory_mib);
		if (product->memory_mib >= out->load.memory_mib && better) {
			out->product = product;
			out->kind = SF_ADVICE_WHOLE;
			out->why = why;
		}
	}
	out->replicas = 1;
	out->need = out->product != NULL ? out->workload->count * out->gpus : 0;
}

/* Fits, and is less of a GPU than the best so far. */
static bool is_smaller(const struct sf_product *product, int profile, const struct sf_advice *best)
{
	const struct sf_profile *new = &product->profile[profile];
	if (best->product == NULL) {
		return true;
	}
	const struct sf_profile *old = &best->product->profile[best->profile];
	return new->memory_mib != old->memory_mib ? new->memory_mib < old->memory_mib
	                                          : new->g < old->g;
}

/* The smallest instance with the memory and the compute, if that is less than a GPU. */
static bool take_instance(struct decision *decision)
{
	struct sf_advice *out = decision->out;
	out->product = NULL;
	for (size_t i = 0; i < decision->options->n; i++) {
		const struct option *option = &decision->options->option[i];
		const struct sf_product *product = option->product;
		for (int p = 0; option->mig && p < product->n_profiles; p++) {
			const struct sf_profile *profile = &product->profile[p];
			bool fits = sf_profile_is_plain(profile) && profile->max > 1 &&
			            profile->memory_mib >= out->load.memory_mib &&
			            profile->g >= decision->compute * product->compute_slices;
			if (fits && is_smaller(product, p, out)) {
				out->product = product;
				out->profile = p;
			}
		}
	}
	if (out->product == NULL) {
		return false;
	}
	out->kind = SF_ADVICE_MIG;
	out->why = SF_WHY_INSTANCE;
	out->replicas = out->product->profile[out->profile].max;
	out->need = gpus_for(out->workload->count, out->replicas);
	return true;
}

static uint32_t limit_of(const struct decision *decision, uint32_t most)
{
	const struct sf_workload *workload = decision->out->workload;
	uint32_t limit = workload->max_replicas > 0
	                         ? workload->max_replicas
	                         : decision->scenario->max_replicas[workload->class];
	return limit > 0 && limit < most ? limit : most;
}

/* As many as fit into `whole`; a rounding error is no reason for one less. */
static uint32_t fit_into(double whole, double each, uint32_t most)
{
	const double slack = 1e-9;
	double n = each > 0 ? floor(whole / each + slack) : most;
	return n < most ? (uint32_t)fmax(n, 0) : most;
}

/* Time-slicing: turns add up, and so does memory, which nobody limits. */
static uint32_t count_turns(const struct decision *decision, const struct sf_product *product)
{
	const struct sf_scenario *scenario = decision->scenario;
	const struct sf_load *load = &decision->out->load;
	uint32_t most = limit_of(decision, SF_REPLICAS_MAX);
	uint32_t by_duty = fit_into(scenario->plan.duty_cap, load->effective_duty, most);
	uint32_t by_memory = fit_into(product->memory_mib - scenario->gpu_reserve_mib,
	                              load->memory_mib + scenario->plan.process_reserve_mib, most);
	return by_duty < by_memory ? by_duty : by_memory;
}

/* MPS: each client gets an equal part of the memory and of the threads. V100 takes fewer clients. */
static uint32_t count_clients(const struct decision *decision, const struct sf_product *product)
{
	enum { VOLTA_MAX = 16 };
	const struct sf_scenario *scenario = decision->scenario;
	const struct sf_load *load = &decision->out->load;
	bool volta = product->arch != NULL && strcmp(product->arch, "volta") == 0;
	uint32_t most = limit_of(decision, volta ? VOLTA_MAX : SF_MPS_REPLICAS_MAX);
	uint32_t by_compute = fit_into(1, decision->compute, most);
	uint32_t by_memory = fit_into(product->memory_mib - scenario->gpu_reserve_mib,
	                              load->memory_mib + scenario->plan.process_reserve_mib, most);
	return by_compute < by_memory ? by_compute : by_memory;
}

/* The product on which a pod costs least memory of a GPU, if two or more share one. */
static bool take_replicas(struct decision *decision, enum sf_advice_kind kind)
{
	struct sf_advice *out = decision->out;
	double least = HUGE_VAL;
	out->product = NULL;
	for (size_t i = 0; i < decision->options->n; i++) {
		const struct option *option = &decision->options->option[i];
		uint32_t n = !option->share ? 0
		             : kind == SF_ADVICE_TIME_SLICING
		                     ? count_turns(decision, option->product)
		                     : count_clients(decision, option->product);
		if (n >= SF_REPLICAS_MIN && option->product->memory_mib / (double)n < least) {
			least = option->product->memory_mib / (double)n;
			out->product = option->product;
			out->replicas = (uint16_t)n;
		}
	}
	if (out->product == NULL) {
		return false;
	}
	out->kind = kind;
	out->why = kind == SF_ADVICE_MPS ? SF_WHY_CLIENTS : SF_WHY_DUTY;
	out->need = gpus_for(out->workload->count, out->replicas);
	return true;
}

static bool has_mig(const struct options *options)
{
	for (size_t i = 0; i < options->n; i++) {
		if (options->option[i].mig) {
			return true;
		}
	}
	return false;
}

static void decide(struct decision *decision)
{
	struct sf_advice *out = decision->out;
	enum sf_class class = out->workload->class;
	decision->compute =
		class == SF_CLASS_INFERENCE ? out->load.duty_p99 : out->load.effective_duty;
	if (class == SF_CLASS_TRAINING || out->gpus > 1) {
		take_whole(decision, out->gpus > 1 ? SF_WHY_SEVERAL : SF_WHY_TRAINING);
		return;
	}
	if (out->load.memory_from == SF_LOAD_UNKNOWN || out->load.duty_from == SF_LOAD_UNKNOWN) {
		take_whole(decision, SF_WHY_UNKNOWN);
		return;
	}
	if ((class == SF_CLASS_INTERACTIVE && take_replicas(decision, SF_ADVICE_TIME_SLICING)) ||
	    take_instance(decision) ||
	    (!has_mig(decision->options) && take_replicas(decision, SF_ADVICE_MPS))) {
		return;
	}
	take_whole(decision, SF_WHY_LARGE);
}

/* Whole GPUs that a pod asks for; 1 for parts of one. 0: none at all. */
static uint16_t count_gpus(const struct sf_request_spec *request)
{
	uint32_t gpus = request->gpu, parts = request->shared;
	for (uint8_t i = 0; i < request->n_mig; i++) {
		parts += request->mig[i].count;
	}
	for (uint8_t i = 0; i < request->n_resources; i++) {
		bool whole = strcmp(request->resource[i].name, "nvidia.com/gpu") == 0;
		gpus += whole ? request->resource[i].count : 0;
		parts += whole ? 0 : request->resource[i].count;
	}
	return (uint16_t)(gpus > 0 ? (gpus < UINT16_MAX ? gpus : UINT16_MAX) : parts > 0);
}

static size_t *find_owners(const struct sf_scenario *scenario, const struct sf_usage *usage)
{
	size_t n = usage != NULL ? usage->n : 0;
	size_t *owner = sf_xcalloc(n + 1, sizeof(*owner));
	for (size_t i = 0; i < n; i++) {
		owner[i] = sf_advise_workload(scenario, usage->pod[i].space, usage->pod[i].name);
	}
	return owner;
}

int sf_advise(const struct sf_scenario *scenario, const struct sf_usage *usage,
              struct sf_arena *arena, struct sf_advices *out)
{
	struct sf_advise_search search = {
		.scenario = scenario,
		.usage = usage,
		.owner = find_owners(scenario, usage),
	};
	out->n = 0;
	out->advice = sf_arena_array(arena, scenario->n_workloads + 1, sizeof(*out->advice));
	for (size_t i = 0; i < scenario->n_workloads && out->advice != NULL; i++) {
		struct options options = {0};
		struct sf_advice *advice = &out->advice[out->n];
		struct decision decision = {
			.scenario = scenario, .options = &options, .out = advice};
		*advice = (struct sf_advice){.workload = &scenario->workload[i]};
		advice->gpus = count_gpus(&advice->workload->request);
		if (advice->gpus == 0) {
			continue;
		}
		sf_advise_load(&search, i, &advice->load);
		list_options(scenario, advice->workload, &options);
		decide(&decision);
		free(options.option);
		out->n++;
	}
	free(search.owner);
	return out->advice != NULL ? 0 : -1;
}
