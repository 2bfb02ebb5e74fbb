/* rollout_play: a roll-out, change by change, on the model that replay and serve use. */
// SPDX-License-Identifier: Apache-2.0
#include "rollout_state.h"

#include <slicefit/alloc.h>
#include <slicefit/arena.h>
#include <slicefit/error.h>

#include <stdlib.h>
#include <string.h>

struct play {
	struct sf_rollout *rollout;
	const struct sf_scenario *scenario;
	const struct sf_plan *plan;
	sf_rollout_watch *watch;
	void *ctx;
	struct sf_cluster *cluster;
	struct sf_request *request; /* per workload */
	uint32_t *at;               /* per node: its number in the cluster now */
	bool *waits_turn;           /* per node: to be rebuilt in this wave or later */
	uint32_t **pod;             /* per node of the roll-out: the numbers of its pods */
	uint32_t wave;
	struct rollout_free *free;
	struct rollout_rules rules;
};

static int apply(struct play *play, const struct sf_change *change, struct sf_error *err)
{
	int rc = sf_cluster_apply(play->cluster, change, NULL, err);

	if (rc == 0 && play->watch) {
		play->watch(play->ctx, play->cluster, play->wave);
	}
	return rc;
}

/* Pods of kept nodes, and of changed ones in the order of their moves. */
static void place_pods(struct play *play)
{
	rollout_place_kept(play->cluster, play->scenario, play->plan, play->request, &play->rules);
	for (size_t i = 0; i < play->rollout->n_nodes; i++) {
		const struct sf_rollout_node *node = &play->rollout->node[i];

		play->pod[i] = sf_xcalloc(node->n_moves + 1, sizeof *play->pod[i]);
		for (size_t m = 0; m < node->n_moves; m++) {
			uint32_t w = node->move[m].workload;

			node->move[m].waits = false;
			node->move[m].back = 0;
			play->pod[i][m] =
				rollout_place_running(play->cluster, &play->request[w],
			                              &play->scenario->workload[w], w, node->node);
		}
	}
}

/* Nodes that are to join are not in service yet. */
static int keep_out(struct play *play, struct sf_error *err)
{
	for (uint32_t n = 0; n < play->plan->n_nodes; n++) {
		struct sf_change change = {.kind = SF_CHANGE_CORDON_NODE, .node = n};

		if (play->plan->node[n].bought && apply(play, &change, err)) {
			return -1;
		}
	}
	return 0;
}

static int start(struct play *play, struct sf_error *err)
{
	const struct sf_scenario *scenario = play->scenario;

	play->cluster = sf_scenario_cluster(scenario, err);
	if (!play->cluster) {
		return -1;
	}
	play->request = sf_xcalloc(scenario->n_workloads + 1, sizeof *play->request);
	play->at = sf_xcalloc(play->plan->n_nodes + 1, sizeof *play->at);
	play->waits_turn = sf_xcalloc(play->plan->n_nodes + 1, sizeof *play->waits_turn);
	play->pod = sf_xcalloc(play->rollout->n_nodes + 1, sizeof *play->pod);
	for (uint32_t w = 0; w < scenario->n_workloads; w++) {
		sf_request_resolve(&scenario->workload[w].request, play->cluster,
		                   &play->request[w]);
	}
	for (uint32_t n = 0; n < play->plan->n_nodes; n++) {
		play->at[n] = n;
		play->waits_turn[n] = sf_rollout_takes(&play->plan->node[n]);
	}
	rollout_rules_init(&play->rules, scenario, play->plan->n_nodes);
	place_pods(play);
	return keep_out(play, err);
}

static void finish(struct play *play)
{
	for (size_t i = 0; play->pod && i < play->rollout->n_nodes; i++) {
		free(play->pod[i]);
	}
	rollout_rules_finish(&play->rules);
	sf_cluster_destroy(play->cluster);
	free(play->request);
	free(play->at);
	free(play->waits_turn);
	free(play->pod);
}

