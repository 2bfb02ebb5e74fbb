/* cluster: life cycle, look-ups, pods, observers, digest. */
// SPDX-License-Identifier: Apache-2.0
#include "cluster_impl.h"
#include "cluster_rule_impl.h"

#include <slicefit/alloc.h>
#include <slicefit/arena.h>
#include <slicefit/catalog.h>
#include <slicefit/error.h>
#include <slicefit/hash.h>

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct sf_cluster *sf_cluster_create(const struct sf_catalog *catalog)
{
	struct sf_cluster *cluster = sf_xcalloc(1, sizeof(*cluster));
	const size_t n = sf_catalog_count(catalog);

	cluster->catalog = catalog;
	cluster->arena = sf_arena_create(0);
	cluster->names = sf_arena_create(0);
	cluster->resources = sf_resources_create();
	cluster->n_products = n;
	cluster->profile_resource = sf_xcalloc(n + 1, sizeof(*cluster->profile_resource));
	memset(cluster->profile_resource, 0xff, (n + 1) * sizeof(*cluster->profile_resource));
	cluster->product_mask = sf_xcalloc(n + 1, sizeof(*cluster->product_mask));
	return cluster;
}

void sf_cluster_destroy(struct sf_cluster *cluster)
{
	if (cluster == NULL) {
		return;
	}
	sf_map_finish(&cluster->by_name);
	sf_resources_destroy(cluster->resources);
	sf_rules_destroy(cluster->rules);
	sf_arena_destroy(cluster->arena);
	sf_arena_destroy(cluster->names);
	free(cluster->profile_resource);
	free(cluster->product_mask);
	free(cluster->node);
	free(cluster->hidden);
	free(cluster->pod);
	free(cluster->spare);
	free(cluster);
}

const struct sf_catalog *sf_cluster_catalog(const struct sf_cluster *cluster)
{
	return cluster->catalog;
}

struct sf_resources *sf_cluster_resources(const struct sf_cluster *cluster)
{
	return cluster->resources;
}

uint16_t sf_cluster_profile_resource(const struct sf_cluster *cluster,
                                     const struct sf_product *product, int profile, bool renamed)
{
	if (product->index >= cluster->n_products || profile < 0 ||
	    profile >= product->n_profiles) {
		return SF_RES_NONE;
	}
	return cluster->profile_resource[product->index][profile][renamed];
}

uint64_t sf_cluster_product_mask(const struct sf_cluster *cluster, const struct sf_product *product)
{
	const bool known = product->index < cluster->n_products &&
	                   sf_catalog_at(cluster->catalog, product->index) == product;
	const uint64_t mask = known ? cluster->product_mask[product->index] : 0;

	return mask != 0 ? mask : SF_PRODUCT_NOWHERE;
}

uint16_t sf_replicas_per_want(const struct sf_node *node, const struct sf_request *request)
{
	if (!sf_node_is_fractional(node)) {
		return 1;
	}
	return request->gpu_milli > 0 ? request->gpu_milli : SF_FRACTION_REPLICAS;
}

uint16_t sf_fraction_room(const struct sf_gpu *gpu, uint16_t each, int32_t wish_mib)
{
	const struct sf_device *device = &gpu->device[0];
	int32_t room = (device->replicas - device->used) / each;

	if (wish_mib > 0) {
		const int32_t free_mib = device->memory_mib - device->held_mib;
		const int32_t by_memory = free_mib > 0 ? free_mib / wish_mib : 0;

		room = by_memory < room ? by_memory : room;
	}
	return (uint16_t)room;
}

uint32_t sf_cluster_nodes(const struct sf_cluster *cluster)
{
	return cluster->n_nodes;
}

const struct sf_node *sf_cluster_node(const struct sf_cluster *cluster, uint32_t node)
{
	return &cluster->node[node];
}

static uint32_t if_there(const struct sf_cluster *cluster, uint32_t node)
{
	bool there = node != SF_NODE_NONE && (cluster->node[node].state & SF_NODE_REMOVED) == 0;
	return there ? node : SF_NODE_NONE;
}

uint32_t sf_cluster_find_node(const struct sf_cluster *cluster, const char *name)
{
	uint32_t node = SF_NODE_NONE;
	sf_map_get(&cluster->by_name, name, &node);
	return if_there(cluster, node);
}

