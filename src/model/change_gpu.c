/* change_gpu: the changes of what GPUs offer: another MIG layout, other replicas. */
// SPDX-License-Identifier: Apache-2.0
#include "cluster_impl.h"

#include <slicefit/error.h>

#include <stdio.h>
#include <string.h>

static void save_offer(const struct sf_node *node, struct sf_undo *undo)
{
	undo->n_counts = node->n_counts;
	undo->n_shared = node->n_shared;
	undo->sharing_mode = node->sharing_mode;
	memcpy(undo->count, node->count, sizeof(undo->count));
	memcpy(undo->shared, node->shared, sizeof(undo->shared));
}

static void restore_offer(struct sf_node *node, const struct sf_undo *undo)
{
	node->n_counts = undo->n_counts;
	node->n_shared = undo->n_shared;
	node->sharing_mode = undo->sharing_mode;
	memcpy(node->count, undo->count, sizeof(node->count));
	memcpy(node->shared, undo->shared, sizeof(node->shared));
}

static bool is_idle(const struct sf_gpu *gpu)
{
	for (int i = 0; i < SF_UNITS_MAX; i++) {
		if (gpu->device[i].used > 0) {
			return false;
		}
	}
	return true;
}

int sf_change_repartition(struct sf_cluster *cluster, const struct sf_change *change,
                          struct sf_undo *undo, struct sf_error *err)
{
	struct sf_node *node = &cluster->node[change->node];
	struct sf_gpu *gpu;

	if (node->by_counts || change->gpu >= node->n_gpus) {
		return sf_fail(err, SF_EINVAL, "node %.64s: %s", node->name,
		               node->by_counts ? "known by counts only, no GPU can be repartitioned"
		                               : "no such GPU");
	}
	gpu = &node->gpu[change->gpu];
	if (!is_idle(gpu)) {
		return sf_fail(err, SF_EUNMET, "node %.64s, gpu %d: in use, drain it first",
		               node->name, change->gpu);
	}
	save_offer(node, undo);
	memcpy(&undo->gpu, gpu, sizeof(undo->gpu));
	undo->gpu_index = change->gpu;
	sf_gpu_uncount(node, gpu);
	if (sf_gpu_set(cluster, node, gpu, change->mig, &change->layout, err) != 0 ||
	    sf_gpu_count(node, gpu, err) != 0 || sf_node_check_single(node, err) != 0) {
		sf_undo_repartition(cluster, undo);
		return sf_wrap(err, "node %.64s, gpu %d", node->name, change->gpu);
	}
	return 0;
}

void sf_undo_repartition(struct sf_cluster *cluster, const struct sf_undo *undo)
{
	struct sf_node *node = &cluster->node[undo->node];

	memcpy(&node->gpu[undo->gpu_index], &undo->gpu, sizeof(undo->gpu));
	restore_offer(node, undo);
}

/* The entry for an advertised name, or NULL. */
static struct sf_shared *find_shared(struct sf_node *node, uint16_t resource)
{
	for (uint8_t i = 0; i < node->n_shared; i++) {
		if (node->shared[i].resource == resource) {
			return &node->shared[i];
		}
	}
	return NULL;
}

static int check_reshare(const struct sf_cluster *cluster, const struct sf_change *change,
                         struct sf_error *err)
{
	const struct sf_node *node = &cluster->node[change->node];
	const struct sf_count *count = sf_node_count(node, change->resource);
	const char *name = sf_resource_name(cluster->resources, change->resource);
	const uint16_t most = sf_node_replicas_max(node, (enum sf_sharing_mode)node->sharing_mode);

	if (node->by_counts || count == NULL || count->total == 0) {
		return sf_fail(err, SF_EINVAL, "node %.64s: %s %s", node->name,
		               node->by_counts ? "known by counts only, cannot share" : "has no",
		               name);
	}
	if (node->dynamic && sf_node_has_mig(node)) {
		return sf_fail(err, SF_EINVAL, "node %.64s: dynamic MIG excludes sharing",
		               node->name);
	}
	if (sf_node_is_fractional(node)) {
		return sf_fail(err, SF_EINVAL, "node %.64s: shares by fractions, has no replicas",
		               node->name);
	}
	if (change->replicas == 0 || change->replicas > most) {
		return sf_fail(err, SF_EINVAL, "node %.64s: %s: replicas must be 1 to %d, found %d",
		               node->name, name, most, change->replicas);
	}
	return 0;
}

