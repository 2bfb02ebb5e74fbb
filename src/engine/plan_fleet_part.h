/* plan_fleet_part: what the files that build the fleet program's part of one class share. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_PLAN_FLEET_PART_H
#define SF_PLAN_FLEET_PART_H

#include "plan_fleet.h"

struct fleet_part {
	struct plan_fleet *fleet;
	const struct plan_model *model;
	const struct plan_class *class;
	struct fleet_class *to;
	uint32_t *type_of; /* per device type of the mode at hand: number in the class */
};

/* Number of a want in a bit set over wants. */
static inline size_t want_bit(size_t demand, size_t want)
{
	return demand * PLAN_WANTS_MAX + want;
}

static inline bool serves(const uint64_t *set, size_t bit)
{
	return set[bit / 64] >> bit % 64 & 1;
}

/* plan_fleet_pods.c: how many pods of each demand, and what they take. */
void plan_fleet_add_pods(struct fleet_part *part);

#endif
