/* replay_node: the events of a scenario that happen to nodes, in a replay. */
// SPDX-License-Identifier: Apache-2.0
#include "replay_node.h"

#include "node_kinds.h"
#include "node_pick.h"
#include "replay_impl.h"

#include <slicefit/alloc.h>
#include <slicefit/change.h>
#include <slicefit/error.h>

#include <stdlib.h>

enum step_kind {
	STEP_BEGIN, /* the event, on all of its nodes */
	STEP_EVICT, /* its grace is over */
	STEP_BACK,
	STEP_CUT,   /* the new layout is there */
	STEP_EMPTY, /* the last pod has left */
};

struct step {
	enum step_kind kind;
	uint32_t event;
	uint32_t node;
	uint32_t epoch;
};

#define NO_EVENT UINT32_MAX

/* What events have made of a node. */
struct life {
	uint32_t holds;    /* events that keep it from taking pods */
	uint32_t epoch;    /* a `ready` makes a new one: steps of older ones do nothing */
	uint32_t awaiting; /* the repartition that waits for the node to be empty, or NO_EVENT */
	bool cutting;      /* a new layout is on its way */
	bool leaving;      /* to be removed once it is empty */
};

struct sf_timeline {
	struct step *step;
	size_t n_steps, cap_steps;
	struct life *life; /* per node */
	size_t n_nodes, cap_nodes;
	uint32_t *next_number;     /* per pool: of the node that is added next */
	struct sf_node_set picked; /* of the event at hand */
	struct sf_node_kinds *kinds;
};

static struct life *life_of(struct sf_timeline *timeline, uint32_t node)
{
	timeline->life = sf_xgrow(timeline->life, &timeline->cap_nodes, (size_t)node + 1,
	                          sizeof(*timeline->life));
	for (; timeline->n_nodes <= node; timeline->n_nodes++) {
		timeline->life[timeline->n_nodes].awaiting = NO_EVENT;
	}
	return &timeline->life[node];
}

static void add_step(struct sf_replay *r, double delay_s, struct step step)
{
	struct sf_timeline *timeline = r->timeline;
	int64_t time_us = sf_time_add(r->now_us, sf_time_from_s(delay_s));
	timeline->step = sf_xgrow(timeline->step, &timeline->cap_steps, timeline->n_steps + 1,
	                          sizeof(*timeline->step));
	timeline->step[timeline->n_steps] = step;
	sf_events_push(&r->events,
	               (struct sf_event){time_us, SF_EVENT_NODE, (uint32_t)timeline->n_steps++});
}

/* One change of a node's state; it cannot be refused for a node that is there. */
static int change_state(struct sf_replay *r, uint32_t node, enum sf_change_kind kind,
                        struct sf_error *err)
{
	const struct sf_change change = {.kind = kind, .node = node};
	return sf_cluster_apply(r->cluster, &change, NULL, err);
}

static int hold(struct sf_replay *r, uint32_t node, enum sf_change_kind kind, struct sf_error *err)
{
	life_of(r->timeline, node)->holds++;
	return change_state(r, node, kind, err);
}

int sf_timeline_cordon(struct sf_replay *r, uint32_t node, struct sf_error *err)
{
	return r->timeline ? hold(r, node, SF_CHANGE_CORDON_NODE, err)
	                   : change_state(r, node, SF_CHANGE_CORDON_NODE, err);
}

static int let_go(struct sf_replay *r, uint32_t node, struct sf_error *err)
{
	if (--life_of(r->timeline, node)->holds > 0) {
		return 0;
	}
	sf_queue_release(r->queue);
	return change_state(r, node, SF_CHANGE_READY_NODE, err);
}

static int evict_all(struct sf_replay *r, uint32_t node, enum sf_evict_cause cause,
                     struct sf_error *err)
{
	uint32_t pod;
	while ((pod = sf_residents_first(&r->residents, node)) != SF_RESIDENT_NONE) {
		if (sf_replay_evict(r, pod, cause, err) != 0) {
			return -1;
		}
	}
	return 0;
}

static int cut(struct sf_replay *r, uint32_t node, struct sf_error *err)
{
	struct life *life = life_of(r->timeline, node);
	const uint32_t index = life->awaiting;
	const struct sf_node_event *event = &r->scenario->event[index];
	for (uint8_t g = 0; g < sf_cluster_node(r->cluster, node)->n_gpus; g++) {
		const struct sf_change change = {
			.kind = SF_CHANGE_REPARTITION,
			.node = node,
			.gpu = g,
			.mig = event->gpu[g].mig,
			.layout = event->gpu[g].layout,
		};
		if ((event->gpus >> g & 1) != 0 &&
		    sf_cluster_apply(r->cluster, &change, NULL, err) != 0) {
			return sf_wrap(err, "event in line %u", event->line);
		}
	}
	life->awaiting = NO_EVENT;
	life->cutting = true;
	add_step(r, event->takes_s, (struct step){STEP_CUT, index, node, life->epoch});
	return 0;
}

