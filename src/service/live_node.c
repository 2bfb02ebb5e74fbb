/* live_node: nodes come, change and go. */
// SPDX-License-Identifier: Apache-2.0
#include "live_impl.h"

#include <slicefit/alloc.h>
#include <slicefit/change.h>
#include <slicefit/error.h>
#include <slicefit/hash.h>
#include <slicefit/kube_node.h>

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Removed nodes that are not worth the trouble: 2 MB. */
enum { LEFT_BEHIND = 1024 };

static bool has_name(const void *entries, uint32_t number, const void *key)
{
	return strcmp(((const struct sf_live_node *)entries)[number].name, key) == 0;
}

uint32_t sf_live_node_lookup(const struct sf_live *live, const char *name)
{
	return sf_index_find(&live->node_by_name, sf_hash(0, name, strlen(name)), has_name,
	                     live->node, name);
}

uint32_t sf_live_node_number(struct sf_live *live, const char *name)
{
	uint32_t number = sf_live_node_lookup(live, name);
	if (number != SF_INDEX_NONE) {
		return number;
	}
	if (live->n_spare_nodes > 0) {
		number = live->spare_node[--live->n_spare_nodes];
	} else {
		number = live->n_nodes++;
		live->node =
			sf_xgrow(live->node, &live->nodes_cap, live->n_nodes, sizeof(*live->node));
	}
	live->node[number] = (struct sf_live_node){
		.name = sf_xstrdup(name),
		.node = SF_LIVE_NONE,
		.first = SF_LIVE_NONE,
		.last = SF_LIVE_NONE,
	};
	sf_index_add(&live->node_by_name, sf_hash(0, name, strlen(name)), number);
	return number;
}

void sf_live_node_drop_empty(struct sf_live *live, uint32_t number)
{
	struct sf_live_node *node = &live->node[number];
	if (node->node != SF_LIVE_NONE || node->first != SF_LIVE_NONE) {
		return;
	}
	sf_index_remove(&live->node_by_name, sf_hash(0, node->name, strlen(node->name)), number);
	free(node->name);
	*node = (struct sf_live_node){0};
	live->spare_node = sf_xgrow(live->spare_node, &live->spare_nodes_cap,
	                            live->n_spare_nodes + 1, sizeof(*live->spare_node));
	live->spare_node[live->n_spare_nodes++] = number;
}

/* The model knows the node no more; its pods stay on the list. */
static void withdraw(struct sf_live *live, uint32_t number)
{
	struct sf_live_node *node = &live->node[number];
	if (node->node == SF_LIVE_NONE) {
		return;
	}
	for (uint32_t i = node->first; i != SF_LIVE_NONE; i = live->pod[i].behind) {
		sf_live_unseat(live, i);
	}
	struct sf_change remove = {.kind = SF_CHANGE_REMOVE_NODE, .node = node->node};
	int rc = sf_cluster_apply(live->cluster, &remove, NULL, NULL);
	assert(rc == 0);
	(void)rc;
	node->node = SF_LIVE_NONE;
	live->counts.nodes--;
	live->version++;
}

static int settle(struct sf_live *live, uint32_t number, struct sf_kube_node *seen,
                  struct sf_error *err)
{
	if (sf_kube_node_add(live->cluster, seen, err) < 0) {
		return -1;
	}
	live->node[number].node = sf_cluster_nodes(live->cluster) - 1;
	live->counts.nodes++;
	live->version++;
	sf_live_seat_waiting(live, number);
	return 0;
}

void sf_live_set_state(struct sf_live *live, uint32_t node, uint8_t state)
{
	static const struct {
		uint8_t bit;
		enum sf_change_kind kind;
	} closed[] = {
		{SF_NODE_CORDONED, SF_CHANGE_CORDON_NODE},
		{SF_NODE_FAILED, SF_CHANGE_FAIL_NODE},
	};
	struct sf_change change = {.kind = SF_CHANGE_READY_NODE, .node = node};
	sf_cluster_apply(live->cluster, &change, NULL, NULL);
	for (size_t i = 0; i < sizeof(closed) / sizeof(closed[0]); i++) {
		change.kind = closed[i].kind;
		if ((state & closed[i].bit) != 0) {
			sf_cluster_apply(live->cluster, &change, NULL, NULL);
		}
	}
}

/* Only whether it takes pods changed. */
static bool set_state(struct sf_live *live, uint32_t node, uint8_t state)
{
	if (sf_cluster_node(live->cluster, node)->state == state) {
		return false;
	}
	sf_live_set_state(live, node, state);
	live->version++;
	return true;
}

bool sf_live_node(struct sf_live *live, struct sf_kube_node *seen, struct sf_error *err)
{
	uint64_t hash = sf_node_spec_hash(&seen->spec);
	uint32_t number = sf_live_node_number(live, seen->spec.name);
	struct sf_live_node *node = &live->node[number];
	if (node->node != SF_LIVE_NONE && node->hash == hash) {
		bool changed = set_state(live, node->node, seen->state);
		sf_live_seat_waiting(live, number);
		return changed;
	}
	withdraw(live, number);
	node->hash = hash;
	if (settle(live, number, seen, err) < 0) {
		sf_live_node_drop_empty(live, number);
		return false;
	}
	return true;
}

void sf_live_node_gone(struct sf_live *live, const char *name)
{
	uint32_t number = sf_live_node_lookup(live, name);
	if (number != SF_INDEX_NONE) {
		withdraw(live, number);
		sf_live_node_drop_empty(live, number);
	}
}

bool sf_live_is_loose(const struct sf_live *live)
{
	uint32_t there = live->counts.nodes;
	return sf_cluster_nodes(live->cluster) - there > there + LEFT_BEHIND;
}

void sf_live_gather(struct sf_live *live)
{
	uint32_t *number = sf_xcalloc(sf_cluster_nodes(live->cluster) + 1, sizeof(*number));
	struct sf_cluster *cluster = sf_cluster_gather(live->cluster, number);
	for (uint32_t i = 0; i < live->n_nodes; i++) {
		struct sf_live_node *node = &live->node[i];
		if (node->name != NULL && node->node != SF_LIVE_NONE) {
			node->node = number[node->node];
		}
	}
	sf_cluster_destroy(live->cluster);
	live->cluster = cluster;
	live->counts.gathered++;
	live->version++;
	free(number);
}

const struct sf_live_node *sf_live_find_node(const struct sf_live *live, const char *name)
{
	uint32_t number = sf_live_node_lookup(live, name);
	return number != SF_INDEX_NONE ? &live->node[number] : NULL;
}

uint32_t sf_live_nodes_end(const struct sf_live *live)
{
	return live->n_nodes;
}

const struct sf_live_node *sf_live_node_at(const struct sf_live *live, uint32_t number)
{
	return live->node[number].name != NULL ? &live->node[number] : NULL;
}
