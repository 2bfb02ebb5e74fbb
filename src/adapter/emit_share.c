/* emit_share: the distinct ways in which a plan's nodes share their GPUs, for the device plugin. */
// SPDX-License-Identifier: Apache-2.0
#include "emit_config.h"

#include <stdio.h>
#include <string.h>

static void add_resource(struct sf_sharing *sharing, const char *name, uint16_t replicas)
{
	struct sf_shared_resource *resource = &sharing->resource[sharing->n++];
	snprintf(resource->name, sizeof(resource->name), "%s", name);
	resource->replicas = replicas;
}

/* How a node shares now, all its resources included. */
static struct sf_sharing sharing_now(const struct sf_node *node, const struct sf_cluster *cluster)
{
	struct sf_sharing sharing = {.mode = (enum sf_sharing_mode)node->sharing_mode,
	                             .fail_above_1 = node->fail_above_1};
	for (uint8_t i = 0; i < node->n_shared; i++) {
		const struct sf_shared *shared = &node->shared[i];
		sharing.rename = sharing.rename || shared->resource != shared->base;
		add_resource(&sharing,
		             sf_resource_name(sf_cluster_resources(cluster), shared->base),
		             shared->replicas);
	}
	return sharing.n > 0 ? sharing : (struct sf_sharing){0};
}

/* Is there a device called nvidia.com/gpu that could be shared? */
static bool has_whole_gpu(const struct sf_node_plan *plan)
{
	for (uint8_t g = 0; g < plan->n_gpus; g++) {
		if (!plan->after[g].mig || plan->strategy != SF_STRATEGY_MIXED) {
			return true;
		}
	}
	return false;
}

/* An unchanged node keeps its sharing as it is. A node that shares its GPUs already keeps the mode
 * and the names; a newly shared one renames, so that no pod that wants a whole GPU is given a
 * replica by a scheduler that only knows names. */
static struct sf_sharing sharing_after(const struct sf_node_plan *plan,
                                       const struct sf_cluster *before)
{
	struct sf_sharing sharing = sharing_now(sf_cluster_node(before, plan->node), before);
	if (!plan->changed) {
		return sharing;
	}
	if (plan->replicas <= 1 || !has_whole_gpu(plan)) {
		return (struct sf_sharing){0};
	}
	if (plan->replicas_before <= 1) {
		sharing = (struct sf_sharing){.mode = SF_SHARING_TIME_SLICING, .rename = true};
	}
	memset(sharing.resource, 0, sizeof(sharing.resource));
	sharing.n = 0;
	add_resource(&sharing, "nvidia.com/gpu", plan->replicas);
	return sharing;
}

/* Without MIG devices all strategies advertise the same, but only `none` goes with MPS. */
static enum sf_strategy strategy_after(const struct sf_node_plan *plan,
                                       const struct sf_sharing *sharing)
{
	if (sharing->mode == SF_SHARING_MPS) {
		return SF_STRATEGY_NONE;
	}
	return sf_emit_in_mig_mode(plan) ? plan->strategy : SF_STRATEGY_MIXED;
}

static void share_name(const struct sf_emit_share *share, char *out, size_t cap)
{
	const struct sf_sharing *sharing = &share->sharing;
	if (sharing->n == 0) {
		snprintf(out, cap, "no-sharing");
	} else {
		snprintf(out, cap, "%s-%u%s", sf_sharing_mode_name(sharing->mode),
		         sharing->resource[0].replicas, sharing->rename ? "-renamed" : "");
	}
	if (sharing->mode != SF_SHARING_MPS && share->strategy != SF_STRATEGY_MIXED) {
		size_t len = strlen(out);
		snprintf(out + len, cap - len, "-%s", sf_strategy_name(share->strategy));
	}
}

static bool same_share(const struct sf_emit_share *a, const struct sf_emit_share *b)
{
	const struct sf_sharing *x = &a->sharing;
	const struct sf_sharing *y = &b->sharing;
	if (a->strategy != b->strategy || x->mode != y->mode || x->rename != y->rename ||
	    x->fail_above_1 != y->fail_above_1 || x->n != y->n) {
		return false;
	}
	for (uint8_t i = 0; i < x->n; i++) {
		if (strcmp(x->resource[i].name, y->resource[i].name) != 0 ||
		    x->resource[i].replicas != y->resource[i].replicas) {
			return false;
		}
	}
	return true;
}

size_t sf_emit_share_add(struct sf_emit_configs *configs, struct sf_emit_share *share)
{
	bool taken = false;
	share_name(share, share->name, sizeof(share->name));
	for (size_t i = 0; i < configs->n_share; i++) {
		if (same_share(&configs->share[i], share)) {
			return i;
		}
		taken = taken || strcmp(configs->share[i].name, share->name) == 0;
	}
	if (taken) {
		size_t len = strlen(share->name);
		snprintf(share->name + len, sizeof(share->name) - len, "-v%zu",
		         configs->n_share + 1);
	}
	configs->share[configs->n_share] = *share;
	return configs->n_share++;
}

size_t sf_emit_share_after(struct sf_emit_configs *configs, const struct sf_node_plan *node,
                           const struct sf_cluster *before)
{
	struct sf_emit_share share = {.sharing = sharing_after(node, before)};
	share.strategy = strategy_after(node, &share.sharing);
	return sf_emit_share_add(configs, &share);
}

size_t sf_emit_share_before(struct sf_emit_configs *configs, const struct sf_node_plan *plan,
                            const struct sf_cluster *before)
{
	const struct sf_node *node = sf_cluster_node(before, plan->node);
	struct sf_emit_share share = {.strategy = SF_STRATEGY_MIXED,
	                              .sharing = sharing_now(node, before)};
	for (uint8_t g = 0; g < plan->n_gpus; g++) {
		if (plan->before[g].mig) {
			share.strategy = (enum sf_strategy)node->strategy;
		}
	}
	if (share.sharing.mode == SF_SHARING_MPS) {
		share.strategy = SF_STRATEGY_NONE;
	}
	return sf_emit_share_add(configs, &share);
}
