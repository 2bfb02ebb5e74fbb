/* gauges: what the cluster is like at this moment. */
// SPDX-License-Identifier: Apache-2.0
#include "gauges.h"

#include <slicefit/alloc.h>
#include <slicefit/str.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Entries looked at under one lock: a fraction of a millisecond. */
enum { PODS_AT_ONCE = 4096, NODES_AT_ONCE = 512 };

static const int64_t whole = 1000000; /* millionths of a GPU */

/* Devices that are alike are mostly neighbours: the search begins where the last one ended. */
static struct sf_gauge_gpus *find(struct sf_gauges *out, const struct sf_product *product,
                                  enum sf_gauge_mode mode, const char *profile)
{
	for (size_t i = out->n; i-- > 0;) {
		struct sf_gauge_gpus *gpus = &out->gpus[i];
		if (gpus->product == product && gpus->mode == mode &&
		    strcmp(gpus->profile, profile) == 0) {
			return gpus;
		}
	}
	out->gpus = sf_xgrow(out->gpus, &out->cap, out->n + 1, sizeof(*out->gpus));
	struct sf_gauge_gpus *fresh = &out->gpus[out->n++];
	*fresh = (struct sf_gauge_gpus){.product = product, .mode = mode};
	snprintf(fresh->profile, sizeof(fresh->profile), "%s", profile);
	return fresh;
}

/* One device, or many that are counted together. */
struct portion {
	int64_t size; /* millionths of a GPU, of all */
	int64_t total, used;
	bool ready, starved; /* the node */
};

static void add(struct sf_gauge_gpus *gpus, const struct portion *portion)
{
	int64_t used = portion->total > 0 ? portion->size * portion->used / portion->total : 0;
	int64_t left = portion->ready ? portion->size - used : 0;
	gpus->capacity += portion->size;
	gpus->allocated += used;
	gpus->free += left;
	gpus->stranded += portion->starved ? left : 0;
	gpus->devices += portion->total;
	gpus->devices_allocated += portion->used;
}

static enum sf_gauge_mode mode_of(const struct sf_node *node, bool shared,
                                  enum sf_gauge_mode unshared)
{
	static const enum sf_gauge_mode modes[] = {
		[SF_SHARING_NONE] = SF_GAUGE_TIME_SLICING,
		[SF_SHARING_TIME_SLICING] = SF_GAUGE_TIME_SLICING,
		[SF_SHARING_MPS] = SF_GAUGE_MPS,
		[SF_SHARING_FRACTION] = SF_GAUGE_FRACTION,
	};
	return shared ? modes[node->sharing_mode] : unshared;
}

static void add_instances(struct sf_gauges *out, const struct sf_node *node,
                          const struct sf_gpu *gpu, struct portion portion)
{
	const struct sf_product *product = gpu->product;
	int64_t rest = product->units;
	for (uint8_t i = 0; i < gpu->layout.n; i++) {
		const struct sf_mig_instance *instance = &gpu->layout.instance[i];
		const struct sf_device *device = &gpu->device[instance->start];
		const struct sf_profile *profile = &product->profile[instance->profile];
		bool shared = device->replicas > 1;
		portion.size = whole * profile->size / product->units;
		portion.total = device->replicas;
		portion.used = device->used;
		add(find(out, product, mode_of(node, shared, SF_GAUGE_MIG), profile->name),
		    &portion);
		rest -= profile->size;
	}
	if (rest > 0) {
		portion.size = whole * rest / product->units;
		portion.total = portion.used = 0;
		add(find(out, product, SF_GAUGE_MIG, ""), &portion);
	}
}

/* The profile in a resource name: "nvidia.com/mig-1g.5gb.shared" has "1g.5gb". */
static void profile_of(const char *resource, char *out, size_t cap)
{
	static const char prefix[] = "nvidia.com/mig-", suffix[] = ".shared";
	out[0] = '\0';
	if (strncmp(resource, prefix, strlen(prefix)) != 0) {
		return;
	}
	snprintf(out, cap, "%s", resource + strlen(prefix));
	size_t len = strlen(out);
	if (len > strlen(suffix) && strcmp(out + len - strlen(suffix), suffix) == 0) {
		out[len - strlen(suffix)] = '\0';
	}
}

/* By counts every device is as much as its name says, nothing where that is not known. */
static void add_counts(struct sf_gauges *out, const struct sf_cluster *cluster,
                       const struct sf_node *node, struct portion portion)
{
	const struct sf_product *product = node->n_gpus > 0 ? node->gpu[0].product : NULL;
	for (uint8_t i = 0; i < node->n_counts; i++) {
		const struct sf_count *count = &node->count[i];
		char profile[SF_NAME_MAX];
		profile_of(sf_resource_name(sf_cluster_resources(cluster), count->resource),
		           profile, sizeof(profile));
		bool gpu = sf_resource_is_gpu(count->resource);
		bool shared =
			count->resource == SF_RES_GPU_SHARED ||
			(gpu && count->milli > 0 && count->milli < 1000) ||
			sf_resource_is_renamed(sf_cluster_resources(cluster), count->resource);
		portion.size = whole / 1000 * count->milli * (int64_t)count->total;
		portion.total = count->total;
		portion.used = count->used;
		add(find(out, product, mode_of(node, shared, gpu ? SF_GAUGE_WHOLE : SF_GAUGE_MIG),
		         profile),
		    &portion);
	}
}

