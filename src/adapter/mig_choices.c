/* mig_choices: the MIG configurations that a node can be labelled with, by name. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/mig_choices.h>

#include <slicefit/alloc.h>
#include <slicefit/arena.h>
#include <slicefit/cluster.h>
#include <slicefit/mig_parted.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char all[] = "all-", disabled[] = "all-disabled", balanced[] = "all-balanced";

/* Names that grow; false when the arena is full. */
static bool add(struct sf_mig_choices *out, size_t *cap, const char *name, struct sf_arena *arena)
{
	for (size_t i = 0; i < out->n; i++) {
		if (strcmp(out->name[i], name) == 0) {
			return true;
		}
	}
	out->name = sf_xgrow(out->name, cap, out->n + 1, sizeof(*out->name));
	out->name[out->n] = sf_arena_strdup(arena, name);
	return out->name[out->n++] != NULL;
}

static bool add_product(struct sf_mig_choices *out, size_t *cap, const struct sf_product *product,
                        struct sf_arena *arena)
{
	bool room = true;
	if (product == NULL || !product->mig_capable || !product->placeable) {
		return true;
	}
	for (int i = 0; i < product->n_profiles && room; i++) {
		char spelled[SF_NAME_MAX], name[2 * SF_NAME_MAX];
		sf_profile_resource_name(&product->profile[i], spelled);
		snprintf(name, sizeof(name), "%s%s", all, spelled);
		room = add(out, cap, name, arena);
	}
	return room && add(out, cap, balanced, arena) && add(out, cap, disabled, arena);
}

/* The list goes from the heap into the arena. */
static int keep(struct sf_mig_choices *out, bool room, struct sf_arena *arena)
{
	const char **name = sf_arena_array(arena, out->n + 1, sizeof(*name));
	if (name != NULL && out->n > 0) {
		memcpy(name, out->name, out->n * sizeof(*name));
	}
	free(out->name);
	out->name = name;
	return room && name != NULL ? 0 : -1;
}

int sf_mig_choices_usual(const struct sf_cluster *cluster, struct sf_arena *arena,
                         struct sf_mig_choices *out)
{
	size_t cap = 0;
	uint64_t seen = 0;
	uint32_t n = sf_cluster_nodes(cluster);
	bool room = true;
	*out = (struct sf_mig_choices){0};
	for (uint32_t i = 0; i < n && room; i++) {
		const struct sf_node *node = sf_cluster_node(cluster, i);
		if ((node->products & ~seen) == 0) {
			continue;
		}
		seen |= node->products;
		for (uint8_t g = 0; g < node->n_gpus && room; g++) {
			room = add_product(out, &cap, node->gpu[g].product, arena);
		}
	}
	return keep(out, room, arena);
}

int sf_mig_choices_of(const struct sf_mig_parted *parted, struct sf_arena *arena,
                      struct sf_mig_choices *out)
{
	size_t cap = 0;
	bool room = true;
	*out = (struct sf_mig_choices){.parted = parted};
	for (size_t i = 0; i < parted->n && room; i++) {
		room = add(out, &cap, parted->config[i].name, arena);
	}
	return keep(out, room, arena);
}

/* The plain profile with so many compute slices and the least memory, or -1. */
static int plain_profile(const struct sf_product *product, int g)
{
	int best = -1;
	for (int i = 0; i < product->n_profiles; i++) {
		const struct sf_profile *profile = &product->profile[i];
		if (profile->g == g && sf_profile_is_plain(profile) &&
		    (best < 0 || profile->size < product->profile[best].size)) {
			best = i;
		}
	}
	return best;
}

/* 2 of one slice, 1 of two and 1 of three; on GPUs with four slices without the last. */
static bool set_balanced(const struct sf_product *product, struct sf_mig_geometry *out)
{
	static const struct {
		int g;
		uint8_t count;
	} part[] = {{1, 2}, {2, 1}, {3, 1}};
	int parts = product->compute_slices < 7 ? 2 : 3;
	for (int i = 0; i < parts; i++) {
		int profile = plain_profile(product, part[i].g);
		if (profile < 0) {
			return false;
		}
		out->count[profile] = part[i].count;
	}
	return true;
}

/* What the name stands for on this GPU. */
static bool set_usual(const struct sf_product *product, const char *name,
                      struct sf_mig_geometry *out)
{
	if (strcmp(name, balanced) == 0) {
		return set_balanced(product, out);
	}
	int profile = sf_product_profile(product, name + strlen(all));
	if (profile < 0) {
		return false;
	}
	out->count[profile] = product->profile[profile].max;
	return true;
}

static bool apply_usual(const char *name, struct sf_gpu_spec *gpu, uint8_t n)
{
	bool off = strcmp(name, disabled) == 0, any = false;
	for (uint8_t i = 0; i < n; i++) {
		struct sf_mig_geometry geometry = {{0}};
		if (!gpu[i].product->mig_capable) {
			continue; /* mig-parted passes it over */
		}
		gpu[i].mig = !off;
		gpu[i].layout = (struct sf_mig_layout){0};
		if (!off && (!set_usual(gpu[i].product, name, &geometry) ||
		             !sf_mig_pack(gpu[i].product, &geometry, &gpu[i].layout))) {
			return false;
		}
		any = true;
	}
	return any;
}

bool sf_mig_choices_apply(const void *ctx, size_t i, struct sf_gpu_spec *gpu, uint8_t n)
{
	const struct sf_mig_choices *choices = ctx;
	if (choices->parted == NULL) {
		return apply_usual(choices->name[i], gpu, n);
	}
	const struct sf_mig_config *config = sf_mig_parted_find(choices->parted, choices->name[i]);
	return sf_mig_config_apply(config, gpu, n, NULL, NULL) == 0;
}
