/*
 * emit_smi: a plan as nvidia-smi commands, for nodes without mig-manager. The numbers that `-cgi` takes are
 * the catalog's; the driver chooses placements by its own rule, so the order matters.
 */
// SPDX-License-Identifier: Apache-2.0
#include "emit_config.h"

#include <slicefit/alloc.h>
#include <slicefit/mig_parted.h>
#include <slicefit/str.h>

#include <stdlib.h>
#include <string.h>

/* In which order the driver is asked for instances. */
struct creation {
	size_t n;
	uint8_t profile[SF_INSTANCES_MAX];
};

/* Profiles by compute slices, then memory, the largest first: never fails for sets of plain profiles
 * without the double-memory one. */
static void largest_first(const struct sf_product *product, const struct sf_mig_geometry *geometry,
                          struct creation *out)
{
	struct sf_mig_geometry left = *geometry;
	out->n = 0;
	for (;;) {
		int best = -1;
		for (int p = 0; p < product->n_profiles; p++) {
			const struct sf_profile *profile = &product->profile[p];
			if (left.count[p] > 0 &&
			    (best < 0 || profile->g > product->profile[best].g ||
			     (profile->g == product->profile[best].g &&
			      profile->size > product->profile[best].size))) {
				best = p;
			}
		}
		if (best < 0) {
			return;
		}
		out->profile[out->n++] = (uint8_t)best;
		left.count[best]--;
	}
}

/* Some order that works, by trying all of them one instance at a time. */
static bool any_order(const struct sf_product *product, struct sf_mig_geometry *left,
                      struct sf_mig_layout *layout, struct creation *out)
{
	bool empty = true;
	for (int p = 0; p < product->n_profiles; p++) {
		if (left->count[p] == 0) {
			continue;
		}
		empty = false;
		int start = sf_mig_next_start(product, layout, p);
		if (start < 0) {
			return false;
		}
		sf_mig_add(layout, p, start);
		left->count[p]--;
		out->profile[out->n++] = (uint8_t)p;
		if (any_order(product, left, layout, out)) {
			return true;
		}
		out->n--;
		left->count[p]++;
		sf_mig_remove(layout, start);
	}
	return empty;
}

/* False when no order reaches the geometry; then the largest come first. */
static bool find_order(const struct sf_product *product, const struct sf_mig_geometry *geometry,
                       struct creation *out)
{
	struct sf_mig_geometry left = *geometry;
	struct sf_mig_layout layout = {0};
	largest_first(product, geometry, out);
	if (!product->placeable ||
	    sf_mig_create(product, &layout, out->profile, out->n) == out->n) {
		return true;
	}
	memset(&layout, 0, sizeof(layout));
	out->n = 0;
	if (any_order(product, &left, &layout, out)) {
		return true;
	}
	largest_first(product, geometry, out);
	return false;
}

static bool ids_known(const struct sf_product *product, const struct creation *creation)
{
	for (size_t i = 0; i < creation->n; i++) {
		if (product->profile[creation->profile[i]].id < 0) {
			return false;
		}
	}
	return true;
}

/* What is created, with the names of the profiles beside their numbers. */
static void write_creation(const struct sf_gpu_spec *gpu, unsigned index, struct sf_str *out)
{
	struct creation creation;
	struct sf_mig_geometry geometry;
	sf_mig_geometry_of(&gpu->layout, &geometry);
	bool reached = find_order(gpu->product, &geometry, &creation);
	bool known = ids_known(gpu->product, &creation);
	if (!reached) {
		sf_str_append(out, "\t# legal, but the driver's usual choice of placements reaches "
		                   "it in no order\n");
	}
	if (!known) {
		sf_str_append(out, "\t# numbers of these profiles are not public: by name\n");
	}
	sf_str_printf(out, "\tnvidia-smi mig -i %u -cgi ", index);
	for (size_t i = 0; i < creation.n; i++) {
		const struct sf_profile *profile = &gpu->product->profile[creation.profile[i]];
		sf_str_append(out, i > 0 ? "," : "");
		if (known) {
			sf_str_printf(out, "%d", profile->id);
		} else {
			sf_str_append(out, profile->name);
		}
	}
	sf_str_append(out, " -C #");
	for (size_t i = 0; i < creation.n; i++) {
		sf_str_printf(out, " %s", gpu->product->profile[creation.profile[i]].name);
	}
	sf_str_append(out, "\n");
}

