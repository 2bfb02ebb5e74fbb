/* score_tree: the best of many scores, when few of them change between two questions. */
// SPDX-License-Identifier: Apache-2.0
#include "score_tree.h"

#include <slicefit/alloc.h>

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>

static uint32_t leaves_for(uint32_t n)
{
	uint32_t leaves = 1;
	while (leaves < n) {
		leaves *= 2;
	}
	return leaves;
}

size_t sf_score_tree_bytes(uint32_t n)
{
	return 2 * (size_t)leaves_for(n) * (sizeof(int64_t) + sizeof(uint32_t));
}

void sf_score_tree_init(struct sf_score_tree *tree, uint32_t n)
{
	tree->n = n;
	tree->leaves = leaves_for(n);
	tree->best = sf_xcalloc(2 * (size_t)tree->leaves, sizeof(*tree->best));
	tree->ties = sf_xcalloc(2 * (size_t)tree->leaves, sizeof(*tree->ties));
	for (size_t i = 0; i < 2 * (size_t)tree->leaves; i++) {
		tree->best[i] = SF_SCORE_NONE;
	}
}

void sf_score_tree_finish(struct sf_score_tree *tree)
{
	free(tree->best);
	free(tree->ties);
	*tree = (struct sf_score_tree){0};
}

void sf_score_tree_put(struct sf_score_tree *tree, uint32_t i, int64_t score)
{
	tree->best[tree->leaves + i] = score;
	tree->ties[tree->leaves + i] = score != SF_SCORE_NONE;
}

/* Recomputes one inner node from its children; tells whether it changed. */
static bool pull(struct sf_score_tree *tree, uint32_t i)
{
	int64_t left = tree->best[2 * i];
	int64_t right = tree->best[2 * i + 1];
	int64_t best = left > right ? left : right;
	uint32_t ties = 0;
	ties += left == best ? tree->ties[2 * i] : 0;
	ties += right == best ? tree->ties[2 * i + 1] : 0;
	bool changed = tree->best[i] != best || tree->ties[i] != ties;
	tree->best[i] = best;
	tree->ties[i] = ties;
	return changed;
}

void sf_score_tree_build(struct sf_score_tree *tree)
{
	for (uint32_t i = tree->leaves - 1; i > 0; i--) {
		pull(tree, i);
	}
}

void sf_score_tree_set(struct sf_score_tree *tree, uint32_t i, int64_t score)
{
	sf_score_tree_put(tree, i, score);
	for (uint32_t at = (tree->leaves + i) / 2; at > 0 && pull(tree, at); at /= 2) {
	}
}

uint32_t sf_score_tree_ties(const struct sf_score_tree *tree)
{
	return tree->ties[1];
}

uint32_t sf_score_tree_pick(const struct sf_score_tree *tree, uint32_t k)
{
	assert(k < tree->ties[1]);
	uint32_t at = 1;
	while (at < tree->leaves) {
		at *= 2;
		uint32_t left = tree->best[at] == tree->best[1] ? tree->ties[at] : 0;
		if (k >= left) {
			k -= left;
			at++;
		}
	}
	return at - tree->leaves;
}
