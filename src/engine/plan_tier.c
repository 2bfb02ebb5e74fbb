/* plan_tier: see plan_tier.h. */
// SPDX-License-Identifier: Apache-2.0
#include "plan_tier.h"

#include <slicefit/arena.h>

#include <stdio.h>

static const enum sf_plan_tier_kind own_order[] = {SF_PLAN_UNMET, SF_PLAN_DRAIN, SF_PLAN_REBUILT,
                                                   SF_PLAN_WASTE, SF_PLAN_GPUS};

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
	case SF_PLAN_COST:
		return model->scenario->n_pools == model->n_own_pools;
	case SF_PLAN_TIERS:
		break;
	}
	return true;
}

static void add_tiers(struct plan_model *model, enum sf_plan_tier_kind kind)
{
	size_t n = kind == SF_PLAN_UNMET ? model->n_levels : !is_idle(model, kind);

	for (uint32_t i = 0; i < n; i++) {
		model->tier[model->n_tiers++] = (struct plan_tier){.kind = kind, .level = i};
	}
}

int plan_tiers_build(struct plan_model *model)
{
	const struct sf_plan_spec *plan = &model->scenario->plan;
	const enum sf_plan_tier_kind *order = plan->n_tiers ? plan->tier : own_order;
	size_t n = plan->n_tiers ? plan->n_tiers : sizeof own_order / sizeof own_order[0];

	model->tier =
		sf_arena_array(model->arena, model->n_levels + SF_PLAN_TIERS, sizeof *model->tier);
	if (!model->tier) {
		return -1;
	}
	add_tiers(model, SF_PLAN_UNMET); /* whatever the order: a plan is for serving */
	add_tiers(model, SF_PLAN_COST);  /* and only for that it may cost something */
	for (size_t i = 0; i < n; i++) {
		if (order[i] != SF_PLAN_UNMET && order[i] != SF_PLAN_COST) {
			add_tiers(model, order[i]);
		}
	}
	return 0;
}

void plan_tier_name(const struct plan_model *model, size_t tier, char name[48])
{
	static const char *const names[SF_PLAN_TIERS] = {
		[SF_PLAN_UNMET] = "served",           [SF_PLAN_DRAIN] = "drain cost",
		[SF_PLAN_REBUILT] = "GPUs rebuilt",   [SF_PLAN_WASTE] = "MiB wasted",
		[SF_PLAN_GPUS] = "GPUs in use",       [SF_PLAN_NODES] = "nodes rebuilt",
		[SF_PLAN_COST] = "cost of new nodes",
	};
	const struct plan_tier *of = &model->tier[tier];

	if (of->kind != SF_PLAN_UNMET) {
		snprintf(name, 48, "%s", names[of->kind]);
	} else if (model->headroom && of->level + 1 == model->n_levels) {
		snprintf(name, 48, "kept free");
	} else {
		snprintf(name, 48, "served, priority %d", model->level[of->level]);
	}
}

int64_t plan_tier_of_pod(const struct plan_model *model, size_t tier, size_t demand)
{
	const struct plan_tier *of = &model->tier[tier];

	if (of->kind == SF_PLAN_UNMET) {
		return model->demand[demand].level == of->level;
	}
	return of->kind == SF_PLAN_WASTE ? model->demand[demand].waste_mib : 0;
}

int64_t plan_tier_of_gpu(const struct plan_model *model, size_t tier, const struct plan_mode *mode)
{
	enum sf_plan_tier_kind kind = model->tier[tier].kind;

	return kind == SF_PLAN_GPUS ||
	       (kind == SF_PLAN_REBUILT && mode->kind != PLAN_KEEP && !mode->bought);
}

int64_t plan_tier_of_node(const struct plan_model *model, size_t tier, const struct plan_mode *mode)
{
	if (mode->bought) {
		return model->tier[tier].kind == SF_PLAN_COST ? mode->price : 0;
	}
	return model->tier[tier].kind == SF_PLAN_NODES && mode->kind != PLAN_KEEP;
}

int64_t plan_tier_of_drain(const struct plan_model *model, size_t tier,
                           const struct plan_mode *mode)
{
	return model->tier[tier].kind == SF_PLAN_DRAIN ? mode->drain : 0;
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
