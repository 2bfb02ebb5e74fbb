/*
 * replay_node: the events of a scenario that happen to nodes, in a replay.
 *
 * Each event that keeps a node from taking pods holds it; a node is back when nobody holds it any
 * more. What follows an event (the end of a grace, the way back, a layout that is cut) is a step in
 * the replay's queue of events.
 */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_REPLAY_NODE_H
#define SF_REPLAY_NODE_H

#include <slicefit/scenario.h>

struct sf_error;
struct sf_replay;
struct sf_timeline;

/* Puts the scenario's events among those of the replay; r->timeline stays NULL when it has none.
 * Needs r->residents then. */
int sf_timeline_init(struct sf_replay *r, struct sf_error *err);
void sf_timeline_finish(struct sf_replay *r);

/* The node is cordoned from the beginning, until an event says that it is ready. */
int sf_timeline_cordon(struct sf_replay *r, uint32_t node, struct sf_error *err);

/* Will step `step`, which is next, change anything? Not once `ready` has ended what it belongs to, nor,
 * without a horizon, when no pod waits, is to come or runs for a limited time. */
bool sf_timeline_is_due(const struct sf_replay *r, uint32_t step);

/* Step `step` is due; the caller tries the queue afterwards. */
int sf_timeline_step(struct sf_replay *r, uint32_t step, struct sf_error *err);

/* A pod left the node: if it was the last, what waits for an empty node is due now. */
void sf_timeline_left(struct sf_replay *r, uint32_t node);

/* Does a pod of the workload fit on a node of some time, were it empty (a gang: on all nodes that
 * there will ever have been)? */
bool sf_timeline_fits_ever(const struct sf_replay *r, uint32_t workload);

#endif
