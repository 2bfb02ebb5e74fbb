/* feature: which parts of a replay a scenario uses. */
// SPDX-License-Identifier: Apache-2.0
#include "feature.h"

/* Are some GPUs of the pool cut or shared? */
static bool has_modes(const struct sf_pool *pool)
{
	bool any = pool->node.sharing.mode != SF_SHARING_NONE;
	for (uint8_t g = 0; g < pool->node.n_gpus; g++) {
		any = any || pool->node.gpu[g].mig;
	}
	return any;
}

static unsigned of_pool(const struct sf_pool *pool)
{
	return (has_modes(pool) ? SF_FEATURE_MODES : 0U) |
	       (pool->cost_per_gpu_hour >= 0 ? SF_FEATURE_COST : 0U);
}

static unsigned of_workload(const struct sf_workload *workload)
{
	return (workload->preempts ? SF_FEATURE_EVICTION | SF_FEATURE_PREEMPTION : 0U) |
	       (workload->gpu_duty > 0 ? SF_FEATURE_DUTY : 0U);
}

static unsigned of_event(const struct sf_node_event *event)
{
	return SF_FEATURE_EVICTION | SF_FEATURE_NODES |
	       (event->kind == SF_NODE_EVENT_REPARTITION ? SF_FEATURE_MODES : 0U);
}

unsigned sf_feature_find(const struct sf_scenario *scenario)
{
	unsigned features = 0;
	for (size_t i = 0; i < scenario->n_pools; i++) {
		features |= of_pool(&scenario->pool[i]);
	}
	for (size_t i = 0; i < scenario->n_workloads; i++) {
		features |= of_workload(&scenario->workload[i]);
	}
	for (size_t i = 0; i < scenario->n_events; i++) {
		features |= of_event(&scenario->event[i]);
	}
	if (scenario->contention.time_slicing || scenario->contention.mps) {
		features |= SF_FEATURE_CONTENTION;
	}
	return features;
}
