/* mig_enum: internals of the enumeration of layouts, for the catalog. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_MIG_ENUM_H
#define SF_MIG_ENUM_H

#include <slicefit/product.h>

/* Most legal layouts of one product (the largest built-in product has 2319). Enumerations are
 * exhaustive, so a catalog file must not be able to ask for more. */
enum { SF_MIG_STATES_MAX = 20000 };

/* Number of legal layouts over `mask`; counts no further than `limit`. */
size_t sf_mig_count_states(const struct sf_product *product, uint32_t mask, size_t limit);

#endif
