/* emit_config: the distinct MIG configurations of a plan's nodes, with names that are legal label
 * values; and which node has which. */
// SPDX-License-Identifier: Apache-2.0
#include "emit_config.h"

#include <slicefit/alloc.h>
#include <slicefit/mig_parted.h>
#include <slicefit/product.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_capable(const struct sf_node_plan *node)
{
	for (uint8_t g = 0; g < node->n_gpus; g++) {
		if (node->after[g].product && node->after[g].product->mig_capable) {
			return true;
		}
	}
	return false;
}

bool sf_emit_skips(const struct sf_node_plan *node)
{
	return node->n_gpus == 0;
}

bool sf_emit_changes(const struct sf_node_plan *node)
{
	return node->changed || node->bought;
}

bool sf_emit_in_mig_mode(const struct sf_node_plan *node)
{
	for (uint8_t g = 0; g < node->n_gpus; g++) {
		if (node->after[g].mig) {
			return true;
		}
	}
	return false;
}

/* A node whose GPUs wait in MIG mode for instances that something else creates (dynamic MIG): a
 * label would make mig-manager take them away. */
static bool is_left_alone(const struct sf_node_plan *node)
{
	bool empty = false;
	for (uint8_t g = 0; g < node->n_gpus; g++) {
		if (node->after[g].layout.n > 0) {
			return false;
		}
		empty = empty || node->after[g].mig;
	}
	return empty && !node->changed;
}

/* Places one more instance after the other where the driver would, trying every order. */
static bool reach(const struct sf_product *product, struct sf_mig_geometry *left,
                  struct sf_mig_layout *layout)
{
	bool done = true;
	for (int p = 0; p < product->n_profiles; p++) {
		if (left->count[p] == 0) {
			continue;
		}
		done = false;
		int start = sf_mig_next_start(product, layout, p);
		if (start < 0) {
			return false;
		}
		sf_mig_add(layout, p, start);
		left->count[p]--;
		bool reached = reach(product, left, layout);
		left->count[p]++;
		sf_mig_remove(layout, start);
		if (reached) {
			return true;
		}
	}
	return done;
}

bool sf_emit_reachable(const struct sf_emit_mig *config)
{
	for (uint8_t g = 0; g < config->n_gpus; g++) {
		struct sf_mig_layout layout = {0};
		struct sf_mig_geometry geometry;
		sf_mig_geometry_of(&config->gpu[g].layout, &geometry);
		if (!config->gpu[g].product->placeable) {
			continue; /* not of the plan's making */
		}
		if (!reach(config->gpu[g].product, &geometry, &layout)) {
			return false;
		}
	}
	return true;
}

static uint8_t count_of(const struct sf_gpu_spec *gpu, const struct sf_mig_geometry *geometry,
                        const char *profile)
{
	int p = sf_product_profile(gpu->product, profile);
	return p >= 0 ? geometry->count[p] : 0;
}

/* Does mig-parted read the same for both: the mode, and names and counts of the instances? Products
 * may differ. */
static bool reads_alike(const struct sf_gpu_spec *a, const struct sf_gpu_spec *b)
{
	struct sf_mig_geometry left, right;
	if (a->mig != b->mig || a->layout.n != b->layout.n) {
		return false;
	}
	if (a->layout.n == 0) {
		return true;
	}
	sf_mig_geometry_of(&a->layout, &left);
	sf_mig_geometry_of(&b->layout, &right);
	for (int p = 0; p < a->product->n_profiles; p++) {
		if (left.count[p] > 0 &&
		    count_of(b, &right, a->product->profile[p].name) != left.count[p]) {
			return false;
		}
	}
	return true;
}

static bool is_uniform(const struct sf_gpu_spec *gpu, uint8_t n)
{
	for (uint8_t g = 1; g < n; g++) {
		if (!reads_alike(&gpu[0], &gpu[g])) {
			return false;
		}
	}
	return true;
}

