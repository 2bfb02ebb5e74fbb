/* residents: which pods of a replay run on which node. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_RESIDENTS_H
#define SF_RESIDENTS_H

#include <stddef.h>
#include <stdint.h>

/* No pod. */
#define SF_RESIDENT_NONE UINT32_MAX

/* One list per node, in the order in which its pods came. Zero-initialise. */
struct sf_residents {
	struct sf_resident_list {
		uint32_t first, last;
	} * node;
	size_t n_nodes, cap_nodes;
	struct sf_resident_link {
		uint32_t previous, next;
	} * pod;
};

/* Room for pods 0..pods-1; nodes need not be told. */
void sf_residents_init(struct sf_residents *residents, uint32_t pods);
void sf_residents_finish(struct sf_residents *residents);

/* The pod is on no node. */
void sf_residents_add(struct sf_residents *residents, uint32_t node, uint32_t pod);
/* The pod is on that node. */
void sf_residents_remove(struct sf_residents *residents, uint32_t node, uint32_t pod);

/* For (pod = first(node); pod != SF_RESIDENT_NONE; pod = next(pod)): a pod may be removed once the
 * next one is known. */
uint32_t sf_residents_first(const struct sf_residents *residents, uint32_t node);
uint32_t sf_residents_next(const struct sf_residents *residents, uint32_t pod);

#endif
