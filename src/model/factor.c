/* factor: what a sweep multiplies of a whole scenario. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/sweep.h>

#include <slicefit/error.h>
#include <slicefit/scenario.h>

#include <math.h>

/* To the nearest, but at least one of what there was; what is beyond `max` stays beyond it. */
static uint32_t scale_count(uint32_t count, double factor, uint32_t max)
{
	double scaled = (double)count * factor + 0.5;
	if (scaled >= (double)max + 1) {
		return max + 1;
	}
	return scaled < 1 && count > 0 ? 1 : (uint32_t)scaled;
}

/* Gangs stay whole, and those that run already are there in any case. */
static uint32_t scale_pods(const struct sf_workload *workload, double factor)
{
	const uint32_t running = workload->n_running_pods;
	const uint32_t each = workload->gang > 1 ? workload->gang : 1;
	const uint32_t coming = (workload->count - running) / each;
	const uint64_t gangs = scale_count(coming, factor, SF_SCENARIO_PODS_MAX);
	return running + gangs * each > SF_SCENARIO_PODS_MAX ? SF_SCENARIO_PODS_MAX + 1
	                                                     : (uint32_t)(running + gangs * each);
}

/* Saturates where two times still have a sum. */
static int64_t to_us(double us)
{
	return (int64_t)fmin(us, (double)(INT64_MAX / 2));
}

/* More or fewer pods in the same time; those of a trace come as they are, but faster or slower. */
static int scale_load(struct sf_scenario *scenario, double factor, struct sf_error *err)
{
	uint64_t pods = 0;
	for (size_t i = 0; i < scenario->n_workloads; i++) {
		struct sf_workload *workload = &scenario->workload[i];
		if (workload->arrival.kind != SF_ARRIVAL_TRACE) {
			workload->count = scale_pods(workload, factor);
			workload->arrival.every_s /= factor;
		}
		pods += workload->count;
	}
	for (size_t i = 0; i < scenario->trace.n; i++) {
		struct sf_trace_pod *pod = &scenario->trace.pod[i];
		pod->time_us = to_us((double)pod->time_us / factor);
	}
	return pods <= SF_SCENARIO_PODS_MAX
	               ? 0
	               : sf_fail(err, SF_ELIMIT, "more than %d pods with this factor",
	                         SF_SCENARIO_PODS_MAX);
}

/* Nodes that are known one by one cannot be multiplied. */
static int check_anonymous(const struct sf_scenario *scenario, struct sf_error *err)
{
	for (size_t i = 0; i < scenario->n_pools; i++) {
		if (scenario->pool[i].node_name != NULL) {
			return sf_fail(err, SF_EINVAL,
			               "the nodes of pool %.60s have names: give them a number "
			               "(nodes: 4) to have more or fewer",
			               scenario->pool[i].name);
		}
	}
	for (size_t i = 0; i < scenario->n_workloads; i++) {
		if (scenario->workload[i].n_running > 0) {
			return sf_fail(err, SF_EINVAL,
			               "pods of workload %.60s run on certain nodes: leave "
			               "running out to have more or fewer",
			               scenario->workload[i].name);
		}
	}
	return 0;
}

static int scale_nodes(struct sf_scenario *scenario, double factor, struct sf_error *err)
{
	uint64_t nodes = 0;
	if (factor != 1 && check_anonymous(scenario, err) != 0) {
		return -1;
	}
	for (size_t i = 0; i < scenario->n_pools; i++) {
		struct sf_pool *pool = &scenario->pool[i];
		pool->count = scale_count(pool->count, factor, SF_SCENARIO_NODES_MAX);
		nodes += pool->count;
	}
	return nodes <= SF_SCENARIO_NODES_MAX
	               ? 0
	               : sf_fail(err, SF_ELIMIT, "more than %d nodes with this factor",
	                         SF_SCENARIO_NODES_MAX);
}

static int scale_stay(struct sf_scenario *scenario, double factor, struct sf_error *err)
{
	(void)err;
	for (size_t i = 0; i < scenario->n_workloads; i++) {
		scenario->workload[i].duration.s *= factor;
		scenario->workload[i].duration.max_s *= factor;
	}
	for (size_t i = 0; i < scenario->trace.n; i++) {
		struct sf_trace_pod *pod = &scenario->trace.pod[i];
		pod->duration_us = pod->duration_us < 0 ? pod->duration_us
		                                        : to_us((double)pod->duration_us * factor);
	}
	return 0;
}

const struct sf_factor sf_factors[] = {
	{"load", "pods of every workload, in the same time", scale_load},
	{"nodes", "nodes of every pool", scale_nodes},
	{"stay", "how long pods stay", scale_stay},
	{NULL, NULL, NULL},
};
