/* plan_size: what pods take of their node beside devices. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_PLAN_SIZE_H
#define SF_PLAN_SIZE_H

#include "plan_model.h"

/* Thousandths of a CPU, MiB, and one of the places for pods. */
enum plan_size { PLAN_CPU, PLAN_MEMORY, PLAN_PLACE, PLAN_SIZES };

/* What one pod takes. */
static inline int64_t plan_size(const struct plan_demand *demand, enum plan_size what)
{
	return what == PLAN_CPU ? demand->cpu_milli : what == PLAN_MEMORY ? demand->memory_mib : 1;
}

/* What a node of the class has. */
static inline int64_t plan_room(const struct plan_class *class, enum plan_size what)
{
	return what == PLAN_CPU      ? class->cpu_milli
	       : what == PLAN_MEMORY ? class->memory_mib
	                             : class->pods_max;
}

#endif
