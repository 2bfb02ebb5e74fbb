/* test_scores: from a policy's numbers to 0..10. */
// SPDX-License-Identifier: Apache-2.0
#include "service/scores.h"

#include <criterion/criterion.h>

static const struct {
	size_t n;
	int64_t raw[4];
	bool feasible[4];
	int want[4];
} rows[] = {
	{0, {0}, {false}, {0}},
	{1, {-5}, {true}, {10}},
	{1, {-5}, {false}, {0}},
	{3, {1, 2, 3}, {true, true, true}, {0, 5, 10}},
	{3, {3, 1, 2}, {true, true, false}, {10, 0, 0}},
	{4, {0, 4, 96, 100}, {true, true, true, true}, {0, 0, 10, 10}},
	{4, {0, 5, 94, 100}, {true, true, true, true}, {0, 1, 9, 10}},
	{3, {7, 7, 7}, {true, true, false}, {10, 10, 0}},
	{3, {INT64_MIN + 1, 0, INT64_MAX}, {true, true, true}, {0, 5, 10}},
	{2, {INT64_MAX - 1, INT64_MAX}, {true, true}, {0, 10}},
};

Test(scores, spreads_over_the_range)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int got[4] = {-1, -1, -1, -1};
		sf_scores_normalise(rows[i].raw, rows[i].feasible, rows[i].n, got);
		for (size_t k = 0; k < rows[i].n; k++) {
			cr_expect(got[k] == rows[i].want[k], "row %zu, node %zu: got %d", i, k,
			          got[k]);
		}
	}
}