/* MIG mode takes a reset of the GPU on Ampere; on later ones it takes effect at once (NVIDIA MIG user
 * guide, "Enable MIG Mode"). */
static void write_mode(const struct sf_gpu_spec *gpu, unsigned index, struct sf_str *out)
{
	sf_str_printf(out, "\tnvidia-smi -i %u -mig %d\n", index, gpu->mig);
	if (strcmp(gpu->product->arch, "ampere") == 0) {
		sf_str_printf(out, "\tnvidia-smi -i %u --gpu-reset\n", index);
	}
}

static void write_gpu(const struct sf_gpu_spec *before, const struct sf_gpu_spec *after,
                      unsigned index, struct sf_str *out)
{
	if (sf_mig_alike(before, after)) {
		return;
	}
	if (before->layout.n > 0) {
		sf_str_printf(out, "\tnvidia-smi mig -i %u -dci\n\tnvidia-smi mig -i %u -dgi\n",
		              index, index);
	}
	if (before->mig != after->mig) {
		write_mode(after, index, out);
	}
	if (after->layout.n > 0) {
		write_creation(after, index, out);
	}
}

static bool needs_commands(const struct sf_node_plan *node)
{
	for (uint8_t g = 0; node->changed && g < node->n_gpus; g++) {
		if (!sf_mig_alike(&node->before[g], &node->after[g])) {
			return true;
		}
	}
	return false;
}

static bool same_commands(const struct sf_node_plan *a, const struct sf_node_plan *b)
{
	if (a->n_gpus != b->n_gpus) {
		return false;
	}
	for (uint8_t g = 0; g < a->n_gpus; g++) {
		if (!sf_mig_alike(&a->before[g], &b->before[g]) ||
		    !sf_mig_alike(&a->after[g], &b->after[g])) {
			return false;
		}
	}
	return true;
}

/* One branch for all nodes that change alike, from the first of them on. */
static void write_branch(const struct sf_emit *emit, size_t first, bool *done, struct sf_str *out)
{
	const struct sf_plan *plan = emit->plan;
	const struct sf_node_plan *node = &plan->node[first];
	for (size_t i = first; i < plan->n_nodes; i++) {
		if (done[i] || !needs_commands(&plan->node[i]) ||
		    !same_commands(node, &plan->node[i])) {
			continue;
		}
		done[i] = true;
		sf_str_printf(out, "%s%s", i == first ? "" : "|",
		              sf_cluster_node(emit->before, plan->node[i].node)->name);
	}
	sf_str_append(out, ")\n");
	for (uint8_t g = 0; g < node->n_gpus; g++) {
		write_gpu(&node->before[g], &node->after[g], g, out);
	}
	sf_str_append(out, "\t;;\n");
}

int sf_emit_smi(const struct sf_emit *emit, struct sf_str *out, struct sf_error *err)
{
	const struct sf_plan *plan = emit->plan;
	bool *done = sf_xcalloc(plan->n_nodes + 1, sizeof(*done));
	bool any = false;
	(void)err;
	for (size_t i = 0; i < plan->n_nodes; i++) {
		if (done[i] || sf_emit_skips(&plan->node[i]) || !needs_commands(&plan->node[i])) {
			continue;
		}
		if (!any) {
			sf_str_append(
				out,
				"#!/bin/sh\n"
				"# The layouts of the plan where mig-manager does not run. On the "
				"node itself, drained, as\n"
				"# root, after all that uses its GPUs was stopped (device plugin, "
				"DCGM):\n"
				"#   sh nvidia-smi.sh NODE\n"
				"# Instances do not survive a reboot; from Hopper on, MIG mode "
				"does not either.\n"
				"set -eu\n"
				"case \"$1\" in\n");
			any = true;
		}
		write_branch(emit, i, done, out);
	}
	if (any) {
		sf_str_append(out, "*)\n\techo \"nothing to do for $1\" >&2\n\texit 2\n\t;;\nesac\n"
		                   "nvidia-smi mig -lgi || true\n");
	}
	free(done);
	return 0;
}
