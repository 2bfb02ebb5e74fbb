/* explain_gpu: what one GPU of a node has for a request. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/explain_gpu.h>

const char *const sf_gpu_fit_names[SF_GPU_ANSWERS] = {
	[SF_GPU_SAYS_NONE] = "none of these",
	[SF_GPU_SAYS_IN_USE] = "in use",
	[SF_GPU_SAYS_NO_START] = "free slices not in a row",
	[SF_GPU_SAYS_MEMORY] = "not enough free memory",
	[SF_GPU_SAYS_FREE] = "free",
};

/* Devices that are there. */
static struct sf_gpu_answer ask_devices(const struct sf_gpu *gpu, const struct sf_request *request,
                                        uint16_t resource)
{
	struct sf_gpu_answer answer = {.fit = SF_GPU_SAYS_NONE};
	bool room = false;
	for (int i = 0; i < SF_UNITS_MAX; i++) {
		const struct sf_device *device = &gpu->device[i];
		if (device->resource != resource) {
			continue;
		}
		int32_t wish = sf_request_mib(request, device->memory_mib);
		uint32_t free = (uint32_t)(device->replicas - device->used);
		answer.of += device->replicas;
		answer.free += free;
		room = room ||
		       (free > 0 && (wish == 0 || device->memory_mib - device->held_mib >= wish));
	}
	if (answer.of > 0) {
		answer.fit = room              ? SF_GPU_SAYS_FREE
		             : answer.free > 0 ? SF_GPU_SAYS_MEMORY
		                               : SF_GPU_SAYS_IN_USE;
	}
	return answer;
}

static uint32_t count_bits(uint16_t bits)
{
	return (uint32_t)__builtin_popcount(bits);
}

/* An instance that would be made for the pod. */
static struct sf_gpu_answer ask_instance(const struct sf_gpu *gpu, int profile)
{
	const struct sf_product *product = gpu->product;
	uint32_t used = count_bits(sf_mig_units(product, &gpu->layout));
	struct sf_gpu_answer answer = {.of = product->units};
	if (gpu->layout.n == 0 && gpu->device[0].used > 0) {
		used = product->units;
	}
	answer.free = product->units - used;
	if (answer.free == product->units ||
	    sf_mig_next_start(product, &gpu->layout, profile) >= 0) {
		answer.fit = answer.free > 0 ? SF_GPU_SAYS_FREE : SF_GPU_SAYS_IN_USE;
	} else {
		bool room = answer.free >= product->profile[profile].size;
		answer.fit = room ? SF_GPU_SAYS_NO_START : SF_GPU_SAYS_IN_USE;
	}
	return answer;
}

static int profile_of(const struct sf_cluster *cluster, const struct sf_product *product,
                      uint16_t resource)
{
	for (int i = 0; i < product->n_profiles; i++) {
		if (sf_cluster_profile_resource(cluster, product, i, false) == resource) {
			return i;
		}
	}
	return -1;
}

static uint16_t used_devices(const struct sf_gpu *gpu)
{
	uint16_t used = 0;
	for (int i = 0; i < SF_UNITS_MAX; i++) {
		used |= (uint16_t)((gpu->device[i].used > 0) << i);
	}
	return used;
}

struct sf_gpu_answer sf_explain_gpu(const struct sf_cluster *cluster, const struct sf_node *node,
                                    const struct sf_gpu *gpu, const struct sf_request *request)
{
	struct sf_gpu_answer best = {.fit = SF_GPU_SAYS_NONE};
	for (uint8_t i = 0; i < request->n; i++) {
		uint16_t resource = request->want[i].resource;
		int profile = node->dynamic && gpu->mig && gpu->product != NULL
		                      ? profile_of(cluster, gpu->product, resource)
		                      : -1;
		struct sf_gpu_answer answer = profile >= 0 ? ask_instance(gpu, profile)
		                                           : ask_devices(gpu, request, resource);
		best = answer.fit > best.fit ? answer : best;
	}
	best.used = used_devices(gpu);
	return best;
}
