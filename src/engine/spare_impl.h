/* spare_impl: what the files of spare share. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_SPARE_IMPL_H
#define SF_SPARE_IMPL_H

#include <slicefit/spare.h>

/* Does the node make instances for pods? */
bool sf_spare_is_dynamic(const struct sf_node *node);

/* On such a node: how many copies its GPUs have room for, CPU, memory and pods aside; at most `limit`. */
uint32_t sf_spare_dynamic(const struct sf_cluster *cluster, const struct sf_node *node,
                          const struct sf_request *request, uint32_t limit);

#endif
