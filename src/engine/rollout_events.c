/* rollout_events: what happens to nodes in a scenario, said of the planned nodes: a plan splits pools whose
 * nodes are no longer alike. */
// SPDX-License-Identifier: Apache-2.0
#include "rollout_state.h"

#include <slicefit/alloc.h>
#include <slicefit/arena.h>

#include <stdlib.h>

/* The parts of one pool among the planned pools. */
struct parts {
	uint32_t first, n;
	uint32_t nodes; /* of the whole pool */
};

static struct parts *find_parts(const struct sf_scenario *scenario, const struct sf_scenario *after)
{
	struct parts *parts = sf_xcalloc(scenario->n_pools + 1, sizeof *parts);
	uint32_t at = 0;

	for (size_t p = 0; p < scenario->n_pools; p++) {
		uint32_t nodes = 0;

		parts[p] = (struct parts){.first = at, .nodes = scenario->pool[p].count};
		while (at < after->n_pools && nodes < parts[p].nodes) {
			nodes += after->pool[at++].count;
			parts[p].n++;
		}
	}
	return parts;
}

/* Node `n` of the pool; nodes that an event adds belong to the last part. */
static struct sf_node_pick pick_node(const struct sf_scenario *after, const struct parts *of,
                                     uint32_t n)
{
	uint32_t part = of->first;

	while (part + 1 < of->first + of->n && n >= after->pool[part].count) {
		n -= after->pool[part++].count;
	}
	return (struct sf_node_pick){SF_PICK_NODE, part, n};
}

/* So many nodes by lot: of each part its share, rounded down; what is left comes from the first ones. */
static size_t pick_lot(const struct sf_scenario *after, const struct parts *of, uint32_t n,
                       struct sf_node_pick *out)
{
	uint32_t left = n;

	for (uint32_t i = 0; i < of->n; i++) {
		uint64_t share = (uint64_t)n * after->pool[of->first + i].count / of->nodes;

		out[i] = (struct sf_node_pick){SF_PICK_LOT, of->first + i, (uint32_t)share};
		left -= (uint32_t)share;
	}
	for (uint32_t i = 0; i < of->n && left > 0; i++) {
		uint32_t room = after->pool[of->first + i].count - out[i].n;
		uint32_t more = room < left ? room : left;

		out[i].n += more;
		left -= more;
	}
	return of->n;
}

static size_t translate(const struct sf_node_event *event, const struct sf_node_pick *pick,
                        const struct sf_scenario *after, const struct parts *of,
                        struct sf_node_pick *out)
{
	if (event->kind == SF_NODE_EVENT_ADD) {
		out[0] = *pick;
		out[0].pool = of->first + of->n - 1;
		return 1;
	}
	switch (pick->kind) {
	case SF_PICK_NODE:
		out[0] = pick_node(after, of, pick->n);
		return 1;
	case SF_PICK_LOT:
		return pick_lot(after, of, pick->n, out);
	case SF_PICK_POOL:
		break;
	}
	for (uint32_t i = 0; i < of->n; i++) {
		out[i] = (struct sf_node_pick){SF_PICK_POOL, of->first + i, 0};
	}
	return of->n;
}

/* A new layout is said of one pool at a time: one event for each part. */
static size_t add_event(const struct sf_node_event *event, struct sf_node_pick *pick, size_t n,
                        struct sf_node_event *out)
{
	size_t events = event->kind == SF_NODE_EVENT_REPARTITION ? n : 1;

	for (size_t i = 0; i < events; i++) {
		out[i] = *event;
		out[i].pick = &pick[i];
		out[i].n_picks = n / events;
	}
	return events;
}

/* Most picks that an event becomes. */
static size_t count_picks(const struct sf_node_event *event, const struct parts *parts)
{
	size_t n = 0;

	for (size_t i = 0; i < event->n_picks; i++) {
		n += parts[event->pick[i].pool].n;
	}
	return n;
}

static int translate_all(const struct sf_scenario *scenario, struct sf_scenario *after,
                         const struct parts *parts, struct sf_arena *arena)
{
	size_t most = 0;

	for (size_t e = 0; e < scenario->n_events; e++) {
		most += 1 + count_picks(&scenario->event[e], parts);
	}
	after->n_events = 0;
	after->event = sf_arena_array(arena, most, sizeof *after->event);
	for (size_t e = 0; after->event && e < scenario->n_events; e++) {
		const struct sf_node_event *event = &scenario->event[e];
		struct sf_node_pick *pick =
			sf_arena_array(arena, count_picks(event, parts) + 1, sizeof *pick);
		size_t n = 0;

		if (!pick) {
			return -1;
		}
		for (size_t i = 0; i < event->n_picks; i++) {
			n += translate(event, &event->pick[i], after, &parts[event->pick[i].pool],
			               &pick[n]);
		}
		after->n_events += add_event(event, pick, n, &after->event[after->n_events]);
	}
	return after->event ? 0 : -1;
}

int rollout_events(const struct sf_scenario *scenario, struct sf_scenario *after,
                   struct sf_arena *arena)
{
	struct parts *parts;
	int rc;

	if (scenario->n_events == 0 || after->n_pools == scenario->n_pools) {
		return 0;
	}
	parts = find_parts(scenario, after);
	rc = translate_all(scenario, after, parts, arena);
	free(parts);
	return rc;
}