void sf_cluster_find_nodes(const struct sf_cluster *cluster, const struct sf_map_key *name,
                           size_t n, uint32_t *node)
{
	static_assert(SF_MAP_NONE == SF_NODE_NONE, "not found is no node");
	sf_map_get_all(&cluster->by_name, name, n, node);
	for (size_t i = 0; i < n; i++) {
		if (node[i] != SF_NODE_NONE) {
			__builtin_prefetch(&cluster->node[node[i]].state);
		}
	}
	for (size_t i = 0; i < n; i++) {
		node[i] = if_there(cluster, node[i]);
	}
}

bool sf_cluster_has_renamed(const struct sf_cluster *cluster)
{
	return cluster->n_renaming > 0;
}

static int64_t clamp(int64_t value, int64_t max)
{
	if (value < 0) {
		return 0;
	}
	return value < max ? value : max;
}

/* The number of the latest removed pod, whose memory is likely still at hand, or a new one. */
static uint32_t take_number(struct sf_cluster *cluster)
{
	if (cluster->n_spare > 0) {
		return cluster->spare[--cluster->n_spare];
	}
	cluster->pod = sf_xgrow(cluster->pod, &cluster->pods_cap, (size_t)cluster->n_pods + 1,
	                        sizeof(*cluster->pod));
	return cluster->n_pods++;
}

void sf_cluster_reserve_pods(struct sf_cluster *cluster, uint32_t n)
{
	cluster->pod = sf_xgrow(cluster->pod, &cluster->pods_cap, n, sizeof(*cluster->pod));
}

uint32_t sf_cluster_add_pod(struct sf_cluster *cluster, const struct sf_request *request,
                            int32_t priority, uint32_t tag)
{
	const uint32_t number = take_number(cluster);
	struct sf_pod *pod = &cluster->pod[number];

	pod->request = *request;
	pod->request.gpu_milli = (uint16_t)clamp(request->gpu_milli, SF_FRACTION_REPLICAS);
	pod->request.gpu_memory_mib = (int32_t)clamp(request->gpu_memory_mib, SF_GPU_MEMORY_MAX);
	pod->request.gpu_memory_milli = (uint16_t)clamp(request->gpu_memory_milli, 1000);
	pod->request.cpu_milli = clamp(request->cpu_milli, INT64_MAX / 4);
	pod->request.memory_mib = clamp(request->memory_mib, INT64_MAX / 4);
	pod->state = SF_POD_PENDING;
	pod->arrived = false;
	pod->node = SF_NODE_NONE;
	pod->priority = priority;
	pod->tag = tag;
	pod->next_wish = SF_POD_NONE;
	return number;
}

void sf_cluster_remove_pod(struct sf_cluster *cluster, uint32_t pod)
{
	assert(cluster->pod[pod].state == SF_POD_PENDING);
	cluster->pod[pod].state = SF_POD_REMOVED;
	cluster->spare = sf_xgrow(cluster->spare, &cluster->spare_cap, (size_t)cluster->n_spare + 1,
	                          sizeof(*cluster->spare));
	cluster->spare[cluster->n_spare++] = pod;
}

uint32_t sf_cluster_pods(const struct sf_cluster *cluster)
{
	return cluster->n_pods;
}

const struct sf_pod *sf_cluster_pod(const struct sf_cluster *cluster, uint32_t pod)
{
	return &cluster->pod[pod];
}

int sf_cluster_observe(struct sf_cluster *cluster, sf_cluster_observer *observer, void *ctx)
{
	if (cluster->n_observers == SF_OBSERVERS_MAX) {
		return -1;
	}
	cluster->observer[cluster->n_observers].tell = observer;
	cluster->observer[cluster->n_observers].ctx = ctx;
	cluster->n_observers++;
	return 0;
}

void sf_cluster_unobserve(struct sf_cluster *cluster, sf_cluster_observer *observer, void *ctx)
{
	size_t kept = 0;
	for (size_t i = 0; i < cluster->n_observers; i++) {
		if (cluster->observer[i].tell != observer || cluster->observer[i].ctx != ctx) {
			cluster->observer[kept++] = cluster->observer[i];
		}
	}
	cluster->n_observers = kept;
}

void sf_cluster_set_quiet(struct sf_cluster *cluster, bool quiet)
{
	cluster->quiet = quiet;
}

