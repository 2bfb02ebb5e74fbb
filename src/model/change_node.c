/* change_node: nodes come, go, fail and return. */
// SPDX-License-Identifier: Apache-2.0
#include "cluster_impl.h"
#include "cluster_rule_impl.h"

#include <slicefit/alloc.h>
#include <slicefit/error.h>

#include <string.h>

int sf_change_add_node(struct sf_cluster *cluster, const struct sf_change *change,
                       struct sf_undo *undo, struct sf_error *err)
{
	const struct sf_node_spec *spec = change->spec;
	const uint32_t index = cluster->n_nodes;
	struct sf_node *node;

	if (spec == NULL || spec->name == NULL || spec->name[0] == '\0') {
		return sf_fail(err, SF_EINVAL, "node: a new node needs a name");
	}
	if (sf_cluster_find_node(cluster, spec->name) != SF_NODE_NONE) {
		return sf_fail(err, SF_EINVAL, "node %.64s: exists already, remove it first",
		               spec->name);
	}
	cluster->node =
		sf_xgrow(cluster->node, &cluster->nodes_cap, (size_t)index + 1, sizeof(*node));
	cluster->hidden = sf_xgrow(cluster->hidden, &cluster->hidden_cap, (size_t)index + 1,
	                           sizeof(*cluster->hidden));
	node = &cluster->node[index];
	if (sf_node_build(cluster, node, spec, err) != 0) {
		memset(node, 0, sizeof(*node));
		return sf_wrap(err, "node %.64s", spec->name);
	}
	if (!sf_map_get(&cluster->by_name, spec->name, &cluster->hidden[index])) {
		cluster->hidden[index] = SF_NODE_NONE;
	}
	sf_map_set(&cluster->by_name, node->name, index);
	cluster->n_nodes++;
	undo->node = index;
	if (cluster->rules != NULL) {
		sf_rules_add_node(cluster->rules, cluster, index);
	}
	return 0;
}

void sf_undo_add_node(struct sf_cluster *cluster)
{
	const uint32_t index = --cluster->n_nodes;
	struct sf_node *node = &cluster->node[index];

	if (cluster->rules != NULL) {
		sf_rules_drop_node(cluster->rules);
	}
	sf_map_set(&cluster->by_name, node->name, cluster->hidden[index]);
	memset(node, 0, sizeof(*node));
	cluster->hidden[index] = 0;
}

static int set_state(struct sf_node *node, const struct sf_change *change, struct sf_undo *undo,
                     struct sf_error *err)
{
	undo->state = node->state;
	switch (change->kind) {
	case SF_CHANGE_REMOVE_NODE:
		if (node->pods > 0) {
			return sf_fail(err, SF_EINVAL,
			               "node %.64s: has %u pods, release them first", node->name,
			               node->pods);
		}
		node->state = SF_NODE_REMOVED;
		return 0;
	case SF_CHANGE_FAIL_NODE:
		node->state |= SF_NODE_FAILED;
		return 0;
	case SF_CHANGE_CORDON_NODE:
		node->state |= SF_NODE_CORDONED;
		return 0;
	case SF_CHANGE_READY_NODE:
		node->state = SF_NODE_READY;
		if (sf_node_check_single(node, err) != 0) {
			node->state = undo->state;
			return sf_wrap(err, "node %.64s", node->name);
		}
		return 0;
	default:
		return sf_fail(err, SF_EINVAL, "change of unknown kind %d", (int)change->kind);
	}
}

int sf_change_node_state(struct sf_cluster *cluster, const struct sf_change *change,
                         struct sf_undo *undo, struct sf_error *err)
{
	int rc = set_state(&cluster->node[change->node], change, undo, err);

	if (rc == 0 && cluster->rules != NULL) {
		sf_rules_node_changed(cluster->rules, cluster, change->node);
	}
	return rc;
}

void sf_undo_node_state(struct sf_cluster *cluster, const struct sf_undo *undo)
{
	cluster->node[undo->node].state = undo->state;
	if (cluster->rules != NULL) {
		sf_rules_node_changed(cluster->rules, cluster, undo->node);
	}
}
