/* scenario_event: what happens to nodes in a scenario. */
// SPDX-License-Identifier: Apache-2.0
#include "scenario_read.h"

#include <math.h>
#include <string.h>

enum { NAME_MAX_BYTES = 256 };

static const double takes_default_s = 300;

/* What an event of this kind may say beside `at`. */
static const struct {
	bool back, grace;
} may[SF_NODE_EVENTS] = {
	[SF_NODE_EVENT_FAIL] = {.back = true},
	[SF_NODE_EVENT_DRAIN] = {.back = true, .grace = true},
	[SF_NODE_EVENT_CORDON] = {.back = true},
	[SF_NODE_EVENT_REMOVE] = {.grace = true},
};

/* How many nodes each pool has had up to some time; all of them together. */
static uint64_t count_nodes(const struct sf_scenario *scenario, double at_s, uint64_t *nodes)
{
	uint64_t all = 0;
	for (size_t i = 0; i < scenario->n_pools; i++) {
		nodes[i] = scenario->pool[i].count;
		all += nodes[i];
	}
	for (size_t i = 0; i < scenario->n_events; i++) {
		const struct sf_node_event *event = &scenario->event[i];
		if (event->kind == SF_NODE_EVENT_ADD && event->at_s <= at_s) {
			nodes[event->pick[0].pool] += event->pick[0].n;
			all += event->pick[0].n;
		}
	}
	return all;
}

/* The name of a node, or of a pool for all of its nodes. */
static int read_name(struct sf_reader *reader, const struct sf_yaml *node, struct sf_node_pick *out)
{
	const char *name = NULL;
	if (sf_reader_text(reader, node, NAME_MAX_BYTES, &name) != 0) {
		return -1;
	}
	int pool = sf_reader_find_pool(reader, name);
	*out = (struct sf_node_pick){.kind = SF_PICK_NODE};
	bool is_node = sf_reader_find_node(reader, name, &out->pool, &out->n);
	if (is_node && pool >= 0) {
		return sf_yaml_fail(node, reader->file, reader->err,
		                    "'%.60s' is a pool and a node, write {pool: %.60s} for the "
		                    "pool",
		                    name, name);
	}
	if (pool >= 0) {
		*out = (struct sf_node_pick){SF_PICK_POOL, (uint32_t)pool, 0};
	} else if (!is_node) {
		return sf_yaml_fail(node, reader->file, reader->err,
		                    "'%.60s' is no pool, and no node of one (POOL-0, POOL-1, ...)",
		                    name);
	}
	return 0;
}

/* {pool: NAME} is all of them, {pool: NAME, count: N} so many by lot. */
static int read_some(struct sf_reader *reader, const struct sf_yaml *node, struct sf_node_pick *out)
{
	static const char *const known[] = {"pool", "count", NULL};
	const struct sf_yaml *pool = sf_yaml_get(node, "pool");
	const struct sf_yaml *count = sf_yaml_get(node, "count");
	const char *name = NULL;
	if (sf_yaml_check_keys(node, reader->file, known, reader->err) != 0) {
		return -1;
	}
	if (pool == NULL) {
		return sf_yaml_fail(node, reader->file, reader->err,
		                    "which pool: write {pool: NAME} or {pool: NAME, count: 2}");
	}
	if (sf_reader_text(reader, pool, NAME_MAX_BYTES, &name) != 0) {
		return -1;
	}
	int index = sf_reader_find_pool(reader, name);
	if (index < 0) {
		return sf_yaml_fail(pool, reader->file, reader->err, "no pool is called '%.60s'",
		                    name);
	}
	*out = (struct sf_node_pick){SF_PICK_POOL, (uint32_t)index, 0};
	if (count == NULL) {
		return 0;
	}
	out->kind = SF_PICK_LOT;
	return sf_reader_uint(reader, count, 1, SF_SCENARIO_NODES_MAX, &out->n);
}

static int read_pick(struct sf_reader *reader, const struct sf_yaml *node, struct sf_node_pick *out)
{
	return node->kind == SF_YAML_MAPPING ? read_some(reader, node, out)
	                                     : read_name(reader, node, out);
}

