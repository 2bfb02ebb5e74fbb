/* row: what a node has free, in a few words. */
// SPDX-License-Identifier: Apache-2.0
#include "row.h"

#include "capacity.h"

#include <string.h>

enum { GPU_MILLI = SF_FRACTION_REPLICAS };

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

static int16_t undivided_free(const struct sf_row *row, const struct sf_device *device)
{
	const int free = device->replicas - device->used;

	return (int16_t)(row->kind == SF_ROW_FRACTION ? free : GPU_MILLI * free);
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
		row->free[g] = (int16_t)(free > 0 ? free : 0);
	}
}

static void set_gpus(const struct sf_node *node, struct sf_row *row)
{
	row->n_gpus = node->n_gpus;
	if (row->kind == SF_ROW_OTHER) {
		set_summary(node, row);
	}
	for (uint8_t g = 0; g < node->n_gpus; g++) {
		if (row->kind != SF_ROW_OTHER) {
			row->free[g] = undivided_free(row, &node->gpu[g].device[0]);
		}
		const uint32_t free = (uint32_t)row->free[g];

		row->milli += free;
		row->idle = (uint8_t)(row->idle + (free == GPU_MILLI));
		row->most = free > row->most ? free : row->most;
	}
}

void sf_row_of(const struct sf_node *node, struct sf_row *row)
{
	memset(row, 0, sizeof(*row));
	row->kind = (uint8_t)kind_of(node);
	row->ready = node->state == SF_NODE_READY;
	row->products = node->products;
	row->pods = node->pods;
	row->pods_free = node->pods < node->pods_max ? node->pods_max - node->pods : 0;
	row->cpu_milli = node->cpu_milli;
	row->memory_mib = node->memory_mib;
	row->cpu_free = node->cpu_milli > 0 ? node->cpu_milli - node->cpu_used_milli : INT64_MAX;
	row->memory_free =
		node->memory_mib > 0 ? node->memory_mib - node->memory_used_mib : INT64_MAX;
	set_gpus(node, row);
	for (int k = 0; k <= SF_GPUS_MAX; k++) {
		row->sizes |= (uint32_t)(node->gpu_pods[k] > 0) << k;
	}
}

void sf_ask_of(const struct sf_request *request, enum sf_view view, struct sf_ask *ask)
{
	*ask = (struct sf_ask){
		.request = *request,
		.simple = request->n == 0 ||
	                  ((view == SF_VIEW_COUNTS || !sf_request_has_wish(request)) &&
	                   request->sharing != SF_WISH_SHARED),
		.fraction = sf_request_is_fraction(request),
		.each = request->gpu_milli > 0 ? request->gpu_milli : GPU_MILLI,
		.gpus = sf_request_gpus(request),
	};
	for (uint8_t i = 0; i < request->n; i++) {
		ask->simple = ask->simple && request->want[i].resource == SF_RES_GPU;
		ask->parts += request->want[i].count;
	}
	ask->milli = (int64_t)ask->parts * ask->each;
}

/* The GPU with least free that has room for `each`, the lowest index among equals; one has room. */
static uint8_t tightest(const struct sf_row *row, uint16_t each)
{
	int least = INT16_MAX;
	uint8_t best = 0;

	for (uint8_t g = 0; g < row->n_gpus; g++) {
		if (row->free[g] >= each && row->free[g] < least) {
			least = row->free[g];
			best = g;
		}
	}
	return best;
}

static void hold(struct sf_grant *grant, uint8_t gpu, uint32_t replicas)
{
	grant->held[grant->n++] = (struct sf_held){
		.resource = SF_RES_GPU,
		.replicas = (uint16_t)replicas,
		.gpu = gpu,
	};
}

void sf_row_grant(const struct sf_row *row, const struct sf_ask *ask, uint8_t gpu,
                  struct sf_grant *grant)
{
	const uint32_t unit = row->kind == SF_ROW_FRACTION ? ask->each : 1;
	uint32_t parts = ask->parts;

	memset(grant, 0, sizeof(*grant));
	if (ask->fraction && parts == 1) {
		hold(grant, gpu != SF_GPU_NONE ? gpu : tightest(row, ask->each), unit);
		return;
	}
	for (uint8_t g = 0; parts > 0; g++) {
		const uint32_t room = (uint32_t)row->free[g] / ask->each;
		const uint32_t taken = room < parts ? room : parts;

		if (taken > 0) {
			hold(grant, g, taken * unit);
			parts -= taken;
		}
	}
}

void sf_row_take(struct sf_row *row, const struct sf_ask *ask, const struct sf_grant *grant)
{
	const int unit = row->kind == SF_ROW_FRACTION ? 1 : GPU_MILLI;

	for (uint8_t i = 0; i < grant->n; i++) {
		int16_t *free = &row->free[grant->held[i].gpu];

		*free = (int16_t)(*free - unit * grant->held[i].replicas);
	}
	row->milli -= (uint32_t)ask->milli;
	if (row->cpu_free != INT64_MAX) {
		row->cpu_free -= ask->request.cpu_milli;
	}
}