static bool can_go_on(struct sf_replay *r, uint32_t node)
{
	const struct life *life = life_of(r->timeline, node);
	const struct sf_node *state = sf_cluster_node(r->cluster, node);
	return state->pods == 0 && (state->state & SF_NODE_REMOVED) == 0 && !life->cutting &&
	       (life->leaving || life->awaiting != NO_EVENT);
}

/* If the node is empty, what has waited for that. */
static int go_on(struct sf_replay *r, uint32_t node, struct sf_error *err)
{
	if (!can_go_on(r, node)) {
		return 0;
	}
	if (life_of(r->timeline, node)->leaving) {
		return change_state(r, node, SF_CHANGE_REMOVE_NODE, err);
	}
	return cut(r, node, err);
}

void sf_timeline_left(struct sf_replay *r, uint32_t node)
{
	if (can_go_on(r, node)) {
		add_step(r, 0, (struct step){.kind = STEP_EMPTY, .node = node});
	}
}

static enum sf_evict_cause cause_of(enum sf_node_event_kind kind)
{
	switch (kind) {
	case SF_NODE_EVENT_FAIL:
		return SF_EVICT_NODE_FAILED;
	case SF_NODE_EVENT_REPARTITION:
		return SF_EVICT_REPARTITIONED;
	default:
		return SF_EVICT_DRAINED;
	}
}

/* The pods may stay until the grace is over; then, or at once, they go. */
static int clear(struct sf_replay *r, uint32_t index, uint32_t node, struct sf_error *err)
{
	const struct sf_node_event *event = &r->scenario->event[index];
	const uint32_t epoch = life_of(r->timeline, node)->epoch;
	if (event->grace_s > 0) {
		add_step(r, event->grace_s, (struct step){STEP_EVICT, index, node, epoch});
	} else if (event->grace_s == 0 && evict_all(r, node, cause_of(event->kind), err) != 0) {
		return -1;
	}
	return go_on(r, node, err);
}

static int begin_cut(struct sf_replay *r, uint32_t index, uint32_t node, struct sf_error *err)
{
	struct life *life = life_of(r->timeline, node);
	/* A later wish takes the place of one that still waits. */
	if (life->awaiting != NO_EVENT) {
		life->holds--;
	}
	life->awaiting = index;
	return hold(r, node, SF_CHANGE_CORDON_NODE, err) != 0 ? -1 : clear(r, index, node, err);
}

/* Ends what fail, drain and cordon have begun; a layout that is on its way still has to come. */
static int make_ready(struct sf_replay *r, uint32_t node, struct sf_error *err)
{
	struct life *life = life_of(r->timeline, node);
	if (life->holds == 0 || life->leaving) {
		return 0;
	}
	life->epoch++;
	life->holds = 1U + (life->awaiting != NO_EVENT) + life->cutting;
	return let_go(r, node, err);
}

static int begin(struct sf_replay *r, uint32_t index, uint32_t node, struct sf_error *err)
{
	const struct sf_node_event *event = &r->scenario->event[index];
	const struct life *life = life_of(r->timeline, node);
	const struct step back = {STEP_BACK, index, node, life->epoch};
	if (event->back_s >= 0) {
		add_step(r, event->back_s, back);
	}
	switch (event->kind) {
	case SF_NODE_EVENT_FAIL:
		return hold(r, node, SF_CHANGE_FAIL_NODE, err) != 0
		               ? -1
		               : evict_all(r, node, SF_EVICT_NODE_FAILED, err);
	case SF_NODE_EVENT_DRAIN:
		return hold(r, node, SF_CHANGE_CORDON_NODE, err) != 0 ? -1
		                                                      : clear(r, index, node, err);
	case SF_NODE_EVENT_CORDON:
		return hold(r, node, SF_CHANGE_CORDON_NODE, err);
	case SF_NODE_EVENT_READY:
		return make_ready(r, node, err);
	case SF_NODE_EVENT_REMOVE:
		life_of(r->timeline, node)->leaving = true;
		return hold(r, node, SF_CHANGE_CORDON_NODE, err) != 0 ? -1
		                                                      : clear(r, index, node, err);
	case SF_NODE_EVENT_REPARTITION:
		return begin_cut(r, index, node, err);
	case SF_NODE_EVENT_ADD:
	case SF_NODE_EVENTS:
		break;
	}
	return 0;
}

