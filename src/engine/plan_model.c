/* plan_model: see plan_model.h. */
// SPDX-License-Identifier: Apache-2.0
#include "plan_model.h"

#include <slicefit/alloc.h>
#include <slicefit/arena.h>
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

static void mig_name(char *out, const char *profile)
{
	snprintf(out, SF_NAME_MAX, "nvidia.com/mig-%s", profile);
	for (char *c = out; *c; c++) {
		*c = *c == '+' ? '.' : *c;
	}
}

static void read_wants(struct plan_model *model, struct plan_demand *demand)
{
	const struct sf_request_spec *spec = &demand->workload->request;
	char name[SF_NAME_MAX];

	add_want(demand, PLAN_KIND_GPU, spec->gpu);
	add_want(demand, PLAN_KIND_SHARED, spec->shared);
	for (uint8_t i = 0; i < spec->n_mig; i++) {
		mig_name(name, spec->mig[i].profile);
		add_want(demand, kind_intern(model, name, false), spec->mig[i].count);
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

static void read_levels(struct plan_model *model)
{
	size_t n = 0;

	for (size_t d = 0; d < model->n_demands; d++) {
		model->level[d] = model->demand[d].workload->priority;
	}
	qsort(model->level, model->n_demands, sizeof *model->level, compare_levels);
	for (size_t i = 0; i < model->n_demands; i++) {
		if (n == 0 || model->level[n - 1] != model->level[i]) {
			model->level[n++] = model->level[i];
		}
	}
	model->n_levels = n;
	for (size_t d = 0; d < model->n_demands; d++) {
		struct plan_demand *demand = &model->demand[d];

		while (model->level[demand->level] != demand->workload->priority) {
			demand->level++;
		}
	}
}

static int read_demands(struct plan_model *model, const struct sf_demand *wanted)
{
	const struct sf_scenario *scenario = model->scenario;
	size_t n = scenario->n_workloads;

	model->n_demands = n;
	model->demand = sf_arena_array(model->arena, n + 1, sizeof *model->demand);
	model->level = sf_arena_array(model->arena, n + 1, sizeof *model->level);
	model->kind = sf_arena_array(model->arena, 2 + n * PLAN_WANTS_MAX, sizeof *model->kind);
	if (!model->demand || !model->level || !model->kind) {
		return -1;
	}
	kind_intern(model, "nvidia.com/gpu", false);
	kind_intern(model, "nvidia.com/gpu.shared", false);
	for (size_t d = 0; d < n; d++) {
		const struct sf_workload *workload = &scenario->workload[d];
		struct plan_demand *demand = &model->demand[d];
		uint16_t of_class = scenario->max_replicas[workload->class];

		demand->workload = workload;
		demand->wanted = wanted->pods[d];
		demand->gpu_memory_mib = workload->request.gpu_memory_mib;
		demand->cpu_milli = workload->request.cpu_milli;
		demand->memory_mib = workload->request.memory_mib;
		demand->max_replicas = workload->max_replicas ? workload->max_replicas : of_class;
		read_wants(model, demand);
		/* A wish for GPU memory means nothing for a pod without a GPU; no wish accepts
		 * devices of unknown size (-1). */
		if (demand->gpu_memory_mib <= 0) {
			demand->gpu_memory_mib = -1;
		}
	}
	read_levels(model);
	return 0;
}

static bool same_gpus(const struct sf_node_spec *a, const struct sf_node_spec *b)
{
	if (a->n_gpus != b->n_gpus) {
		return false;
	}
	for (uint8_t g = 0; g < a->n_gpus; g++) {
		const struct sf_gpu_spec *x = &a->gpu[g], *y = &b->gpu[g];

		if (x->product != y->product || x->mig != y->mig || x->layout.n != y->layout.n ||
		    memcmp(x->layout.instance, y->layout.instance,
		           x->layout.n * sizeof x->layout.instance[0]) != 0) {
			return false;
		}
	}
	return true;
}

static bool same_sharing(const struct sf_sharing *a, const struct sf_sharing *b)
{
	if (a->mode != b->mode || a->rename != b->rename || a->fail_above_1 != b->fail_above_1 ||
	    a->n != b->n) {
		return false;
	}
	for (uint8_t i = 0; i < a->n; i++) {
		if (a->resource[i].replicas != b->resource[i].replicas ||
		    strcmp(a->resource[i].name, b->resource[i].name) != 0) {
			return false;
		}
	}
	return true;
}

static bool same_counts(const struct sf_node_spec *a, const struct sf_node_spec *b)
{
	if (a->by_counts != b->by_counts || (a->by_counts && a->n_counts != b->n_counts)) {
		return false;
	}
	for (uint8_t i = 0; a->by_counts && i < a->n_counts; i++) {
		if (a->count[i].total != b->count[i].total ||
		    strcmp(a->count[i].name, b->count[i].name) != 0) {
			return false;
		}
	}
	return true;
}

static bool same_pool(const struct sf_pool *a, const struct sf_pool *b)
{
	const struct sf_node_spec *x = &a->node, *y = &b->node;

	return a->no_mig == b->no_mig && a->no_sharing == b->no_sharing &&
	       x->strategy == y->strategy && x->dynamic == y->dynamic &&
	       x->pods_max == y->pods_max && x->cpu_milli == y->cpu_milli &&
	       x->memory_mib == y->memory_mib && same_gpus(x, y) &&
	       same_sharing(&x->sharing, &y->sharing) && same_counts(x, y);
}

/* More than all pods together can ask for: a node that does not say has no limit. */
static const int64_t no_limit = INT64_MAX / 4;

static void init_class(struct plan_class *class, const struct sf_pool *pool)
{
	const struct sf_node_spec *spec = &pool->node;

	class->pool = pool;
	class->cpu_milli = spec->cpu_milli > 0 ? spec->cpu_milli : no_limit;
	class->memory_mib = spec->memory_mib > 0 ? spec->memory_mib : no_limit;
	class->pods_max = spec->pods_max ? spec->pods_max : 110;
	class->replicas = sf_sharing_replicas(&spec->sharing, "nvidia.com/gpu");
	for (uint8_t g = 0; g < spec->n_gpus; g++) {
		size_t q = 0;

		while (q < class->n_products && class->product[q] != spec->gpu[g].product) {
			q++;
		}
		if (q == class->n_products) {
			class->product[class->n_products++] = spec->gpu[g].product;
		}
		class->n_gpus[q]++;
	}
}

static struct plan_class *class_of(struct plan_model *model, const struct sf_pool *pool)
{
	for (size_t c = 0; c < model->n_classes; c++) {
		if (same_pool(model->class[c].pool, pool)) {
			return &model->class[c];
		}
	}
	init_class(&model->class[model->n_classes], pool);
	return &model->class[model->n_classes++];
}

static int read_classes(struct plan_model *model)
{
	const struct sf_scenario *scenario = model->scenario;
	uint32_t *of_pool = sf_arena_array(model->arena, scenario->n_pools + 1, sizeof *of_pool);
	uint32_t node = 0;

	model->class = sf_arena_array(model->arena, scenario->n_pools + 1, sizeof *model->class);
	if (!model->class || !of_pool) {
		return -1;
	}
	for (size_t p = 0; p < scenario->n_pools; p++) {
		struct plan_class *class = class_of(model, &scenario->pool[p]);

		of_pool[p] = (uint32_t)(class - model->class);
		class->n_nodes += scenario->pool[p].count;
		model->n_nodes += scenario->pool[p].count;
	}
	for (size_t c = 0; c < model->n_classes; c++) {
		struct plan_class *class = &model->class[c];

		class->node = sf_arena_array(model->arena, class->n_nodes + 1, sizeof *class->node);
		if (!class->node) {
			return -1;
		}
		class->n_nodes = 0;
	}
	for (size_t p = 0; p < scenario->n_pools; p++) {
		struct plan_class *class = &model->class[of_pool[p]];

		for (uint32_t i = 0; i < scenario->pool[p].count; i++) {
			class->node[class->n_nodes++] = node++;
		}
	}
	return 0;
}

int plan_model_build(const struct sf_scenario *scenario, const struct sf_demand *demand,
                     struct sf_arena *arena, struct plan_model *out, struct sf_error *err)
{
	memset(out, 0, sizeof *out);
	out->arena = arena;
	out->scenario = scenario;
	if (read_demands(out, demand) || read_classes(out)) {
		return sf_fail(err, SF_ENOMEM, "plan: no memory for the model");
	}
	for (size_t c = 0; c < out->n_classes; c++) {
		if (plan_modes_build(out, &out->class[c], err)) {
			return -1;
		}
	}
	return 0;
}
