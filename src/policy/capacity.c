/* capacity: what a placement leaves on a node; shared by the scores of the policies. */
// SPDX-License-Identifier: Apache-2.0
#include "capacity.h"

#include <string.h>

enum kind { KIND_WHOLE = 1, KIND_SHARED = 2, KIND_MIG = 4 };

/* Digits of the shape loss: profiles counted, and bits of each. */
enum { LOSS_DIGITS = 7, LOSS_DIGIT_BITS = 4, LOSS_DIGIT_MAX = 15 };

static unsigned kind_of_count(const struct sf_node *node, uint16_t resource)
{
	if (!sf_resource_is_gpu(resource)) {
		return KIND_MIG;
	}
	return resource == SF_RES_GPU_SHARED || sf_node_shared(node, resource) ? KIND_SHARED
	                                                                       : KIND_WHOLE;
}

static unsigned kind_of_gpu(const struct sf_node *node, const struct sf_gpu *gpu)
{
	if (gpu->mig && (node->dynamic || !sf_node_gpu_is_whole(node, gpu))) {
		return KIND_MIG;
	}
	return gpu->device[0].replicas > 1 ? KIND_SHARED : KIND_WHOLE;
}

/* Milli-GPUs of `replicas` replicas of the device at `unit`. */
static int64_t device_milli(const struct sf_node *node, const struct sf_gpu *gpu, int unit,
                            int64_t replicas)
{
	const struct sf_device *device = &gpu->device[unit];
	if (device->replicas == 0) {
		return 0;
	}
	if (sf_node_gpu_is_whole(node, gpu)) {
		return 1000 * replicas / device->replicas;
	}
	int64_t size = gpu->product->profile[device->profile].size;
	return 1000 * size * replicas / (gpu->product->units * (int64_t)device->replicas);
}

int64_t sf_capacity_held_milli(const struct sf_node *node, const struct sf_held *held)
{
	if (held->gpu == SF_GPU_NONE) {
		const struct sf_count *count = sf_node_count(node, held->resource);
		return count ? count->milli * (int64_t)held->replicas : 0;
	}
	const struct sf_gpu *gpu = &node->gpu[held->gpu];
	if (held->create) {
		return 1000 * gpu->product->profile[held->profile].size / gpu->product->units;
	}
	return device_milli(node, gpu, held->device, held->replicas);
}

int64_t sf_capacity_gpu_free(const struct sf_node *node, const struct sf_gpu *gpu)
{
	if (node->dynamic && gpu->mig && gpu->layout.n > 0) {
		int used = __builtin_popcount(sf_mig_units(gpu->product, &gpu->layout));
		return 1000 * (gpu->product->units - used) / gpu->product->units;
	}
	int64_t free = 0;
	for (int unit = 0; unit < SF_UNITS_MAX; unit++) {
		const struct sf_device *device = &gpu->device[unit];
		if (device->resource != SF_RES_NONE && device->used < device->replicas) {
			free += device_milli(node, gpu, unit, device->replicas - device->used);
		}
	}
	return free;
}

static int64_t free_of_kinds(const struct sf_node *node, unsigned kinds)
{
	int64_t free = 0;
	if (node->by_counts) {
		for (uint8_t i = 0; i < node->n_counts; i++) {
			const struct sf_count *count = &node->count[i];
			if ((kind_of_count(node, count->resource) & kinds) &&
			    count->used < count->total) {
				free += count->milli * (int64_t)(count->total - count->used);
			}
		}
		return free;
	}
	for (uint8_t i = 0; i < node->n_gpus; i++) {
		if (kind_of_gpu(node, &node->gpu[i]) & kinds) {
			free += sf_capacity_gpu_free(node, &node->gpu[i]);
		}
	}
	return free;
}

/* Is profile `a` lost with more regret than `b`: more compute, then more memory? */
static bool dearer(const struct sf_profile *a, const struct sf_profile *b)
{
	return a->g != b->g ? a->g > b->g : a->size > b->size;
}

/* The plain profiles, dearest first; returns how many (at most LOSS_DIGITS). */
static int dearest_profiles(const struct sf_product *product, uint8_t out[LOSS_DIGITS])
{
	int n = 0;
	for (uint8_t p = 0; p < product->n_profiles; p++) {
		if (!sf_profile_is_plain(&product->profile[p]) ||
		    product->profile[p].n_starts == 0) {
			continue;
		}
		int at = n;
		while (at > 0 && dearer(&product->profile[p], &product->profile[out[at - 1]])) {
			at--;
		}
		if (at == LOSS_DIGITS) {
			continue;
		}
		n += n < LOSS_DIGITS;
		memmove(out + at + 1, out + at, (size_t)(n - 1 - at));
		out[at] = p;
	}
	return n;
}