/* FNV-1a over 64-bit words, with a shift so that high bits reach low ones. */
static void mix(uint64_t *hash, uint64_t value)
{
	*hash = (*hash ^ value) * UINT64_C(0x100000001b3);
	*hash ^= *hash >> 29;
}

static void mix_text(uint64_t *hash, const char *text)
{
	for (; *text != '\0'; text++) {
		mix(hash, (unsigned char)*text);
	}
	mix(hash, 0);
}

static void mix_gpu(uint64_t *hash, const struct sf_gpu *gpu)
{
	mix(hash, gpu->product != NULL ? gpu->product->index : UINT16_MAX);
	mix(hash, (uint64_t)gpu->mig << 8 | gpu->layout.n);
	for (uint8_t i = 0; i < gpu->layout.n; i++) {
		mix(hash,
		    (uint64_t)gpu->layout.instance[i].profile << 8 | gpu->layout.instance[i].start);
	}
	for (int i = 0; i < SF_UNITS_MAX; i++) {
		const struct sf_device *device = &gpu->device[i];

		mix(hash, (uint64_t)device->profile << 48 | (uint64_t)device->resource << 32 |
		                  (uint64_t)device->replicas << 16 | device->used);
		mix(hash,
		    (uint64_t)(uint32_t)device->memory_mib << 32 | (uint32_t)device->held_mib);
	}
}

static void mix_node(uint64_t *hash, const struct sf_node *node)
{
	mix_text(hash, node->name);
	mix(hash, (uint64_t)node->pool << 32 | (uint64_t)node->state << 24 |
	                  (uint64_t)node->strategy << 16 | (uint64_t)node->dynamic << 10 |
	                  (uint64_t)node->by_counts << 9 | (uint64_t)node->fail_above_1 << 8 |
	                  node->sharing_mode);
	mix(hash, (uint64_t)node->pods << 32 | node->pods_max);
	for (int i = 0; i <= SF_GPUS_MAX; i++) {
		mix(hash, node->gpu_pods[i]);
	}
	mix(hash, (uint64_t)node->used_milli);
	mix(hash, (uint64_t)node->cpu_milli);
	mix(hash, (uint64_t)node->cpu_used_milli);
	mix(hash, (uint64_t)node->memory_mib);
	mix(hash, (uint64_t)node->memory_used_mib);
	mix(hash, node->products);
	mix(hash, (uint64_t)node->n_gpus << 16 | (uint64_t)node->n_counts << 8 | node->n_shared);
	for (uint8_t i = 0; i < node->n_shared; i++) {
		const struct sf_shared *shared = &node->shared[i];

		mix(hash, (uint64_t)shared->base << 32 | (uint64_t)shared->resource << 16 |
		                  shared->replicas);
	}
	for (uint8_t i = 0; i < node->n_counts; i++) {
		const struct sf_count *count = &node->count[i];

		mix(hash, (uint64_t)count->resource << 16 | count->milli);
		mix(hash, (uint64_t)count->total << 32 | count->used);
	}
	for (uint8_t i = 0; i < node->n_gpus; i++) {
		mix_gpu(hash, &node->gpu[i]);
	}
}

static void mix_pod(uint64_t *hash, const struct sf_pod *pod)
{
	mix(hash, (uint64_t)pod->arrived << 48 | (uint64_t)pod->state << 40 |
	                  (uint64_t)pod->grant.n << 32 | pod->node);
	for (uint8_t i = 0; i < pod->grant.n; i++) {
		const struct sf_held *held = &pod->grant.held[i];

		mix(hash, (uint64_t)held->resource << 48 | (uint64_t)held->replicas << 32 |
		                  (uint64_t)held->gpu << 24 | (uint64_t)held->device << 16 |
		                  (uint64_t)held->profile << 8 | held->create);
	}
}

uint64_t sf_cluster_digest(const struct sf_cluster *cluster)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	mix(&hash, (uint64_t)cluster->n_nodes << 32 | cluster->n_pods);
	mix(&hash, cluster->n_renaming);
	for (uint32_t i = 0; i < cluster->n_nodes; i++) {
		mix_node(&hash, &cluster->node[i]);
	}
	for (uint32_t i = 0; i < cluster->n_pods; i++) {
		mix_pod(&hash, &cluster->pod[i]);
	}
	return hash;
}