static int add_nodes(struct sf_replay *r, const struct sf_node_pick *pick, struct sf_error *err)
{
	const struct sf_pool *pool = &r->scenario->pool[pick->pool];
	struct sf_node_spec spec = pool->node;
	char name[SF_NODE_NAME_MAX + 1];
	spec.pool = pick->pool;
	spec.taint = pool->taint;
	spec.n_taints = (uint16_t)pool->n_taints;
	for (uint32_t i = 0; i < pick->n; i++) {
		spec.name = sf_pool_node_name(pool, r->timeline->next_number[pick->pool]++, name);
		if (sf_cluster_add_node(r->cluster, &spec, err) != 0) {
			return -1;
		}
	}
	sf_queue_release(r->queue);
	return 0;
}

static int begin_event(struct sf_replay *r, uint32_t index, struct sf_error *err)
{
	const struct sf_node_event *event = &r->scenario->event[index];
	struct sf_node_set *picked = &r->timeline->picked;
	if (event->kind == SF_NODE_EVENT_ADD) {
		return add_nodes(r, &event->pick[0], err);
	}
	sf_node_pick(r->scenario, r->cluster, index, r->out.seed, picked);
	for (size_t i = 0; i < picked->n; i++) {
		if (begin(r, index, picked->node[i], err) != 0) {
			return -1;
		}
	}
	return 0;
}

/* Does the end of a grace still mean anything? */
static bool still_clears(const struct life *life, const struct step *step,
                         enum sf_node_event_kind kind)
{
	switch (kind) {
	case SF_NODE_EVENT_REPARTITION:
		return life->awaiting == step->event;
	case SF_NODE_EVENT_REMOVE:
		return life->leaving;
	default:
		return life->epoch == step->epoch;
	}
}

static int end_cut(struct sf_replay *r, uint32_t node, struct sf_error *err)
{
	life_of(r->timeline, node)->cutting = false;
	return let_go(r, node, err) != 0 ? -1 : go_on(r, node, err);
}

/* Does the step still mean anything? */
static bool is_live(const struct sf_replay *r, const struct step *step)
{
	if (step->kind == STEP_BEGIN) {
		return true;
	}
	const struct life *life = life_of(r->timeline, step->node);
	if ((sf_cluster_node(r->cluster, step->node)->state & SF_NODE_REMOVED) != 0) {
		return false;
	}
	switch (step->kind) {
	case STEP_EVICT:
		return still_clears(life, step, r->scenario->event[step->event].kind);
	case STEP_BACK:
		return life->epoch == step->epoch;
	case STEP_BEGIN:
	case STEP_CUT:
	case STEP_EMPTY:
		break;
	}
	return true;
}

bool sf_timeline_is_due(const struct sf_replay *r, uint32_t index)
{
	const bool goes_on = r->scenario->horizon_s >= 0 || r->n_arrived < r->n_pods ||
	                     r->out.waiting > 0 || r->n_ending > 0;
	return goes_on && is_live(r, &r->timeline->step[index]);
}

int sf_timeline_step(struct sf_replay *r, uint32_t index, struct sf_error *err)
{
	const struct step step = r->timeline->step[index];
	switch (step.kind) {
	case STEP_BEGIN:
		return begin_event(r, step.event, err);
	case STEP_EVICT:
		return evict_all(r, step.node, cause_of(r->scenario->event[step.event].kind), err);
	case STEP_BACK:
		return let_go(r, step.node, err);
	case STEP_CUT:
		return end_cut(r, step.node, err);
	case STEP_EMPTY:
		return go_on(r, step.node, err);
	}
	return 0;
}

int sf_timeline_init(struct sf_replay *r, struct sf_error *err)
{
	const struct sf_scenario *scenario = r->scenario;
	if (scenario->n_events == 0) {
		return 0;
	}
	struct sf_timeline *timeline = sf_xcalloc(1, sizeof(*timeline));
	r->timeline = timeline;
	timeline->next_number = sf_xcalloc(scenario->n_pools + 1, sizeof(*timeline->next_number));
	for (size_t i = 0; i < scenario->n_pools; i++) {
		timeline->next_number[i] = scenario->pool[i].count;
	}
	for (size_t i = 0; i < scenario->n_events; i++) {
		add_step(r, scenario->event[i].at_s,
		         (struct step){.kind = STEP_BEGIN, .event = (uint32_t)i});
	}
	timeline->kinds = sf_node_kinds_create(scenario, err);
	return timeline->kinds ? 0 : -1;
}

bool sf_timeline_fits_ever(const struct sf_replay *r, uint32_t workload)
{
	return sf_node_kinds_fit(r->timeline->kinds, workload, r->policy->view);
}

void sf_timeline_finish(struct sf_replay *r)
{
	struct sf_timeline *timeline = r->timeline;
	if (!timeline) {
		return;
	}
	sf_node_kinds_destroy(timeline->kinds);
	free(timeline->next_number);
	sf_node_set_finish(&timeline->picked);
	free(timeline->life);
	free(timeline->step);
	free(timeline);
	r->timeline = NULL;
}
