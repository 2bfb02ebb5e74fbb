/* plan_node: see plan_node.h. */
// SPDX-License-Identifier: Apache-2.0
#include "plan_node.h"

#include <string.h>

/* May as many GPUs play the role as there are GPUs of the product? Then the choice of geometry, or of
 * the pattern of pods, can wait. */
static bool is_open_choice(const struct plan_node *node, const struct plan_role *role)
{
	return role->mig ? role->limit >= node->mode->mig_cap[role->product]
	                 : role->pods && role->limit >= node->mode->plain_cap[role->product];
}

static bool covers(const struct plan_node *node, const struct plan_role *role,
                   const struct plan_open *open, size_t type)
{
	for (size_t t = 0; t < node->class->n_types; t++) {
		if (role->supply[t] < open->used[t] + (t == type)) {
			return false;
		}
	}
	return true;
}

/* A role that covers what is used and one more device of `type` (PLAN_TYPES_MAX: nothing more). */
static int covering_role(const struct plan_node *node, const struct plan_open *open, size_t type)
{
	for (size_t r = 0; r < node->mode->n_roles; r++) {
		const struct plan_role *role = &node->mode->role[r];

		if (open->role >= 0 ? (size_t)open->role == r
		                    : role->product == open->product && role->mig == open->mig &&
		                              is_open_choice(node, role)) {
			if (covers(node, role, open, type)) {
				return (int)r;
			}
		}
	}
	return -1;
}

static bool has_gpu_for(const struct plan_node *node, size_t r)
{
	const struct plan_role *role = &node->mode->role[r];
	uint32_t of_role = 0, of_kind = 0, gpus = 0;

	for (uint8_t i = 0; i < node->n_open; i++) {
		const struct plan_open *open = &node->open[i];
		bool takes_gpu = open->role < 0 || !node->mode->role[open->role].free_of_gpu;

		of_role += open->role == (int)r;
		if (takes_gpu && open->product == role->product) {
			gpus++;
			of_kind += open->mig == role->mig;
		}
	}
	if (of_role >= role->limit || node->n_open == PLAN_OPEN_MAX) {
		return false;
	}
	return role->free_of_gpu || (gpus < node->class->n_gpus[role->product] &&
	                             of_kind < (role->mig ? node->mode->mig_cap[role->product]
	                                                  : node->mode->plain_cap[role->product]));
}

/* Is role `a` a better start for a device of the type than `b` (-1: none)? The smallest memory
 * that serves, then most devices of the type. */
static bool is_better(const struct plan_node *node, int a, size_t type_a, int b, size_t type_b)
{
	const struct plan_class *class = node->class;

	if (b < 0) {
		return true;
	}
	if (class->type[type_a].memory_mib != class->type[type_b].memory_mib) {
		return class->type[type_a].memory_mib < class->type[type_b].memory_mib;
	}
	return node->mode->role[a].supply[type_a] > node->mode->role[b].supply[type_b];
}

static bool open_gpu(struct plan_node *node, const struct plan_demand *demand,
                     const struct plan_want *want)
{
	struct plan_open *open = &node->open[node->n_open];
	size_t best_type = 0;
	int best = -1;

	for (size_t r = 0; r < node->mode->n_roles; r++) {
		for (size_t t = 0; t < node->class->n_types; t++) {
			if (node->mode->role[r].supply[t] &&
			    plan_type_serves(node->mode, &node->class->type[t], demand, want) &&
			    is_better(node, (int)r, t, best, best_type) && has_gpu_for(node, r)) {
				best = (int)r;
				best_type = t;
			}
		}
	}
	if (best < 0 || node->sealed) {
		return false;
	}
	memset(open, 0, sizeof *open);
	open->product = node->mode->role[best].product;
	open->mig = node->mode->role[best].mig;
	open->role = is_open_choice(node, &node->mode->role[best]) ? -1 : (int16_t)best;
	open->used[best_type] = 1;
	node->n_open++;
	return true;
}

