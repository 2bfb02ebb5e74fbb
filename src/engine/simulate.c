/* simulate: where pods would go, one after the other. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/simulate.h>

#include <slicefit/change.h>

#include <assert.h>

static bool is_better(const struct sf_verdicts *verdicts, uint32_t a, uint32_t b)
{
	uint8_t x = verdicts->node[a].level, y = verdicts->node[b].level;
	return x != y ? x > y : verdicts->score[a] > verdicts->score[b];
}

static bool is_there(const struct sf_cluster *cluster, uint32_t node)
{
	return (sf_cluster_node(cluster, node)->state & SF_NODE_REMOVED) == 0;
}

/* The best node, or SF_NODE_NONE and what the nodes say. */
static uint32_t choose(const struct sf_cluster *cluster, const struct sf_verdicts *verdicts,
                       uint32_t refused[SF_FIT_REASONS])
{
	uint32_t best = SF_NODE_NONE, n = sf_cluster_nodes(cluster);
	for (uint32_t i = 0; i < n; i++) {
		if (verdicts->node[i].fit != SF_FITS) {
			refused[verdicts->node[i].fit] += is_there(cluster, i);
		} else if (best == SF_NODE_NONE || is_better(verdicts, i, best)) {
			best = i;
		}
	}
	return best;
}

void sf_simulate(struct sf_cluster *cluster, struct sf_verdict_cache *cache,
                 const struct sf_question *question, struct sf_simulated *out)
{
	struct sf_verdicts verdicts = sf_verdict_cache_get(cache, question, true);
	*out = (struct sf_simulated){0};
	out->node = choose(cluster, &verdicts, out->refused);
	if (out->node == SF_NODE_NONE) {
		return;
	}
	enum sf_fit fit = sf_filter(cluster, out->node, &question->request, question->policy->view,
	                            &out->grant);
	uint32_t pod = sf_cluster_add_pod(cluster, &question->request, 0, 0);
	int rc = fit == SF_FITS ? sf_cluster_place(cluster, pod, out->node, &out->grant, NULL) : -1;
	assert(rc == 0);
	(void)rc;
}