/* Adds what the step from one layout to the other costs; `full`: nothing is left after it. */
static void add_loss(const struct sf_gpu *gpu, const struct sf_mig_layout *after, bool full,
                     int64_t digit[LOSS_DIGITS])
{
	uint8_t profile[LOSS_DIGITS];
	int n = dearest_profiles(gpu->product, profile);
	for (int i = 0; i < n; i++) {
		int before = sf_mig_capacity(gpu->product, &gpu->layout, profile[i]);
		int left = full ? 0 : sf_mig_capacity(gpu->product, after, profile[i]);
		digit[i] += before - left;
	}
}

/*
 * Preserve the largest profile: how many instances of each profile, dearest first, can no longer be
 * placed after the grant; one number whose order is the lexicographic order of those counts.
 */
static int64_t shape_loss(const struct sf_node *node, const struct sf_grant *grant)
{
	int64_t digit[LOSS_DIGITS] = {0};
	for (uint8_t g = 0; g < node->n_gpus; g++) {
		const struct sf_gpu *gpu = &node->gpu[g];
		struct sf_mig_layout after = gpu->layout;
		bool full = false;
		bool touched = false;
		for (uint8_t i = 0; i < grant->n; i++) {
			const struct sf_held *held = &grant->held[i];
			if (held->gpu != g || !gpu->mig) {
				continue;
			}
			touched = true;
			if (held->create) {
				sf_mig_add(&after, held->profile, held->device);
			} else {
				full = true;
			}
		}
		if (touched) {
			add_loss(gpu, &after, full, digit);
		}
	}
	int64_t loss = 0;
	for (int i = 0; i < LOSS_DIGITS; i++) {
		int64_t d = digit[i] < LOSS_DIGIT_MAX ? digit[i] : LOSS_DIGIT_MAX;
		loss = (loss << LOSS_DIGIT_BITS) | d;
	}
	return loss;
}

/* Kinds that the grant takes of, and whether it takes a GPU that dynamic MIG could have cut. */
static unsigned kinds_of_grant(const struct sf_node *node, const struct sf_grant *grant,
                               bool *displaces)
{
	unsigned kinds = 0;
	*displaces = false;
	for (uint8_t i = 0; i < grant->n; i++) {
		const struct sf_held *held = &grant->held[i];
		if (held->gpu == SF_GPU_NONE) {
			kinds |= kind_of_count(node, held->resource);
			continue;
		}
		const struct sf_gpu *gpu = &node->gpu[held->gpu];
		kinds |= kind_of_gpu(node, gpu);
		*displaces |= node->dynamic && gpu->mig && !held->create;
	}
	return kinds ? kinds : (unsigned)(KIND_WHOLE | KIND_SHARED | KIND_MIG);
}

static int64_t cpu_permille(int64_t cpu_milli, int64_t free)
{
	return free > 0 ? 1000 * free / cpu_milli : 0;
}

struct sf_capacity sf_capacity_after(const struct sf_cluster *cluster, uint32_t node_index,
                                     const struct sf_request *request, const struct sf_grant *grant)
{
	const struct sf_node *node = sf_cluster_node(cluster, node_index);
	struct sf_capacity out = {0};
	unsigned kinds = kinds_of_grant(node, grant, &out.displaces);
	int64_t taken = 0;
	for (uint8_t i = 0; i < grant->n; i++) {
		taken += sf_capacity_held_milli(node, &grant->held[i]);
	}
	int64_t left = free_of_kinds(node, kinds) - taken;
	/* Thirds of a GPU round down, so the difference of two sums may fall below zero. */
	out.kind_milli = left > 0 ? left : 0;
	out.used_milli = sf_node_used_milli(node) + taken;
	out.shape_loss = node->dynamic ? shape_loss(node, grant) : 0;
	if (node->cpu_milli > 0) {
		int64_t cpu = node->cpu_milli - node->cpu_used_milli - request->cpu_milli;
		out.cpu_permille = cpu_permille(node->cpu_milli, cpu);
	}
	return out;
}

struct sf_capacity sf_capacity_after_row(const struct sf_row *row, const struct sf_ask *ask)
{
	struct sf_capacity out = {
		.kind_milli = row->milli - ask->milli,
		.used_milli = 1000 * (int64_t)row->n_gpus - row->milli + ask->milli,
	};
	if (row->cpu_milli > 0) {
		out.cpu_permille =
			cpu_permille(row->cpu_milli, row->cpu_free - ask->request.cpu_milli);
	}
	return out;
}
