/*
 * placer: a policy at work on one cluster.
 *
 * For each shape of request that was asked for, the placer keeps the scores of all nodes in a tree.
 * The cluster tells which nodes change; a shape looks again only at nodes that changed since it was
 * last asked for. So a decision costs as much as there was change, not as there are nodes.
 *
 * A look at a node is sf_filter, then the policy's choose and score; or, where GPUs are undivided and
 * the policy can judge by them, a look at the node's row. Both give the same.
 */
// SPDX-License-Identifier: Apache-2.0
#include "changes.h"
#include "shapes.h"
#include "twins.h"

#include <slicefit/alloc.h>
#include <slicefit/cluster_rule.h>
#include <slicefit/policy.h>
#include <slicefit/rng.h>

#include <assert.h>
#include <stdlib.h>

/* Stream of the seed for ties; workloads use low numbers. */
#define TIE_STREAM (UINT64_C(1) << 63)

struct sf_placer {
	const struct sf_policy *policy;
	struct sf_cluster *cluster;
	void *state;
	struct sf_rng rng;
	struct sf_shapes shapes;
	struct sf_changes changes;
	size_t cap_rows;
	struct sf_row *row; /* per node; NULL when the policy does not judge by rows */
	struct sf_twins twins;
};

static void set_row(struct sf_placer *placer, uint32_t node)
{
	placer->row =
		sf_xgrow(placer->row, &placer->cap_rows, (size_t)node + 1, sizeof(*placer->row));
	sf_row_of(sf_cluster_node(placer->cluster, node), &placer->row[node]);
}

/* An undone ADD_NODE is told with a number that no node has: trees of another size are filled anew. */
static void on_change(void *ctx, const struct sf_cluster *cluster, uint32_t node)
{
	struct sf_placer *placer = ctx;
	if (placer->policy->on_change) {
		placer->policy->on_change(placer->state, cluster, node);
	}
	if (node >= sf_cluster_nodes(cluster)) {
		return;
	}
	sf_changes_add(&placer->changes, node);
	if (placer->policy->judge) {
		set_row(placer, node);
		sf_twins_leave(&placer->twins, node);
	}
}

static void set_rows(struct sf_placer *placer)
{
	uint32_t nodes = sf_cluster_nodes(placer->cluster);
	for (uint32_t i = 0; i < nodes; i++) {
		set_row(placer, i);
	}
	if (placer->policy->by_row) {
		sf_twins_init(&placer->twins, placer->row, nodes);
	}
}

