/*
 * placer: a policy at work on one cluster.
 *
 * For each shape of request that was asked for, the placer keeps the scores of all nodes in a tree.
 * The cluster tells which nodes change; a shape looks again only at nodes that changed since it was
 * last asked for. So a decision costs as much as there was change, not as there are nodes.
 */
// SPDX-License-Identifier: Apache-2.0
#include "score_tree.h"

#include <slicefit/alloc.h>
#include <slicefit/policy.h>
#include <slicefit/rng.h>

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Stream of the seed for ties; workloads use low numbers. */
#define TIE_STREAM (UINT64_C(1) << 63)

/* Least recently used shapes go when there are more, or when their trees take more memory. */
enum { SHAPES_MAX = 1024, SHAPES_MIN = 4 };
#define SHAPES_BYTES_MAX ((size_t)128 << 20)

struct shape {
	struct sf_request request;
	struct sf_score_tree tree;
	uint64_t seen; /* changes that the tree knows */
	uint64_t used; /* when it was asked for last */
};

struct sf_placer {
	const struct sf_policy *policy;
	struct sf_cluster *cluster;
	void *state;
	struct sf_rng rng;
	struct shape *shape;
	size_t n_shapes, cap_shapes;
	uint64_t questions;
	uint32_t *changed; /* ring of the latest changed nodes */
	size_t ring;       /* its length */
	uint64_t changes;  /* since the placer was made */
};

static void on_change(void *ctx, const struct sf_cluster *cluster, uint32_t node)
{
	struct sf_placer *placer = ctx;
	if (placer->policy->on_change) {
		placer->policy->on_change(placer->state, cluster, node);
	}
	if (node != SF_NODE_NONE) {
		placer->changed[placer->changes++ % placer->ring] = node;
	}
}

struct sf_placer *sf_placer_create(const struct sf_policy *policy, struct sf_cluster *cluster,
                                   const struct sf_target *target, uint64_t seed)
{
	assert(policy->score);
	struct sf_placer *placer = sf_xcalloc(1, sizeof(*placer));
	placer->policy = policy;
	placer->cluster = cluster;
	/* A shape that missed more changes than there are nodes had better look at all of them. */
	placer->ring = 64 + (size_t)sf_cluster_nodes(cluster);
	placer->changed = sf_xcalloc(placer->ring, sizeof(*placer->changed));
	sf_rng_seed(&placer->rng, seed, TIE_STREAM);
	if (policy->create) {
		placer->state = policy->create(cluster, target, seed);
	}
	if (sf_cluster_observe(cluster, on_change, placer) != 0) {
		sf_placer_destroy(placer);
		return NULL;
	}
	return placer;
}

void sf_placer_destroy(struct sf_placer *placer)
{
	if (!placer) {
		return;
	}
	sf_cluster_unobserve(placer->cluster, on_change, placer);
	if (placer->policy->destroy) {
		placer->policy->destroy(placer->state);
	}
	for (size_t i = 0; i < placer->n_shapes; i++) {
		sf_score_tree_finish(&placer->shape[i].tree);
	}
	free(placer->shape);
	free(placer->changed);
	free(placer);
}

/* Filter, device choice and score of one node; SF_SCORE_NONE when the request does not fit. */
static int64_t judge(struct sf_placer *placer, uint32_t node, const struct sf_request *request,
                     struct sf_grant *grant)
{
	const struct sf_policy *policy = placer->policy;
	if (sf_filter(placer->cluster, node, request, policy->view, grant) != SF_FITS) {
		return SF_SCORE_NONE;
	}
	if (policy->choose) {
		policy->choose(placer->state, placer->cluster, node, request, grant);
	}
	return policy->score(placer->state, placer->cluster, node, request, grant);
}

int64_t sf_placer_score(struct sf_placer *placer, uint32_t node, const struct sf_request *request,
                        const struct sf_grant *grant)
{
	return placer->policy->score(placer->state, placer->cluster, node, request, grant);
}

static size_t shapes_max(uint32_t nodes)
{
	size_t max = SHAPES_BYTES_MAX / sf_score_tree_bytes(nodes);
	if (max < SHAPES_MIN) {
		return SHAPES_MIN;
	}
	return max < SHAPES_MAX ? max : SHAPES_MAX;
}