/* One pick, or a list of them. */
static int read_picks(struct sf_reader *reader, const struct sf_yaml *node,
                      struct sf_node_event *out)
{
	bool list = node->kind == SF_YAML_SEQUENCE;
	out->n_picks = list ? node->n : 1;
	if (out->n_picks == 0 || out->n_picks > SF_SCENARIO_NODES_MAX) {
		return sf_yaml_fail(node, reader->file, reader->err,
		                    "which nodes: write a node, a pool or a list of them");
	}
	out->pick = sf_reader_array(reader, out->n_picks, sizeof(*out->pick));
	if (out->pick == NULL) {
		return -1;
	}
	for (size_t i = 0; i < out->n_picks; i++) {
		if (read_pick(reader, list ? node->child[i] : node, &out->pick[i]) != 0) {
			return -1;
		}
	}
	return 0;
}

/* A time after the event's, or `word` for never. */
static int read_until(struct sf_reader *reader, const struct sf_yaml *node, const char *word,
                      double *out)
{
	if (node != NULL && node->kind == SF_YAML_SCALAR && strcmp(node->text, word) == 0) {
		*out = SF_EVENT_NEVER;
		return 0;
	}
	return sf_reader_duration(reader, node, out);
}

static int read_add(struct sf_reader *reader, const struct sf_yaml *node, struct sf_node_event *out)
{
	if (read_picks(reader, node, out) != 0) {
		return -1;
	}
	if (out->n_picks != 1 || out->pick[0].kind != SF_PICK_LOT) {
		return sf_yaml_fail(node, reader->file, reader->err,
		                    "add takes {pool: NAME, count: 2}");
	}
	return 0;
}

static int read_repartition(struct sf_reader *reader, const struct sf_yaml *node,
                            struct sf_node_event *out)
{
	static const char *const known[] = {"nodes", "config", "takes", "grace", NULL};
	const struct sf_yaml *nodes = sf_yaml_get(node, "nodes");
	const struct sf_yaml *config = sf_yaml_get(node, "config");
	out->takes_s = takes_default_s;
	if (sf_yaml_check_keys(node, reader->file, known, reader->err) != 0) {
		return -1;
	}
	if (nodes == NULL || config == NULL) {
		return sf_yaml_fail(node, reader->file, reader->err,
		                    "repartition needs nodes and config");
	}
	if (read_picks(reader, nodes, out) != 0 ||
	    sf_reader_duration(reader, sf_yaml_get(node, "takes"), &out->takes_s) != 0 ||
	    read_until(reader, sf_yaml_get(node, "grace"), "forever", &out->grace_s) != 0) {
		return -1;
	}
	return sf_reader_repartition(reader, nodes, config, out);
}

static int read_times(struct sf_reader *reader, const struct sf_yaml *node,
                      struct sf_node_event *out)
{
	const struct sf_yaml *at = sf_yaml_get(node, "at");
	const struct sf_yaml *back = sf_yaml_get(node, "back");
	const struct sf_yaml *grace = sf_yaml_get(node, "grace");
	const char *name = sf_node_event_name(out->kind);
	out->back_s = SF_EVENT_NEVER;
	if (at == NULL) {
		return sf_yaml_fail(node, reader->file, reader->err,
		                    "when: an event needs a time such as at: 2h");
	}
	if ((back != NULL && !may[out->kind].back) || (grace != NULL && !may[out->kind].grace)) {
		return sf_yaml_fail_key(back != NULL && !may[out->kind].back ? back : grace,
		                        reader->file, reader->err, "not with %s", name);
	}
	if (sf_reader_duration(reader, at, &out->at_s) != 0 ||
	    read_until(reader, back, "never", &out->back_s) != 0 ||
	    read_until(reader, grace, "forever", &out->grace_s) != 0) {
		return -1;
	}
	if (out->back_s >= 0 && (out->grace_s < 0 || out->back_s < out->grace_s)) {
		return sf_yaml_fail(back, reader->file, reader->err,
		                    "back before the grace is over; both count from at");
	}
	return 0;
}

