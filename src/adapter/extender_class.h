/* extender_class: what the Node objects of a request say about their GPUs. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_EXTENDER_CLASS_H
#define SF_EXTENDER_CLASS_H

#include "node_scan.h"

#include <slicefit/extender.h>
#include <slicefit/index.h>
#include <slicefit/scan.h>

/* Classes while they are found. */
struct sf_extender_classes {
	struct sf_arena *arena;
	struct sf_index index;
	struct sf_extender_class *class; /* in the heap */
	size_t n, cap;
	struct sf_node_facts *facts; /* of the node that is being read */
};

void sf_extender_classes_init(struct sf_extender_classes *classes, struct sf_arena *arena);
void sf_extender_classes_finish(struct sf_extender_classes *classes);

/* Moves the classes into the arena and the args. */
int sf_extender_classes_keep(const struct sf_extender_classes *classes,
                             struct sf_extender_args *args, struct sf_error *err);

/* Reads the Node that comes next, an object: its name and its class. A fault of the scan is no
 * error here. */
int sf_extender_class_read(struct sf_extender_classes *classes, struct sf_scan *scan,
                           struct sf_scan_text *name, uint32_t *class, struct sf_error *err);

#endif
