/* scenario_counts: pools whose devices are counted, because nobody knows where they are. */
// SPDX-License-Identifier: Apache-2.0
#include "scenario_read.h"

#include <slicefit/error.h>

#include <stdio.h>
#include <string.h>

/* Does a GPU have instances at placements that nobody knows? */
static bool is_unplaced(const struct sf_gpu_spec *gpu)
{
	return gpu->layout.n > 0 && !gpu->product->placeable;
}

static void add(struct sf_node_spec *node, const char *name, uint32_t n)
{
	uint8_t i = 0;
	while (i < node->n_counts && strcmp(node->count[i].name, name) != 0) {
		i++;
	}
	if (i == node->n_counts) {
		snprintf(node->count[i].name, SF_NAME_MAX, "%.*s", SF_NAME_MAX - 1, name);
		node->n_counts++;
	}
	node->count[i].total += n;
}

/* What the device plugin advertises of one GPU. */
static void add_gpu(struct sf_node_spec *node, const struct sf_gpu_spec *gpu)
{
	char profile[SF_NAME_MAX];
	char name[2 * SF_NAME_MAX];

	if (!gpu->mig || node->strategy == SF_STRATEGY_NONE) {
		add(node, "nvidia.com/gpu", 1);
		return;
	}
	for (uint8_t i = 0; i < gpu->layout.n; i++) {
		sf_profile_resource_name(&gpu->product->profile[gpu->layout.instance[i].profile],
		                         profile);
		snprintf(name, sizeof(name), "nvidia.com/mig-%s", profile);
		add(node, node->strategy == SF_STRATEGY_SINGLE ? "nvidia.com/gpu" : name, 1);
	}
}

/* Strategy single takes one profile on all GPUs, as on nodes with known placements. */
static bool is_uniform(const struct sf_node_spec *node)
{
	const struct sf_gpu_spec *first = &node->gpu[0];
	for (uint8_t g = 0; g < node->n_gpus; g++) {
		const struct sf_gpu_spec *gpu = &node->gpu[g];
		if (gpu->product != first->product || gpu->layout.n == 0) {
			return false;
		}
		for (uint8_t i = 0; i < gpu->layout.n; i++) {
			if (gpu->layout.instance[i].profile != first->layout.instance[0].profile) {
				return false;
			}
		}
	}
	return true;
}

/* allocatable: what a node says of itself when its GPUs' layout is not known. */
static int read_allocatable(struct sf_reader *reader, const struct sf_yaml *given,
                            struct sf_pool *pool)
{
	struct sf_node_spec *spec = &pool->node;
	bool laid_out = spec->sharing.mode != SF_SHARING_NONE || spec->dynamic;
	for (uint8_t g = 0; g < spec->n_gpus; g++) {
		laid_out = laid_out || spec->gpu[g].mig;
	}
	if (laid_out) {
		return sf_yaml_fail_key(given, reader->file, reader->err,
		                        "allocatable is for GPUs whose layout is not known: leave "
		                        "mig.config and sharing out, or this");
	}
	if (given->kind != SF_YAML_MAPPING || given->n == 0 || given->n > SF_NODE_RESOURCES_MAX) {
		return sf_yaml_fail(given, reader->file, reader->err,
		                    "expected at most %d GPU resources: {nvidia.com/gpu: 4}",
		                    SF_NODE_RESOURCES_MAX);
	}
	for (size_t i = 0; i < given->n; i++) {
		uint32_t n = 0;
		if (sf_reader_uint(reader, given->child[i], 1, UINT16_MAX, &n) != 0) {
			return -1;
		}
		add(spec, given->child[i]->key, n);
	}
	spec->by_counts = true;
	return 0;
}

int sf_reader_counts(struct sf_reader *reader, const struct sf_yaml *node, struct sf_pool *pool)
{
	struct sf_node_spec *spec = &pool->node;
	const struct sf_yaml *given = sf_yaml_get(node, "allocatable");
	const struct sf_product *product = NULL;

	if (given != NULL) {
		return read_allocatable(reader, given, pool);
	}

	for (uint8_t g = 0; g < spec->n_gpus; g++) {
		product = is_unplaced(&spec->gpu[g]) ? spec->gpu[g].product : product;
	}
	if (product == NULL) {
		return 0;
	}
	if (spec->sharing.mode != SF_SHARING_NONE) {
		return sf_yaml_fail(node, reader->file, reader->err,
		                    "pool %.40s: the placements of %s are not publicly known: its "
		                    "instances are only counted and cannot be shared",
		                    pool->name, product->name);
	}
	if (spec->strategy == SF_STRATEGY_SINGLE && !is_uniform(spec)) {
		return sf_yaml_fail(node, reader->file, reader->err,
		                    "pool %.40s: strategy single: more than one MIG device type "
		                    "present on node, use strategy mixed",
		                    pool->name);
	}
	for (uint8_t g = 0; g < spec->n_gpus; g++) {
		add_gpu(spec, &spec->gpu[g]);
	}
	spec->by_counts = true;
	return 0;
}