/* The pod on the node, if it takes pods and this one fits: 1, 0, or -1 and err. */
static int put(struct play *play, uint32_t pod, uint32_t workload, uint32_t node,
               struct sf_error *err)
{
	struct sf_grant grant;
	const struct sf_change change = {
		.kind = SF_CHANGE_PLACE, .pod = pod, .node = play->at[node], .grant = &grant};

	if (play->waits_turn[node] || !rollout_rules_allow(&play->rules, workload, node) ||
	    sf_filter(play->cluster, play->at[node], &play->request[workload], SF_VIEW_AWARE,
	              &grant) != SF_FITS) {
		return 0;
	}
	rollout_rules_count(&play->rules, workload, node, 1);
	return apply(play, &change, err) ? -1 : 1;
}

/* Wherever there is room. */
static int put_anywhere(struct play *play, struct sf_rollout_move *move, uint32_t pod,
                        struct sf_error *err)
{
	int rc = 0;

	for (uint32_t n = 0; rc == 0 && n < play->plan->n_nodes; n++) {
		rc = put(play, pod, move->workload, n, err);
		move->to = rc > 0 ? n : SF_NODE_NONE;
	}
	return rc;
}

/*
 * Where the order said, when that node takes pods. The devices that are free may be others than when
 * the order was made: then wherever there is room. A pod without a place in the order is tried again
 * when all is done.
 */
static int seat(struct play *play, struct sf_rollout_move *move, uint32_t pod, struct sf_error *err)
{
	bool last = play->wave == play->rollout->n_waves;
	int rc = 0;

	if (move->to != SF_NODE_NONE && play->waits_turn[move->to]) {
		return 0;
	}
	if (move->to != SF_NODE_NONE) {
		rc = put(play, pod, move->workload, move->to, err);
	}
	if (rc == 0 && (move->to != SF_NODE_NONE || (last && move->waits))) {
		rc = put_anywhere(play, move, pod, err);
	}
	return rc;
}

/* The nodes of the wave are cordoned and their pods evicted, before any of them finds a new place. */
static int empty(struct play *play, size_t first, size_t end, struct sf_error *err)
{
	for (size_t i = first; i < end; i++) {
		struct sf_change change = {.kind = SF_CHANGE_CORDON_NODE,
		                           .node = play->at[play->rollout->node[i].node]};

		if (apply(play, &change, err)) {
			return -1;
		}
	}
	for (size_t i = first; i < end; i++) {
		for (size_t m = 0; m < play->rollout->node[i].n_moves; m++) {
			uint32_t pod = play->pod[i][m];
			struct sf_change change = {.kind = SF_CHANGE_RELEASE, .pod = pod};

			if (sf_cluster_pod(play->cluster, pod)->state == SF_POD_PLACED &&
			    apply(play, &change, err)) {
				return -1;
			}
		}
	}
	return 0;
}

/* Pods of the wave's nodes find their places, or begin to wait. */
static int move_pods(struct play *play, size_t first, size_t end, struct sf_error *err)
{
	for (size_t i = first; i < end; i++) {
		for (size_t m = 0; m < play->rollout->node[i].n_moves; m++) {
			struct sf_rollout_move *move = &play->rollout->node[i].move[m];
			int rc = seat(play, move, play->pod[i][m], err);

			if (rc < 0) {
				return -1;
			}
			move->waits = rc == 0;
			move->back = 0;
		}
	}
	return 0;
}

