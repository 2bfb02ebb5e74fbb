/* fragment: what of a node's free GPU capacity one request cannot use. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_FRAGMENT_H
#define SF_FRAGMENT_H

#include <slicefit/filter.h>

/* sf_fragment_class for a node that need not be the cluster's own: turns its free milli-GPUs into those
 * that the request cannot use, and tells whether it fits. */
enum sf_fit sf_fragment_node(const struct sf_cluster *cluster, const struct sf_node *node,
                             const struct sf_request *request, int64_t *milli);

#endif
