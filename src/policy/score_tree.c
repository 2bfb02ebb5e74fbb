/* score_tree: the best of many scores, when few of them change between two questions. */
// SPDX-License-Identifier: Apache-2.0
#include "score_tree.h"

#include <slicefit/alloc.h>

#include <assert.h>
#include <stdlib.h>

static uint32_t groups(uint32_t n)
{
	return n / SF_SCORE_FANOUT + (n % SF_SCORE_FANOUT != 0);
}

static uint32_t smaller(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

size_t sf_score_tree_bytes(uint32_t n)
{
	size_t bytes = n * sizeof(int64_t);
	do {
		n = groups(n);
		bytes += n * sizeof(struct sf_score_node);
	} while (n > 1);
	return bytes;
}

void sf_score_tree_init(struct sf_score_tree *tree, uint32_t n)
{
	assert(n > 0);
	*tree = (struct sf_score_tree){.n = n};
	tree->score = sf_xcalloc(n, sizeof(*tree->score));
	for (uint32_t i = 0; i < n; i++) {
		tree->score[i] = SF_SCORE_NONE;
	}
	do {
		n = groups(n);
		tree->size[tree->levels] = n;
		tree->level[tree->levels++] = sf_xcalloc(n, sizeof(struct sf_score_node));
	} while (n > 1);
	sf_score_tree_build(tree);
}

void sf_score_tree_finish(struct sf_score_tree *tree)
{
	for (uint8_t i = 0; i < tree->levels; i++) {
		free(tree->level[i]);
	}
	free(tree->score);
	*tree = (struct sf_score_tree){0};
}

void sf_score_tree_put(struct sf_score_tree *tree, uint32_t i, int64_t score)
{
	tree->score[i] = score;
}

/* Child i of a level as if it were a node: scores are level -1. */
static struct sf_score_node child_of(const struct sf_score_tree *tree, int level, uint32_t i)
{
	if (level > 0) {
		return tree->level[level - 1][i];
	}
	return (struct sf_score_node){tree->score[i], tree->score[i] != SF_SCORE_NONE};
}

static void join(struct sf_score_node *node, struct sf_score_node child)
{
	if (child.best > node->best) {
		*node = child;
	} else if (child.best == node->best) {
		node->ties += child.ties;
	}
}

/* The node anew from its children. */
static struct sf_score_node pull(const struct sf_score_tree *tree, int level, uint32_t i)
{
	uint32_t n = level > 0 ? tree->size[level - 1] : tree->n;
	uint32_t end = smaller(n, (i + 1) * SF_SCORE_FANOUT);
	struct sf_score_node node = {SF_SCORE_NONE, 0};
	for (uint32_t k = i * SF_SCORE_FANOUT; k < end; k++) {
		join(&node, child_of(tree, level, k));
	}
	return node;
}

void sf_score_tree_build(struct sf_score_tree *tree)
{
	for (int level = 0; level < tree->levels; level++) {
		for (uint32_t i = 0; i < tree->size[level]; i++) {
			tree->level[level][i] = pull(tree, level, i);
		}
	}
}

/* The node when one child was `old` and is `now`, which stands in the tree already. */
static struct sf_score_node update(const struct sf_score_tree *tree, int level, uint32_t i,
                                   struct sf_score_node old, struct sf_score_node now)
{
	struct sf_score_node node = tree->level[level][i];
	if (now.best <= node.best && old.best == node.best) {
		node.ties -= old.ties;
		if (node.ties == 0 && now.best != node.best) {
			return pull(tree, level, i);
		}
	}
	join(&node, now);
	return node;
}

void sf_score_tree_set(struct sf_score_tree *tree, uint32_t i, int64_t score)
{
	if (tree->score[i] == score) {
		return;
	}
	struct sf_score_node old = child_of(tree, 0, i);
	tree->score[i] = score;
	struct sf_score_node now = child_of(tree, 0, i);
	for (int level = 0; level < tree->levels; level++) {
		if (old.best == now.best && old.ties == now.ties) {
			return;
		}
		i /= SF_SCORE_FANOUT;
		struct sf_score_node next = update(tree, level, i, old, now);
		old = tree->level[level][i];
		tree->level[level][i] = next;
		now = next;
	}
}

int64_t sf_score_tree_best(const struct sf_score_tree *tree)
{
	return tree->level[tree->levels - 1][0].best;
}

uint32_t sf_score_tree_ties(const struct sf_score_tree *tree)
{
	return tree->level[tree->levels - 1][0].ties;
}

uint32_t sf_score_tree_pick(const struct sf_score_tree *tree, uint32_t k)
{
	int64_t best = sf_score_tree_best(tree);
	uint32_t at = 0;
	assert(k < sf_score_tree_ties(tree));
	for (int level = tree->levels - 1; level >= 0; level--) {
		struct sf_score_node child = child_of(tree, level, at *= SF_SCORE_FANOUT);
		while (child.best != best || k >= child.ties) {
			k -= child.best == best ? child.ties : 0;
			child = child_of(tree, level, ++at);
		}
	}
	return at;
}
