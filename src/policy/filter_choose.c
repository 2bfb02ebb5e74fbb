/* filter_choose: which devices of a static node a pod gets, and whether their memory suffices. */
// SPDX-License-Identifier: Apache-2.0
#include "filter_impl.h"

#include <string.h>

struct pick {
	const struct sf_filter_case *c;
	struct sf_grant *grant;
	uint16_t taken[SF_GPUS_MAX][SF_UNITS_MAX]; /* replicas by this request */
};

int sf_filter_device_at(const struct sf_node *node, const struct sf_gpu *gpu, uint8_t k)
{
	if (sf_node_gpu_is_whole(node, gpu)) {
		return k == 0 ? 0 : -1;
	}
	return k < gpu->layout.n ? gpu->layout.instance[k].start : -1;
}

static int free_replicas(const struct pick *pick, uint8_t g, int device)
{
	const struct sf_device *d = &pick->c->node->gpu[g].device[device];

	return d->replicas - d->used - pick->taken[g][device];
}

/* Memory units of the GPU's free instances: what is left to lose. */
static int free_units(const struct pick *pick, uint8_t g)
{
	const struct sf_gpu *gpu = &pick->c->node->gpu[g];
	int units = 0;

	for (uint8_t k = 0; k < gpu->layout.n; k++) {
		const struct sf_mig_instance *instance = &gpu->layout.instance[k];

		if (free_replicas(pick, g, instance->start) > 0) {
			units += gpu->product->profile[instance->profile].size;
		}
	}
	return units;
}

/*
 * How little a device is liked; the least one is taken, ties go to the lowest GPU and device. The
 * plugin's `distributed` order looks for the least used replicas, `packed` for the most used; an instance is best taken where
 * least else is free; whole GPUs go by index.
 */
static int dislike(const struct pick *pick, const struct sf_filter_need *need, uint8_t g,
                   int device)
{
	const struct sf_node *node = pick->c->node;
	const struct sf_gpu *gpu = &node->gpu[g];

	if (need->shared && node->allocation == SF_ALLOCATION_PACKED) {
		return free_replicas(pick, g, device);
	}
	if (need->shared) {
		return gpu->device[device].used + pick->taken[g][device];
	}
	if (pick->c->view == SF_VIEW_COUNTS || sf_node_gpu_is_whole(node, gpu)) {
		return 0;
	}
	return free_units(pick, g);
}

static bool choose_one(const struct pick *pick, const struct sf_filter_need *need, uint8_t *gpu_out,
                       uint8_t *device_out)
{
	const struct sf_node *node = pick->c->node;
	int least = INT32_MAX;

	for (uint8_t g = 0; g < node->n_gpus && least > 0; g++) {
		const struct sf_gpu *gpu = &node->gpu[g];
		int device;

		for (uint8_t k = 0; (device = sf_filter_device_at(node, gpu, k)) >= 0; k++) {
			int value;

			if (gpu->device[device].resource != need->count->resource ||
			    free_replicas(pick, g, device) <= 0) {
				continue;
			}
			value = dislike(pick, need, g, device);
			if (value < least) {
				least = value;
				*gpu_out = g;
				*device_out = (uint8_t)device;
			}
			if (!need->shared) {
				break; /* its siblings are liked no better */
			}
		}
	}
	return least != INT32_MAX;
}

/* One more replica of a device; false when the grant is full. */
static bool grant_one(struct pick *pick, uint16_t resource, uint8_t g, uint8_t device)
{
	struct sf_grant *grant = pick->grant;
	uint8_t i = 0;

	pick->taken[g][device]++;
	while (i < grant->n && (grant->held[i].gpu != g || grant->held[i].device != device)) {
		i++;
	}
	if (i == SF_GRANTS_MAX) {
		return false;
	}
	if (i == grant->n) {
		grant->held[i].resource = resource;
		grant->held[i].gpu = g;
		grant->held[i].device = device;
		grant->n++;
	}
	grant->held[i].replicas++;
	return true;
}

