/* simulate: where pods would go, one after the other, on a cluster that is nobody's. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_SIMULATE_H
#define SF_SIMULATE_H

#include <slicefit/verdicts.h>

/* What became of one pod. */
struct sf_simulated {
	uint32_t node; /* SF_NODE_NONE: it fits nowhere */
	struct sf_grant grant;
	uint32_t refused[SF_FIT_REASONS]; /* nodes by reason, when it fits nowhere */
};

/*
 * Places one pod on the best node: that of the best level, then the highest score, then the lowest
 * number. The cluster is changed, so use a copy; `cache` is one for it.
 */
void sf_simulate(struct sf_cluster *cluster, struct sf_verdict_cache *cache,
                 const struct sf_question *question, struct sf_simulated *out);

#endif
