/* scores: what is made of what a policy says of the nodes of a request. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_SCORES_H
#define SF_SCORES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	SF_SCORE_MAX = 10, /* MaxExtenderPriority */
	/*
	 * Between two ranks of decisive scores. The scheduler multiplies by its weight (at least 1)
	 * and 10, so a rank is worth 10 000 points and more; its own plugins together give at most
	 * 1200 with their default weights, so they decide among equals only.
	 */
	SF_SCORE_STEP = 1000,
};

/* What one node of a request is told. The levels go before the scores. */
struct sf_judged {
	int64_t score;     /* of the policy; it and the level count for nodes that fit */
	uint32_t node;     /* a number: among equals the lowest is the best */
	uint8_t level;     /* how well its mode is liked */
	uint8_t reason;    /* enum sf_fit (SF_FITS) or another of metrics.h: why it does not fit */
	bool unresolvable; /* then: no eviction can help */
};

/*
 * 0 to SF_SCORE_MAX. Each level that occurs has a band of the range, the best one the highest; within
 * its band the nodes are spread linearly and rounded to the nearest, equal ones at the top. Nodes that
 * do not fit get 0.
 */
void sf_scores_spread(const struct sf_judged *judged, size_t n, int *out);

/* Ranks from 0 in steps of SF_SCORE_STEP, the same for equals. Nodes that do not fit get 0.
 * `order` is room for n numbers. */
void sf_scores_rank(const struct sf_judged *judged, size_t n, uint32_t *order, int *out);

/* The places of the `k` best nodes that fit, the best first, in `best` (room for k); returns how many
 * there are. */
size_t sf_scores_best(const struct sf_judged *judged, size_t n, size_t k, uint32_t *best);

#endif
