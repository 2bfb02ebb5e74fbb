/* given: the devices of a grant in names and places. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/given.h>

#include <slicefit/str.h>

#include <stdio.h>

static void place_of(const struct sf_node *node, const struct sf_held *held, struct sf_given *out)
{
	const struct sf_gpu *gpu = &node->gpu[held->gpu];
	const struct sf_device *device = &gpu->device[held->device];
	out->product = gpu->product;
	out->gpu = held->gpu;
	if (held->create) {
		out->profile = (int8_t)held->profile;
		out->start = held->device;
		out->of = 1;
		return;
	}
	if (!sf_node_gpu_is_whole(node, gpu)) {
		out->profile = (int8_t)device->profile;
		out->start = held->device;
	}
	out->of = device->replicas;
}

void sf_given_fill(const struct sf_cluster *cluster, uint32_t node, const struct sf_grant *grant,
                   struct sf_given out[SF_GRANTS_MAX])
{
	const struct sf_resources *names = sf_cluster_resources(cluster);
	for (uint8_t i = 0; i < grant->n; i++) {
		const struct sf_held *held = &grant->held[i];
		out[i] = (struct sf_given){
			.gpu = SF_GPU_NONE, .profile = -1, .replicas = held->replicas};
		snprintf(out[i].resource, sizeof(out[i].resource), "%s",
		         sf_resource_name(names, held->resource));
		if (held->gpu != SF_GPU_NONE) {
			place_of(sf_cluster_node(cluster, node), held, &out[i]);
		}
	}
}

void sf_given_text(const struct sf_given *given, struct sf_str *out)
{
	if (given->gpu == SF_GPU_NONE) {
		sf_str_printf(out, "%u %s", given->replicas, given->resource);
		return;
	}
	sf_str_printf(out, "GPU %u", given->gpu);
	if (given->profile >= 0) {
		sf_str_printf(out, " %s@%u", given->product->profile[given->profile].name,
		              given->start);
	}
	if (given->of > 1) {
		sf_str_printf(out, ", %u of %u %s", given->replicas, given->of,
		              given->of == SF_FRACTION_REPLICAS ? "milli-GPUs" : "replicas");
	}
}
