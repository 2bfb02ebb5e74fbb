/* scores: what is made of what a policy says of the nodes of a request. */
// SPDX-License-Identifier: Apache-2.0
#include "scores.h"

#include <slicefit/filter.h>

#include <stdlib.h>
#include <string.h>

enum { LEVELS = UINT8_MAX + 1 };

/* Levels of nodes that fit, and the scores in each. */
struct bands {
	unsigned n;
	bool there[LEVELS];
	int64_t low[LEVELS], high[LEVELS];
};

static void find_bands(const struct sf_judged *judged, size_t n, struct bands *bands)
{
	memset(bands, 0, sizeof(*bands));
	for (size_t i = 0; i < n; i++) {
		uint8_t level = judged[i].level;
		int64_t score = judged[i].score;
		if (judged[i].reason != SF_FITS) {
			continue;
		}
		if (!bands->there[level]) {
			bands->there[level] = true;
			bands->low[level] = bands->high[level] = score;
			bands->n++;
		}
		bands->low[level] = score < bands->low[level] ? score : bands->low[level];
		bands->high[level] = score > bands->high[level] ? score : bands->high[level];
	}
}

/* Where `score` is between low and high, in `steps` steps. */
static int place(int64_t score, int64_t low, int64_t high, unsigned steps)
{
	/* Unsigned differences cannot overflow; the shift keeps their multiples within 64 bits. */
	uint64_t range = (uint64_t)high - (uint64_t)low;
	unsigned shift = range > UINT64_MAX / (2 * SF_SCORE_MAX) ? 5 : 0;
	uint64_t above = ((uint64_t)score - (uint64_t)low) >> shift;
	if (range == 0) {
		return (int)steps;
	}
	return (int)((above * steps + (range >> shift) / 2) / (range >> shift));
}

void sf_scores_spread(const struct sf_judged *judged, size_t n, int *out)
{
	struct bands bands;
	int bottom[LEVELS] = {0};
	find_bands(judged, n, &bands);
	/* Bands of equal height from the top; what is left over stays empty at the bottom. */
	unsigned height = bands.n > 0 ? (SF_SCORE_MAX + 1) / bands.n : 0;
	height = height > 0 ? height : 1;
	int top = SF_SCORE_MAX;
	for (int level = LEVELS - 1; level >= 0; level--) {
		if (bands.there[level]) {
			bottom[level] = top - (int)height + 1;
			bottom[level] = bottom[level] > 0 ? bottom[level] : 0;
			top -= (int)height;
		}
	}
	for (size_t i = 0; i < n; i++) {
		uint8_t level = judged[i].level;
		out[i] = judged[i].reason == SF_FITS
		                 ? bottom[level] + place(judged[i].score, bands.low[level],
		                                         bands.high[level], height - 1)
		                 : 0;
	}
}

/* Below zero: `a` is worse. Equal ones differ in nothing that a policy said. */
static int compare(const struct sf_judged *a, const struct sf_judged *b)
{
	if (a->level != b->level) {
		return a->level < b->level ? -1 : 1;
	}
	return (a->score > b->score) - (a->score < b->score);
}

struct places {
	const struct sf_judged *judged;
};

static int compare_places(const void *a, const void *b, void *ctx)
{
	const struct places *places = ctx;
	return compare(&places->judged[*(const uint32_t *)a],
	               &places->judged[*(const uint32_t *)b]);
}

void sf_scores_rank(const struct sf_judged *judged, size_t n, uint32_t *order, int *out)
{
	struct places places = {judged};
	size_t fit = 0;
	for (size_t i = 0; i < n; i++) {
		out[i] = 0;
		if (judged[i].reason == SF_FITS) {
			order[fit++] = (uint32_t)i;
		}
	}
	qsort_r(order, fit, sizeof(*order), compare_places, &places);
	for (size_t i = 1; i < fit; i++) {
		bool same = compare(&judged[order[i - 1]], &judged[order[i]]) == 0;
		out[order[i]] = out[order[i - 1]] + (same ? 0 : SF_SCORE_STEP);
	}
}

static bool is_better(const struct sf_judged *a, const struct sf_judged *b)
{
	int order = compare(a, b);
	return order != 0 ? order > 0 : a->node < b->node;
}

size_t sf_scores_best(const struct sf_judged *judged, size_t n, size_t k, uint32_t *best)
{
	size_t found = 0;
	for (size_t i = 0; i < n; i++) {
		if (judged[i].reason != SF_FITS ||
		    (found == k && !is_better(&judged[i], &judged[best[k - 1]]))) {
			continue;
		}
		size_t at = found < k ? found++ : k - 1;
		for (; at > 0 && is_better(&judged[i], &judged[best[at - 1]]); at--) {
			best[at] = best[at - 1];
		}
		best[at] = (uint32_t)i;
	}
	return found;
}
