/* test_scores: from a policy's numbers to scores, ranks and the best nodes. */
// SPDX-License-Identifier: Apache-2.0
#include "service/scores.h"

#include <slicefit/filter.h>
#include <slicefit/rng.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

enum { N = 6, NO = 255 }; /* NO as a level: the node does not fit */

static const struct {
	size_t n;
	int64_t score[N];
	uint8_t level[N];
	int spread[N];
	int rank[N];
} rows[] = {
	{0, {0}, {0}, {0}, {0}},
	{1, {-5}, {0}, {10}, {0}},
	{1, {-5}, {NO}, {0}, {0}},
	{3, {1, 2, 3}, {0, 0, 0}, {0, 5, 10}, {0, 1, 2}},
	{3, {3, 1, 2}, {0, 0, NO}, {10, 0, 0}, {1, 0, 0}},
	{4, {0, 4, 96, 100}, {0}, {0, 0, 10, 10}, {0, 1, 2, 3}},
	{4, {0, 5, 94, 100}, {0}, {0, 1, 9, 10}, {0, 1, 2, 3}},
	{3, {7, 7, 7}, {0, 0, NO}, {10, 10, 0}, {0, 0, 0}},
	{3, {INT64_MIN + 1, 0, INT64_MAX}, {0}, {0, 5, 10}, {0, 1, 2}},
	{2, {INT64_MAX - 1, INT64_MAX}, {0}, {0, 10}, {0, 1}},
	/* The worst of a better level is better than the best of a worse one. */
	{4, {1, 9, 2, 8}, {1, 0, 1, 0}, {6, 5, 10, 1}, {2, 1, 3, 0}},
	{2, {1, 9}, {4, 2}, {10, 5}, {1, 0}},
	{3, {5, 5, 5}, {0, 1, 2}, {4, 7, 10}, {0, 1, 2}},
	{6, {1, 2, 1, 2, 1, 2}, {3, 3, 2, 2, 0, 0}, {8, 10, 5, 7, 2, 4}, {4, 5, 2, 3, 0, 1}},
	{4, {1, 1, 1, 1}, {3, 2, 1, 0}, {10, 8, 6, 4}, {3, 2, 1, 0}},
	{3, {1, 5, 9}, {NO, 1, NO}, {0, 10, 0}, {0, 0, 0}},
};

static void fill(size_t row, struct sf_judged *out)
{
	for (size_t i = 0; i < rows[row].n; i++) {
		out[i] = (struct sf_judged){
			.score = rows[row].score[i],
			.node = (uint32_t)i,
			.level = rows[row].level[i],
			.reason = rows[row].level[i] == NO ? SF_FIT_BUSY : SF_FITS,
		};
	}
}

Test(scores, spread_and_rank)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sf_judged judged[N];
		uint32_t order[N];
		int got[N];
		fill(i, judged);
		sf_scores_spread(judged, rows[i].n, got);
		for (size_t k = 0; k < rows[i].n; k++) {
			cr_expect(eq(int, got[k], rows[i].spread[k]), "row %zu, node %zu", i, k);
		}
		sf_scores_rank(judged, rows[i].n, order, got);
		for (size_t k = 0; k < rows[i].n; k++) {
			cr_expect(eq(int, got[k], rows[i].rank[k] * SF_SCORE_STEP),
			          "row %zu, node %zu", i, k);
		}
	}
}

static void fill_by_lot(struct sf_rng *rng, struct sf_judged *judged, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		judged[i] = (struct sf_judged){
			.score = (int64_t)sf_rng_below(rng, 5),
			.node = (uint32_t)(n - i),
			.level = (uint8_t)sf_rng_below(rng, 3),
			.reason = sf_rng_below(rng, 4) > 0 ? SF_FITS : SF_FIT_BUSY,
		};
	}
}

static bool fits(const struct sf_judged *judged)
{
	return judged->reason == SF_FITS;
}

/* What comes before what, as the header says it. */
static bool is_before(const struct sf_judged *a, const struct sf_judged *b)
{
	if (fits(a) != fits(b)) {
		return fits(a);
	}
	if (a->level != b->level) {
		return a->level > b->level;
	}
	return a->score != b->score ? a->score > b->score : a->node < b->node;
}

/* Against looking for the next best again and again. */
Test(scores, best_of_many)
{
	enum { MOST = 40, TRIALS = 300 };
	struct sf_rng rng;
	sf_rng_seed(&rng, 1, 0);
	for (int trial = 0; trial < TRIALS; trial++) {
		struct sf_judged judged[MOST];
		uint32_t best[MOST];
		bool taken[MOST] = {false};
		size_t n = sf_rng_below(&rng, MOST + 1), k = 1 + sf_rng_below(&rng, MOST);
		fill_by_lot(&rng, judged, n);
		size_t found = sf_scores_best(judged, n, k, best);
		for (size_t i = 0; i < k; i++) {
			size_t next = n;
			for (size_t j = 0; j < n; j++) {
				if (!taken[j] && fits(&judged[j]) &&
				    (next == n || is_before(&judged[j], &judged[next]))) {
					next = j;
				}
			}
			if (next == n) {
				cr_assert(eq(sz, found, i), "trial %d", trial);
				break;
			}
			taken[next] = true;
			cr_assert(lt(sz, i, found), "trial %d", trial);
			cr_assert(eq(u32, best[i], (uint32_t)next), "trial %d", trial);
		}
	}
}

/* What the spread, the ranks and the best say never contradicts. */
Test(scores, agree)
{
	enum { MOST = 30, TRIALS = 300 };
	struct sf_rng rng;
	sf_rng_seed(&rng, 2, 0);
	for (int trial = 0; trial < TRIALS; trial++) {
		struct sf_judged judged[MOST];
		uint32_t order[MOST];
		int spread[MOST], rank[MOST];
		size_t n = sf_rng_below(&rng, MOST + 1);
		fill_by_lot(&rng, judged, n);
		sf_scores_spread(judged, n, spread);
		sf_scores_rank(judged, n, order, rank);
		for (size_t i = 0; i < n; i++) {
			for (size_t j = 0; j < n && fits(&judged[i]); j++) {
				if (!fits(&judged[j]) || !is_before(&judged[i], &judged[j])) {
					continue;
				}
				cr_assert(ge(int, spread[i], spread[j]), "trial %d", trial);
				cr_assert(ge(int, rank[i], rank[j]), "trial %d", trial);
			}
		}
	}
}
