/*
 * score_tree: the best of many scores, when few of them change between two questions.
 *
 * A flat tree over the nodes, SF_SCORE_FANOUT wide: each inner node keeps the largest score below it
 * and how many have it, so that "lowest index among the best" and "k-th of the best" cost one
 * descent. Most changes stop at the first level: the best of the neighbours stays what it is.
 */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_SCORE_TREE_H
#define SF_SCORE_TREE_H

#include <stddef.h>
#include <stdint.h>

/* The score of what does not fit. */
#define SF_SCORE_NONE INT64_MIN

enum { SF_SCORE_FANOUT = 64, SF_SCORE_LEVELS = 6 };

struct sf_score_tree {
	uint32_t n;     /* scores */
	uint8_t levels; /* above the scores; the last has one node */
	int64_t *score;
	struct sf_score_node {
		int64_t best;
		uint32_t ties; /* how many scores below are `best`; 0 for SF_SCORE_NONE */
	} * level[SF_SCORE_LEVELS];
	uint32_t size[SF_SCORE_LEVELS];
};

/* A tree of n > 0 scores, all SF_SCORE_NONE. */
void sf_score_tree_init(struct sf_score_tree *tree, uint32_t n);
void sf_score_tree_finish(struct sf_score_tree *tree);

/* Sets a score only; sf_score_tree_build afterwards makes the tree whole (for many scores). */
void sf_score_tree_put(struct sf_score_tree *tree, uint32_t i, int64_t score);
void sf_score_tree_build(struct sf_score_tree *tree);

/* Sets one score of a whole tree. */
void sf_score_tree_set(struct sf_score_tree *tree, uint32_t i, int64_t score);

/* The best score, and how many have it; 0 when nothing fits. */
int64_t sf_score_tree_best(const struct sf_score_tree *tree);
uint32_t sf_score_tree_ties(const struct sf_score_tree *tree);

/* Index of the k-th (from 0) that has the best score; k < ties. */
uint32_t sf_score_tree_pick(const struct sf_score_tree *tree, uint32_t k);

/* Bytes that a tree of n scores takes. */
size_t sf_score_tree_bytes(uint32_t n);

#endif