void sf_gauges_add_node(struct sf_gauges *out, const struct sf_cluster *cluster,
                        const struct sf_node *node, bool starved)
{
	struct portion portion = {.ready = node->state == SF_NODE_READY, .starved = starved};
	if (node->by_counts) {
		add_counts(out, cluster, node, portion);
		return;
	}
	for (uint8_t i = 0; i < node->n_gpus; i++) {
		const struct sf_gpu *gpu = &node->gpu[i];
		if (!sf_node_gpu_is_whole(node, gpu)) {
			add_instances(out, node, gpu, portion);
			continue;
		}
		bool mig = gpu->mig && node->dynamic;
		bool shared = gpu->device[0].replicas > 1;
		portion.size = whole;
		portion.total = gpu->device[0].replicas;
		portion.used = gpu->device[0].used;
		add(find(out, gpu->product,
		         mode_of(node, shared, mig ? SF_GAUGE_MIG : SF_GAUGE_WHOLE), ""),
		    &portion);
	}
}

/* Returns false behind the last pod. */
static bool look_at_pods(const struct sf_live *live, uint32_t first, struct sf_gauges *out)
{
	uint32_t end = sf_live_pods_end(live);
	for (uint32_t i = first; i < end && i < first + PODS_AT_ONCE; i++) {
		const struct sf_live_pod *pod = sf_live_pod_at(live, i);
		if (pod == NULL) {
			continue;
		}
		out->pods[pod->state]++;
		if (!pod->gpus) {
			continue;
		}
		if (pod->cpu_milli < out->least_cpu_milli) {
			out->least_cpu_milli = pod->cpu_milli;
		}
		if (pod->memory_mib < out->least_memory_mib) {
			out->least_memory_mib = pod->memory_mib;
		}
	}
	return first + PODS_AT_ONCE < end;
}

/* Has the node less CPU or memory left than the smallest request takes? A total of 0 is unknown. */
static bool is_starved(const struct sf_live_node *live, const struct sf_node *node,
                       const struct sf_gauges *gauges)
{
	int64_t cpu = node->cpu_milli - live->cpu_used_milli;
	int64_t memory = node->memory_mib - live->memory_used_mib;
	if (gauges->least_cpu_milli == INT64_MAX) {
		return false;
	}
	return (node->cpu_milli > 0 && cpu < gauges->least_cpu_milli) ||
	       (node->memory_mib > 0 && memory < gauges->least_memory_mib);
}

static bool look_at_nodes(const struct sf_live *live, uint32_t first, struct sf_gauges *out)
{
	const struct sf_cluster *cluster = sf_live_cluster(live);
	uint32_t end = sf_live_nodes_end(live);
	for (uint32_t i = first; i < end && i < first + NODES_AT_ONCE; i++) {
		const struct sf_live_node *known = sf_live_node_at(live, i);
		if (known == NULL || known->node == SF_LIVE_NONE) {
			continue;
		}
		const struct sf_node *node = sf_cluster_node(cluster, known->node);
		bool failed = (node->state & SF_NODE_FAILED) != 0;
		bool cordoned = (node->state & SF_NODE_CORDONED) != 0;
		out->nodes[failed ? SF_GAUGE_FAILED
		                  : (cordoned ? SF_GAUGE_CORDONED : SF_GAUGE_READY)]++;
		sf_gauges_add_node(out, cluster, node, is_starved(known, node, out));
	}
	return first + NODES_AT_ONCE < end;
}

static int by_labels(const void *a, const void *b)
{
	const struct sf_gauge_gpus *x = a, *y = b;
	int order = strcmp(x->product != NULL ? x->product->name : "unknown",
	                   y->product != NULL ? y->product->name : "unknown");
	if (order == 0) {
		order = (int)x->mode - (int)y->mode;
	}
	return order != 0 ? order : strcmp(x->profile, y->profile);
}

void sf_gauges_collect(struct sf_state *state, struct sf_gauges *out)
{
	bool more = true;
	*out = (struct sf_gauges){.least_cpu_milli = INT64_MAX, .least_memory_mib = INT64_MAX};
	for (uint32_t first = 0; more; first += PODS_AT_ONCE) {
		sf_state_lock(state);
		out->counts = sf_live_count(state->live);
		out->judged = sf_verdict_cache_judged(state->verdicts);
		more = look_at_pods(state->live, first, out);
		sf_state_unlock(state);
	}
	more = true;
	for (uint32_t first = 0; more; first += NODES_AT_ONCE) {
		sf_state_lock(state);
		more = look_at_nodes(state->live, first, out);
		sf_state_unlock(state);
	}
	if (out->n > 0) {
		qsort(out->gpus, out->n, sizeof(*out->gpus), by_labels);
	}
}

void sf_gauges_finish(struct sf_gauges *gauges)
{
	free(gauges->gpus);
	gauges->gpus = NULL;
}