static bool take_device(struct plan_node *node, const struct plan_demand *demand,
                        const struct plan_want *want)
{
	for (uint8_t i = 0; i < node->n_open; i++) {
		for (size_t t = 0; t < node->class->n_types; t++) {
			if (plan_type_serves(node->mode, &node->class->type[t], demand, want) &&
			    covering_role(node, &node->open[i], t) >= 0) {
				node->open[i].used[t]++;
				return true;
			}
		}
	}
	return open_gpu(node, demand, want);
}

static bool take_devices(struct plan_node *node, const struct plan_demand *demand)
{
	for (uint8_t w = 0; w < demand->n_wants; w++) {
		for (uint16_t i = 0; i < demand->want[w].count; i++) {
			if (!take_device(node, demand, &demand->want[w])) {
				return false;
			}
		}
	}
	return true;
}

bool plan_node_add(struct plan_node *node, uint32_t demand)
{
	const struct plan_demand *of = &node->model->demand[demand];
	struct plan_node before = *node;

	if (!node->mode->most[demand] || !node->pods || of->cpu_milli > node->cpu_milli ||
	    of->memory_mib > node->memory_mib) {
		return false;
	}
	if (!take_devices(node, of)) {
		*node = before;
		return false;
	}
	node->pods--;
	node->cpu_milli -= of->cpu_milli;
	node->memory_mib -= of->memory_mib;
	return true;
}

static bool is_unused(const struct plan_node *node, const struct plan_open *open)
{
	for (size_t t = 0; t < node->class->n_types; t++) {
		if (open->used[t]) {
			return false;
		}
	}
	return true;
}

void plan_node_roles(const struct plan_node *node, uint16_t *roles)
{
	memset(roles, 0, node->mode->n_roles * sizeof *roles);
	for (uint8_t i = 0; i < node->n_open; i++) {
		int r = is_unused(node, &node->open[i])
		                ? -1
		                : covering_role(node, &node->open[i], PLAN_TYPES_MAX);

		if (r >= 0) {
			roles[r]++;
		}
	}
}

void plan_node_preset(struct plan_node *node, uint16_t role, uint16_t count)
{
	const struct plan_role *of = &node->mode->role[role];

	node->sealed = true;
	while (count-- && node->n_open < PLAN_OPEN_MAX) {
		struct plan_open *open = &node->open[node->n_open++];

		memset(open, 0, sizeof *open);
		open->product = of->product;
		open->mig = of->mig;
		open->role = (int16_t)role;
	}
}

void plan_node_release(struct plan_node *node)
{
	uint8_t kept = 0;

	for (uint8_t i = 0; i < node->n_open; i++) {
		if (!is_unused(node, &node->open[i])) {
			node->open[kept++] = node->open[i];
		}
	}
	node->n_open = kept;
	node->sealed = false;
}

/* The running pods, hardest to place first. */
static bool add_running(struct plan_node *node)
{
	const struct plan_mode *mode = node->mode;
	uint32_t done = 0, next;

	do {
		next = UINT32_MAX;
		for (uint32_t d = 0; d < node->model->n_demands; d++) {
			uint32_t most = mode->most[d], run = plan_running(mode, d);

			if (run > most) {
				return false;
			}
			next = run && most > done && most < next ? most : next;
		}
		for (uint32_t d = 0; d < node->model->n_demands; d++) {
			uint32_t run = mode->most[d] == next ? plan_running(mode, d) : 0;

			for (uint32_t k = 0; k < run; k++) {
				if (!plan_node_add(node, d)) {
					return false;
				}
			}
		}
		done = next;
	} while (next != UINT32_MAX);
	return true;
}

bool plan_node_init(struct plan_node *node, const struct plan_model *model,
                    const struct plan_class *class, const struct plan_mode *mode)
{
	memset(node, 0, sizeof *node);
	node->model = model;
	node->class = class;
	node->mode = mode;
	node->cpu_milli = class->cpu_milli;
	node->memory_mib = class->memory_mib;
	node->pods = class->pods_max;
	if (!mode->run) {
		node->pods = mode->full ? 0 : node->pods;
		return !mode->full;
	}
	if (mode->full || !add_running(node)) {
		node->pods = 0;
		return false;
	}
	return true;
}
