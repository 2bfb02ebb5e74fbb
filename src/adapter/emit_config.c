/* emit_config: the distinct configurations of a plan's nodes, with names that are legal label
 * values. */
// SPDX-License-Identifier: Apache-2.0
#include "emit_config.h"

#include <slicefit/alloc.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool sf_emit_has_mig(const struct sf_node_plan *node)
{
	for (uint8_t g = 0; g < node->n_gpus; g++) {
		if (node->after[g].product->mig_capable) {
			return true;
		}
	}
	return false;
}

bool sf_emit_same_gpu(const struct sf_gpu_spec *a, const struct sf_gpu_spec *b)
{
	struct sf_mig_geometry left, right;
	if (a->product != b->product || a->mig != b->mig) {
		return false;
	}
	sf_mig_geometry_of(&a->layout, &left);
	sf_mig_geometry_of(&b->layout, &right);
	return memcmp(&left, &right, sizeof(left)) == 0;
}

static bool same_layout(const struct sf_node_plan *a, const struct sf_node_plan *b)
{
	if (a->n_gpus != b->n_gpus) {
		return false;
	}
	for (uint8_t g = 0; g < a->n_gpus; g++) {
		if (!sf_emit_same_gpu(&a->after[g], &b->after[g])) {
			return false;
		}
	}
	return true;
}

static bool name_taken(const struct sf_emit_configs *configs, const char *name)
{
	for (size_t i = 0; i < configs->n_mig; i++) {
		if (strcmp(configs->mig[i].name, name) == 0) {
			return true;
		}
	}
	return false;
}

/*
 * The name that NVIDIA's default-mig-parted-config uses for the same thing, where there is one:
 * all-disabled, or all-<profile> when every GPU carries the most instances of one profile. Returns
 * false for other layouts.
 */
static bool usual_name(const struct sf_node_plan *node, char *out, size_t cap)
{
	const struct sf_gpu_spec *first = &node->after[0];
	for (uint8_t g = 1; g < node->n_gpus; g++) {
		if (!sf_emit_same_gpu(first, &node->after[g])) {
			return false;
		}
	}
	if (!first->mig) {
		snprintf(out, cap, "all-disabled");
		return true;
	}
	uint8_t index = first->layout.instance[0].profile;
	const struct sf_profile *profile = &first->product->profile[index];
	struct sf_mig_geometry geometry;
	sf_mig_geometry_of(&first->layout, &geometry);
	if (first->layout.n == 0 || geometry.count[index] != first->layout.n ||
	    first->layout.n != profile->max) {
		return false;
	}
	char spelled[SF_NAME_MAX];
	sf_profile_resource_name(profile, spelled);
	snprintf(out, cap, "all-%.40s", spelled);
	return true;
}

static size_t add_mig(struct sf_emit_configs *configs, const struct sf_node_plan *node)
{
	for (size_t i = 0; i < configs->n_mig; i++) {
		if (same_layout(configs->mig[i].node, node)) {
			return i;
		}
	}
	struct sf_mig_config *config = &configs->mig[configs->n_mig];
	char name[SF_NAME_MAX];
	if (!usual_name(node, name, sizeof(name)) || name_taken(configs, name)) {
		snprintf(name, sizeof(name), "slicefit-%zu", configs->n_mig + 1);
	}
	memcpy(config->name, name, sizeof(name));
	config->node = node;
	return configs->n_mig++;
}

/* A node that shares already keeps its mode and its resource names; a newly shared one renames, so
 * that no pod that wants a whole GPU is given a replica by a scheduler that only knows names. */
static struct sf_share_config share_of(const struct sf_node_plan *plan,
                                       const struct sf_cluster *before)
{
	struct sf_share_config share = {
		.mode = SF_SHARING_NONE,
		.strategy = plan->strategy,
		.replicas = plan->replicas > 1 ? plan->replicas : 1,
	};
	if (share.replicas == 1) {
		snprintf(share.name, sizeof(share.name), "no-sharing");
	} else {
		const struct sf_node *node = sf_cluster_node(before, plan->node);
		bool shared_before = plan->replicas_before > 1;
		bool mps = shared_before && node->sharing_mode == SF_SHARING_MPS;
		share.mode = mps ? SF_SHARING_MPS : SF_SHARING_TIME_SLICING;
		share.rename = !shared_before || sf_node_count(node, SF_RES_GPU_SHARED) != NULL;
		snprintf(share.name, sizeof(share.name), "%s-%u%s", mps ? "mps" : "time-slicing",
		         share.replicas, share.rename ? "-renamed" : "");
	}
	if (share.strategy != SF_STRATEGY_MIXED) {
		size_t len = strlen(share.name);
		snprintf(share.name + len, sizeof(share.name) - len, "-%s",
		         sf_strategy_name(share.strategy));
	}
	return share;
}

static size_t add_share(struct sf_emit_configs *configs, const struct sf_share_config *share)
{
	for (size_t i = 0; i < configs->n_share; i++) {
		if (strcmp(configs->share[i].name, share->name) == 0) {
			return i;
		}
	}
	configs->share[configs->n_share] = *share;
	return configs->n_share++;
}

void sf_emit_configs_init(struct sf_emit_configs *configs, const struct sf_plan *plan,
                          const struct sf_cluster *before)
{
	*configs = (struct sf_emit_configs){
		.mig = sf_xcalloc(plan->n_nodes, sizeof(*configs->mig)),
		.share = sf_xcalloc(plan->n_nodes, sizeof(*configs->share)),
		.node_mig = sf_xcalloc(plan->n_nodes, sizeof(*configs->node_mig)),
		.node_share = sf_xcalloc(plan->n_nodes, sizeof(*configs->node_share)),
	};
	for (size_t i = 0; i < plan->n_nodes; i++) {
		const struct sf_node_plan *node = &plan->node[i];
		configs->node_mig[i] = sf_emit_has_mig(node) ? add_mig(configs, node) : SIZE_MAX;
		if (before != NULL) {
			struct sf_share_config share = share_of(node, before);
			configs->node_share[i] = add_share(configs, &share);
		}
	}
}

void sf_emit_configs_finish(struct sf_emit_configs *configs)
{
	free(configs->mig);
	free(configs->share);
	free(configs->node_mig);
	free(configs->node_share);
	*configs = (struct sf_emit_configs){0};
}
