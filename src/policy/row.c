/* row: what a node has free, in a few words. */
// SPDX-License-Identifier: Apache-2.0
#include "row.h"

#include "capacity.h"

#include <string.h>

enum { GPU_MILLI = 1000 };

static enum sf_row_kind kind_of(const struct sf_node *node)
{
	if (node->by_counts || (node->n_shared > 0 && !sf_node_is_fractional(node))) {
		return SF_ROW_OTHER;
	}
	for (uint8_t g = 0; g < node->n_gpus; g++) {
		if (node->gpu[g].mig) {
			return SF_ROW_OTHER;
		}
	}
	return sf_node_is_fractional(node) ? SF_ROW_FRACTION : SF_ROW_WHOLE;
}

static void set_undivided(const struct sf_node *node, struct sf_row *row)
{
	for (uint8_t g = 0; g < node->n_gpus; g++) {
		const struct sf_device *device = &node->gpu[g].device[0];
		const int free = device->replicas - device->used;

		row->free[g] = (uint16_t)(row->kind == SF_ROW_FRACTION ? free : GPU_MILLI * free);
	}
}

static void set_summary(const struct sf_node *node, struct sf_row *row)
{
	int64_t left = sf_node_total_milli(node) - sf_node_used_milli(node);

	for (uint8_t g = 0; g < node->n_gpus; g++) {
		int64_t free = left < GPU_MILLI ? left : GPU_MILLI;

		if (!node->by_counts) {
			free = sf_capacity_gpu_free(node, &node->gpu[g]);
		}
		left -= free;
		row->free[g] = (uint16_t)(free > 0 ? free : 0);
	}
}

void sf_row_of(const struct sf_node *node, struct sf_row *row)
{
	memset(row, 0, sizeof(*row));
	row->kind = (uint8_t)kind_of(node);
	row->ready = node->state == SF_NODE_READY;
	row->n_gpus = node->n_gpus;
	row->products = node->products;
	row->pods_free = node->pods < node->pods_max ? node->pods_max - node->pods : 0;
	row->cpu_free = node->cpu_milli > 0 ? node->cpu_milli - node->cpu_used_milli : INT64_MAX;
	row->memory_free =
		node->memory_mib > 0 ? node->memory_mib - node->memory_used_mib : INT64_MAX;
	if (row->kind == SF_ROW_OTHER) {
		set_summary(node, row);
	} else {
		set_undivided(node, row);
	}
	for (uint8_t g = 0; g < node->n_gpus; g++) {
		row->milli += row->free[g];
	}
	for (int k = 0; k <= SF_GPUS_MAX; k++) {
		row->sizes |= (uint32_t)(node->gpu_pods[k] > 0) << k;
	}
}

void sf_row_take(struct sf_row *row, const struct sf_request *request, const struct sf_grant *grant)
{
	const int each = row->kind == SF_ROW_FRACTION ? 1 : GPU_MILLI;

	for (uint8_t i = 0; i < grant->n; i++) {
		const int milli = each * grant->held[i].replicas;

		row->free[grant->held[i].gpu] = (uint16_t)(row->free[grant->held[i].gpu] - milli);
		row->milli -= (uint32_t)milli;
	}
	if (row->cpu_free != INT64_MAX) {
		row->cpu_free -= request->cpu_milli;
	}
}