/* Does the device have room for the replicas taken here (at least one)? */
static bool has_memory(const struct pick *pick, uint8_t g, int device)
{
	const struct sf_device *d = &pick->c->node->gpu[g].device[device];
	const uint16_t taken = pick->taken[g][device];
	const int64_t wish = sf_request_mib(pick->c->request, d->memory_mib);

	return d->held_mib + wish * (taken > 0 ? taken : 1) <= d->memory_mib;
}

/* Whichever free device of the name the plugin hands out must have room for the wish. */
static bool memory_suffices(const struct pick *pick, const struct sf_filter_need *need)
{
	const struct sf_node *node = pick->c->node;

	for (uint8_t g = 0; g < node->n_gpus; g++) {
		const struct sf_gpu *gpu = &node->gpu[g];
		int device;

		for (uint8_t k = 0; (device = sf_filter_device_at(node, gpu, k)) >= 0; k++) {
			const struct sf_device *d = &gpu->device[device];

			if (d->resource == need->count->resource && d->used < d->replicas &&
			    !has_memory(pick, g, device)) {
				return false;
			}
		}
	}
	return true;
}

static bool has_room(const struct pick *pick, const struct sf_filter_need *need)
{
	return pick->c->node->allocation == SF_ALLOCATION_KNOWN ? memory_suffices(pick, need)
	                                                        : sf_filter_blind(pick->c, need);
}

/* Memory of one device of the name on a node by counts: the least that it may be; -1 unknown. */
static int32_t least_memory(const struct sf_filter_case *c, const struct sf_filter_need *need)
{
	const struct sf_node *node = c->node;
	int32_t least = INT32_MAX;

	if (need->shared) {
		return -1;
	}
	for (uint8_t g = 0; g < node->n_gpus; g++) {
		const struct sf_product *product = node->gpu[g].product;
		int32_t memory = -1;

		if (product == NULL) {
			return -1;
		}
		if (need->count->resource == SF_RES_GPU) {
			memory = node->strategy == SF_STRATEGY_SINGLE && node->gpu[g].mig
			                 ? -1
			                 : product->memory_mib;
		}
		for (int p = 0; p < product->n_profiles; p++) {
			if (sf_cluster_profile_resource(c->cluster, product, p, false) ==
			    need->count->resource) {
				memory = product->profile[p].memory_mib;
			}
		}
		least = memory < least ? memory : least;
	}
	return least == INT32_MAX ? -1 : least;
}

static bool counts_have_memory(const struct sf_filter_case *c, const struct sf_filter_need *need)
{
	const int32_t least = least_memory(c, need);

	return least > 0 && sf_request_mib(c->request, least) <= least;
}

static enum sf_fit choose_counts(const struct sf_filter_case *c, const struct sf_filter_need *need,
                                 uint8_t n_needs, struct sf_grant *grant)
{
	for (uint8_t i = 0; i < n_needs; i++) {
		struct sf_held *held = &grant->held[grant->n++];

		if (c->has_wish && !counts_have_memory(c, &need[i])) {
			return SF_FIT_GPU_MEMORY;
		}
		held->resource = need[i].count->resource;
		held->replicas = (uint16_t)need[i].n;
		held->gpu = SF_GPU_NONE;
	}
	return SF_FITS;
}

enum sf_fit sf_filter_choose(const struct sf_filter_case *c, const struct sf_filter_need *need,
                             uint8_t n_needs, struct sf_grant *grant)
{
	struct pick pick;

	memset(grant, 0, sizeof(*grant));
	if (c->node->by_counts) {
		return choose_counts(c, need, n_needs, grant);
	}
	pick.c = c;
	pick.grant = grant;
	memset(pick.taken, 0, sizeof(pick.taken));
	for (uint8_t i = 0; i < n_needs; i++) {
		for (uint32_t k = 0; k < need[i].n; k++) {
			uint8_t g = 0;
			uint8_t device = 0;

			if (!choose_one(&pick, &need[i], &g, &device)) {
				return SF_FIT_BUSY;
			}
			if (!grant_one(&pick, need[i].count->resource, g, device)) {
				return SF_FIT_TOO_MANY;
			}
		}
		if ((c->has_wish || c->crowds) && !has_room(&pick, &need[i])) {
			return SF_FIT_GPU_MEMORY;
		}
	}
	return SF_FITS;
}
