/* plan_layout_node: the layout of one node, as it is and rebuilt. */
// SPDX-License-Identifier: Apache-2.0
#include "plan_layout_impl.h"

#include "plan_alike.h"

#include <slicefit/alloc.h>

#include <stdlib.h>
#include <string.h>

/* One node being laid out. */
struct work {
	const struct plan_class *class;
	const struct plan_mode *mode;
	const struct sf_node_spec *now;
	struct sf_node_plan *node;
	uint16_t *left; /* per role: GPUs still to be found */
	bool done[SF_GPUS_MAX];
};

static bool of_product(const struct work *w, uint8_t g, const struct plan_role *role)
{
	return !w->done[g] && w->now->gpu[g].product == w->class->product[role->product];
}

/* GPUs that are cut as a role needs them stay as they are. */
static void keep_equal(struct work *w)
{
	for (size_t r = 0; r < w->mode->n_roles; r++) {
		const struct plan_role *role = &w->mode->role[r];

		for (uint8_t g = 0; role->mig && w->left[r] && g < w->now->n_gpus; g++) {
			struct sf_mig_geometry geometry;

			sf_mig_geometry_of(&w->now->gpu[g].layout, &geometry);
			if (of_product(w, g, role) && w->now->gpu[g].mig &&
			    memcmp(&geometry, &role->geometry, sizeof geometry) == 0) {
				w->done[g] = true;
				w->left[r]--;
			}
		}
	}
}

static void give_role(struct work *w, uint8_t g, const struct plan_role *role)
{
	struct sf_gpu_spec *gpu = &w->node->after[g];

	memset(&gpu->layout, 0, sizeof gpu->layout);
	gpu->mig = role->mig;
	if (role->mig && !w->now->dynamic) {
		sf_mig_pack(gpu->product, &role->geometry, &gpu->layout);
	}
	w->done[g] = true;
}

/* Finds GPUs for the roles that are (not) MIG: first those in the right mode, then any. */
static void give_roles(struct work *w, bool mig)
{
	for (int any = 0; any < 2; any++) {
		for (size_t r = 0; r < w->mode->n_roles; r++) {
			const struct plan_role *role = &w->mode->role[r];

			for (uint8_t g = 0; role->mig == mig && w->left[r] && g < w->now->n_gpus;
			     g++) {
				if (of_product(w, g, role) && (any || w->now->gpu[g].mig == mig)) {
					give_role(w, g, role);
					w->left[r]--;
				}
			}
		}
	}
}

/* Is there a GPU of the node in MIG mode, or out of it? */
static bool any_gpu(const struct sf_node_plan *node, bool mig)
{
	for (uint8_t g = 0; g < node->n_gpus; g++) {
		if (node->after[g].mig == mig) {
			return true;
		}
	}
	return false;
}

/* GPUs without a role stay as they are, unless their MIG mode rules the node's sharing out. */
static void idle(struct work *w)
{
	bool clash = w->mode->replicas > 1 &&
	             (w->now->dynamic ||
	              (w->now->sharing.mode == SF_SHARING_MPS && w->node->replicas_before > 1));

	for (uint8_t g = 0; g < w->now->n_gpus; g++) {
		if (!w->done[g] && w->now->gpu[g].mig && clash) {
			w->node->after[g].mig = false;
			memset(&w->node->after[g].layout, 0, sizeof w->node->after[g].layout);
		}
	}
}

/* Does the plugin share instances? A rebuilt node's does not. */
static bool shares_instances(const struct sf_sharing *sharing)
{
	for (uint8_t i = 0; i < sharing->n; i++) {
		if (strstr(sharing->resource[i].name, "mig-")) {
			return true;
		}
	}
	return false;
}

void plan_layout_start(const struct plan_mode *today, struct sf_node_plan *node)
{
	const struct sf_node_spec *now = &today->pool->node;

	node->n_gpus = now->n_gpus;
	node->replicas = node->replicas_before = today->replicas;
	node->strategy = now->strategy;
	memcpy(node->before, now->gpu, sizeof node->before);
	memcpy(node->after, now->gpu, sizeof node->after);
}

/* As many replicas as its fullest GPU has pods: the plugin has one number for the node. */
static uint16_t replicas_of(const struct plan_mode *mode, const struct plan_pattern *pattern)
{
	uint16_t most = SF_REPLICAS_MIN;

	for (size_t r = 0; r < mode->n_roles; r++) {
		uint16_t pods = pattern->roles[r] ? mode->role[r].pods : 0;

		most = pods > most ? pods : most;
	}
	return mode->packed ? most : mode->replicas;
}

void plan_layout_rebuild(const struct plan_class *class, const struct plan_mode *today,
                         const struct plan_pattern *pattern, struct sf_node_plan *node)
{
	struct work w = {.class = class,
	                 .mode = &class->mode[pattern->mode],
	                 .now = &today->pool->node,
	                 .node = node};

	w.left = sf_xcalloc(w.mode->n_roles + 1, sizeof *w.left);
	memcpy(w.left, pattern->roles, w.mode->n_roles * sizeof *w.left);
	keep_equal(&w);
	give_roles(&w, true);
	give_roles(&w, false);
	idle(&w);
	free(w.left);
	node->drained = today->run != NULL;
	node->replicas = any_gpu(node, false) ? replicas_of(w.mode, pattern) : 1;
	if (any_gpu(node, true)) {
		node->strategy = SF_STRATEGY_MIXED;
	}
	node->changed = node->replicas != node->replicas_before ||
	                node->strategy != w.now->strategy || shares_instances(&w.now->sharing);
	for (uint8_t g = 0; g < node->n_gpus; g++) {
		node->changed |= !plan_same_gpu(&node->before[g], &node->after[g]);
	}
}