/* The node comes back under its name with what the plan makes of it. */
static int rebuild(struct play *play, uint32_t node, struct sf_error *err)
{
	uint32_t index, pool_index;
	const struct sf_pool *now = sf_scenario_pool_of(play->scenario, node, &index);
	const struct sf_pool *after = sf_scenario_pool_of(play->plan->after, node, &pool_index);
	char name[SF_NODE_NAME_MAX + 1];
	struct sf_node_spec spec = after->node;
	struct sf_change change = {.kind = SF_CHANGE_REMOVE_NODE, .node = play->at[node]};

	spec.name = sf_pool_node_name(now, index, name);
	spec.pool = (uint32_t)(now - play->scenario->pool);
	if (apply(play, &change, err)) {
		return -1;
	}
	change = (struct sf_change){.kind = SF_CHANGE_ADD_NODE, .spec = &spec};
	play->at[node] = sf_cluster_nodes(play->cluster);
	play->waits_turn[node] = false;
	if (apply(play, &change, err)) {
		return -1;
	}
	change = (struct sf_change){.kind = SF_CHANGE_CORDON_NODE, .node = play->at[node]};
	return now->cordoned ? apply(play, &change, err) : 0;
}

static int come_back(struct play *play, size_t first, size_t end, struct sf_error *err)
{
	for (size_t i = first; i < end; i++) {
		if (rebuild(play, play->rollout->node[i].node, err)) {
			return -1;
		}
	}
	return 0;
}

/* Pods that wait, of all waves so far; the order of priorities was kept when the order was made. */
static int seat_waiting(struct play *play, size_t end, struct sf_error *err)
{
	for (size_t i = 0; i < end; i++) {
		for (size_t m = 0; m < play->rollout->node[i].n_moves; m++) {
			struct sf_rollout_move *move = &play->rollout->node[i].move[m];
			int rc = 0;

			if (!move->waits || move->back > 0) {
				continue;
			}
			rc = seat(play, move, play->pod[i][m], err);
			if (rc < 0) {
				return -1;
			}
			move->back = rc > 0 ? play->wave : 0;
		}
	}
	return 0;
}

static int play_wave(struct play *play, size_t first, size_t end, struct sf_error *err)
{
	if (empty(play, first, end, err) || move_pods(play, first, end, err)) {
		return -1;
	}
	rollout_free_note(play->free, play->cluster, play->wave);
	return come_back(play, first, end, err) || seat_waiting(play, end, err) ? -1 : 0;
}

static int play_all(struct play *play, struct sf_error *err)
{
	struct sf_rollout *rollout = play->rollout;
	size_t first = 0;

	rollout_free_note(play->free, play->cluster, 0);
	for (play->wave = 1; play->wave <= rollout->n_waves; play->wave++) {
		size_t end = first;

		while (end < rollout->n_nodes && rollout->node[end].wave == play->wave) {
			end++;
		}
		if (play_wave(play, first, end, err)) {
			return sf_wrap(err, "roll-out, wave %u", play->wave);
		}
		first = end;
	}
	return rollout_free_report(play->free, play->cluster, rollout, err);
}

/* Sums of what the pods found. */
static void sum_up(struct sf_rollout *rollout)
{
	rollout->n_evicted = rollout->n_waiting = rollout->n_lost = 0;
	for (size_t i = 0; i < rollout->n_nodes; i++) {
		struct sf_rollout_node *node = &rollout->node[i];

		node->n_waiting = 0;
		for (size_t m = 0; m < node->n_moves; m++) {
			struct sf_rollout_move *move = &node->move[m];
			bool lost = move->waits && move->back == 0;

			move->to = lost ? SF_NODE_NONE : move->to;
			node->n_waiting += move->waits;
			rollout->n_lost += lost;
		}
		rollout->n_evicted += (uint32_t)node->n_moves;
		rollout->n_waiting += node->n_waiting;
	}
}

int sf_rollout_play(struct sf_rollout *rollout, const struct sf_scenario *scenario,
                    const struct sf_plan *plan, sf_rollout_watch *watch, void *ctx,
                    struct sf_error *err)
{
	struct play play = {.rollout = rollout,
	                    .scenario = scenario,
	                    .plan = plan,
	                    .watch = watch,
	                    .ctx = ctx,
	                    .free = rollout_free_create()};
	int rc = start(&play, err);

	if (rc == 0) {
		rc = play_all(&play, err);
		sum_up(rollout);
	}
	finish(&play);
	rollout_free_destroy(play.free);
	return rc;
}