/* Every device of the name must hold what it holds now. */
static int check_used(const struct sf_node *node, const struct sf_change *change, bool renamed,
                      struct sf_error *err)
{
	for (uint8_t g = 0; g < node->n_gpus; g++) {
		for (int i = 0; i < SF_UNITS_MAX; i++) {
			const struct sf_device *device = &node->gpu[g].device[i];
			const uint16_t room = renamed ? 0 : change->replicas;

			if (device->resource == change->resource && device->used > room) {
				return sf_fail(
					err, SF_EUNMET,
					"node %.64s, gpu %d: %d replicas in use, %d would be "
					"left%s, drain it first",
					node->name, g, device->used, room,
					renamed ? " under this name" : "");
			}
		}
	}
	return 0;
}

/* Sets the node's entry for `base`; 1 replica ends the sharing. */
static int set_shared(struct sf_node *node, struct sf_shared *entry, const struct sf_shared *value,
                      struct sf_error *err)
{
	if (value->replicas > 1 && entry == NULL) {
		if (node->n_shared == SF_SHARED_MAX) {
			return sf_fail(err, SF_ELIMIT, "node %.64s: more than %d shared resources",
			               node->name, SF_SHARED_MAX);
		}
		entry = &node->shared[node->n_shared++];
	}
	if (value->replicas > 1 && entry != NULL) {
		*entry = *value;
	} else if (entry != NULL) {
		const size_t after = (size_t)(&node->shared[node->n_shared] - (entry + 1));

		memmove(entry, entry + 1, after * sizeof(*entry));
		node->n_shared--;
		memset(&node->shared[node->n_shared], 0, sizeof(*entry));
	}
	if (node->n_shared == 0) {
		node->sharing_mode = SF_SHARING_NONE;
	} else if (node->sharing_mode == SF_SHARING_NONE) {
		node->sharing_mode = SF_SHARING_TIME_SLICING;
	}
	return 0;
}

/* All devices called `from` become `to` with so many replicas. */
static void rename_devices(struct sf_node *node, uint16_t from, uint16_t to, uint16_t replicas)
{
	for (uint8_t g = 0; g < node->n_gpus; g++) {
		for (int i = 0; i < SF_UNITS_MAX; i++) {
			struct sf_device *device = &node->gpu[g].device[i];

			if (device->resource == from) {
				device->resource = to;
				device->replicas = replicas;
			}
		}
	}
	node->used_milli = sf_node_count_used(node);
}

/* The name after the change; -1 when it cannot be had. */
static int new_name(struct sf_cluster *cluster, uint16_t base, const struct sf_change *change,
                    struct sf_error *err)
{
	char name[2 * SF_NAME_MAX];

	if (!change->rename || change->replicas == 1) {
		return base;
	}
	snprintf(name, sizeof(name), "%s.shared", sf_resource_name(cluster->resources, base));
	return sf_resource_intern(cluster->resources, name, err);
}

int sf_change_reshare(struct sf_cluster *cluster, const struct sf_change *change,
                      struct sf_undo *undo, struct sf_error *err)
{
	struct sf_node *node = &cluster->node[change->node];
	struct sf_shared *entry = find_shared(node, change->resource);
	const uint16_t base = entry != NULL ? entry->base : change->resource;
	const uint16_t old = entry != NULL ? entry->replicas : 1;
	struct sf_shared value;
	struct sf_count *count;
	uint32_t devices;
	int resource;

	if (check_reshare(cluster, change, err) != 0) {
		return -1;
	}
	resource = new_name(cluster, base, change, err);
	if (resource < 0 || check_used(node, change, resource != change->resource, err) != 0) {
		return -1;
	}
	value = (struct sf_shared){base, (uint16_t)resource, change->replicas};
	save_offer(node, undo);
	undo->resource = change->resource;
	undo->new_resource = value.resource;
	undo->replicas = old;
	count = sf_node_count_slot(node, value.resource);
	if (count == NULL || set_shared(node, entry, &value, err) != 0) {
		restore_offer(node, undo);
		return count != NULL
		               ? -1
		               : sf_fail(err, SF_ELIMIT, "node %.64s: more than %d resource names",
		                         node->name, SF_NODE_RESOURCES_MAX);
	}
	devices = sf_node_count(node, change->resource)->total / old;
	sf_node_count_slot(node, change->resource)->total = 0;
	count->total = devices * value.replicas;
	rename_devices(node, change->resource, value.resource, value.replicas);
	return 0;
}

void sf_undo_reshare(struct sf_cluster *cluster, const struct sf_undo *undo)
{
	struct sf_node *node = &cluster->node[undo->node];

	rename_devices(node, undo->new_resource, undo->resource, undo->replicas);
	restore_offer(node, undo);
}
