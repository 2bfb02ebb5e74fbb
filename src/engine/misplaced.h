/* misplaced: did a pod get another kind of device than it asked for? */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_MISPLACED_H
#define SF_MISPLACED_H

#include <slicefit/cluster.h>

/* Did a pod that wanted exclusive devices get a replica, or the reverse, or an instance for a whole
 * GPU? Only a policy that sees nothing but names does that. */
bool sf_misplaced(const struct sf_node *node, const struct sf_request *request,
                  const struct sf_grant *grant);

#endif
