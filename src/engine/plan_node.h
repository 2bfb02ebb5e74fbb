/* plan_node: one node being filled pod by pod, its GPUs taking roles as they are needed. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_PLAN_NODE_H
#define SF_PLAN_NODE_H

#include "plan_model.h"

enum { PLAN_OPEN_MAX = SF_GPUS_MAX + SF_NODE_RESOURCES_MAX };

struct plan_node {
	const struct plan_model *model;
	const struct plan_class *class;
	const struct plan_mode *mode;
	int64_t cpu_milli, memory_mib; /* left */
	uint32_t pods;                 /* left */
	bool sealed;                   /* no more of its GPUs get a role */
	uint8_t n_open;
	struct plan_open { /* a GPU with something on it */
		uint8_t product;
		bool mig;
		int16_t role; /* -1: any of the product's geometries (or patterns) that covers `used` */
		uint16_t used[PLAN_TYPES_MAX];
	} open[PLAN_OPEN_MAX];
};

/* A node of the mode with its running pods; false when they do not fit as far as can be seen, and
 * then nothing more is added to it. */
bool plan_node_init(struct plan_node *node, const struct plan_model *model,
                    const struct plan_class *class, const struct plan_mode *mode);

/* One more pod of the demand; false (and nothing changed) when it does not fit. Greedy: a true
 * answer is right, a false one may be too careful about MIG geometries. */
bool plan_node_add(struct plan_node *node, uint32_t demand);

/* `count` of its free GPUs play the role from now on, and no others any. */
void plan_node_preset(struct plan_node *node, uint16_t role, uint16_t count);

/* GPUs that nothing is on are free to play any role again. */
void plan_node_release(struct plan_node *node);

/* Adds up the roles played by GPUs in use, per role of the mode. */
void plan_node_roles(const struct plan_node *node, uint16_t *roles);

#endif
