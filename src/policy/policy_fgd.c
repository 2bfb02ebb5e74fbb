/*
 * policy_fgd: fragmentation gradient descent, the policy of Weng et al., "Beware of Fragmentation:
 * Scheduling GPU-Sharing Workloads with Fragmentation Gradient Descent", USENIX ATC 2023.
 *
 * The node, and on it the device, whose fragmentation for the target workload grows least. As in the
 * authors' simulator (pkg/simulator/plugin/fgd-score.go of
 * github.com/hkust-adsl/kubernetes-scheduler-simulator) the score is a whole number of 0 to 100, the
 * sigmoid of the growth in GPUs: nodes that are about equally good tie, and the first of them is
 * filled up.
 */
// SPDX-License-Identifier: Apache-2.0
#include "policies.h"
#include "row.h"
#include "target_impl.h"

#include <slicefit/alloc.h>

#include <math.h>
#include <stdlib.h>

struct state {
	const struct sf_target *target; /* may be NULL or empty */
	size_t n;
	double *before; /* per node: fragmentation as it stands; below 0: to be computed */
};

enum { UNKNOWN = -1 };

static void forget(struct state *state, uint32_t node)
{
	size_t had = state->n;
	state->before =
		sf_xgrow(state->before, &state->n, (size_t)node + 1, sizeof(*state->before));
	for (size_t i = had; i < state->n; i++) {
		state->before[i] = UNKNOWN;
	}
	state->before[node] = UNKNOWN;
}

static void *create(const struct sf_cluster *cluster, const struct sf_target *target, uint64_t seed)
{
	(void)seed;
	struct state *state = sf_xcalloc(1, sizeof(*state));
	state->target = target;
	forget(state, sf_cluster_nodes(cluster));
	return state;
}

static void destroy(void *p)
{
	struct state *state = p;
	if (state) {
		free(state->before);
		free(state);
	}
}

static void on_change(void *p, const struct sf_cluster *cluster, uint32_t node)
{
	if (node < sf_cluster_nodes(cluster)) {
		forget(p, node);
	}
}

static double fragment_of(const struct sf_target *target, const struct sf_cluster *cluster,
                          const struct sf_node *node)
{
	struct sf_fragment fragment = sf_target_fragment_node(target, cluster, node);
	return sf_fragment_sum(&fragment);
}

/* Milli-GPUs that are no fragment any more, as a score. */
static int64_t score_of(double before, double after)
{
	return (int64_t)(100 / (1 + exp(-(before - after) / 1000)));
}

static int64_t score_grant(const struct sf_target *target, const struct sf_cluster *cluster,
                           uint32_t index, const struct sf_request *request,
                           const struct sf_grant *grant)
{
	const struct sf_node *node = sf_cluster_node(cluster, index);
	struct sf_node_copy after;
	sf_node_copy(node, &after);
	sf_node_copy_take(&after, request, grant);
	return score_of(fragment_of(target, cluster, node),
	                fragment_of(target, cluster, &after.node));
}

/* The target, or the request alone when there is none; finish *own. */
static const struct sf_target *target_for(void *state, const struct sf_request *request,
                                          struct sf_target *own)
{
	const struct sf_target *target = ((const struct state *)state)->target;
	*own = (struct sf_target){0};
	if (target && target->n > 0) {
		return target;
	}
	sf_target_add(own, request, 1, NULL);
	sf_target_close(own);
	return own;
}

static int64_t score(void *state, const struct sf_cluster *cluster, uint32_t node,
                     const struct sf_request *request, const struct sf_grant *grant)
{
	struct sf_target own;
	const struct sf_target *target = target_for(state, request, &own);
	int64_t value = score_grant(target, cluster, node, request, grant);
	sf_target_finish(&own);
	return value;
}

/* A pod with one fraction: the first of the best-scoring devices. */
static bool choose(void *state, const struct sf_cluster *cluster, uint32_t index,
                   const struct sf_request *request, struct sf_grant *grant)
{
	const struct sf_node *node = sf_cluster_node(cluster, index);
	if (!sf_request_is_fraction(request) || grant->n != 1 ||
	    grant->held[0].replicas != request->gpu_milli) {
		return false;
	}
	struct sf_target own;
	const struct sf_target *target = target_for(state, request, &own);
	struct sf_grant attempt = *grant;
	int64_t best = INT64_MIN;
	for (uint8_t g = 0; g < node->n_gpus; g++) {
		if (sf_fraction_room(&node->gpu[g], request->gpu_milli, request->gpu_memory_mib) ==
		    0) {
			continue;
		}
		attempt.held[0].gpu = g;
		int64_t value = score_grant(target, cluster, index, request, &attempt);
		if (value > best) {
			best = value;
			grant->held[0].gpu = g;
		}
	}
	sf_target_finish(&own);
	return true;
}

static double fragment_of_row(const struct sf_target *target, const struct sf_row *row)
{
	struct sf_fragment fragment = sf_target_fragment_row(target, row);
	return sf_fragment_sum(&fragment);
}

/* A single fraction: GPUs with as much free are as good, so the first of them stands for all. */
static int64_t judge_fraction(const struct sf_target *target, const struct sf_row *row,
                              struct sf_row *after, uint16_t each, double before, uint8_t *gpu)
{
	int64_t best = INT64_MIN;
	for (uint8_t g = 0; g < row->n_gpus; g++) {
		uint8_t first = 0;
		while (row->free[first] != row->free[g]) {
			first++;
		}
		if (row->free[g] < each || first < g) {
			continue;
		}
		after->free[g] = (int16_t)(row->free[g] - each);
		int64_t value = score_of(before, fragment_of_row(target, after));
		after->free[g] = row->free[g];
		if (value > best) {
			best = value;
			*gpu = g;
		}
	}
	return best;
}

static int64_t judge_row(const struct sf_target *target, const struct sf_row *row,
                         const struct sf_ask *ask, double before, uint8_t *gpu)
{
	struct sf_row after = *row;
	struct sf_grant grant;
	if (!ask->fraction || ask->parts != 1) {
		sf_row_grant(row, ask, SF_GPU_NONE, &grant);
		sf_row_take(&after, ask, &grant);
		return score_of(before, fragment_of_row(target, &after));
	}
	grant.n = 0;
	sf_row_take(&after, ask, &grant);
	return judge_fraction(target, row, &after, ask->each, before, gpu);
}

static int64_t judge(void *p, uint32_t node, const struct sf_row *row, const struct sf_ask *ask,
                     uint8_t *gpu)
{
	struct state *state = p;
	struct sf_target own;
	const struct sf_target *target = target_for(state, &ask->request, &own);
	double before = state->before[node];
	if (target == &own || before < 0) {
		before = fragment_of_row(target, row);
	}
	if (target != &own) {
		state->before[node] = before;
	}
	int64_t value = judge_row(target, row, ask, before, gpu);
	sf_target_finish(&own);
	return value;
}

const struct sf_policy sf_policy_fgd = {
	.name = "fgd",
	.help = "fragmentation gradient descent: least new fragmentation for the typical pods",
	.view = SF_VIEW_AWARE,
	.study = true,
	.create = create,
	.destroy = destroy,
	.on_change = on_change,
	.score = score,
	.choose = choose,
	.judge = judge,
	.by_row = true,
};
