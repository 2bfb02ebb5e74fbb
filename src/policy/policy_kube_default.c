/*
 * policy_kube_default: what kube-scheduler does with its default configuration.
 *
 * Fit is by counts of resource names (NodeResourcesFit). The score is the sum of the two default
 * score plugins that tell nodes apart here, each 0..100 with weight 1
 * (pkg/scheduler/apis/config/v1/default_plugins.go), over cpu and memory with weight 1:
 *   NodeResourcesFit, strategy LeastAllocated
 *     (pkg/scheduler/framework/plugins/noderesources/least_allocated.go)
 *   NodeResourcesBalancedAllocation
 *     (pkg/scheduler/framework/plugins/noderesources/balanced_allocation.go)
 * Ties go by lot (selectHost in pkg/scheduler/schedule_one.go).
 *
 * Caveats: every node is scored, as with percentageOfNodesToScore: 100. Taints, affinity, topology
 * spread, images and volumes are the same for all nodes. MiB instead of bytes changes no score.
 */
// SPDX-License-Identifier: Apache-2.0
#include "policies.h"
#include "row.h"

#include <slicefit/alloc.h>

#include <stdlib.h>

/* What a pod without a request counts with in LeastAllocated: DefaultMilliCPURequest and
 * DefaultMemoryRequest of pkg/scheduler/util/pod_resources.go. */
enum { DEFAULT_CPU_MILLI = 100, DEFAULT_MEMORY_MIB = 200, NODE_SCORE_MAX = 100 };

/* Pods of a node that asked for no CPU / no memory, and the sums as last seen. */
struct seen {
	uint32_t pods;
	int64_t cpu_milli, memory_mib;
	int64_t no_cpu, no_memory;
};

struct state {
	struct seen *seen;
	size_t n;
};

/* One change adds or removes at most one pod, so the sums tell what it asked for. */
static void update(struct seen *seen, const struct sf_node *node)
{
	int64_t pods = (int64_t)node->pods - seen->pods;
	if (node->cpu_used_milli == seen->cpu_milli) {
		seen->no_cpu += pods;
	}
	if (node->memory_used_mib == seen->memory_mib) {
		seen->no_memory += pods;
	}
	seen->pods = node->pods;
	seen->cpu_milli = node->cpu_used_milli;
	seen->memory_mib = node->memory_used_mib;
}

static void grow(struct state *state, const struct sf_cluster *cluster)
{
	uint32_t nodes = sf_cluster_nodes(cluster);
	if (nodes > state->n) {
		state->seen = sf_xgrow(state->seen, &state->n, nodes, sizeof(*state->seen));
	}
}

static void *create(const struct sf_cluster *cluster, const struct sf_target *target, uint64_t seed)
{
	(void)target;
	(void)seed;
	struct state *state = sf_xcalloc(1, sizeof(*state));
	grow(state, cluster);
	for (uint32_t i = 0; i < sf_cluster_nodes(cluster); i++) {
		const struct sf_node *node = sf_cluster_node(cluster, i);
		state->seen[i].pods = node->pods;
		state->seen[i].cpu_milli = node->cpu_used_milli;
		state->seen[i].memory_mib = node->memory_used_mib;
	}
	for (uint32_t i = 0; i < sf_cluster_pods(cluster); i++) {
		const struct sf_pod *pod = sf_cluster_pod(cluster, i);
		if (pod->node != SF_NODE_NONE) {
			state->seen[pod->node].no_cpu += pod->request.cpu_milli == 0;
			state->seen[pod->node].no_memory += pod->request.memory_mib == 0;
		}
	}
	return state;
}

static void destroy(void *p)
{
	struct state *state = p;
	if (state) {
		free(state->seen);
		free(state);
	}
}

static void on_change(void *p, const struct sf_cluster *cluster, uint32_t node)
{
	struct state *state = p;
	grow(state, cluster);
	if (node != SF_NODE_NONE) {
		update(&state->seen[node], sf_cluster_node(cluster, node));
	}
}

/* leastRequestedScore */
static int64_t least_requested(int64_t requested, int64_t capacity)
{
	return requested > capacity ? 0 : (capacity - requested) * NODE_SCORE_MAX / capacity;
}

/* A node in the words of the scores. */
struct use {
	int64_t cpu_milli, cpu_used_milli;
	int64_t memory_mib, memory_used_mib;
};

/* leastResourceScorer: resources that the node does not have are left out of the mean. */
static int64_t least_allocated(const struct use *use, const struct seen *seen,
                               const struct sf_request *request)
{
	int64_t sum = 0;
	int64_t weights = 0;
	if (use->cpu_milli > 0) {
		int64_t asks = request->cpu_milli ? request->cpu_milli : DEFAULT_CPU_MILLI;
		int64_t used = use->cpu_used_milli + seen->no_cpu * DEFAULT_CPU_MILLI;
		sum += least_requested(used + asks, use->cpu_milli);
		weights++;
	}
	if (use->memory_mib > 0) {
		int64_t asks = request->memory_mib ? request->memory_mib : DEFAULT_MEMORY_MIB;
		int64_t used = use->memory_used_mib + seen->no_memory * DEFAULT_MEMORY_MIB;
		sum += least_requested(used + asks, use->memory_mib);
		weights++;
	}
	return weights ? sum / weights : 0;
}

static double fraction(int64_t requested, int64_t capacity)
{
	double f = (double)requested / (double)capacity;
	return f > 1 ? 1 : f;
}

/* balancedResourceScorer, in float64 as there: these basic operations round alike everywhere. Pods
 * that ask for neither are not scored. */
static int64_t balanced_allocation(const struct use *use, const struct sf_request *request)
{
	if (request->cpu_milli == 0 && request->memory_mib == 0) {
		return 0;
	}
	if (use->cpu_milli == 0 || use->memory_mib == 0) {
		return NODE_SCORE_MAX;
	}
	double cpu = fraction(use->cpu_used_milli + request->cpu_milli, use->cpu_milli);
	double memory = fraction(use->memory_used_mib + request->memory_mib, use->memory_mib);
	double std = (cpu > memory ? cpu - memory : memory - cpu) / 2;
	return (int64_t)((1 - std) * NODE_SCORE_MAX);
}

static int64_t formula(const struct use *use, const struct seen *seen,
                       const struct sf_request *request)
{
	return least_allocated(use, seen, request) + balanced_allocation(use, request);
}

static int64_t score(void *p, const struct sf_cluster *cluster, uint32_t index,
                     const struct sf_request *request, const struct sf_grant *grant)
{
	(void)grant;
	const struct state *state = p;
	const struct sf_node *node = sf_cluster_node(cluster, index);
	const struct use use = {node->cpu_milli, node->cpu_used_milli, node->memory_mib,
	                        node->memory_used_mib};
	return formula(&use, &state->seen[index], request);
}

static int64_t judge(void *p, uint32_t node, const struct sf_row *row, const struct sf_ask *ask,
                     uint8_t *gpu)
{
	(void)gpu;
	const struct state *state = p;
	const struct use use = {row->cpu_milli, row->cpu_milli - row->cpu_free, row->memory_mib,
	                        row->memory_mib - row->memory_free};
	return formula(&use, &state->seen[node], &ask->request);
}

const struct sf_policy sf_policy_kube_default = {
	.name = "kube-default",
	.help = "kube-scheduler's defaults: counts of resource names, LeastAllocated, ties by lot",
	.view = SF_VIEW_COUNTS,
	.random_ties = true,
	.create = create,
	.destroy = destroy,
	.on_change = on_change,
	.score = score,
	.judge = judge,
};
