/* node: look-ups on one node. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/node.h>

#include <slicefit/hash.h>

#include <string.h>

const struct sf_shared *sf_node_shared(const struct sf_node *node, uint16_t base)
{
	for (uint8_t i = 0; i < node->n_shared; i++) {
		if (node->shared[i].base == base) {
			return &node->shared[i];
		}
	}
	return NULL;
}

const char *const sf_mode_names[] = {
	[SF_MODE_WHOLE] = "whole",
	[SF_MODE_MIG] = "mig",
	[SF_MODE_SHARED] = "shared",
	NULL,
};

const char *sf_node_label(const struct sf_node *node, const char *key)
{
	size_t low = 0;
	size_t high = node->n_labels;

	while (low < high) {
		const size_t mid = low + (high - low) / 2;
		const int order = strcmp(key, node->label[mid].key);

		if (order == 0) {
			return node->label[mid].value;
		}
		if (order < 0) {
			high = mid;
		} else {
			low = mid + 1;
		}
	}
	return NULL;
}

const struct sf_count *sf_node_count(const struct sf_node *node, uint16_t resource)
{
	for (uint8_t i = 0; i < node->n_counts; i++) {
		if (node->count[i].resource == resource) {
			return &node->count[i];
		}
	}
	return NULL;
}

/* What is in use of a device that makes up `size`, rounded down; most devices are not shared. */
static int64_t held_of(const struct sf_device *device, int64_t size)
{
	if (device->replicas <= 1) {
		return device->used > 0 ? size : 0;
	}
	return size * device->used / device->replicas;
}

int64_t sf_gpu_count_used(const struct sf_node *node, const struct sf_gpu *gpu)
{
	int64_t slices = 0; /* milli memory slices */

	if (sf_node_gpu_is_whole(node, gpu)) {
		return held_of(&gpu->device[0], 1000);
	}
	for (uint8_t i = 0; i < gpu->layout.n; i++) {
		const struct sf_mig_instance *instance = &gpu->layout.instance[i];
		const int64_t size = gpu->product->profile[instance->profile].size;

		slices += held_of(&gpu->device[instance->start], 1000 * size);
	}
	return gpu->layout.n == 0 ? 0 : slices / gpu->product->units;
}

/* Adds a GPU of the node that is not cut; who has a fraction of it keeps no more than that busy. */
static void split_whole(const struct sf_node *node, const struct sf_gpu *gpu,
                        struct sf_node_split *out)
{
	const struct sf_device *device = &gpu->device[0];
	const bool mig = gpu->mig && node->dynamic;
	const bool shared = device->replicas > 1;
	const int64_t used = held_of(device, 1000);

	out->used[shared ? SF_MODE_SHARED : SF_MODE_WHOLE] += used;
	out->free[shared ? SF_MODE_SHARED : (mig ? SF_MODE_MIG : SF_MODE_WHOLE)] += 1000 - used;
	out->busy += device->used > 0 && !sf_node_is_fractional(node) ? 1000 : used;
	out->active += device->used > 0;
}

/* Adds a GPU with instances; what is rounded down for a mode goes to unshared MIG. */
static void split_instances(const struct sf_gpu *gpu, struct sf_node_split *out)
{
	const int64_t units = gpu->product->units;
	int64_t used = 0; /* milli memory slices, as the next three */
	int64_t used_shared = 0;
	int64_t free_shared = 0;
	int64_t busy = 0;

	for (uint8_t i = 0; i < gpu->layout.n; i++) {
		const struct sf_mig_instance *instance = &gpu->layout.instance[i];
		const struct sf_device *device = &gpu->device[instance->start];
		const int64_t size = 1000 * (int64_t)gpu->product->profile[instance->profile].size;
		const int64_t held = held_of(device, size);

		used += held;
		busy += device->used > 0 ? size : 0;
		if (device->replicas > 1) {
			used_shared += held;
			free_shared += size - held;
		}
	}
	if (used_shared + free_shared > 0) {
		used_shared /= units;
		free_shared /= units;
	}
	out->active += busy > 0;
	out->busy += busy / units;
	used /= units;
	out->used[SF_MODE_SHARED] += used_shared;
	out->used[SF_MODE_MIG] += used - used_shared;
	out->free[SF_MODE_SHARED] += free_shared;
	out->free[SF_MODE_MIG] += 1000 - used - free_shared;
}

