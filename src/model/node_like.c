/* node_like: how another node like a given one would be described. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/cluster.h>

#include <stdio.h>
#include <string.h>

static void describe_gpus(const struct sf_node *node, struct sf_node_spec *out)
{
	out->n_gpus = node->n_gpus;
	for (uint8_t i = 0; i < node->n_gpus; i++) {
		const struct sf_gpu *gpu = &node->gpu[i];
		out->gpu[i].product = gpu->product;
		out->gpu[i].mig = gpu->mig;
		if (!node->dynamic) {
			out->gpu[i].layout = gpu->layout;
		}
	}
}

static void describe_sharing(const struct sf_node *node, const struct sf_resources *names,
                             struct sf_sharing *out)
{
	out->mode = (enum sf_sharing_mode)node->sharing_mode;
	out->fail_above_1 = node->fail_above_1;
	if (sf_node_is_fractional(node)) {
		return; /* lists no resources */
	}
	out->n = node->n_shared;
	for (uint8_t i = 0; i < node->n_shared; i++) {
		const struct sf_shared *shared = &node->shared[i];
		out->rename |= shared->resource != shared->base;
		out->resource[i].replicas = shared->replicas;
		snprintf(out->resource[i].name, sizeof(out->resource[i].name), "%s",
		         sf_resource_name(names, shared->base));
	}
}

void sf_node_like(const struct sf_cluster *cluster, const struct sf_node *node,
                  struct sf_node_spec *out)
{
	const struct sf_resources *names = sf_cluster_resources(cluster);
	memset(out, 0, sizeof(*out));
	out->pool = node->pool;
	out->strategy = (enum sf_strategy)node->strategy;
	out->dynamic = node->dynamic;
	out->by_counts = node->by_counts;
	out->pods_max = node->pods_max;
	out->cpu_milli = node->cpu_milli;
	out->memory_mib = node->memory_mib;
	out->label = node->label;
	out->n_labels = node->n_labels;
	out->taint = node->taint;
	out->n_taints = node->n_taints;
	describe_gpus(node, out);
	describe_sharing(node, names, &out->sharing);
	for (uint8_t i = 0; node->by_counts && i < node->n_counts; i++) {
		out->count[i].total = node->count[i].total;
		snprintf(out->count[i].name, sizeof(out->count[i].name), "%s",
		         sf_resource_name(names, node->count[i].resource));
		out->n_counts++;
	}
}
