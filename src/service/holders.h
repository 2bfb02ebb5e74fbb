/* holders: the pods of a node, as the search for victims wants them. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_HOLDERS_H
#define SF_HOLDERS_H

#include "live.h"

#include <slicefit/evict.h>

/* Zero-initialise; reused from node to node. */
struct sf_holders {
	size_t n, cap;
	struct sf_evict_pod *pod;
};

void sf_holders_finish(struct sf_holders *holders);

/* What is known of a pod; `here`: it is on the node at hand. */
struct sf_evict_pod sf_holder_of(const struct sf_live_pod *pod, bool here);

/* Those that hold GPUs of a node of the cluster. */
void sf_holders_list(const struct sf_live *live, uint32_t node, struct sf_holders *out);

#endif