static void split_counts(const struct sf_node *node, struct sf_node_split *out)
{
	int64_t left = sf_node_total_milli(node);

	for (uint8_t i = 0; i < node->n_counts; i++) {
		const struct sf_count *count = &node->count[i];
		const int64_t milli = (int64_t)count->used * count->milli;
		const int64_t used = milli < left ? milli : left;
		const bool whole = count->resource == SF_RES_GPU && count->milli == 1000;
		const bool gpu = sf_resource_is_gpu(count->resource);

		out->used[whole ? SF_MODE_WHOLE : (gpu ? SF_MODE_SHARED : SF_MODE_MIG)] += used;
		out->busy += used;
		left -= used;
	}
	out->free[SF_MODE_WHOLE] += left;
	out->active += (sf_node_total_milli(node) - left + 999) / 1000;
}

struct sf_node_split sf_node_split(const struct sf_node *node)
{
	struct sf_node_split out = {0};

	if (node->by_counts) {
		split_counts(node, &out);
		return out;
	}
	for (uint8_t i = 0; i < node->n_gpus; i++) {
		const struct sf_gpu *gpu = &node->gpu[i];

		if (!sf_node_gpu_is_whole(node, gpu)) {
			split_instances(gpu, &out);
		} else {
			split_whole(node, gpu, &out);
		}
	}
	return out;
}

int64_t sf_node_count_used(const struct sf_node *node)
{
	int64_t milli = 0;

	if (node->by_counts) {
		for (uint8_t i = 0; i < node->n_counts; i++) {
			milli += (int64_t)node->count[i].used * node->count[i].milli;
		}
		return milli < sf_node_total_milli(node) ? milli : sf_node_total_milli(node);
	}
	for (uint8_t i = 0; i < node->n_gpus; i++) {
		milli += sf_gpu_count_used(node, &node->gpu[i]);
	}
	return milli;
}

static uint64_t hash_gpus(uint64_t hash, const struct sf_node_spec *spec)
{
	for (uint8_t i = 0; i < spec->n_gpus; i++) {
		const struct sf_mig_layout *layout = &spec->gpu[i].layout;
		hash = sf_hash(hash, &spec->gpu[i].product, sizeof(spec->gpu[i].product));
		hash = sf_hash_mix(hash, (uint64_t)spec->gpu[i].mig << 8 | layout->n);
		hash = sf_hash(hash, layout->instance, layout->n * sizeof(layout->instance[0]));
	}
	return hash;
}

static uint64_t hash_sharing(uint64_t hash, const struct sf_sharing *sharing)
{
	hash = sf_hash_mix(hash, (uint64_t)sharing->mode << 16 | (uint64_t)sharing->rename << 9 |
	                                 (uint64_t)sharing->fail_above_1 << 8 | sharing->n);
	for (uint8_t i = 0; i < sharing->n; i++) {
		const struct sf_shared_resource *shared = &sharing->resource[i];
		hash = sf_hash(hash, shared->name, strlen(shared->name));
		hash = sf_hash_mix(hash, shared->replicas);
	}
	return hash;
}

uint64_t sf_node_spec_hash(const struct sf_node_spec *spec)
{
	uint64_t hash =
		sf_hash_mix(1, (uint64_t)spec->strategy << 16 | (uint64_t)spec->dynamic << 9 |
	                               (uint64_t)spec->by_counts << 8 | spec->n_gpus);
	hash = sf_hash_mix(hash, (uint64_t)spec->allocation);
	hash = hash_sharing(hash_gpus(hash, spec), &spec->sharing);
	hash = sf_hash_mix(hash, spec->pods_max);
	hash = sf_hash_mix(hash, (uint64_t)spec->cpu_milli);
	hash = sf_hash_mix(hash, (uint64_t)spec->memory_mib);
	for (uint8_t i = 0; i < spec->n_counts; i++) {
		hash = sf_hash(hash, spec->count[i].name, strlen(spec->count[i].name));
		hash = sf_hash_mix(hash, spec->count[i].total);
	}
	return hash;
}