struct sf_placer *sf_placer_create(const struct sf_policy *policy, struct sf_cluster *cluster,
                                   const struct sf_target *target, uint64_t seed)
{
	assert(policy->score);
	struct sf_placer *placer = sf_xcalloc(1, sizeof(*placer));
	placer->policy = policy;
	placer->cluster = cluster;
	sf_rng_seed(&placer->rng, seed, TIE_STREAM);
	if (policy->create) {
		placer->state = policy->create(cluster, target, seed);
	}
	if (policy->judge) {
		set_rows(placer);
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
	sf_shapes_finish(&placer->shapes);
	sf_changes_finish(&placer->changes);
	sf_twins_finish(&placer->twins);
	free(placer->row);
	free(placer);
}

/* Filter, device choice and score of one node; SF_SCORE_NONE when the request does not fit. */
static int64_t judge_slowly(struct sf_placer *placer, uint32_t node,
                            const struct sf_request *request, struct sf_grant *grant)
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

static bool has_row(const struct sf_placer *placer, uint32_t node, const struct sf_ask *ask)
{
	return placer->row && ask->simple && placer->row[node].kind != SF_ROW_OTHER;
}

/* The same by the node's row. */
static int64_t judge_row(struct sf_placer *placer, uint32_t node, const struct sf_ask *ask,
                         uint8_t *gpu)
{
	const struct sf_row *row = &placer->row[node];
	*gpu = SF_GPU_NONE;
	return sf_row_fits(row, ask) ? placer->policy->judge(placer->state, node, row, ask, gpu)
	                             : SF_SCORE_NONE;
}

/* Rows know nothing of rules. */
static bool may_use(const struct sf_placer *placer, uint32_t node, const struct sf_ask *ask)
{
	return ask->request.rule == 0 ||
	       sf_cluster_rule_now(placer->cluster, ask->request.rule, node) == SF_RULE_FITS;
}

static int64_t judge(struct sf_placer *placer, uint32_t node, const struct sf_ask *ask,
                     uint8_t *gpu)
{
	struct sf_grant grant;
	if (!may_use(placer, node, ask)) {
		return SF_SCORE_NONE;
	}
	return has_row(placer, node, ask) ? judge_row(placer, node, ask, gpu)
	                                  : judge_slowly(placer, node, &ask->request, &grant);
}

/* Judges a node, or takes the verdict on one that is like it. */
static int64_t judge_once(struct sf_placer *placer, uint32_t node, const struct sf_shape *shape)
{
	if (!may_use(placer, node, &shape->ask)) {
		return SF_SCORE_NONE;
	}
	struct sf_verdict *verdict =
		has_row(placer, node, &shape->ask) ? sf_twins_get(&placer->twins, node) : NULL;
	if (!verdict) {
		return judge(placer, node, &shape->ask, &shape->gpu[node]);
	}
	if (verdict->question != placer->shapes.questions) {
		verdict->question = placer->shapes.questions;
		verdict->score = judge(placer, node, &shape->ask, &verdict->gpu);
	}
	shape->gpu[node] = verdict->gpu;
	return verdict->score;
}

/* Scores of all nodes, from scratch. */
static void fill(struct sf_placer *placer, struct sf_shape *shape, uint32_t nodes)
{
	sf_shape_reset(shape, nodes);
	for (uint32_t i = 0; i < nodes; i++) {
		sf_score_tree_put(&shape->tree, i, judge_once(placer, i, shape));
	}
	sf_score_tree_build(&shape->tree);
}

/* Looks again at the nodes that changed and were not undone. */
static void refresh(struct sf_placer *placer, struct sf_shape *shape)
{
	for (uint32_t i = sf_changes_first(&placer->changes, shape->seen); i != SF_CHANGES_END;
	     i = sf_changes_next(&placer->changes, i, shape->seen)) {
		if (i < shape->tree.n) {
			sf_score_tree_set(&shape->tree, i,
			                  judge(placer, i, &shape->ask, &shape->gpu[i]));
		}
	}
}

static struct sf_shape *shape_of(struct sf_placer *placer, const struct sf_request *request,
                                 uint32_t nodes)
{
	struct sf_shape *shape =
		sf_shapes_get(&placer->shapes, request, placer->policy->view, nodes);
	const uint32_t level = sf_cluster_rule_level(placer->cluster, request->rule);
	if (shape->tree.n == nodes && shape->level == level) {
		refresh(placer, shape);
	} else {
		fill(placer, shape, nodes);
	}
	shape->seen = placer->changes.now;
	shape->level = level;
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

bool sf_placer_choose(struct sf_placer *placer, const struct sf_request *request,
                      struct sf_candidate *best)
{
	uint32_t nodes = sf_cluster_nodes(placer->cluster);
	if (nodes == 0) {
		return false;
	}
	const struct sf_shape *shape = shape_of(placer, request, nodes);
	uint32_t ties = sf_score_tree_ties(&shape->tree);
	if (ties == 0) {
		return false;
	}
	best->node = sf_score_tree_pick(&shape->tree, draw(placer, ties));
	if (has_row(placer, best->node, &shape->ask)) {
		best->score = sf_score_tree_best(&shape->tree);
		sf_row_grant(&placer->row[best->node], &shape->ask, shape->gpu[best->node],
		             &best->grant);
	} else {
		best->score = judge_slowly(placer, best->node, request, &best->grant);
	}
	assert(best->score == sf_score_tree_best(&shape->tree));
	return true;
}

bool sf_placer_choose_on(struct sf_placer *placer, uint32_t node, const struct sf_request *request,
                         struct sf_candidate *best)
{
	struct sf_ask ask;
	uint8_t gpu;
	best->node = node;
	sf_ask_of(request, placer->policy->view, &ask);
	if (!may_use(placer, node, &ask)) {
		return false;
	}
	if (!has_row(placer, node, &ask)) {
		best->score = judge_slowly(placer, node, request, &best->grant);
		return best->score != SF_SCORE_NONE;
	}
	best->score = judge_row(placer, node, &ask, &gpu);
	if (best->score == SF_SCORE_NONE) {
		return false;
	}
	sf_row_grant(&placer->row[node], &ask, gpu, &best->grant);
	return true;
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
		score[i] = judge_slowly(placer, i, request, &grant);
		if (score[i] > best->score) {
			best->score = score[i];
			ties = 0;
		}
		ties += score[i] == best->score && score[i] != SF_SCORE_NONE;
	}
	if (ties > 0) {
		best->node = pick(score, best->score, draw(placer, ties));
		judge_slowly(placer, best->node, request, &best->grant);
	}
	free(score);
	return ties > 0;
}
