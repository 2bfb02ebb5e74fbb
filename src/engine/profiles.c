/* profiles: the MIG profiles that the fixed layouts of a scenario use, by name. */
// SPDX-License-Identifier: Apache-2.0
#include "profiles.h"

#include <slicefit/alloc.h>
#include <slicefit/catalog.h>

#include <stdlib.h>
#include <string.h>

static void add_profile(struct sf_profiles *profiles, const struct sf_product *product, int profile)
{
	uint16_t *index = &profiles->index[product->index][profile];
	const char *name = product->profile[profile].name;
	size_t i = 0;
	if (*index != SF_PROFILE_NONE) {
		return;
	}
	while (i < profiles->n && strcmp(profiles->name[i], name) != 0) {
		i++;
	}
	if (i == profiles->n) {
		profiles->name = sf_xgrow(profiles->name, &profiles->cap, profiles->n + 1,
		                          sizeof(*profiles->name));
		profiles->name[profiles->n++] = name;
	}
	*index = (uint16_t)i;
}

static void add_gpus(struct sf_profiles *profiles, const struct sf_gpu_spec *gpu, uint8_t n)
{
	for (uint8_t g = 0; g < n; g++) {
		for (uint8_t i = 0; i < gpu[g].layout.n; i++) {
			add_profile(profiles, gpu[g].product, gpu[g].layout.instance[i].profile);
		}
	}
}

void sf_profiles_init(struct sf_profiles *profiles, const struct sf_scenario *scenario)
{
	*profiles = (struct sf_profiles){.n_products = sf_catalog_count(scenario->catalog)};
	size_t bytes = (profiles->n_products + 1) * sizeof(*profiles->index);
	profiles->index = sf_xcalloc(profiles->n_products + 1, sizeof(*profiles->index));
	memset(profiles->index, 0xff, bytes);
	for (size_t i = 0; i < scenario->n_pools; i++) {
		const struct sf_node_spec *node = &scenario->pool[i].node;
		if (!node->by_counts) {
			add_gpus(profiles, node->gpu, node->n_gpus);
		}
	}
	for (size_t i = 0; i < scenario->n_events; i++) {
		const struct sf_node_event *event = &scenario->event[i];
		if (event->kind == SF_NODE_EVENT_REPARTITION) {
			add_gpus(profiles, event->gpu,
			         scenario->pool[event->pick[0].pool].node.n_gpus);
		}
	}
}

void sf_profiles_finish(struct sf_profiles *profiles)
{
	free(profiles->name);
	free(profiles->index);
	*profiles = (struct sf_profiles){0};
}

void sf_profiles_add_free(const struct sf_profiles *profiles, const struct sf_node *node,
                          int64_t *stranded)
{
	for (uint8_t g = 0; g < node->n_gpus && !node->by_counts; g++) {
		const struct sf_gpu *gpu = &node->gpu[g];
		for (uint8_t i = 0; i < gpu->layout.n; i++) {
			const struct sf_mig_instance *instance = &gpu->layout.instance[i];
			const struct sf_device *device = &gpu->device[instance->start];
			if (device->used >= device->replicas) {
				continue;
			}
			uint16_t at = profiles->index[gpu->product->index][instance->profile];
			if (at != SF_PROFILE_NONE) {
				int64_t size = gpu->product->profile[instance->profile].size;
				stranded[at] += 1000 * size / gpu->product->units *
				                (device->replicas - device->used) /
				                device->replicas;
			}
		}
	}
}
