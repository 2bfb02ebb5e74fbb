/* catalog: every GPU product the model knows. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_CATALOG_H
#define SF_CATALOG_H

#include <stddef.h>

struct sf_catalog;
struct sf_error;
struct sf_product;

/* The built-in catalog. Products are immutable and live as long as the catalog. */
struct sf_catalog *sf_catalog_create(void);

/* A catalog of no products, for those who bring all of theirs. */
struct sf_catalog *sf_catalog_create_empty(void);

void sf_catalog_destroy(struct sf_catalog *catalog);

/* Adds a copy of `product`, or overrides the product of the same name (which keeps its index, so
 * this is for start-up, before anything refers to a product). `placeable` is derived; NULL texts
 * and lists count as empty. Errors name the field and the reason. */
int sf_catalog_add(struct sf_catalog *catalog, const struct sf_product *product,
                   struct sf_error *err);

size_t sf_catalog_count(const struct sf_catalog *catalog);
const struct sf_product *sf_catalog_at(const struct sf_catalog *catalog, size_t index);

/* By catalog name or nvidia.com/gpu.product label (ASCII case ignored; a -SHARED or -MIG-... suffix
 * of the label is cut), else NULL. */
const struct sf_product *sf_catalog_find(const struct sf_catalog *catalog, const char *name);

/* The catalog name nearest to a mistyped one (for "did you mean"), or NULL. */
const char *sf_catalog_nearest(const struct sf_catalog *catalog, const char *name);

#endif
