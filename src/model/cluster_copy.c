/* cluster_copy: copies of a cluster: the whole, what is still there, or its nodes a few at a time. */
// SPDX-License-Identifier: Apache-2.0
#include "cluster_impl.h"
#include "cluster_rule_impl.h"

#include <slicefit/alloc.h>
#include <slicefit/arena.h>

#include <assert.h>
#include <string.h>

/* Names and products are only ever added, and equal order gives equal numbers. */
static void copy_tables(struct sf_cluster *to, const struct sf_cluster *from)
{
	for (uint16_t i = sf_resource_count(to->resources); i < sf_resource_count(from->resources);
	     i++) {
		sf_resource_intern(to->resources, sf_resource_name(from->resources, i), NULL);
	}
	memcpy(to->profile_resource, from->profile_resource,
	       from->n_products * sizeof(*to->profile_resource));
	memcpy(to->product_mask, from->product_mask, from->n_products * sizeof(*to->product_mask));
	to->n_masks = from->n_masks;
	to->n_products = from->n_products;
	to->n_renaming = from->n_renaming;
}

/* Adds a node like this one, which still says that it has the number of the original. */
static struct sf_node *copy_node(struct sf_cluster *to, const struct sf_node *node)
{
	uint32_t number = to->n_nodes++;
	to->node = sf_xgrow(to->node, &to->nodes_cap, to->n_nodes, sizeof(*to->node));
	to->hidden = sf_xgrow(to->hidden, &to->hidden_cap, to->n_nodes, sizeof(*to->hidden));
	to->hidden[number] = SF_NODE_NONE;
	struct sf_node *copy = &to->node[number];
	struct sf_label *label = sf_arena_array(to->arena, node->n_labels, sizeof(*label));
	memcpy(copy, node, sizeof(*copy));
	copy->name = sf_arena_strdup(to->names, node->name);
	for (uint16_t i = 0; i < node->n_labels; i++) {
		label[i].key = sf_arena_strdup(to->arena, node->label[i].key);
		label[i].value = sf_arena_strdup(to->arena, node->label[i].value);
	}
	copy->label = label;
	copy->taint = sf_node_taints(to, node->taint, node->n_taints);
	copy->gpu = sf_arena_array(to->arena, node->n_gpus, sizeof(*copy->gpu));
	if (node->n_gpus > 0) {
		memcpy(copy->gpu, node->gpu, node->n_gpus * sizeof(*copy->gpu));
	}
	sf_map_set(&to->by_name, copy->name, number);
	return copy;
}

/* With the same number. */
static struct sf_node *copy_next(struct sf_cluster *to, const struct sf_cluster *from)
{
	uint32_t number = to->n_nodes;
	struct sf_node *copy = copy_node(to, &from->node[number]);
	to->hidden[number] = from->hidden[number];
	return copy;
}

static void copy_pods(struct sf_cluster *to, const struct sf_cluster *cluster)
{
	to->pod = sf_xgrow(NULL, &to->pods_cap, cluster->n_pods, sizeof(*to->pod));
	if (cluster->n_pods > 0) {
		memcpy(to->pod, cluster->pod, cluster->n_pods * sizeof(*to->pod));
	}
	to->n_pods = cluster->n_pods;
	to->spare = sf_xgrow(NULL, &to->spare_cap, cluster->n_spare, sizeof(*to->spare));
	if (cluster->n_spare > 0) {
		memcpy(to->spare, cluster->spare, cluster->n_spare * sizeof(*to->spare));
	}
	to->n_spare = cluster->n_spare;
}

struct sf_cluster *sf_cluster_clone(const struct sf_cluster *cluster)
{
	struct sf_cluster *to = sf_cluster_create(cluster->catalog);

	copy_tables(to, cluster);
	while (to->n_nodes < cluster->n_nodes) {
		copy_next(to, cluster);
	}
	copy_pods(to, cluster);
	to->rules = sf_rules_clone(cluster->rules);
	return to;
}

struct sf_cluster *sf_cluster_gather(const struct sf_cluster *cluster, uint32_t *number)
{
	assert(cluster->rules == NULL);
	struct sf_cluster *to = sf_cluster_create(cluster->catalog);

	copy_tables(to, cluster);
	for (uint32_t i = 0; i < cluster->n_nodes; i++) {
		const struct sf_node *node = &cluster->node[i];
		bool there = (node->state & SF_NODE_REMOVED) == 0;
		number[i] = there ? to->n_nodes : SF_NODE_NONE;
		if (there) {
			copy_node(to, node)->number = number[i];
		}
	}
	copy_pods(to, cluster);
	for (uint32_t i = 0; i < to->n_pods; i++) {
		if (to->pod[i].node != SF_NODE_NONE) {
			to->pod[i].node = number[to->pod[i].node];
		}
	}
	return to;
}

bool sf_cluster_copy_nodes(struct sf_cluster *to, const struct sf_cluster *from, uint32_t most,
                           void (*adjust)(void *ctx, struct sf_node *copy), void *ctx)
{
	copy_tables(to, from);
	for (; most > 0 && to->n_nodes < from->n_nodes; most--) {
		adjust(ctx, copy_next(to, from));
	}
	return to->n_nodes < from->n_nodes;
}
