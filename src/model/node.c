/* node: look-ups on one node. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/node.h>

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

static int64_t gpu_used_milli(const struct sf_node *node, const struct sf_gpu *gpu)
{
	int64_t slices = 0; /* milli memory slices */

	if (sf_node_gpu_is_whole(node, gpu)) {
		const struct sf_device *device = &gpu->device[0];

		return device->replicas == 0 ? 0 : 1000 * (int64_t)device->used / device->replicas;
	}
	for (uint8_t i = 0; i < gpu->layout.n; i++) {
		const struct sf_mig_instance *instance = &gpu->layout.instance[i];
		const struct sf_device *device = &gpu->device[instance->start];
		const int64_t size = gpu->product->profile[instance->profile].size;

		slices += 1000 * size * device->used / device->replicas;
	}
	return gpu->layout.n == 0 ? 0 : slices / gpu->product->units;
}

int64_t sf_node_used_milli(const struct sf_node *node)
{
	int64_t milli = 0;

	if (node->by_counts) {
		for (uint8_t i = 0; i < node->n_counts; i++) {
			milli += (int64_t)node->count[i].used * node->count[i].milli;
		}
		return milli < sf_node_total_milli(node) ? milli : sf_node_total_milli(node);
	}
	for (uint8_t i = 0; i < node->n_gpus; i++) {
		milli += gpu_used_milli(node, &node->gpu[i]);
	}
	return milli;
}