/* A shape to be filled: a new one, or the one that was not asked for longest. */
static struct shape *new_shape(struct sf_placer *placer)
{
	if (placer->n_shapes < shapes_max(sf_cluster_nodes(placer->cluster))) {
		placer->shape = sf_xgrow(placer->shape, &placer->cap_shapes, placer->n_shapes + 1,
		                         sizeof(*placer->shape));
		return &placer->shape[placer->n_shapes++];
	}
	struct shape *oldest = &placer->shape[0];
	for (size_t i = 1; i < placer->n_shapes; i++) {
		if (placer->shape[i].used < oldest->used) {
			oldest = &placer->shape[i];
		}
	}
	sf_score_tree_finish(&oldest->tree);
	return oldest;
}

/* Scores of all nodes, from scratch. */
static void fill(struct sf_placer *placer, struct shape *shape)
{
	uint32_t nodes = sf_cluster_nodes(placer->cluster);
	if (shape->tree.n != nodes || !shape->tree.best) {
		sf_score_tree_finish(&shape->tree);
		sf_score_tree_init(&shape->tree, nodes);
	}
	for (uint32_t i = 0; i < nodes; i++) {
		struct sf_grant grant;
		sf_score_tree_put(&shape->tree, i, judge(placer, i, &shape->request, &grant));
	}
	sf_score_tree_build(&shape->tree);
	shape->seen = placer->changes;
}

/* Looks again at the nodes that changed. */
static void refresh(struct sf_placer *placer, struct shape *shape)
{
	if (shape->tree.n != sf_cluster_nodes(placer->cluster) ||
	    placer->changes - shape->seen > placer->ring) {
		fill(placer, shape);
		return;
	}
	for (; shape->seen < placer->changes; shape->seen++) {
		uint32_t node = placer->changed[shape->seen % placer->ring];
		struct sf_grant grant;
		sf_score_tree_set(&shape->tree, node, judge(placer, node, &shape->request, &grant));
	}
}

static struct shape *shape_of(struct sf_placer *placer, const struct sf_request *request)
{
	struct shape *shape = NULL;
	for (size_t i = 0; i < placer->n_shapes && !shape; i++) {
		if (sf_request_same(&placer->shape[i].request, request)) {
			shape = &placer->shape[i];
		}
	}
	if (shape) {
		refresh(placer, shape);
	} else {
		shape = new_shape(placer);
		shape->request = *request;
		fill(placer, shape);
	}
	shape->used = ++placer->questions;
	return shape;
}

/* One of `ties` equals, by the policy's rule. */
static uint32_t draw(struct sf_placer *placer, uint32_t ties)
{
	if (!placer->policy->random_ties || ties < 2) {
		return 0;
	}
	return (uint32_t)sf_rng_below(&placer->rng, ties);
}

/* The k-th node with the score. */
static uint32_t pick(const int64_t *score, int64_t wanted, uint32_t k)
{
	uint32_t node = 0;
	while (score[node] != wanted || k-- > 0) {
		node++;
	}
	return node;
}

bool sf_placer_choose_slowly(struct sf_placer *placer, const struct sf_request *request,
                             struct sf_candidate *best)
{
	uint32_t nodes = sf_cluster_nodes(placer->cluster);
	int64_t *score = sf_xcalloc((size_t)nodes + 1, sizeof(*score));
	uint32_t ties = 0;
	best->score = SF_SCORE_NONE;
	for (uint32_t i = 0; i < nodes; i++) {
		struct sf_grant grant;
		score[i] = judge(placer, i, request, &grant);
		if (score[i] > best->score) {
			best->score = score[i];
			ties = 0;
		}
		ties += score[i] == best->score && score[i] != SF_SCORE_NONE;
	}
	if (ties > 0) {
		best->node = pick(score, best->score, draw(placer, ties));
		judge(placer, best->node, request, &best->grant);
	}
	free(score);
	return ties > 0;
}

bool sf_placer_choose(struct sf_placer *placer, const struct sf_request *request,
                      struct sf_candidate *best)
{
	if (sf_cluster_nodes(placer->cluster) == 0) {
		return false;
	}
	const struct shape *shape = shape_of(placer, request);
	uint32_t ties = sf_score_tree_ties(&shape->tree);
	if (ties == 0) {
		return false;
	}
	best->node = sf_score_tree_pick(&shape->tree, draw(placer, ties));
	best->score = judge(placer, best->node, request, &best->grant);
	assert(best->score != SF_SCORE_NONE);
	return true;
}

bool sf_placer_choose_on(struct sf_placer *placer, uint32_t node, const struct sf_request *request,
                         struct sf_candidate *best)
{
	best->node = node;
	best->score = judge(placer, node, request, &best->grant);
	return best->score != SF_SCORE_NONE;
}
