/* plan_bed: scenarios for the tests of plans, built by hand or at random. */
// SPDX-License-Identifier: Apache-2.0
#ifndef PLAN_BED_H
#define PLAN_BED_H

#include "plan_check.h"
#include "plan_oracle.h"

#include <slicefit/catalog.h>
#include <slicefit/rng.h>

/* A scenario under construction. */
struct bed {
	struct sf_catalog *catalog;
	struct sf_scenario scenario;
	struct sf_pool pool[6];
	struct sf_workload workload[8];
	struct sf_running running[8][16];
	char name[8][16];
};

static inline void bed_init(struct bed *bed)
{
	memset(bed, 0, sizeof *bed);
	bed->catalog = sf_catalog_create();
	bed->scenario.catalog = bed->catalog;
	bed->scenario.name = bed->scenario.path = "test";
	bed->scenario.pool = bed->pool;
	bed->scenario.workload = bed->workload;
	bed->scenario.horizon_s = -1;
	for (int c = 0; c < SF_CLASSES; c++) {
		bed->scenario.max_replicas[c] = 4;
	}
}

static inline void bed_finish(struct bed *bed)
{
	sf_catalog_destroy(bed->catalog);
}

static inline struct sf_pool *add_pool(struct bed *bed, const char *product, uint32_t count,
                                       uint8_t gpus)
{
	static const char *const names[] = {"p0", "p1", "p2", "p3", "p4", "p5"};
	struct sf_pool *pool = &bed->pool[bed->scenario.n_pools];

	memset(pool, 0, sizeof *pool);
	pool->name = names[bed->scenario.n_pools++];
	pool->count = count;
	pool->max_drained = UINT32_MAX;
	pool->node.n_gpus = gpus;
	pool->node.cpu_milli = 1000000;
	pool->node.memory_mib = 10000000;
	pool->node.strategy = SF_STRATEGY_MIXED;
	for (uint8_t g = 0; g < gpus; g++) {
		pool->node.gpu[g].product = sf_catalog_find(bed->catalog, product);
		cr_assert(not(zero(ptr, (void *)pool->node.gpu[g].product)));
	}
	return pool;
}

static inline struct sf_workload *add_workload(struct bed *bed, uint32_t count, int32_t priority)
{
	size_t i = bed->scenario.n_workloads++;
	struct sf_workload *workload = &bed->workload[i];

	memset(workload, 0, sizeof *workload);
	snprintf(bed->name[i], sizeof bed->name[i], "w%zu", i);
	workload->name = bed->name[i];
	workload->count = count;
	workload->priority = priority;
	workload->class = SF_CLASS_INFERENCE;
	workload->deadline_s = -1;
	workload->drain_cost = 1;
	workload->running = bed->running[i];
	return workload;
}

static inline void want_mig(struct sf_workload *workload, const char *profile, uint16_t count)
{
	struct sf_request_spec *r = &workload->request;

	snprintf(r->mig[r->n_mig].profile, sizeof r->mig[0].profile, "%s", profile);
	r->mig[r->n_mig++].count = count;
}

static inline void want_raw(struct sf_workload *workload, const char *name, uint16_t count)
{
	struct sf_request_spec *r = &workload->request;

	snprintf(r->resource[r->n_resources].name, sizeof r->resource[0].name, "%s", name);
	r->resource[r->n_resources++].count = count;
}

/* By the names that a manifest has. */
static inline void random_raw(struct sf_rng *rng, struct sf_workload *workload, const char *profile)
{
	static const char *const names[] = {"nvidia.com/gpu", "nvidia.com/gpu",
	                                    "nvidia.com/gpu.shared"};
	char name[SF_NAME_MAX];

	snprintf(name, sizeof name, "nvidia.com/mig-%s", profile);
	want_raw(workload, sf_rng_below(rng, 4) ? names[sf_rng_below(rng, 3)] : name,
	         (uint16_t)(1 + (sf_rng_below(rng, 4) == 0)));
	workload->request.gpu_memory_mib =
		sf_rng_below(rng, 2) ? 0 : 4000 * (int32_t)(1 + sf_rng_below(rng, 3));
	workload->max_replicas = (uint16_t)sf_rng_below(rng, 5);
}

static inline struct sf_plan *make_plan(const struct bed *bed,
                                        const struct sf_plan_options *options)
{
	struct sf_plan_options none = {0};
	struct sf_error err = {0};
	struct sf_plan *plan = sf_plan_create(&bed->scenario, options ? options : &none, &err);

	cr_assert(not(zero(ptr, plan)), "%s", err.text);
	return plan;
}

static const char *const oracle_products[] = {"A30", "A100-40GB", "L4"};
static const char *const profiles[][4] = {
	{"1g.6gb", "2g.12gb", "4g.24gb", "1g.6gb"},
	{"1g.5gb", "2g.10gb", "3g.20gb", "1g.10gb"},
	{"1g.5gb", "1g.6gb", "3g.20gb", "2g.12gb"},
};

static inline void random_layout(struct sf_rng *rng, struct sf_pool *pool)
{
	for (uint8_t g = 0; g < pool->node.n_gpus; g++) {
		struct sf_gpu_spec *gpu = &pool->node.gpu[g];

		if (!gpu->product->mig_capable || sf_rng_below(rng, 2)) {
			continue;
		}
		gpu->mig = true;
		for (int tries = 0; tries < 4; tries++) {
			int p = (int)sf_rng_below(rng, gpu->product->n_profiles);
			int start = sf_mig_next_start(gpu->product, &gpu->layout, p);

			if (sf_profile_is_plain(&gpu->product->profile[p]) && start >= 0) {
				sf_mig_add(&gpu->layout, p, start);
			}
		}
		gpu->mig = gpu->layout.n > 0;
	}
}