/* A uniform configuration (`devices: all`) suits any number of GPUs. */
static bool same_layout(const struct sf_emit_mig *a, const struct sf_gpu_spec *gpu, uint8_t n)
{
	if (a->n_gpus != n) {
		return false;
	}
	for (uint8_t g = 0; g < n; g++) {
		if (!reads_alike(&a->gpu[g], &gpu[g])) {
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
static bool usual_name(const struct sf_gpu_spec *gpu, uint8_t n, char *out, size_t cap)
{
	const struct sf_gpu_spec *first = &gpu[0];
	if (n != 1) {
		return false;
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

/* FNV-1a, 32 bit (Fowler, Noll, Vo). */
static uint32_t add_hash(uint32_t hash, const char *text)
{
	for (; *text != '\0'; text++) {
		hash = (hash ^ (unsigned char)*text) * UINT32_C(0x01000193);
	}
	return (hash ^ '\n') * UINT32_C(0x01000193);
}

/*
 * A name made of what it says: another plan gives the same layout the same name, and no other layout.
 * mig-manager goes by the label's value, so that a name with a new meaning would be overlooked on one
 * node, and on another be carried out under its pods when mig-manager starts again.
 */
static void own_name(const struct sf_gpu_spec *gpu, uint8_t n, char *out, size_t cap)
{
	uint32_t hash = UINT32_C(0x811c9dc5);
	for (uint8_t g = 0; g < n; g++) {
		struct sf_mig_geometry geometry;
		sf_mig_geometry_of(&gpu[g].layout, &geometry);
		hash = add_hash(hash, gpu[g].product->name);
		hash = add_hash(hash, gpu[g].mig ? "mig" : "whole");
		for (int p = 0; gpu[g].mig && p < gpu[g].product->n_profiles; p++) {
			char spelled[SF_NAME_MAX], text[SF_NAME_MAX + 16];
			sf_profile_resource_name(&gpu[g].product->profile[p], spelled);
			snprintf(text, sizeof(text), "%s %u", spelled, (unsigned)geometry.count[p]);
			hash = geometry.count[p] > 0 ? add_hash(hash, text) : hash;
		}
	}
	snprintf(out, cap, "slicefit-%08x", (unsigned)hash);
}

static size_t add_mig(struct sf_emit_configs *configs, const struct sf_gpu_spec *gpu, uint8_t n,
                      bool planned)
{
	n = is_uniform(gpu, n) ? 1 : n;
	for (size_t i = 0; i < configs->n_mig; i++) {
		if (same_layout(&configs->mig[i], gpu, n)) {
			configs->mig[i].planned |= planned;
			return i;
		}
	}
	struct sf_emit_mig *config = &configs->mig[configs->n_mig];
	char name[SF_NAME_MAX];
	if (!usual_name(gpu, n, name, sizeof(name)) || name_taken(configs, name)) {
		own_name(gpu, n, name, sizeof(name));
	}
	memcpy(config->name, name, sizeof(name));
	config->gpu = gpu;
	config->n_gpus = n;
	config->planned = planned;
	return configs->n_mig++;
}

/* What node `i` has now, as far as it changes. */
static void add_before(struct sf_emit_configs *configs, const struct sf_plan *plan, size_t i,
                       const struct sf_cluster *before)
{
	const struct sf_node_plan *node = &plan->node[i];
	configs->node_mig_before[i] = configs->node_mig[i];
	configs->node_share_before[i] = configs->node_share[i];
	if (node->bought) {
		configs->node_mig_before[i] = configs->node_share_before[i] = SIZE_MAX;
	} else if (node->changed) {
		if (configs->node_mig[i] != SIZE_MAX) {
			configs->node_mig_before[i] =
				add_mig(configs, node->before, node->n_gpus, false);
		}
		if (before != NULL) {
			configs->node_share_before[i] = sf_emit_share_before(configs, node, before);
		}
	}
}

void sf_emit_configs_init(struct sf_emit_configs *configs, const struct sf_plan *plan,
                          const struct sf_cluster *before)
{
	*configs = (struct sf_emit_configs){
		.mig = sf_xcalloc(2 * plan->n_nodes + 1, sizeof(*configs->mig)),
		.share = sf_xcalloc(2 * plan->n_nodes + 2, sizeof(*configs->share)),
		.node_mig = sf_xcalloc(plan->n_nodes + 1, sizeof(*configs->node_mig)),
		.node_share = sf_xcalloc(plan->n_nodes + 1, sizeof(*configs->node_share)),
		.node_mig_before = sf_xcalloc(plan->n_nodes + 1, sizeof(*configs->node_mig)),
		.node_share_before = sf_xcalloc(plan->n_nodes + 1, sizeof(*configs->node_share)),
	};
	for (size_t i = 0; i < plan->n_nodes; i++) {
		const struct sf_node_plan *node = &plan->node[i];
		bool labelled = is_capable(node) && !is_left_alone(node);
		configs->node_mig[i] =
			labelled ? add_mig(configs, node->after, node->n_gpus, true) : SIZE_MAX;
		if (before != NULL) {
			configs->node_share[i] = sf_emit_share_after(configs, node, before);
		}
	}
	/* What is only needed for rolling back comes last. */
	for (size_t i = 0; i < plan->n_nodes; i++) {
		add_before(configs, plan, i, before);
	}
	struct sf_emit_share none = {.strategy = sf_emit_cluster_strategy(plan)};
	if (none.strategy == SF_STRATEGY_NONE) {
		none.strategy = SF_STRATEGY_MIXED; /* says the same without MIG */
	}
	configs->default_share = sf_emit_share_add(configs, &none);
}

void sf_emit_configs_finish(struct sf_emit_configs *configs)
{
	free(configs->mig);
	free(configs->share);
	free(configs->node_mig);
	free(configs->node_share);
	free(configs->node_mig_before);
	free(configs->node_share_before);
	*configs = (struct sf_emit_configs){0};
}

bool sf_emit_mig_changes(const struct sf_emit_configs *configs, size_t node)
{
	return configs->node_mig[node] != configs->node_mig_before[node];
}

enum sf_strategy sf_emit_cluster_strategy(const struct sf_plan *plan)
{
	bool used[SF_STRATEGY_MIXED + 1] = {false};
	for (size_t i = 0; i < plan->n_nodes; i++) {
		used[plan->node[i].strategy] |= sf_emit_in_mig_mode(&plan->node[i]);
	}
	for (int i = SF_STRATEGY_MIXED; i > SF_STRATEGY_NONE; i--) {
		if (used[i]) {
			return (enum sf_strategy)i;
		}
	}
	return SF_STRATEGY_NONE;
}
