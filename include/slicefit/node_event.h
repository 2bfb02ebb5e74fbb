/*
 * node_event: what happens to nodes during a replay: failures, maintenance, growth, another MIG
 * layout. The rules are in docs/scenario-format.md ("events").
 */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_NODE_EVENT_H
#define SF_NODE_EVENT_H

#include <slicefit/node.h>

enum sf_node_event_kind {
	SF_NODE_EVENT_FAIL,        /* down at once, pods evicted */
	SF_NODE_EVENT_DRAIN,       /* no new pods; who still runs after the grace is evicted */
	SF_NODE_EVENT_CORDON,      /* no new pods */
	SF_NODE_EVENT_READY,       /* back from fail, drain and cordon */
	SF_NODE_EVENT_ADD,         /* more nodes of a pool */
	SF_NODE_EVENT_REMOVE,      /* a drain for good */
	SF_NODE_EVENT_REPARTITION, /* a drain, another MIG layout, some time until it is there */
	SF_NODE_EVENTS
};

/* Which nodes of one pool. */
enum sf_node_pick_kind {
	SF_PICK_NODE, /* the one with number `n`: POOL-n */
	SF_PICK_POOL, /* all that exist then */
	SF_PICK_LOT   /* `n` of those that exist then, by lot from the seed */
};

struct sf_node_pick {
	enum sf_node_pick_kind kind;
	uint32_t pool;
	uint32_t n;
};

#define SF_EVENT_NEVER (-1.0)

struct sf_node_event {
	enum sf_node_event_kind kind;
	double at_s;
	size_t n_picks; /* ADD: one PICK_LOT, `n` new nodes; REPARTITION: all of one pool */
	struct sf_node_pick *pick;
	double back_s;  /* FAIL, DRAIN, CORDON: time from at_s; SF_EVENT_NEVER: stays */
	double grace_s; /* DRAIN, REMOVE, REPARTITION: time from at_s; SF_EVENT_NEVER: waits for
	                   the pods */
	double takes_s; /* REPARTITION: from the empty node to the new devices */
	uint32_t gpus;  /* REPARTITION: bit per GPU index that gets the state below */
	struct sf_gpu_spec *gpu; /* REPARTITION: one per GPU of the pool's nodes */
	uint32_t line, column;
};

/* "fail", "drain", ...: the key in a scenario. */
const char *sf_node_event_name(enum sf_node_event_kind kind);

#endif
