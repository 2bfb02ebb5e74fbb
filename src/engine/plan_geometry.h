/* plan_geometry: the ways to cut a GPU that are worth considering and that its pool allows. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_PLAN_GEOMETRY_H
#define SF_PLAN_GEOMETRY_H

#include <slicefit/scenario.h>

/* The geometries of the profiles in `mask` that the pool's lists allow and no other one contains.
 * Returns their number; *out is malloc'ed. */
size_t plan_geometries(const struct sf_pool *pool, const struct sf_product *product, uint32_t mask,
                       struct sf_mig_geometry **out);

#endif
