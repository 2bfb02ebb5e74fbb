/* plan_tier: see plan_tier.h. */
// SPDX-License-Identifier: Apache-2.0
#include "plan_tier.h"

#include "divisor.h"

#include <slicefit/arena.h>

#include <math.h>
#include <stdio.h>

/* Behind served pods and the cost of what is bought. */
static const enum sf_plan_tier_kind own_order[] = {SF_PLAN_DRAIN, SF_PLAN_REBUILT, SF_PLAN_WASTE,
                                                   SF_PLAN_GPUS};

/* Nothing runs: nothing is drained. No larger instances: no waste. */
static bool is_idle(const struct plan_model *model, enum sf_plan_tier_kind kind)
{
	switch (kind) {
	case SF_PLAN_DRAIN:
		for (size_t w = 0; w < model->n_workloads; w++) {
			if (model->running[w]) {
				return false;
			}
		}
		return true;
	case SF_PLAN_WASTE:
		return model->n_demands == model->n_workloads;
	case SF_PLAN_UNMET:
	case SF_PLAN_REBUILT:
	case SF_PLAN_GPUS:
	case SF_PLAN_NODES:
		return false;
	case SF_PLAN_BALANCE:
		return false;
	case SF_PLAN_COST:
		return model->scenario->n_pools == model->n_own_pools;
	case SF_PLAN_TIERS:
		break;
	}
	return true;
}

/* What one of a kind is worth, as it is counted. */
static double unit_of(const struct plan_model *model, enum sf_plan_tier_kind kind)
{
	return kind == SF_PLAN_DRAIN  ? model->drain_unit
	       : kind == SF_PLAN_COST ? model->price_unit
	                              : 1;
}

/* One per priority. */
static void add_unmet(struct plan_model *model)
{
	for (uint32_t level = 0; level < model->n_levels; level++) {
		model->tier[model->n_tiers++] = (struct plan_tier){.kind = SF_PLAN_UNMET,
		                                                   .level = level,
		                                                   .weight = {[SF_PLAN_UNMET] = 1},
		                                                   .unit = 1};
	}
}

#define DIGITS 1e6

/* Weights become whole numbers, to six digits of their values; a kind by itself counts as it does. */
static void add_sum(struct plan_model *model, const struct sf_plan_tier_spec *spec)
{
	struct plan_tier tier = {0};
	int64_t divisor = 0;
	bool any = false;

	for (size_t i = 0; i < spec->n; i++) {
		enum sf_plan_tier_kind kind = spec->kind[i];
		int64_t weight = llround(spec->weight[i] * unit_of(model, kind) * DIGITS);

		if (!is_idle(model, kind)) {
			tier.kind = any ? tier.kind : kind;
			tier.weight[kind] = weight > 1 ? weight : 1;
			divisor = common_divisor(tier.weight[kind], divisor);
			any = true;
		}
	}
	for (size_t k = 0; any && k < SF_PLAN_TIERS; k++) {
		tier.weight[k] /= divisor;
	}
	tier.unit = (double)divisor / DIGITS;
	if (any) {
		model->tier[model->n_tiers++] = tier;
	}
}

static void add_kind(struct plan_model *model, enum sf_plan_tier_kind kind)
{
	add_sum(model, &(struct sf_plan_tier_spec){.n = 1, .kind = {kind}, .weight = {1}});
}

int plan_tiers_build(struct plan_model *model)
{
	const struct sf_plan_spec *plan = &model->scenario->plan;

	model->tier =
		sf_arena_array(model->arena, model->n_levels + SF_PLAN_TIERS, sizeof *model->tier);
	if (!model->tier) {
		return -1;
	}
	add_unmet(model);              /* whatever the order: a plan is for serving */
	add_kind(model, SF_PLAN_COST); /* and only for that it may cost something */
	for (size_t i = 0; i < plan->n_tiers; i++) {
		enum sf_plan_tier_kind kind = plan->tier[i].kind[0];

		if (kind != SF_PLAN_UNMET && kind != SF_PLAN_COST) {
			add_sum(model, &plan->tier[i]);
		}
	}
	for (size_t i = 0; !plan->n_tiers && i < sizeof own_order / sizeof own_order[0]; i++) {
		add_kind(model, own_order[i]);
	}
	return 0;
}