/* Exactly one of the kinds. */
static int read_kind(struct sf_reader *reader, const struct sf_yaml *node,
                     struct sf_node_event *out, const struct sf_yaml **body)
{
	*body = NULL;
	for (int k = 0; k < SF_NODE_EVENTS; k++) {
		const struct sf_yaml *found =
			sf_yaml_get(node, sf_node_event_name((enum sf_node_event_kind)k));
		if (found != NULL && *body != NULL) {
			return sf_yaml_fail_key(found, reader->file, reader->err,
			                        "%s and %s are two events, write one entry each",
			                        (*body)->key, found->key);
		}
		if (found != NULL) {
			*body = found;
			out->kind = (enum sf_node_event_kind)k;
		}
	}
	return *body != NULL
	               ? 0
	               : sf_yaml_fail(node, reader->file, reader->err,
	                              "what happens: fail, drain, cordon, ready, add, remove or "
	                              "repartition");
}

static int read_event(struct sf_reader *reader, const struct sf_yaml *node,
                      struct sf_node_event *out)
{
	static const char *const known[] = {"at",     "fail",        "drain", "cordon",
	                                    "ready",  "add",         "back",  "grace",
	                                    "remove", "repartition", NULL};
	const struct sf_yaml *body;
	out->line = node->line;
	out->column = node->column;
	if (sf_yaml_check_keys(node, reader->file, known, reader->err) != 0 ||
	    read_kind(reader, node, out, &body) != 0 || read_times(reader, node, out) != 0) {
		return -1;
	}
	switch (out->kind) {
	case SF_NODE_EVENT_ADD:
		return read_add(reader, body, out);
	case SF_NODE_EVENT_REPARTITION:
		return read_repartition(reader, body, out);
	default:
		return read_picks(reader, body, out);
	}
}

/* Do the nodes exist when something happens to them? `nodes` has those of each pool. */
static int check_event(struct sf_reader *reader, const struct sf_yaml *node,
                       const struct sf_node_event *event, const uint64_t *nodes)
{
	for (size_t i = 0; i < event->n_picks && event->kind != SF_NODE_EVENT_ADD; i++) {
		const struct sf_node_pick *pick = &event->pick[i];
		const struct sf_pool *pool = &reader->scenario->pool[pick->pool];
		const uint64_t n = nodes[pick->pool];
		if (pick->kind == SF_PICK_NODE && pick->n >= n) {
			return sf_yaml_fail(node, reader->file, reader->err,
			                    "pool %.40s has no node %.40s-%u then: it has %.40s-0 "
			                    "to %.40s-%llu",
			                    pool->name, pool->name, pick->n, pool->name, pool->name,
			                    (unsigned long long)n - 1);
		}
		if (pick->kind == SF_PICK_LOT && pick->n > n) {
			return sf_yaml_fail(node, reader->file, reader->err,
			                    "%u nodes of pool %.40s, but it has %llu then", pick->n,
			                    pool->name, (unsigned long long)n);
		}
	}
	return 0;
}

/* What is known once all events are read. */
static int check_events(struct sf_reader *reader, const struct sf_yaml *list)
{
	const struct sf_scenario *scenario = reader->scenario;
	uint64_t *nodes = sf_reader_array(reader, scenario->n_pools, sizeof(*nodes));
	if (nodes == NULL) {
		return -1;
	}
	for (size_t i = 0; i < list->n; i++) {
		const struct sf_node_event *event = &scenario->event[i];
		count_nodes(scenario, event->at_s, nodes);
		if (check_event(reader, list->child[i], event, nodes) != 0) {
			return -1;
		}
	}
	return count_nodes(scenario, (double)INFINITY, nodes) <= SF_SCENARIO_NODES_MAX
	               ? 0
	               : sf_reader_fail_limit(reader, list, "nodes", SF_SCENARIO_NODES_MAX);
}

int sf_reader_events(struct sf_reader *reader, const struct sf_yaml *list)
{
	struct sf_scenario *scenario = reader->scenario;
	if (list == NULL) {
		return 0;
	}
	if (list->kind != SF_YAML_SEQUENCE || list->n > SF_SCENARIO_LIST_MAX) {
		return sf_yaml_fail(list, reader->file, reader->err,
		                    "expected a list of at most %d events", SF_SCENARIO_LIST_MAX);
	}
	struct sf_node_event *event = sf_reader_array(reader, list->n, sizeof(*event));
	if (event == NULL) {
		return -1;
	}
	for (size_t i = 0; i < list->n; i++) {
		if (read_event(reader, list->child[i], &event[i]) != 0) {
			return -1;
		}
	}
	scenario->event = event;
	scenario->n_events = list->n;
	return check_events(reader, list);
}
