/*
 * spare_dynamic: how many pods a node with dynamic MIG has room for, by exact packing.
 *
 * A GPU can give certain numbers of each device that is asked for: it is enough to know those sets to
 * which nothing can be added. The sets of the node are the sums over its GPUs, of which those that
 * another one contains are dropped. The best set gives the number of pods.
 */
// SPDX-License-Identifier: Apache-2.0
#include "spare_impl.h"

#include <slicefit/alloc.h>

#include <stdlib.h>
#include <string.h>

/* How many devices of each want. */
struct set {
	uint16_t n[SF_WANTS_MAX];
};

/* Sets of which none contains another. */
struct sets {
	uint8_t wants;
	size_t n, cap;
	struct set *set;
};

/* What one GPU could still give. */
struct gpu_search {
	const struct sf_gpu *gpu;
	const struct sf_request *request;
	int profile[SF_WANTS_MAX]; /* that serves the want, or -1 */
	struct sf_mig_layout layout;
	struct set given;
	struct sets *out;
};

static bool contains(const struct set *a, const struct set *b, uint8_t wants)
{
	for (uint8_t i = 0; i < wants; i++) {
		if (a->n[i] < b->n[i]) {
			return false;
		}
	}
	return true;
}

static void add_set(struct sets *sets, const struct set *set)
{
	size_t kept = 0;
	for (size_t i = 0; i < sets->n; i++) {
		if (contains(&sets->set[i], set, sets->wants)) {
			return;
		}
	}
	for (size_t i = 0; i < sets->n; i++) {
		if (!contains(set, &sets->set[i], sets->wants)) {
			sets->set[kept++] = sets->set[i];
		}
	}
	sets->n = kept;
	sets->set = sf_xgrow(sets->set, &sets->cap, sets->n + 1, sizeof(*sets->set));
	sets->set[sets->n++] = *set;
}

/* Every way to add instances, each once: wants in their order, and of one want starts in theirs. */
static void add_instances(struct gpu_search *search, uint8_t want, uint8_t start)
{
	const struct sf_product *product = search->gpu->product;
	add_set(search->out, &search->given);
	for (uint8_t i = want; i < search->request->n; i++) {
		int profile = search->profile[i];
		for (uint8_t s = i == want ? start : 0; profile >= 0 && s < product->units; s++) {
			if (!sf_mig_fits(product, &search->layout, profile, s)) {
				continue;
			}
			sf_mig_add(&search->layout, profile, s);
			search->given.n[i]++;
			add_instances(search, i, (uint8_t)(s + 1));
			search->given.n[i]--;
			sf_mig_remove(&search->layout, s);
		}
	}
}

static bool has_memory(const struct sf_request *request, int32_t memory_mib)
{
	return memory_mib >= sf_request_mib(request, memory_mib);
}

static bool is_idle(const struct sf_gpu *gpu)
{
	return gpu->layout.n == 0 && gpu->device[0].used == 0;
}

static void find_profiles(const struct sf_cluster *cluster, struct gpu_search *search)
{
	const struct sf_product *product = search->gpu->product;
	for (uint8_t i = 0; i < search->request->n; i++) {
		search->profile[i] = -1;
		for (int p = 0; search->gpu->mig && p < product->n_profiles; p++) {
			uint16_t name = sf_cluster_profile_resource(cluster, product, p, false);
			if (name == search->request->want[i].resource &&
			    has_memory(search->request, product->profile[p].memory_mib)) {
				search->profile[i] = p;
			}
		}
	}
}

/* All that the GPU could give: instances, or itself. */
static void list_gpu(const struct sf_cluster *cluster, const struct sf_node *node,
                     const struct sf_gpu *gpu, const struct sf_request *request, struct sets *out)
{
	struct gpu_search search = {
		.gpu = gpu, .request = request, .layout = gpu->layout, .out = out};
	find_profiles(cluster, &search);
	if (gpu->mig && (is_idle(gpu) || !sf_node_gpu_is_whole(node, gpu))) {
		add_instances(&search, 0, 0);
	}
	for (uint8_t i = 0; i < request->n && is_idle(gpu); i++) {
		struct set whole = {{0}};
		whole.n[i] = request->want[i].resource == SF_RES_GPU &&
		             has_memory(request, gpu->product->memory_mib);
		add_set(out, &whole);
	}
	add_set(out, &(struct set){{0}});
}

static struct sets sum_of(const struct sets *a, const struct sets *b)
{
	struct sets sum = {.wants = a->wants};
	for (size_t i = 0; i < a->n; i++) {
		for (size_t k = 0; k < b->n; k++) {
			struct set set = a->set[i];
			for (uint8_t w = 0; w < a->wants; w++) {
				set.n[w] = (uint16_t)(set.n[w] + b->set[k].n[w]);
			}
			add_set(&sum, &set);
		}
	}
	return sum;
}

static uint32_t count_pods(const struct sets *sets, const struct sf_request *request,
                           uint32_t limit)
{
	uint32_t most = 0;
	for (size_t i = 0; i < sets->n; i++) {
		uint32_t n = limit;
		for (uint8_t w = 0; w < sets->wants; w++) {
			uint32_t of = (uint32_t)(sets->set[i].n[w] / request->want[w].count);
			n = of < n ? of : n;
		}
		most = n > most ? n : most;
	}
	return most;
}

/* Wants of one name are one want. */
static struct sf_request merge(const struct sf_request *request)
{
	struct sf_request merged = *request;
	merged.n = 0;
	for (uint8_t i = 0; i < request->n; i++) {
		uint8_t k = 0;
		while (k < merged.n && merged.want[k].resource != request->want[i].resource) {
			k++;
		}
		if (k == merged.n) {
			merged.want[merged.n++] = request->want[i];
		} else {
			merged.want[k].count =
				(uint16_t)(merged.want[k].count + request->want[i].count);
		}
	}
	return merged;
}

uint32_t sf_spare_dynamic(const struct sf_cluster *cluster, const struct sf_node *node,
                          const struct sf_request *request, uint32_t limit)
{
	const struct sf_request merged = merge(request);
	struct sets all = {.wants = merged.n};
	add_set(&all, &(struct set){{0}});
	for (uint8_t g = 0; g < node->n_gpus; g++) {
		struct sets one = {.wants = merged.n};
		list_gpu(cluster, node, &node->gpu[g], &merged, &one);
		struct sets sum = sum_of(&all, &one);
		free(all.set);
		free(one.set);
		all = sum;
	}
	uint32_t n = count_pods(&all, &merged, limit);
	free(all.set);
	return n;
}