static inline void random_pool(struct sf_rng *rng, struct bed *bed, size_t kind, uint32_t nodes)
{
	struct sf_pool *pool =
		add_pool(bed, oracle_products[kind], nodes, (uint8_t)(1 + sf_rng_below(rng, 4)));

	if (sf_rng_below(rng, 2)) {
		pool->node.cpu_milli = 4000 + 1000 * (int64_t)sf_rng_below(rng, 12);
		pool->node.memory_mib = 8000 + 1000 * (int64_t)sf_rng_below(rng, 32);
	}
	if (sf_rng_below(rng, 5) == 0) {
		pool->node.cpu_milli = 0;
	}
	if (sf_rng_below(rng, 5) == 0) {
		pool->node.memory_mib = 0;
	}
	if (sf_rng_below(rng, 4) == 0) {
		pool->node.pods_max = (uint32_t)(1 + sf_rng_below(rng, 5));
	}
	if (sf_rng_below(rng, 3) == 0) {
		random_layout(rng, pool);
		pool->no_mig = sf_rng_below(rng, 2);
	}
	if (sf_rng_below(rng, 3) == 0) {
		pool->node.sharing.mode = SF_SHARING_TIME_SLICING;
		pool->node.sharing.n = 1;
		strcpy(pool->node.sharing.resource[0].name, "nvidia.com/gpu");
		pool->node.sharing.resource[0].replicas = (uint16_t)(2 + sf_rng_below(rng, 4));
		pool->node.sharing.rename = sf_rng_below(rng, 2);
		pool->no_sharing = sf_rng_below(rng, 2);
	}
}

static inline void random_workload(struct sf_rng *rng, struct bed *bed, size_t kind)
{
	struct sf_workload *workload = add_workload(bed, (uint32_t)(1 + sf_rng_below(rng, 5)),
	                                            (int32_t)(10 * sf_rng_below(rng, 3)));
	struct sf_request_spec *r = &workload->request;

	switch (sf_rng_below(rng, 5)) {
	case 4:
		random_raw(rng, workload, profiles[kind][sf_rng_below(rng, 4)]);
		break;
	case 0:
		r->gpu = (uint16_t)(1 + sf_rng_below(rng, 3));
		r->gpu_memory_mib = sf_rng_below(rng, 3) ? 0 : 24000;
		break;
	case 1:
		r->shared = (uint16_t)(1 + (sf_rng_below(rng, 4) == 0));
		r->gpu_memory_mib =
			sf_rng_below(rng, 2) ? 0 : 4000 * (int32_t)(1 + sf_rng_below(rng, 3));
		workload->max_replicas = (uint16_t)sf_rng_below(rng, 5);
		break;
	default:
		want_mig(workload, profiles[kind][sf_rng_below(rng, 4)],
		         (uint16_t)(1 + (sf_rng_below(rng, 4) == 0)));
		if (sf_rng_below(rng, 6) == 0) {
			want_mig(workload, profiles[kind][sf_rng_below(rng, 4)], 1);
		}
	}
	r->cpu_milli = 500 * (int64_t)sf_rng_below(rng, 9);
	r->memory_mib = 1000 * (int64_t)sf_rng_below(rng, 9);
}

/* Some pods already run, where they fit. */
static inline void random_running(struct sf_rng *rng, struct bed *bed)
{
	uint32_t left[8], node = 0;

	for (size_t d = 0; d < bed->scenario.n_workloads; d++) {
		left[d] = bed->workload[d].count;
		bed->workload[d].drain_cost = 1 + sf_rng_below(rng, 3);
	}
	for (size_t p = 0; p < bed->scenario.n_pools; p++) {
		bed->pool[p].max_drained = sf_rng_below(rng, 8) ? UINT32_MAX : 0;
		bed->pool[p].pinned = sf_rng_below(rng, 8) == 0;
		for (uint32_t i = 0; i < bed->pool[p].count; i++, node++) {
			uint8_t pods[8] = {0};

			for (int tries = 0; tries < 3; tries++) {
				size_t d = sf_rng_below(rng, bed->scenario.n_workloads);
				struct sf_workload *workload = &bed->workload[d];
				struct sf_running *last = &workload->running[workload->n_running];

				pods[d]++;
				if (!left[d] ||
				    oracle_keep(&bed->scenario, &bed->pool[p], pods) < 0) {
					pods[d]--;
					continue;
				}
				left[d]--;
				workload->n_running_pods++;
				if (pods[d] > 1) {
					last[-1].pods++;
				} else {
					*last = (struct sf_running){.node = node, .pods = 1};
					workload->n_running++;
				}
			}
		}
	}
}

static inline void random_bed(struct sf_rng *rng, struct bed *bed)
{
	size_t kind = sf_rng_below(rng, 3), pools = 1 + sf_rng_below(rng, 2);
	size_t workloads = 2 + sf_rng_below(rng, 3);

	bed_init(bed);
	for (size_t p = 0; p < pools; p++) {
		random_pool(rng, bed, sf_rng_below(rng, 2) ? kind : sf_rng_below(rng, 3),
		            (uint32_t)(1 + sf_rng_below(rng, 2)));
	}
	for (size_t d = 0; d < workloads; d++) {
		random_workload(rng, bed, kind);
	}
	bed->scenario.gpu_reserve_mib = sf_rng_below(rng, 2) ? 1024 : 0;
	if (sf_rng_below(rng, 2)) {
		random_running(rng, bed);
	}
}

static inline int64_t tier_value(const struct sf_plan *plan, enum sf_plan_tier_kind kind)
{
	for (size_t t = 0; t < plan->n_tiers; t++) {
		if (plan->tier[t].kind == kind) {
			return plan->tier[t].value;
		}
	}
	return 0;
}

#endif