static const char *const names[SF_PLAN_TIERS] = {
	[SF_PLAN_UNMET] = "served",           [SF_PLAN_DRAIN] = "drain cost",
	[SF_PLAN_REBUILT] = "GPUs rebuilt",   [SF_PLAN_WASTE] = "MiB wasted",
	[SF_PLAN_GPUS] = "GPUs in use",       [SF_PLAN_NODES] = "nodes rebuilt",
	[SF_PLAN_COST] = "cost of new nodes", [SF_PLAN_BALANCE] = "imbalance",
};

/* "drain cost + 0.2 GPUs rebuilt" */
static void name_sum(const struct plan_model *model, const struct plan_tier *tier,
                     char name[SF_PLAN_TIER_NAME_MAX])
{
	size_t len = 0;

	name[0] = '\0';
	for (int k = 0; k < SF_PLAN_TIERS && len < SF_PLAN_TIER_NAME_MAX; k++) {
		enum sf_plan_tier_kind kind = (enum sf_plan_tier_kind)k;
		double weight = (double)tier->weight[k] * tier->unit / unit_of(model, kind);
		char times[32] = "";

		if (tier->weight[k] == 0) {
			continue;
		}
		if (fabs(weight - 1) > 1e-9) {
			snprintf(times, sizeof times, "%.6g ", weight);
		}
		len += (size_t)snprintf(name + len, SF_PLAN_TIER_NAME_MAX - len, "%s%s%s",
		                        len ? " + " : "", times, names[k]);
	}
}

void plan_tier_name(const struct plan_model *model, size_t tier, char name[SF_PLAN_TIER_NAME_MAX])
{
	const struct plan_tier *of = &model->tier[tier];

	if (of->kind != SF_PLAN_UNMET) {
		name_sum(model, of, name);
	} else if (model->headroom && of->level + 1 == model->n_levels) {
		snprintf(name, SF_PLAN_TIER_NAME_MAX, "kept free");
	} else {
		snprintf(name, SF_PLAN_TIER_NAME_MAX, "served, priority %d",
		         model->level[of->level]);
	}
}

int64_t plan_tier_of_pod(const struct plan_model *model, size_t tier, size_t demand)
{
	const struct plan_tier *of = &model->tier[tier];

	if (of->weight[SF_PLAN_UNMET]) {
		return model->demand[demand].level == of->level;
	}
	return of->weight[SF_PLAN_WASTE] * model->demand[demand].waste_mib;
}

int64_t plan_tier_of_gpu(const struct plan_model *model, size_t tier, const struct plan_mode *mode)
{
	const int64_t *weight = model->tier[tier].weight;
	bool rebuilt = mode->kind != PLAN_KEEP && !mode->bought;

	return weight[SF_PLAN_GPUS] + (rebuilt ? weight[SF_PLAN_REBUILT] : 0);
}

int64_t plan_tier_of_node(const struct plan_model *model, size_t tier, const struct plan_mode *mode)
{
	const int64_t *weight = model->tier[tier].weight;

	if (mode->bought) {
		return weight[SF_PLAN_COST] * mode->price;
	}
	return mode->kind != PLAN_KEEP ? weight[SF_PLAN_NODES] : 0;
}

int64_t plan_tier_of_drain(const struct plan_model *model, size_t tier,
                           const struct plan_mode *mode)
{
	return model->tier[tier].weight[SF_PLAN_DRAIN] * mode->drain;
}

int64_t plan_tier_of_pattern(const struct plan_model *model, size_t tier,
                             const struct plan_pattern *pattern)
{
	const struct plan_mode *mode = &model->class[pattern->class].mode[pattern->mode];
	int64_t of_gpu = plan_tier_of_gpu(model, tier, mode);
	int64_t sum = plan_tier_of_node(model, tier, mode);

	for (size_t d = 0; d < model->n_demands; d++) {
		if (pattern->pods[d]) {
			sum += pattern->pods[d] * plan_tier_of_pod(model, tier, d);
		}
	}
	return of_gpu ? sum + of_gpu * plan_pattern_gpus(model, pattern) : sum;
}
