/* plan_repack_deal: GPUs that are packed go to nodes. */
// SPDX-License-Identifier: Apache-2.0
#include "plan_repack_impl.h"

#include <slicefit/alloc.h>

#include <stdlib.h>
#include <string.h>

static void open_slots(struct repack *r)
{
	r->slot = sf_xcalloc(r->nodes + 1, sizeof *r->slot);
	for (uint32_t i = 0; i < r->nodes; i++) {
		struct repack_slot *slot = &r->slot[i];

		slot->pods = sf_xcalloc(r->model->n_demands + 1, sizeof *slot->pods);
		slot->roles = sf_xcalloc(r->mode->n_roles + 1, sizeof *slot->roles);
		memcpy(slot->free, r->mode->plain_cap, sizeof slot->free);
		slot->cpu_milli = r->class->cpu_milli;
		slot->memory_mib = r->class->memory_mib;
		slot->places = r->class->pods_max;
	}
}

void repack_close(struct repack *r)
{
	for (uint32_t i = 0; i < r->nodes; i++) {
		free(r->slot[i].pods);
		free(r->slot[i].roles);
	}
	free(r->slot);
}

/* A demand of the kind that has a pod left which fits on the node, or -1. */
static int64_t demand_for(const struct repack *r, const struct repack_slot *slot, uint16_t kind)
{
	for (size_t d = 0; d < r->model->n_demands; d++) {
		const struct plan_demand *demand = &r->model->demand[d];

		if (r->left[d] && demand->want[0].kind == kind && slot->places &&
		    slot->pods[d] < r->mode->most[d] && demand->cpu_milli <= slot->cpu_milli &&
		    demand->memory_mib <= slot->memory_mib) {
			return (int64_t)d;
		}
	}
	return -1;
}

/* Puts a pod on the node, or takes it (`back`) off again. */
static void move_pod(struct repack *r, struct repack_slot *slot, uint32_t d, bool back)
{
	const struct plan_demand *demand = &r->model->demand[d];
	const int64_t sign = back ? 1 : -1;

	r->left[d] += back ? 1 : UINT32_MAX;
	slot->pods[d] += back ? UINT32_MAX : 1;
	slot->places += back ? 1 : UINT32_MAX;
	slot->cpu_milli += sign * demand->cpu_milli;
	slot->memory_mib += sign * demand->memory_mib;
}

/* Puts all pods of a GPU on the node, or none. */
static bool put_gpu(struct repack *r, struct repack_slot *slot, const struct pack_bin *bin,
                    int role)
{
	uint32_t moved[UINT8_MAX];
	size_t n = 0;
	bool all = slot->free[bin->class] > 0;

	for (size_t t = 0; all && t < r->problem.n_types; t++) {
		for (uint16_t i = 0; all && i < bin->pods[t]; i++) {
			int64_t d = demand_for(r, slot, r->kind_of[t]);

			all = d >= 0 && n < UINT8_MAX;
			if (all) {
				moved[n++] = (uint32_t)d;
				move_pod(r, slot, (uint32_t)d, false);
			}
		}
	}
	while (!all && n > 0) {
		move_pod(r, slot, moved[--n], true);
	}
	if (all) {
		slot->roles[role]++;
		slot->free[bin->class]--;
	}
	return all;
}

/* The node with most places for pods left of those with a free GPU of the product, or `nodes`. */
static uint32_t emptiest(const struct repack *r, uint32_t product)
{
	uint32_t best = r->nodes;

	for (uint32_t i = 0; i < r->nodes; i++) {
		if (r->slot[i].free[product] &&
		    (best == r->nodes || r->slot[i].places > r->slot[best].places)) {
			best = i;
		}
	}
	return best;
}

/* Gives equal GPUs to the first nodes that can take them, or `even`, each to the emptiest. False when
 * one could not be taken: it is left out, and the offer is then worth less. */
static bool deal_bin(struct repack *r, const struct pack_bin *bin, bool even)
{
	int role = repack_role(r, bin);
	uint32_t node = 0;

	for (uint32_t g = 0; role >= 0 && node < r->nodes && g < bin->gpus; g++) {
		node = even ? emptiest(r, bin->class) : node;
		while (node < r->nodes && !put_gpu(r, &r->slot[node], bin, role)) {
			node = even ? r->nodes : node + 1;
		}
	}
	return role >= 0 && node < r->nodes;
}

static uint32_t pods_of(const struct repack *r, const struct pack_bin *bin)
{
	uint32_t pods = 0;

	for (size_t t = 0; t < r->problem.n_types; t++) {
		pods += bin->pods[t];
	}
	return pods;
}

void repack_deal(struct repack *r, const struct pack_bins *bins)
{
	uint32_t *left = sf_xcalloc(r->model->n_demands + 1, sizeof *left);
	bool all = true;

	memcpy(left, r->left, r->model->n_demands * sizeof *left);
	open_slots(r);
	for (size_t i = 0; all && i < bins->n; i++) {
		all = deal_bin(r, &bins->bin[i], false);
	}
	if (!all) {
		repack_close(r);
		open_slots(r);
		memcpy(r->left, left, r->model->n_demands * sizeof *left);
		for (uint32_t pods = r->class->pods_max; pods > 0; pods--) {
			for (size_t i = 0; i < bins->n; i++) {
				if (pods_of(r, &bins->bin[i]) == pods) {
					deal_bin(r, &bins->bin[i], true);
				}
			}
		}
	}
	free(left);
}
