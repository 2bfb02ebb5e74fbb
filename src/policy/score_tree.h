/*
 * score_tree: the best of many scores, when few of them change between two questions.
 *
 * A complete binary tree over the nodes; each inner node keeps the largest score below it and how
 * many have it, so that "lowest index among the best" and "k-th of the best" cost one descent.
 */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_SCORE_TREE_H
#define SF_SCORE_TREE_H

#include <stddef.h>
#include <stdint.h>

/* The score of what does not fit. */
#define SF_SCORE_NONE INT64_MIN

struct sf_score_tree {
	uint32_t n;      /* leaves in use */
	uint32_t leaves; /* a power of two >= n */
	int64_t *best;   /* 2 * leaves; the root is [1], leaf i is [leaves + i] */
	uint32_t *ties;  /* how many leaves below have `best`; 0 for SF_SCORE_NONE */
};

/* A tree of n scores, all SF_SCORE_NONE. */
void sf_score_tree_init(struct sf_score_tree *tree, uint32_t n);
void sf_score_tree_finish(struct sf_score_tree *tree);

/* Sets a leaf only; sf_score_tree_build afterwards makes the tree whole (for many leaves). */
void sf_score_tree_put(struct sf_score_tree *tree, uint32_t i, int64_t score);
void sf_score_tree_build(struct sf_score_tree *tree);

/* Sets one score of a whole tree. */
void sf_score_tree_set(struct sf_score_tree *tree, uint32_t i, int64_t score);

/* How many have the best score; 0 when nothing fits. */
uint32_t sf_score_tree_ties(const struct sf_score_tree *tree);

/* Index of the k-th (from 0) that has the best score; k < ties. */
uint32_t sf_score_tree_pick(const struct sf_score_tree *tree, uint32_t k);

/* Bytes that a tree of n scores takes. */
size_t sf_score_tree_bytes(uint32_t n);

#endif
